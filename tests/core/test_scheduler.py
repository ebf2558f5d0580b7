"""The worker sweeps, shows signs of life, bears failures and ends cleanly."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import drafts, health, outbox, scheduler
from core.clock import now
from core.db import session as proxy
from core.db import transaction
from core.models.outbox import OutboxMessage
from core.models.records import Draft, Heartbeat
from tests.factories.core import make_user


@pytest.fixture
def entries(monkeypatch):
    """Sweeps of this test only."""
    monkeypatch.setattr(scheduler, "_entries", {})


def test_every_sweep_runs_and_a_failing_one_stops_no_other(fresh_app, entries):
    done: list[str] = []
    scheduler.register("bad", lambda: 1 / 0, 1)
    scheduler.register("good", lambda: done.append("good"), 1)
    scheduler.run_once(fresh_app)
    assert done == ["good"]
    scheduler.run_once(fresh_app, "bad")
    assert done == ["good"]


def test_the_worker_beats_sweeps_and_stops(fresh_app, entries):
    done: list[int] = []
    stop = threading.Event()
    scheduler.register("count", lambda: done.append(1), 1)
    worker = threading.Thread(target=scheduler.run, args=[fresh_app], kwargs={"stop": stop})
    worker.start()
    deadline = time.monotonic() + 60
    state = "missing"
    while time.monotonic() < deadline and not (done and state == "ok"):
        with fresh_app.app_context():
            state = health.worker_state()
        time.sleep(0.05)
    stop.set()
    worker.join(timeout=60)
    assert done
    assert state == "ok"
    assert not worker.is_alive()
    with fresh_app.app_context():
        assert proxy.scalars(sa.select(Heartbeat)).all() == []


def test_a_worker_process_does_the_outbox_and_ends_on_sigterm(fresh_app):
    settings = fresh_app.extensions["settings"]
    with fresh_app.app_context(), transaction():
        user = make_user("nele@example.org")
        outbox.put("mail.send", {"template": "task_waits", "user_id": str(user.id), "path": "", "values": {}})
    environment = {
        **os.environ,
        "DRAAISCHIJF_DATABASE_URL": settings.database_url,
        "DRAAISCHIJF_VAR": settings.var,
        "PYTHONPATH": fresh_app.root_path,
    }
    worker = subprocess.Popen([sys.executable, "-m", "flask", "--app", "wsgi", "worker"], env=environment)
    try:
        deadline = time.monotonic() + 120
        is_done = False
        while time.monotonic() < deadline and not is_done and worker.poll() is None:
            with fresh_app.app_context():
                is_done = proxy.scalars(sa.select(OutboxMessage.done_at)).one() is not None
            time.sleep(0.1)
        assert is_done
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0


def test_what_nobody_needs_any_more_is_removed(fresh_app):
    with fresh_app.app_context():
        with transaction():
            user = make_user()
            user_id = user.id
        drafts.save(user_id, "form:/x", {"a": ["1"]})
        with transaction():
            proxy.execute(sa.update(Draft).values(saved_at=now() - timedelta(days=31)))
        scheduler.purge()
        assert proxy.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0


# ---------------------------------------------------------------- health
def test_live_answers_without_a_database(client, statements):
    with statements() as seen:
        assert client.get("/health/live").json == {"status": "ok"}
    assert seen == []


def test_ready_tells_of_database_migrations_and_worker(client, session):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json == {"status": "degraded", "database": "ok", "migrations": "ok", "worker": "missing"}
    session.add(Heartbeat(name="w", started_at=now(), at=now()))
    session.commit()
    answer = client.get("/health/ready").json
    assert answer is not None
    assert answer["status"] == "ok"


def test_a_worker_that_is_silent_is_late(client, session):
    session.add(Heartbeat(name="w", started_at=now(), at=now() - timedelta(minutes=3)))
    session.commit()
    answer = client.get("/health/ready").json
    assert answer is not None
    assert answer["worker"] == "late"


def test_an_old_schema_is_not_ready(client, session):
    session.execute(sa.text("UPDATE alembic_version SET version_num = '0000_before'"))
    session.commit()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json["migrations"]) == (503, "behind")


def test_without_a_database_nothing_is_ready(tmp_path):
    from tests.databases import make_app

    app = make_app("postgresql+psycopg://nobody@127.0.0.1:9/none", tmp_path)
    answer = app.test_client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json()["database"] == "failed"


def test_measures_are_not_on_the_port_of_the_pages(client):
    assert client.get("/metrics").status_code == 404


def test_measures_have_a_bind_of_their_own(client):

    from core import metrics

    assert metrics.serve(0) is None
    client.get("/privacy")
    server, thread = metrics.serve(_free_port())
    try:
        text = urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics").read().decode()
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
    assert 'draaischijf_request_seconds_count{endpoint="core.show_privacy"' in text


def test_a_taken_bind_costs_the_measures_alone():
    import socket

    from core import metrics

    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert metrics.serve(taken.getsockname()[1]) is None


@pytest.mark.database("sqlite")
def test_all_web_processes_are_measured_on_one_bind(fresh_app):
    settings, pages, measures = fresh_app.extensions["settings"], _free_port(), _free_port()
    environment = {
        **os.environ,
        "DRAAISCHIJF_DATABASE_URL": settings.database_url,
        "DRAAISCHIJF_VAR": settings.var,
        "DRAAISCHIJF_METRICS_PORT": str(measures),
    }
    command = ["-m", "gunicorn", "--config", "deploy/gunicorn.py", "--workers", "2", "--no-control-socket"]
    bind = ["--bind", f"127.0.0.1:{pages}", "wsgi:create_app()"]
    root = fresh_app.root_path
    web = subprocess.Popen([sys.executable, *command, *bind], env=environment, cwd=root)
    try:
        asked = 0
        deadline = time.monotonic() + 120
        while asked < 12 and time.monotonic() < deadline and web.poll() is None:
            asked += _answers(f"http://127.0.0.1:{pages}/privacy")
        text = urllib.request.urlopen(f"http://127.0.0.1:{measures}/metrics", timeout=30).read().decode()
        assert not _answers(f"http://127.0.0.1:{pages}/metrics")
    finally:
        web.send_signal(signal.SIGTERM)
        assert web.wait(timeout=60) == 0
    [line] = [line for line in text.splitlines() if line.startswith(MEASURE)]
    assert float(line.split()[-1]) == asked == 12


MEASURE = 'draaischijf_request_seconds_count{endpoint="core.show_privacy"'


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=30).close()
    except OSError:
        time.sleep(0.1)
        return False
    return True


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
