"""`kill -9` at any moment, of web servers and of workers: what was answered is there, and nothing twice."""

import contextlib
import http.client
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.clock import now, today
from core.db import session, transaction, uuid7
from core.models.accounts import User
from core.models.trail import AuditEntry
from tests.conftest import ROOT, Client
from tests.factories.core import make_actor, make_tenant
from tests.factories.intake import make_signal, make_worker
from tests.factories.workflows import make_definition, start_thing
from tests.workflows import stable
from workflows import incidents, jobs, tasks, terms
from workflows.models.incidents import Incident, IncidentStatus
from workflows.models.instances import Event, Instance, Job, Timer
from workflows.models.tasks import Task, TaskStatus
from workflows.models.terms import Term, TermStatus

KILLS, LONG = 12, 125  # of each sort, on each database
UNHARMED = 5  # completions at the start that tell how long one takes


class Stable:
    """Lets out children and kills them."""

    def __init__(self, database, folder, listening=None):
        handle = listening.fileno() if listening else -1
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.workflows.stable", database, str(folder), str(handle)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            pass_fds=[handle] if listening else [],
        )
        assert self._process.stdout.readline() == "ready\n"
        self.killed = 0

    def let_out(self, kind):
        return self._order(kind)

    def warm(self, *act):
        assert self._order(" ".join(["warm", *act])) == 1

    def _order(self, line):
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def kill(self, pid):
        """End a child without a word, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.killed += 1
            while True:
                os.kill(pid, 0)
                time.sleep(0.001)

    def close(self):
        self._process.stdin.close()
        self._process.wait()


@contextlib.contextmanager
def stabled(app, listening=None):
    settings = app.extensions["settings"]
    made = Stable(settings.database_url, settings.var, listening)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def kills(is_long):
    return LONG if is_long else KILLS


# ---------------------------------------------------------------- web servers
class Killer(threading.Thread):
    """Kills a server after a while and lets out another, which takes the connections that still wait."""

    def __init__(self, stable_, server, delay):
        super().__init__()
        self._stable, self._server, self._delay = stable_, server, delay
        self.start()

    def run(self):
        time.sleep(self._delay)
        self._stable.kill(self._server)
        self._server = self._stable.let_out("web")

    def replacement(self):
        self.join()
        return self._server


def post(port, path, cookie, form):
    """What a browser gets: the status, or None when the connection broke off."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, urllib.parse.urlencode(form), headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def signed_in(app, email):
    """The cookie of a session, got through the sign-in page."""
    app.test_client_class = Client
    client = app.test_client()
    client.sign_in(email)
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())


def test_an_answered_completion_is_there_once_however_web_servers_die(fresh_app, database, kills):
    with fresh_app.app_context(), transaction():
        worker = make_worker(make_tenant())
        made = [make_signal(worker).id for _each in range(UNHARMED + kills)]
    first_of_all, unharmed, signals = made[0], made[1:UNHARMED], made[UNHARMED:]
    with fresh_app.app_context():
        email = session.get(User, worker.user_id).email
    cookie = signed_in(fresh_app, email)
    chance, times, outcomes = random.Random(9), [], Counter()
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)

    def take(signal_id, command):
        port = listening.getsockname()[1]
        return post(port, f"/signals/{signal_id}/take", cookie, {"command_id": str(command)})

    with stabled(fresh_app, listening) as stable_:
        stable_.warm(f"/signals/{first_of_all}/take", cookie)
        server = stable_.let_out("web")
        for signal_id in unharmed:
            begun = time.monotonic()
            assert take(signal_id, uuid7()) == 302
            times.append(time.monotonic() - begun)
        for signal_id in signals:
            command = uuid7()
            killer = Killer(stable_, server, chance.uniform(0.0, 1.3) * statistics.median(times))
            first = take(signal_id, command)
            server = killer.replacement()
            # As people do: press again. The command is the same, so it counts once.
            again = first or take(signal_id, command)
            assert again == 302, (signal_id, first, again)
            outcomes["answered" if first else "broken off"] += 1
        stable_.kill(server)
        assert stable_.killed == kills + 1
    listening.close()
    assert outcomes["broken off"] >= kills // 4, outcomes
    with fresh_app.app_context():
        _check_completions(made)


