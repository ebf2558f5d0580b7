"""What an instance does in the transaction of an operation."""

import uuid

import pytest
import sqlalchemy as sa

from core.access import Role, system_actor
from core.db import session as db_session
from core.db import transaction
from core.errors import Conflict, DomainError, NotAllowed
from core.models.outbox import OutboxMessage
from core.models.trail import AuditEntry
from tests.factories.bpmn_files import node, properties
from tests.factories.core import forget_request, make_actor, make_tenant
from tests.factories.workflows import (
    Thing,
    make_definition,
    make_definition_that_loses,
    parallel,
    start_signal,
    start_thing,
    steps,
    user_task,
)
from workflows import incidents, instances, subjects, tasks, turns
from workflows import steps as local_steps
from workflows.incidents import TurnFailed
from workflows.models.incidents import Incident
from workflows.models.instances import Event, HeldMessage, Instance, InstanceStatus, Lane, TurnState, Wait
from workflows.models.tasks import Task, TaskStatus
from workflows.parties import Party

pytestmark = pytest.mark.usefixtures("session")


def elements(thing):
    return [task.element_id for task in tasks.open_tasks(thing)]


def test_starting_opens_the_first_step_for_its_lane():
    by = make_actor(Role.INTAKE_WORKER)
    thing, instance = start_signal(by)
    task = tasks.open_tasks(thing)[0]
    assert (task.element_id, task.state, task.lane) == ("triage_signal", "received", "receiver")
    assert (task.tenant_id, task.queue, task.status) == (by.tenant_id, by.tenant_id, TaskStatus.OPEN)
    assert task.due_at is not None
    assert instance.turn_state is TurnState.US


def test_a_subject_has_one_running_process():
    by = make_actor()
    thing, _instance = start_signal(by)
    with pytest.raises(Conflict):
        instances.start("signal", subject=thing, data={}, by=by)


def test_only_a_second_start_is_told_to_be_one():
    by = make_actor()
    with pytest.raises(sa.exc.IntegrityError) as failure:
        instances.start("signal", subject=Thing(uuid.uuid4()), data={}, by=by)
    assert "foreign key" in str(failure.value).lower()


def test_an_event_completes_the_step_that_knows_it():
    by = make_actor()
    thing, _instance = start_signal(by)
    instances.advance(thing, "triaged", by=by)
    assert elements(thing) == ["take_signal"]
    done = db_session.scalars(sa.select(Task).where(Task.status == TaskStatus.DONE)).one()
    assert (done.element_id, done.closed_by) == ("triage_signal", by.user_id)


def test_an_event_that_nothing_expects_is_a_conflict():
    by = make_actor()
    thing, _instance = start_signal(by)
    instances.advance(thing, "taken", by=by)
    with pytest.raises(Conflict):
        instances.advance(thing, "taken", by=by)
    assert elements(thing) == ["handle_signal"]


def test_the_end_closes_the_instance_and_nothing_can_follow():
    by = make_actor()
    thing, instance = start_signal(by)
    instances.advance(thing, "unfounded", by=by)
    assert instance.status is InstanceStatus.COMPLETED
    assert instance.ended_at is not None
    assert instance.turn_state is TurnState.NOBODY
    with pytest.raises(Conflict):
        instances.advance(thing, "triaged", by=by)


def test_passing_on_puts_the_row_at_the_next_organisation():
    by, other = make_actor(), make_tenant()
    thing, instance = start_signal(by)
    instances.assign(thing, "receiver", tenant_id=other.id, by=by, owner=True)
    instances.advance(thing, "passed_on", by=by)
    row = tasks.open_tasks(thing)[0]
    assert (row.tenant_id, row.queue, row.status) == (other.id, other.id, TaskStatus.OPEN)
    assert instance.tenant_id == other.id
    assert instance.turn_tenant_id == other.id


