"""Sweeps: timers, terms and external jobs are done once, by any number of workers."""

import contextlib
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

from core import outbox
from core.access import Role
from core.clock import now
from core.db import session, transaction
from core.models.outbox import OutboxMessage
from tests.factories.bpmn_files import chain, node, process, properties
from tests.factories.core import make_actor
from tests.factories.workflows import Thing, make_definition, start_thing, steps, timer, user_task
from workflows import incidents, instances, jobs, tasks, terms
from workflows import steps as registry
from workflows.models.incidents import Incident, IncidentStatus
from workflows.models.instances import Instance, InstanceStatus, Job, Timer
from workflows.models.terms import Term, TermStatus
from workflows.parties import Party

LATER = timedelta(days=2)


@contextmanager
def context(app):
    with app.app_context():
        yield


def made(app, act):
    with app.app_context(), transaction():
        return act()


def elements(app, thing):
    with app.app_context():
        return [task.element_id for task in tasks.open_tasks(thing)]


def sweeping(app, sweep, workers=2):
    """Sweep with several workers at once, each with its own connection."""
    done = []

    def work():
        with app.app_context():
            done.append(sweep())

    threads = [threading.Thread(target=work) for _each in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def test_two_workers_fire_every_timer_once(fresh_app):
    def start():
        make_definition(steps(timer("pause", "PT1H"), user_task("after")))
        by = make_actor()
        return [start_thing("main", by)[0] for _each in range(25)]

    things = made(fresh_app, start)
    assert all(elements(fresh_app, thing) == [] for thing in things[:3])
    done = sweeping(fresh_app, lambda: jobs.sweep_timers(at=now() + LATER))
    assert sum(done) == 25
    assert all(elements(fresh_app, thing) == ["after"] for thing in things)
    with context(fresh_app):
        assert session.scalars(sa.select(Timer)).all() == []
    assert sweeping(fresh_app, lambda: jobs.sweep_timers(at=now() + LATER)) == [0, 0]


def test_a_suspended_instance_keeps_its_timer(fresh_app):
    def start():
        make_definition(steps(timer("pause", "PT1H"), user_task("after")))
        by = make_actor()
        thing, _instance = start_thing("main", by)
        instances.suspend(thing, reason="wait", by=by)
        return thing, by

    thing, by = made(fresh_app, start)
    with context(fresh_app):
        assert jobs.sweep_timers(at=now() + LATER) == 0
    made(fresh_app, lambda: instances.resume(thing, reason="go on", by=by) and None)
    with context(fresh_app):
        assert jobs.sweep_timers(at=now() + LATER) == 1
    assert elements(fresh_app, thing) == ["after"]


def test_a_timer_that_keeps_failing_becomes_an_incident_and_can_be_retried(fresh_app):
    failing = [True]

    def flaky(subject_type, subject_id, data, *, by):
        if failing:
            raise RuntimeError("no luck")

    registry.register({"test.flaky": flaky})
    call = node("serviceTask", "flaky", properties(call="test.flaky"))

    def start():
        make_definition(steps(timer("pause", "PT1H"), call, user_task("after")))
        return start_thing("main", make_actor())[0]

    thing = made(fresh_app, start)
    moment = now() + LATER
    for _try in range(jobs.MAX_ATTEMPTS + 1):
        with context(fresh_app):
            assert jobs.sweep_timers(at=moment) == 0
        moment += timedelta(hours=2)
    with context(fresh_app):
        incident = session.scalars(sa.select(Incident)).one()
        assert (incident.kind, incident.code, incident.element_id) == ("timer", "step-failed", "flaky")
        assert session.scalar(sa.select(Instance.status)) is InstanceStatus.INCIDENT
        assert session.scalar(sa.select(Timer.attempts)) == jobs.MAX_ATTEMPTS
    failing.clear()

    def retry():
        incidents.retry(session.scalars(sa.select(Incident)).one(), by=make_actor())

    made(fresh_app, retry)
    with context(fresh_app):
        assert jobs.sweep_timers(at=moment) == 1
    assert elements(fresh_app, thing) == ["after"]
    with context(fresh_app):
        assert session.scalar(sa.select(Incident.status)) is IncidentStatus.RETRIED
        assert session.scalar(sa.select(Instance.status)) is InstanceStatus.RUNNING


# ---------------------------------------------------------------- terms
terms.register("test_answer", terms.Rule(5, event="expired"))


def start_referrals(count):
    by, partner = make_actor(), make_actor()
    things = []
    for _each in range(count):
        thing = Thing(by.tenant_id)
        parties = {"sender": Party(by.tenant_id), "partner": Party(partner.tenant_id)}
        data = {"case_id": "c1", "referral_id": str(thing.id)}
        start_thing("referral", by, thing=thing, data=data, parties=parties)
        terms.start(thing, "test_answer", by=by)
        things.append(thing)
    return things


def test_two_workers_end_every_term_once_and_the_process_hears_it(fresh_app):
    things = made(fresh_app, lambda: start_referrals(12))
    moment = now() + timedelta(days=30)
    assert sum(sweeping(fresh_app, lambda: jobs.sweep_terms(at=moment))) == 12
    assert all(elements(fresh_app, thing) == [] for thing in things)
    with context(fresh_app):
        assert set(session.scalars(sa.select(Term.status))) == {TermStatus.REACHED}
        assert set(session.scalars(sa.select(Instance.status))) == {InstanceStatus.COMPLETED}


def test_a_term_that_was_met_is_not_reached(fresh_app):
    thing = made(fresh_app, lambda: start_referrals(1))[0]
    made(fresh_app, lambda: terms.met(thing, "test_answer", by=make_actor()) and None)
    with context(fresh_app):
        assert jobs.sweep_terms(at=now() + timedelta(days=30)) == 0
    assert elements(fresh_app, thing) == ["judge_referral"]


def test_a_registered_act_ends_a_term_and_its_failure_becomes_an_incident(fresh_app):
    told = []

    def reached(term, by):
        told.append((term.kind, by.kind))
        if len(told) == 1:
            raise RuntimeError("first time")

    terms.register("told", terms.Rule(1, reached=reached))
    made(fresh_app, lambda: terms.start(Thing(make_actor().tenant_id), "told", by=make_actor()) and None)
    moment = now() + timedelta(days=30)
    with context(fresh_app):
        assert jobs.sweep_terms(at=moment) == 0
        assert session.scalar(sa.select(Term.status)) is TermStatus.RUNNING
        assert jobs.sweep_terms(at=moment + timedelta(hours=2)) == 1
    assert told == [("told", "worker"), ("told", "worker")]


# ---------------------------------------------------------------- external jobs
def job_process(name):
    return steps(node("serviceTask", "outside", properties(job=name)), user_task("after"))


def test_two_workers_do_a_job_once_outside_the_transaction(fresh_app):
    seen = []

    def work(data):
        seen.append(data["thing_id"])
        return {"answer": 42}

    registry.register_jobs({"test.work": work})

    def start():
        make_definition(job_process("test.work"))
        by = make_actor()
        return [start_thing("main", by)[0] for _each in range(6)]

    things = made(fresh_app, start)
    assert sum(sweeping(fresh_app, jobs.sweep_jobs)) == 6
    assert sorted(seen) == sorted(str(thing.id) for thing in things)
    assert all(elements(fresh_app, thing) == ["after"] for thing in things)


def test_a_job_whose_process_was_stopped_meanwhile_is_done_anew_when_that_goes_on(fresh_app):
    tries, things = [], []
    by = made(fresh_app, lambda: make_actor(Role.PROCESS_MANAGER))

    def work(data):
        tries.append(data["thing_id"])
        if len(tries) == 1:
            with transaction():
                instances.suspend(things[0], reason="doubt", by=by)

    registry.register_jobs({"test.work": work})

    def start():
        make_definition(job_process("test.work"))
        return start_thing("main", make_actor())[0]

    things.append(made(fresh_app, start))
    with context(fresh_app):
        assert jobs.sweep_jobs() == 0
        assert jobs.sweep_jobs() == 0
        assert session.scalar(sa.select(Job.attempts)) == 0
    assert elements(fresh_app, things[0]) == []
    made(fresh_app, lambda: instances.resume(things[0], reason="settled", by=by))
    with context(fresh_app):
        assert jobs.sweep_jobs() == 1
    assert (elements(fresh_app, things[0]), len(tries)) == (["after"], 2)


def test_a_job_that_keeps_failing_becomes_an_incident(fresh_app):
    def work(data):
        raise OSError("the register does not answer")

    registry.register_jobs({"test.down": work})

    def start():
        make_definition(job_process("test.down"))
        return start_thing("main", make_actor())[0]

    thing = made(fresh_app, start)
    moment = now()
    for _try in range(jobs.MAX_ATTEMPTS + 1):
        with context(fresh_app):
            assert jobs.sweep_jobs(at=moment) == 0
        moment += timedelta(hours=2)
    with context(fresh_app):
        incident = session.scalars(sa.select(Incident)).one()
        assert (incident.kind, incident.element_id, incident.cause) == ("job", "outside", "OSError")
        assert session.scalar(sa.select(Job.attempts)) == jobs.MAX_ATTEMPTS
    registry.register_jobs({"test.down": lambda data: None})
    made(fresh_app, lambda: incidents.retry(session.scalars(sa.select(Incident)).one(), by=make_actor()))
    with context(fresh_app):
        assert jobs.sweep_jobs(at=moment + timedelta(hours=2)) == 1
    assert elements(fresh_app, thing) == ["after"]


class NumberedError(Exception):
    """As other libraries make them."""

    code = 23505


@pytest.mark.parametrize(
    "error", [NoResultFound("no row"), NumberedError("twice")], ids=["no code", "number"]
)
def test_what_another_library_calls_a_code_is_no_code_of_an_incident(fresh_app, error):
    def fail(*_given, **_more):
        raise error

    registry.register_jobs({"test.other": fail})
    terms.register("other", terms.Rule(1, reached=fail))

    def start():
        make_definition(job_process("test.other"))
        by = make_actor()
        terms.start(start_thing("main", by)[0], "other", by=by)
        for model in (Job, Term):
            session.execute(sa.update(model).values(attempts=jobs.MAX_ATTEMPTS - 1))

    made(fresh_app, start)
    moment = now() + timedelta(days=30)
    with context(fresh_app):
        assert (jobs.sweep_jobs(at=moment), jobs.sweep_terms(at=moment)) == (0, 0)
        assert sorted(session.execute(sa.select(Incident.kind, Incident.code))) == [
            ("job", "failed"), ("term", "failed"),
        ]  # fmt: skip


def test_a_business_error_of_a_job_is_an_answer_and_reaches_its_boundary_event(fresh_app):
    tries = []

    def work(data):
        tries.append(data["thing_id"])
        raise registry.BusinessError("no-paper", {"printer": "second"})

    registry.register_jobs({"test.print": work})
    made(fresh_app, lambda: make_definition(with_error(properties(job="test.print"))) and None)
    thing = made(fresh_app, lambda: start_thing("main", make_actor())[0])
    with context(fresh_app):
        assert jobs.sweep_jobs() == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Incident)) == 0
    assert tries == [str(thing.id)]
    assert elements(fresh_app, thing) == ["other_way"]