def _check_completions(signals):
    """Each notice was taken once: in its column, its trail, its rows and its history, with one file."""
    taken = sa.select(AuditEntry.subject_id).where(AuditEntry.action == "signal.taken")
    assert Counter(session.scalars(taken)) == {str(each): 1 for each in signals}
    opened = sa.select(sa.func.count()).where(AuditEntry.action == "case.opened")
    assert session.scalar(opened) == len(signals)
    for model, done in ((Task, Task.status == TaskStatus.DONE), (Event, Event.kind == "task.completed")):
        of_signals = (
            sa.select(Instance.subject_id)
            .join(model, model.instance_id == Instance.id)
            .where(Instance.key == "signal", done)
        )
        assert Counter(session.scalars(of_signals)) == dict.fromkeys(signals, 1)


# ---------------------------------------------------------------- workers
def start_things(by, count):
    """Things with a timer, behind which a local step, then a job; and a term of their own. All due soon."""
    things = []
    for _each in range(count):
        thing = start_thing("main", by)[0]
        terms.start(thing, stable.TERM, on=today() - timedelta(days=9), by=by)
        things.append(thing)
    return things


def _wait_for_more(app, before, seconds):
    end = time.monotonic() + seconds
    while _fired(app) == before and time.monotonic() < end:
        time.sleep(0.005)


def test_every_timer_term_and_job_counts_once_however_workers_die(fresh_app, database, kills):
    stable.register()
    with fresh_app.app_context(), transaction():
        by = make_actor()
        make_definition(stable.process())
        things = start_things(by, 1)
    time.sleep(1)
    chance = random.Random(7)
    with stabled(fresh_app) as stable_:
        stable_.warm()
        while stable_.killed < kills:
            with fresh_app.app_context(), transaction():
                things += start_things(by, 2)
            before = _fired(fresh_app)
            children = [stable_.let_out("worker") for _each in range(chance.choice([1, 1, 2]))]
            if chance.random() < 0.5:  # half of them once they work, the others at any moment
                # On a busy machine a worker may need long to begin; until one did, killing proves nothing.
                _wait_for_more(fresh_app, before, seconds=60 if before <= 1 else 1)
            time.sleep(chance.uniform(0.0, 0.1))
            for pid in children:
                stable_.kill(pid)
    assert _fired(fresh_app) > 1, "the campaign never came to work"
    _finish(fresh_app)
    with fresh_app.app_context():
        expected = {str(thing.id): 1 for thing in things}
        for action in ("test.timer_fired", "test.term_ended", "term.reached"):
            seen = sa.select(AuditEntry.subject_id).where(AuditEntry.action == action)
            assert Counter(session.scalars(seen)) == expected, action
        for element in ("wait", "outside"):
            seen = sa.select(Event.instance_id).where(
                Event.kind == "element.completed", Event.element_id == element
            )
            assert set(Counter(session.scalars(seen)).values()) == {1}, element
        assert all([task.element_id for task in tasks.open_tasks(thing)] == ["after"] for thing in things)
        assert session.scalars(sa.select(Timer)).all() == []
        assert session.scalars(sa.select(Job)).all() == []
        assert set(session.scalars(sa.select(Term.status))) == {TermStatus.REACHED}


def _fired(app):
    with app.app_context():
        return session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == "test.timer_fired"))


def _finish(app):
    """What a worker that lives does, with a manager who tries again what others died over."""
    later = now() + timedelta(minutes=10)
    for _round in range(10):  # what stands behind a timer is due after it
        with app.app_context():
            jobs.sweep_lost(at=later)
        with app.app_context(), transaction():
            opened = sa.select(Incident).where(Incident.status == IncidentStatus.OPEN)
            for incident in session.scalars(opened).all():
                incidents.retry(incident, by=make_actor())
        with app.app_context():
            jobs.sweep_timers(at=later)
            jobs.sweep_jobs(at=later)
            jobs.sweep_terms(at=later)
