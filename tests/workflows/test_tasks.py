"""The worklist: what is listed for whom, in which order, at which cost."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy.dialects import postgresql

from core.access import Role
from core.clock import now
from core.db import session as db_session
from core.db import uuid7
from core.errors import Conflict, NotAllowed
from core.models.accounts import Tenant, User
from tests.factories.core import make_actor, make_team, make_tenant
from tests.factories.workflows import Thing, make_thing, start_signal, start_thing
from workflows import instances, subjects, tasks, worklists
from workflows.models.tasks import Task, TaskStatus
from workflows.parties import Party

pytestmark = pytest.mark.usefixtures("session")


def tenant_of(actor):
    return db_session.get(Tenant, actor.tenant_id)


def ids(page):
    return [row.task.subject_id for row in page.rows]


def test_my_list_holds_what_is_mine_and_what_nobody_took():
    by = make_actor()
    colleague = make_actor(tenant=tenant_of(by))
    mine, _a = start_signal(by, assignee_id=by.user_id)
    free, _b = start_signal(by)
    theirs, _c = start_signal(by, assignee_id=colleague.user_id)
    assert set(ids(tasks.worklist(by))) == {mine.id, free.id}
    assert set(ids(tasks.worklist(by, scope="team"))) == {mine.id, free.id, theirs.id}


def test_a_queue_is_for_its_team():
    tenant = make_tenant()
    team, other = make_team(tenant), make_team(tenant, "Energie")
    inside, outside = make_actor(tenant=tenant, team=team), make_actor(tenant=tenant, team=other)
    thing, _instance = start_signal(inside, queue=team.id)
    assert ids(tasks.worklist(inside, scope="team")) == [thing.id]
    assert ids(tasks.worklist(outside, scope="team")) == []


def test_another_organisation_sees_nothing():
    by, stranger = make_actor(), make_actor()
    start_signal(by)
    for scope in ("me", "team"):
        assert ids(tasks.worklist(stranger, scope=scope)) == []


def test_a_user_who_acts_for_another_organisation_sees_only_that_one():
    by = make_actor()
    start_signal(by, assignee_id=by.user_id)
    elsewhere = make_actor(user=db_session.get(User, by.user_id))
    assert ids(tasks.worklist(elsewhere)) == []


def test_pages_follow_each_other_without_gap_or_repeat():
    by = make_actor()
    made = {start_signal(by, assignee_id=by.user_id if number % 2 else None)[0].id for number in range(7)}
    seen, after = [], None
    for _page in range(4):
        page = tasks.worklist(by, after=after, limit=2)
        seen += ids(page)
        after = page.next
    assert len(seen) == 7
    assert set(seen) == made
    assert after is None


def test_what_is_due_first_comes_first_and_without_term_last():
    by = make_actor()
    things = [start_signal(by)[0] for _each in range(3)]
    rows = {task.subject_id: task for thing in things for task in tasks.open_tasks(thing)}
    rows[things[0].id].due_at = None
    rows[things[0].id].sort_at = tasks.FAR
    rows[things[2].id].sort_at = now() - timedelta(days=1)
    db_session.flush()
    assert ids(tasks.worklist(by)) == [things[2].id, things[1].id, things[0].id]


def test_a_cursor_that_was_tampered_with_starts_over():
    by = make_actor()
    thing, _instance = start_signal(by)
    assert ids(tasks.worklist(by, after="nonsense")) == [thing.id]


def test_what_waits_for_others_is_a_list_of_its_own():
    by, partner = make_actor(), make_tenant()
    parties = {"case_holder": Party(by.tenant_id, None, by.user_id), "partner": Party(partner.id)}
    thing, _instance = start_thing("case", by, data={"case_id": "c1"}, parties=parties)
    instances.advance(thing, "referral_sent", by=by)
    assert ids(tasks.worklist(by)) == []
    row = tasks.waiting(by).rows[0]
    assert (row.task.element_id, row.turn.state, row.turn.label) == ("await_partner", "partner", partner.name)
    assert row.standing.age == 0
    assert row.name == "Wait for the partner"
    assert tasks.count(by, listed="waiting") == 1


def test_a_partner_has_the_row_and_the_turn():
    by, partner = make_actor(), make_actor(Role.PARTNER_DESK)
    thing = Thing(by.tenant_id)
    parties = {"sender": Party(by.tenant_id, None, by.user_id), "partner": Party(partner.tenant_id)}
    data = {"case_id": "c1", "referral_id": str(thing.id)}
    start_thing("referral", by, thing=thing, data=data, parties=parties)
    assert ids(tasks.worklist(partner)) == [thing.id]
    assert ids(tasks.worklist(by)) == []
    assert tasks.turn_holder(thing, partner).state == "us"
    assert tasks.turn_holder(thing, by).state == "partner"
    instances.advance(thing, "question_asked", by=partner)
    assert tasks.turn_holder(thing, by).state == "me"
    assert tasks.turn_holder(thing, partner).state == "partner"
    assert ids(tasks.worklist(partner)) == []


def test_whose_turn_counts_from_when_it_became_theirs():
    by = make_actor()
    thing, instance = start_signal(by)
    since = instance.turn_since
    instances.advance(thing, "triaged", by=by)
    assert instance.turn_since == since
    instances.assign(thing, "receiver", tenant_id=by.tenant_id, assignee_id=by.user_id, by=by)
    assert instance.turn_since > since


def test_nobody_is_at_turn_on_what_has_ended_or_never_began():
    by = make_actor()
    thing, _instance = start_signal(by)
    instances.advance(thing, "answered", by=by)
    assert tasks.turn_holder(thing, by).state == "nobody"
    assert tasks.turn_holder(make_thing(), by).state == "nobody"


def test_the_page_knows_what_can_be_done_now():
    by = make_actor()
    thing, _instance = start_signal(by)
    assert "triaged" in tasks.outcomes(thing)
    instances.advance(thing, "triaged", by=by)
    assert "triaged" not in tasks.outcomes(thing)
    assert tasks.outcomes(make_thing()) == frozenset()


def test_claiming_takes_a_row_from_the_queue_once():
    by = make_actor()
    colleague, stranger = make_actor(tenant=tenant_of(by)), make_actor()
    thing, _instance = start_signal(by)
    task = tasks.open_tasks(thing)[0]
    with pytest.raises(NotAllowed):
        instances.claim(task, by=stranger)
    instances.claim(task, by=by)
    with pytest.raises(Conflict):
        instances.claim(task, by=colleague)
    assert ids(tasks.worklist(colleague)) == []


def test_labels_come_in_one_batch_and_only_for_who_may_see():
    loads = []

    def load_many(wanted):
        loads.append(len(wanted))
        return {each: each for each in wanted}

    subjects.register(
        "labelled_thing",
        subjects.Subject(
            load_many=load_many,
            title=lambda record, by: f"Dossier {record}",
            address=lambda record: f"/cases/{record}",
            visible_to=lambda by, record: record not in hidden,
        ),
    )
    hidden = set()
    by = make_actor()
    things = [start_signal(by, thing=Thing(by.tenant_id, "labelled_thing"))[0] for _each in range(3)]
    hidden.add(things[1].id)
    rows = {row.task.subject_id: row.label for row in tasks.worklist(by).rows}
    assert loads == [3]
    assert rows[things[0].id].title == f"Dossier {things[0].id}"
    assert rows[things[1].id] is None


@pytest.mark.parametrize("scope", ["me", "team"])
def test_a_page_of_the_worklist_takes_two_statements(statements, scope):
    by = make_actor()
    for _each in range(3):
        start_signal(by)
    tasks.worklist(by)
    db_session.commit()
    with statements() as seen:
        assert len(tasks.worklist(by, scope=scope).rows) == 3
    assert len(seen) <= 2, seen


def test_a_count_stops_at_a_hundred():
    by = make_actor()
    thing, instance = start_signal(by)
    first = tasks.open_tasks(thing)[0]
    values = {column.key: getattr(first, column.key) for column in Task.__mapper__.column_attrs}
    db_session.add_all([Task(**{**values, "id": uuid7()}) for _each in range(120)])
    db_session.flush()
    assert tasks.count(by) == tasks.CAP
    assert tasks.count(by, scope="team") == tasks.CAP
    assert first.status is TaskStatus.OPEN
    assert instance.ended_at is None


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(("kind", "index"), [("free", "ix_task_step"), ("mine", "ix_task_step_mine")])
def test_the_rows_of_one_step_are_found_without_walking_a_list(session, kind, index):
    query = worklists.page((kind,), "sort_at", 5, paged=False, only=("payment", "wait_until_due"))
    given = {"tenant": uuid.uuid4(), "key_0": uuid.uuid4()}
    sql = query.compile(session.connection())
    plan = session.connection().exec_driver_sql(
        f"explain query plan {sql}", tuple(str(given.get(name, 0)) for name in sql.positiontup)
    )
    assert f"USING INDEX {index} " in " ".join(row[3] for row in plan)


def test_the_limit_of_a_list_is_a_constant():
    """An unknown one makes PostgreSQL plan a long list anew at every reading."""
    query = worklists.page(("free", "mine"), "sort_at", 51, paged=True)
    assert str(query.compile(dialect=postgresql.dialect())).count("LIMIT 51") == 3