def test_a_business_error_of_a_local_step_reaches_its_boundary_event(fresh_app):
    def refuse(subject_type, subject_id, data, *, by):
        raise registry.BusinessError("no-paper")

    registry.register({"test.no_paper": refuse})
    made(fresh_app, lambda: make_definition(with_error(properties(call="test.no_paper"))) and None)
    thing = made(fresh_app, lambda: start_thing("main", make_actor())[0])
    assert elements(fresh_app, thing) == ["other_way"]


def with_error(work):
    """A step with an error event on its edge that leads another way."""
    error = '<bpmn:error id="paper" name="paper" errorCode="no-paper"/>'
    edge = node(
        "boundaryEvent", "edge", '<bpmn:errorEventDefinition errorRef="paper"/>', attachedToRef="outside"
    )
    body = node("startEvent", "begin") + node("serviceTask", "outside", work) + edge
    body += user_task("after") + user_task("other_way") + node("endEvent", "finish")
    flows = chain("begin", "outside", "after", "finish") + chain("edge", "other_way", "finish")
    return process(body + flows, top=error)


# ---------------------------------------------------------------- workers that died
def test_what_workers_die_over_becomes_an_incident_and_is_done_after_a_retry(fresh_app):
    """A killed worker cannot say that it failed: its tries are used up without a word."""
    make = steps(user_task("first"), timer("wait", "PT1H"), user_task("after"))
    done = []
    terms.register("lost", terms.Rule(1, reached=lambda term, by: done.append(term.kind)))
    registry.register_jobs({"test.lost": lambda data: done.append("job")})

    def start():
        by = make_actor()
        make_definition(make)
        make_definition(job_process("test.lost").replace(b'id="main"', b'id="working"'), "working")
        thing = start_thing("main", by)[0]
        instances.advance(thing, "done", by=by)
        worked = start_thing("working", by)[0]
        terms.start(thing, "lost", by=by)
        return thing, worked

    thing, worked = made(fresh_app, start)
    moment = now() + timedelta(days=30)
    with context(fresh_app), transaction():
        for model in (Timer, Term, Job):
            died = {"attempts": jobs.MAX_ATTEMPTS, "claimed_until": now() + jobs.LEASE}
            session.execute(sa.update(model).values(**died))
    with context(fresh_app):
        assert jobs.sweep_lost() == 0, "their lease still runs"
        assert jobs.sweep_timers(at=moment) + jobs.sweep_terms(at=moment) + jobs.sweep_jobs(at=moment) == 0
        assert (jobs.sweep_lost(at=moment), jobs.sweep_lost(at=moment)) == (3, 0)
        found = session.scalars(sa.select(Incident)).all()
        assert {incident.kind for incident in found} == {"timer", "term", "job"}
        assert {incident.code for incident in found} == {"worker-lost"}
    with context(fresh_app), transaction():
        for incident in session.scalars(sa.select(Incident)).all():
            incidents.retry(incident, by=make_actor())
    with context(fresh_app):
        assert jobs.sweep_timers(at=moment) + jobs.sweep_terms(at=moment) + jobs.sweep_jobs(at=moment) == 3
    assert sorted(done) == ["job", "lost"]
    assert (elements(fresh_app, thing), elements(fresh_app, worked)) == (["after"], ["after"])