def test_assigning_moves_open_rows_and_says_so_in_the_trail():
    by, colleague = make_actor(), make_actor()
    thing, instance = start_signal(by)
    instances.assign(
        thing, "receiver", tenant_id=by.tenant_id, assignee_id=colleague.user_id, by=by, reason="holiday"
    )
    assert tasks.open_tasks(thing)[0].assignee_id == colleague.user_id
    assert instance.turn_user_id == colleague.user_id
    db_session.flush()
    entry = db_session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "process.assigned")).one()
    assert entry.changes["reason"] == "holiday"


def test_recusing_gives_the_rows_back_to_the_queue():
    by = make_actor()
    thing, _instance = start_signal(by, assignee_id=by.user_id)
    instances.recuse(thing, by.user_id, by=by)
    assert tasks.open_tasks(thing)[0].assignee_id is None
    assert db_session.scalars(sa.select(Lane.assignee_id)).all() == [None]


def test_restricting_keeps_rows_from_the_team():
    by, colleague = make_actor(), None
    colleague = make_actor(tenant=db_session.get(type(make_tenant()), by.tenant_id))
    thing, _instance = start_signal(by)
    instances.restrict(thing, "receiver", assignee_id=by.user_id, by=by)
    assert tasks.worklist(colleague, scope="team").rows == []
    assert [row.task.element_id for row in tasks.worklist(by).rows] == ["triage_signal"]


# ---------------------------------------------------------------- messages
def test_withdrawing_interrupts_the_partner():
    by, partner = make_actor(), make_tenant()
    thing, instance = start_referral(by, partner)
    instances.advance(thing, "accepted", by=by)
    instances.advance(thing, "withdrawn", by=by)
    assert elements(thing) == []
    assert instance.status is InstanceStatus.COMPLETED
    assert db_session.scalars(sa.select(Wait)).all() == []


def start_referral(by, partner, case_id="c1"):
    thing = Thing(by.tenant_id, "referral_thing")
    parties = {"sender": Party(by.tenant_id, None, by.user_id), "partner": Party(partner.id)}
    return start_thing(
        "referral", by, thing=thing, data={"case_id": case_id, "referral_id": str(thing.id)}, parties=parties
    )


def test_an_answer_reaches_the_case_right_after_the_commit():
    by, partner = make_actor(), make_tenant()
    db_session.commit()
    forget_request()
    with transaction():
        case, _case_instance = start_case(by)
        referral, _instance = start_referral(by, partner, str(case.id))
        instances.assign(case, "partner", tenant_id=partner.id, by=by)
        instances.advance(case, "referral_sent", by=by)
    assert elements(case) == ["await_partner"]
    assert tasks.turn_holder(case, by).state == "partner"
    assert tasks.turn_holder(case, by).label == partner.name
    with transaction():
        instances.advance(referral, "accepted", by=by)
    assert elements(case) == ["read_answer"]
    assert tasks.turn_holder(case, by).state == "me"


def start_case(by):
    thing = Thing(by.tenant_id, "case_thing")
    parties = {"case_holder": Party(by.tenant_id, None, by.user_id)}
    return start_thing("case", by, thing=thing, data={"case_id": str(thing.id)}, parties=parties)


def test_a_message_that_nobody_waits_for_is_kept_until_somebody_does():
    by = make_actor()
    db_session.commit()
    forget_request()
    with transaction():
        case, _instance = start_case(by)
        assert instances.deliver("referral_answered", {"case_id": str(case.id)}, {"outcome": "accepted"}) == 0
    assert elements(case) == ["make_contact"]
    with transaction():
        instances.advance(case, "referral_sent", by=by)
    assert elements(case) == ["read_answer"]
    assert db_session.scalars(sa.select(HeldMessage)).all() == []


def test_a_message_finds_only_its_own_case():
    by = make_actor()
    first, _one = start_case(by)
    second, _two = start_case(by)
    for case in (first, second):
        instances.advance(case, "referral_sent", by=by)
    taken = instances.deliver("referral_answered", {"case_id": str(second.id)}, {"outcome": "declined"})
    assert taken == 1
    assert (elements(first), elements(second)) == (["await_partner"], ["read_answer"])


