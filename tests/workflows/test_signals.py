"""A signal reaches every instance that waits for it, each in a transaction of its own."""

import pytest
import sqlalchemy as sa

from core.access import Role
from core.db import session, transaction
from tests.factories.bpmn_files import chain, node, process, properties
from tests.factories.core import make_actor
from tests.factories.workflows import make_definition, start_thing, user_task
from workflows import incidents, instances, tasks
from workflows import steps as registry
from workflows.models.incidents import Incident

SIGNAL = '<bpmn:signal id="g" name="alarm"/>'
EVENT = '<bpmn:signalEventDefinition signalRef="g"/>'
# What goes on after the signal fails for the instance whose id is in here.
broken: set[str] = set()


def heard(subject_type, subject_id, data, *, by):
    if str(subject_id) in broken:
        raise RuntimeError("broken")


def elements(app, thing):
    with app.app_context():
        return [task.element_id for task in tasks.open_tasks(thing)]


def made(app, act):
    with app.app_context(), transaction():
        return act()


@pytest.fixture
def alarm(fresh_app):
    """Processes that wait for a signal, and one that sends it when its step is done."""
    broken.clear()
    registry.register({"test.heard": heard})
    step = node("serviceTask", "hear", properties(call="test.heard"))
    waiting = node("startEvent", "begin") + node("intermediateCatchEvent", "wait", EVENT) + step
    waiting += user_task("after") + node("endEvent", "finish")
    sending = node("startEvent", "begin") + user_task("ring") + node("endEvent", "rung", EVENT)

    def deploy():
        path = chain("begin", "wait", "hear", "after", "finish")
        make_definition(process(waiting + path, top=SIGNAL, key="waiting"), "waiting")
        make_definition(
            process(sending + chain("begin", "ring", "rung"), top=SIGNAL, key="sending"), "sending"
        )

    made(fresh_app, deploy)
    return fresh_app


def begin(app, key):
    return made(app, lambda: start_thing(key, make_actor())[0])


def ring(app):
    sender = begin(app, "sending")
    made(app, lambda: instances.advance(sender, "done", by=make_actor()))


def test_a_signal_reaches_everybody_who_waits_whatever_happens_to_one_of_them(alarm):
    """One test on one database: three that wait, one of which fails and one of which stands still."""
    well, failing, still = (begin(alarm, "waiting") for _each in range(3))
    by = made(alarm, lambda: make_actor(Role.PROCESS_MANAGER))
    made(alarm, lambda: instances.suspend(still, reason="quarrel", by=by))
    broken.add(str(failing.id))
    ring(alarm)
    late = begin(alarm, "waiting")
    assert [elements(alarm, thing) for thing in (well, failing, still)] == [["after"], [], []]
    with alarm.app_context():
        incident = session.scalars(sa.select(Incident)).one()
        assert (incident.kind, incident.element_id) == ("message", "hear")
    broken.clear()
    made(alarm, lambda: incidents.retry(session.scalars(sa.select(Incident)).one(), by=by))
    made(alarm, lambda: instances.resume(still, reason="settled", by=by))
    assert [elements(alarm, thing) for thing in (well, failing, still)] == [["after"]] * 3
    # Who began to wait afterwards hears nothing of it.
    assert elements(alarm, late) == []