def test_the_neighbours_of_a_row_over_which_workers_die_are_not_blamed(fresh_app, monkeypatch):
    """A worker takes timers by the batch. What was in its hands when it died is taken alone from then on."""
    make = steps(user_task("first"), timer("wait", "PT1H"), user_task("after"))

    def start():
        by = make_actor()
        make_definition(make)
        things = [start_thing("main", by)[0] for _each in range(4)]
        for thing in things:
            instances.advance(thing, "done", by=by)
        return things

    things = made(fresh_app, start)
    with context(fresh_app):
        poison = instances.find(things[1]).id
    fire = jobs._fire

    def die_over_one(instance_id, moment):
        if instance_id == poison:
            raise SystemExit("killed")
        return fire(instance_id, moment)

    monkeypatch.setattr(jobs, "_fire", die_over_one)
    moment = now() + timedelta(hours=2)
    for tried in range(jobs.MAX_ATTEMPTS):
        with context(fresh_app), contextlib.suppress(SystemExit):
            jobs.sweep_timers(at=moment + tried * 2 * jobs.LEASE)
    with context(fresh_app):
        left = session.execute(sa.select(Timer.instance_id, Timer.attempts)).all()
        assert left == [(poison, jobs.MAX_ATTEMPTS)]
        assert jobs.sweep_lost(at=moment + timedelta(days=1)) == 1
    assert [elements(fresh_app, thing) for thing in things] == [["after"], [], ["after"], ["after"]]