def test_a_message_delivered_twice_counts_once():
    by, partner = make_actor(), make_tenant()
    db_session.commit()
    forget_request()
    with transaction():
        case, _case = start_case(by)
        instances.advance(case, "referral_sent", by=by)
        referral, _instance = start_referral(by, partner, str(case.id))
        instances.advance(referral, "accepted", by=by)
    sent = db_session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == turns.MESSAGE)).all()
    assert len(sent) == 1
    assert sent[0].done_at is not None
    from core import outbox

    outbox.drain()
    assert elements(case) == ["read_answer"]


def test_reopening_starts_anew_in_the_chosen_phase_with_the_same_holder():
    by = make_actor()
    case, first = start_case(by)
    instances.advance(case, "closed", by=by)
    again = instances.advance(case, "reopened", by=by, data={"phase": "follow_up"})
    assert again.id != first.id
    assert elements(case) == ["follow_up"]
    assert tasks.open_tasks(case)[0].assignee_id == by.user_id


# ---------------------------------------------------------------- local steps
def call_task(name, step):
    return node("serviceTask", name, properties(call=step))


def test_a_local_step_runs_in_the_turn_and_its_answer_is_used():
    seen = []

    def greet(subject_type, subject_id, data, *, by):
        seen.append((subject_type, subject_id, data["outcome"], by.user_id))
        return {"greeted": True}

    local_steps.register({"test.greet": greet})
    by = make_actor()
    make_definition(steps(user_task("first"), call_task("greet", "test.greet"), user_task("second")))
    thing, _instance = start_thing("main", by)
    instances.advance(thing, "done", by=by)
    assert seen == [("thing", thing.id, "done", by.user_id)]
    assert elements(thing) == ["second"]


def test_a_refusal_of_a_local_step_goes_to_the_user():
    def refuse(subject_type, subject_id, data, *, by):
        raise DomainError("Not today.", field="day")

    local_steps.register({"test.refuse": refuse})
    make_definition(steps(user_task("first"), call_task("refuse", "test.refuse")))
    by = make_actor()
    thing, _instance = start_thing("main", by)
    with pytest.raises(DomainError) as refusal:
        instances.advance(thing, "done", by=by)
    assert refusal.value.field == "day"
    assert incidents.take_noted() == []


def test_a_failed_turn_keeps_nothing_but_an_incident():
    def fail(subject_type, subject_id, data, *, by):
        raise ZeroDivisionError("a name of a citizen")

    local_steps.register({"test.fail": fail})
    make_definition(steps(user_task("first"), call_task("broken", "test.fail")))
    by = make_actor()
    thing, instance = start_thing("main", by)
    db_session.commit()
    state, version = instance.state, instance.version
    with pytest.raises(TurnFailed), transaction():
        instances.advance(thing, "done", by=by)
    incidents.write_noted()
    db_session.expire_all()
    found = db_session.scalars(sa.select(Incident)).one()
    assert (found.code, found.element_id, found.instance_id) == ("step-failed", "broken", instance.id)
    assert "citizen" not in found.cause
    assert (instance.state, instance.version) == (state, version)
    assert elements(thing) == ["first"]
    again = db_session.scalars(
        sa.select(OutboxMessage.kind).where(OutboxMessage.kind == incidents.ALERT)
    ).all()
    assert again == [incidents.ALERT]


def test_the_same_failure_counts_on_one_incident():
    make_definition_that_loses("test.nobody", steps(user_task("first"), call_task("gone", "test.nobody")))
    by = make_actor()
    thing, _instance = start_thing("main", by)
    db_session.commit()
    for _time in range(2):
        with pytest.raises(TurnFailed), transaction():
            instances.advance(thing, "done", by=by)
        incidents.write_noted()
    found = db_session.scalars(sa.select(Incident).execution_options(populate_existing=True)).one()
    assert (found.code, found.times) == ("unknown-step", 2)


