"""What happens after a commit: once, in order, again after a failure, and never before."""

import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from core import outbox
from core.access import system_actor
from core.clock import now
from core.db import after_commit, transaction
from core.db import session as proxy
from core.models.outbox import OutboxMessage
from tests.factories.core import make_tenant


@pytest.fixture
def kinds(monkeypatch):
    """Kinds of this test only."""
    monkeypatch.setattr(outbox, "_kinds", {})
    return outbox.register


def put(kind: str = "test.note", payload: dict[str, Any] | None = None, **options) -> None:
    with transaction():
        outbox.put(kind, payload or {}, **options)


def only() -> OutboxMessage:
    return proxy.scalars(sa.select(OutboxMessage).execution_options(populate_existing=True)).one()


def test_a_message_is_done_once(session, kinds):
    done: list[Any] = []
    kinds("test.note", done.append)
    put(payload={"n": 1})
    assert done == []
    assert outbox.drain() == 1
    assert outbox.drain() == 0
    assert done == [{"n": 1}]
    assert only().done_at is not None


def test_what_is_rolled_back_is_never_done(session, kinds):
    done: list[Any] = []
    kinds("test.note", done.append, local=True)

    def act_and_fail() -> None:
        with transaction():
            outbox.put("test.note", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act_and_fail()
    outbox.drain()
    assert done == []


def test_local_kinds_are_done_right_after_the_commit_others_wait_for_the_worker(session, kinds):
    done: list[Any] = []
    kinds("test.near", lambda payload: done.append("near"), local=True)
    kinds("test.far", lambda payload: done.append("far"))
    with transaction():
        outbox.put("test.far", {})
        outbox.put("test.near", {})
        assert done == []
    assert done == ["near"]
    outbox.drain()
    assert done == ["near", "far"]


def test_a_local_message_may_put_the_next_one(session, kinds):
    done: list[Any] = []

    def pass_on(payload):
        done.append(payload["n"])
        if payload["n"] < 3:
            outbox.put("test.chain", {"n": payload["n"] + 1})

    kinds("test.chain", pass_on, local=True)
    put("test.chain", {"n": 1})
    assert done == [1, 2, 3]


def test_a_failing_handler_leaves_nothing_behind_and_is_tried_again(session, kinds):
    tries = []

    def fail_twice(payload):
        make_tenant("half done")
        tries.append(now())
        if len(tries) < 3:
            raise ValueError("with something personal")

    kinds("test.note", fail_twice)
    put()
    outbox.drain()
    message = only()
    assert (message.done_at, message.attempts, message.last_error) == (None, 1, "ValueError")
    assert outbox.drain() == 0  # it pauses first
    for hours in (1, 2):
        with time_machine.travel(now() + timedelta(hours=hours), tick=True):
            outbox.drain()
    assert len(tries) == 3
    assert only().done_at is not None
    from core.models.accounts import Tenant

    assert proxy.scalar(sa.select(sa.func.count()).select_from(Tenant)) == 1


def test_pauses_grow_and_end_at_six_hours():
    pauses = [outbox.pause(number) for number in range(1, 12)]
    assert pauses[:3] == [timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == timedelta(hours=6)


def test_after_too_many_failures_a_message_is_dead_and_can_be_tried_again(session, kinds, monkeypatch):
    monkeypatch.setattr(outbox, "MAX_ATTEMPTS", 2)
    kinds("test.note", lambda payload: 1 / 0)
    put()
    for days in (0, 1, 2):
        with time_machine.travel(now() + timedelta(days=days), tick=True):
            outbox.drain()
    assert only().dead_at is not None
    assert only().attempts == 2
    assert outbox.counts() == {"waiting": 0, "dead": 1}
    kinds("test.note", lambda payload: None)
    proxy.rollback()
    with transaction():
        outbox.retry(only().id, by=system_actor())
    assert outbox.drain() == 1
    assert only().done_at is not None


def test_a_handler_that_knows_better_buries_at_once(session, kinds):
    def give_up(payload):
        raise outbox.Permanent("no such receiver")

    kinds("test.note", give_up)
    put()
    outbox.drain()
    assert only().dead_at is not None


def test_a_failure_of_one_message_does_not_stop_the_others(session, kinds):
    done: list[Any] = []
    kinds("test.bad", lambda payload: 1 / 0, local=True)
    kinds("test.good", lambda payload: done.append(1), local=True)
    with transaction():
        outbox.put("test.bad", {})
        outbox.put("test.good", {})
    assert done == [1]


def test_of_two_equal_messages_one_counts(session, kinds):
    done: list[Any] = []
    kinds("test.note", done.append)
    for number in range(2):
        put(payload={"n": number}, dedup="term-1")
    put(payload={"n": 2}, dedup="term-2")
    outbox.drain()
    assert done == [{"n": 0}, {"n": 2}]


def test_a_message_for_later_waits(session, kinds):
    done: list[Any] = []
    kinds("test.note", done.append, local=True)
    put(due_at=now() + timedelta(hours=1))
    assert outbox.drain() == 0
    with time_machine.travel(now() + timedelta(hours=2), tick=True):
        outbox.drain()
    assert done == [{}]


def test_a_kind_that_nobody_does_here_stays_for_another_version(session, kinds):
    kinds("test.other", lambda payload: None)
    put("test.unknown")
    assert outbox.drain() == 0
    assert only().attempts == 0


def test_a_claimed_message_is_left_alone_until_the_lease_ends(session, kinds):
    done: list[Any] = []
    kinds("test.note", done.append)
    put()
    session.rollback()
    assert len(outbox._claim(["test.note"], 10)) == 1  # a worker that dies here
    assert outbox.drain() == 0
    with time_machine.travel(now() + outbox.LEASE + timedelta(seconds=1), tick=True):
        assert outbox.drain() == 1
    assert done == [{}]


def test_external_work_happens_outside_a_transaction(session, kinds):
    from flask import g

    seen = []
    kinds("test.note", lambda payload: seen.append(g.get("in_transaction", False)), external=True)
    put()
    outbox.drain()
    assert seen == [False]
    assert only().done_at is not None


def test_done_messages_go_after_a_week_dead_ones_stay(session, kinds):
    kinds("test.good", lambda payload: None)
    put("test.good")
    outbox.drain()
    session.rollback()
    with transaction():
        assert outbox.purge(at=now() + timedelta(days=6)) == 0
        assert outbox.purge(at=now() + timedelta(days=8)) == 1


def test_an_error_after_the_commit_does_not_undo_it(session):
    def fail():
        raise RuntimeError

    with transaction():
        tenant = make_tenant()
        after_commit("test", fail)
    assert proxy.get(type(tenant), tenant.id) is not None


WORKER = """
import sys, time
sys.path.insert(0, {root!r})
from core import outbox
from core.db import session
from core.models.accounts import Tenant
from wsgi import create_app
import sqlalchemy as sa

def count(payload):
    session.execute(sa.text("UPDATE tenant SET name = name || '.' WHERE id IS NOT NULL"))

app = create_app(database_url={url!r}, var={var!r})
outbox.register("test.count", count)
with app.app_context():
    while outbox.drain(limit=3):
        pass
"""


def test_many_workers_do_each_message_once(fresh_app, database):
    settings = fresh_app.extensions["settings"]
    number = 40
    with fresh_app.app_context():
        with transaction():
            tenant = make_tenant("x")
            for n in range(number):
                outbox.put("test.count", {"n": n})
        text = WORKER.format(root=fresh_app.root_path, url=settings.database_url, var=settings.var)
        workers = [subprocess.Popen([sys.executable, "-c", text]) for _ in range(3)]
        assert [worker.wait(timeout=240) for worker in workers] == [0, 0, 0]
        proxy.expire_all()
        assert tenant.name == "x" + "." * number
        assert outbox.counts() == {"waiting": 0, "dead": 0}