def test_giving_up_and_telling_of_it_are_one(fresh_app, monkeypatch):
    """A worker that dies while it gives a row up leaves the row as it was, for the next one to tell of."""

    def start():
        by = make_actor()
        make_definition(steps(timer("wait", "PT1H")))
        start_thing("main", by)

    made(fresh_app, start)
    moment = now() + timedelta(days=1)
    with context(fresh_app), transaction():
        died = {"attempts": jobs.MAX_ATTEMPTS, "claimed_until": now()}
        session.execute(sa.update(Timer).values(**died))

    def die(own, fault):
        raise SystemExit("killed")

    with monkeypatch.context() as dying, context(fresh_app), contextlib.suppress(SystemExit):
        dying.setattr(incidents, "open_in", die)
        jobs.sweep_lost(at=moment)
    with context(fresh_app):
        assert session.scalars(sa.select(Incident)).all() == []
        assert jobs.sweep_lost(at=moment) == 1
        assert len(session.scalars(sa.select(Incident)).all()) == 1


# ---------------------------------------------------------------- messages
def test_two_workers_deliver_every_message_once(fresh_app):
    def start():
        by = make_actor()
        cases = []
        for _each in range(10):
            case = Thing(by.tenant_id)
            parties = {"case_holder": Party(by.tenant_id, None, by.user_id)}
            start_thing("case", by, thing=case, data={"case_id": str(case.id)}, parties=parties)
            instances.advance(case, "referral_sent", by=by)
            cases.append(case)
        return cases

    cases = made(fresh_app, start)
    with context(fresh_app), transaction():
        for case in cases:
            payload = {
                "name": "referral_answered",
                "correlation": {"case_id": str(case.id)},
                "payload": {"outcome": "accepted"},
                "kind": "message",
            }
            row = {"kind": "process.message", "created_at": now(), "due_at": now(), "attempts": 0}
            session.add(OutboxMessage(payload=payload, **row))
    sweeping(fresh_app, outbox.drain)
    assert all(elements(fresh_app, case) == ["read_answer"] for case in cases)
    with context(fresh_app):
        done = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "process.message"))
        assert all(message.done_at is not None for message in done)