def test_a_package_is_told_which_state_a_step_stands_for():
    told = []
    subjects.register(
        "told_thing",
        subjects.Subject(
            load_many=lambda ids: {},
            title=lambda record, by: "",
            address=lambda record: "",
            visible_to=lambda by, record: True,
            entered=lambda subject_id, state, by: told.append(state),
        ),
    )
    by = make_actor()
    thing = Thing(by.tenant_id, "told_thing")
    start_signal(by, thing=thing)
    instances.advance(thing, "triaged", by=by)
    instances.advance(thing, "taken", by=by)
    assert told == ["received", "triaged", "taken"]


# ---------------------------------------------------------------- steering
def test_nothing_happens_while_suspended():
    by = make_actor()
    thing, instance = start_signal(by)
    instances.suspend(thing, reason="quarrel about competence", by=by)
    assert instance.turn_state is TurnState.NOBODY
    assert tasks.worklist(by).rows == []
    with pytest.raises(Conflict):
        instances.advance(thing, "triaged", by=by)
    instances.resume(thing, reason="settled", by=by)
    instances.advance(thing, "triaged", by=by)
    assert elements(thing) == ["take_signal"]


def test_cancelling_takes_every_row_away():
    by, partner = make_actor(), make_tenant()
    thing, instance = start_referral(by, partner)
    instances.cancel(thing, reason="made by mistake", by=by)
    assert instance.status is InstanceStatus.CANCELLED
    assert elements(thing) == []
    assert db_session.scalars(sa.select(Wait)).all() == []
    assert db_session.scalars(sa.select(Task.status)).all() == [TaskStatus.CANCELLED]


@pytest.mark.parametrize("act", [instances.suspend, instances.resume, instances.cancel])
def test_steering_needs_a_reason_and_the_right(act):
    by, stranger = make_actor(), make_actor()
    thing, _instance = start_signal(by)
    with pytest.raises(DomainError) as refusal:
        act(thing, reason=" ", by=by)
    assert refusal.value.field == "reason"
    with pytest.raises(NotAllowed):
        act(thing, reason="curious", by=stranger)


def test_one_particular_step_of_several_can_be_completed():
    by = make_actor()
    make_definition(parallel(3))
    thing, _instance = start_thing("main", by)
    wanted = next(task for task in tasks.open_tasks(thing) if task.element_id == "side_1")
    instances.complete(wanted, "done_1", by=by)
    assert sorted(elements(thing)) == ["side_0", "side_2"]
    with pytest.raises(Conflict):
        instances.complete(wanted, "done_1", by=by)


# ---------------------------------------------------------------- what it costs and keeps
def test_a_completion_takes_few_statements(statements):
    by = make_actor()
    thing, _instance = start_signal(by)
    instances.advance(thing, "triaged", by=by)
    db_session.commit()
    db_session.expunge_all()
    with statements() as seen:
        instances.advance(thing, "passed_on", by=by)
        db_session.flush()
    assert len(seen) <= 9, seen


def test_history_holds_what_people_did_and_no_data():
    by = make_actor()
    thing, instance = start_signal(by)
    instances.advance(thing, "triaged", by=by, data={"urgency": "high"})
    found = db_session.scalars(sa.select(Event).where(Event.instance_id == instance.id)).all()
    assert ("task.completed", "triage_signal", by.user_id) in [
        (event.kind, event.element_id, event.user_id) for event in found
    ]
    assert all("urgency" not in event.data for event in found)


def test_a_worker_may_act_and_is_named_as_such():
    owner = make_tenant()
    thing = Thing(owner.id)
    instance = instances.start(
        "signal", subject=thing, data={}, by=system_actor(owner.id), parties={"receiver": Party(owner.id)}
    )
    assert instance.started_by is None
    assert isinstance(instance.id, uuid.UUID)
    assert db_session.get(Instance, instance.id) is instance