def test_a_message_that_cannot_be_delivered_becomes_an_incident_that_sends_it_again(fresh_app):
    def fail(subject_type, subject_id, data, *, by):
        raise RuntimeError("broken")

    registry.register({"test.receive": fail})
    name = b'<bpmn:message id="called" name="called"/>'
    waits_for = properties(correlation="thing_id") + '<bpmn:messageEventDefinition messageRef="called"/>'
    event = node("intermediateCatchEvent", "wait", waits_for)
    receive = node("serviceTask", "receive", properties(call="test.receive"))
    bpmn = steps(event, receive, user_task("after")).replace(b"<bpmn:process ", name + b"<bpmn:process ")

    def start():
        make_definition(bpmn)
        return start_thing("main", make_actor())[0]

    thing = made(fresh_app, start)
    payload = {"name": "called", "correlation": {"thing_id": str(thing.id)}, "payload": {}, "kind": "message"}
    made(fresh_app, lambda: outbox.put("process.message", payload))
    with context(fresh_app):
        incident = session.scalars(sa.select(Incident)).one()
        assert (incident.kind, incident.element_id) == ("message", "receive")
        assert incident.source == payload
    assert elements(fresh_app, thing) == []
    registry.register({"test.receive": lambda subject_type, subject_id, data, *, by: None})
    made(fresh_app, lambda: incidents.retry(session.scalars(sa.select(Incident)).one(), by=make_actor()))
    assert elements(fresh_app, thing) == ["after"]


@pytest.mark.parametrize("attempts", [1, 2, 9])
def test_pauses_grow(attempts):
    assert jobs.pause(attempts) <= jobs.pause(attempts + 1) <= timedelta(hours=1)
