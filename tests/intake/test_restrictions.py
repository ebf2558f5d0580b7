"""A restricted file is for its holder and the team leads; others do not learn that it is there."""

import pytest
import sqlalchemy as sa

from core import clock
from core.access import Role
from core.errors import Conflict, DomainError
from core.models.accounts import Tenant, User
from intake import cases, day, notes, persons, policy, restrictions, signals, teams
from intake.models.cases import FollowUp
from intake.persons import Sought
from tests.factories import intake as make


@pytest.fixture
def trio(session):
    holder = make.make_worker()
    tenant = session.get(Tenant, holder.tenant_id)
    return holder, make.make_worker(tenant), make.make_worker(tenant, Role.TEAM_LEAD)


def test_holder_restricts_and_lifts_with_a_reason(client, session, trio):
    holder, colleague, lead = trio
    case = make.make_case(holder)
    client.sign_in(colleague.email)
    assert client.get(f"/cases/{case.id}/restrict").status_code == 404
    client.post("/logout")
    client.sign_in(holder.email)
    assert client.post(f"/cases/{case.id}/restrict", data={}).status_code == 422
    assert (
        client.post(f"/cases/{case.id}/restrict", data={"reason": "Haar zus werkt hier."}).status_code == 302
    )
    session.refresh(case)
    assert case.is_restricted
    assert [policy.can_see_case(actor, case) for actor in trio] == [True, False, True]
    with pytest.raises(Conflict):
        restrictions.restrict_case(case, "Nog eens", by=lead)
    restrictions.lift_restriction(case, "Haar zus werkt hier niet meer.", by=lead)
    assert policy.can_see_case(colleague, case)


def test_a_file_that_nobody_holds_is_not_restricted(trio):
    holder, _colleague, _lead = trio
    case = make.make_case(holder)
    case.holder_id = None
    with pytest.raises(DomainError):
        restrictions.restrict_case(case, "Waarom", by=holder)


def test_the_person_is_not_found_and_a_known_number_names_nobody(trio):
    holder, colleague, lead = trio
    person = make.make_person(holder, ssin=make.SAFE_SSIN)
    case = make.make_case(holder, person=person)
    sought = Sought(first_name="Lena", last_name="Aerts")
    assert persons.find_matches(sought, by=colleague)
    restrictions.restrict_case(case, "Haar zus werkt hier.", by=holder)
    assert persons.find_matches(sought, by=colleague) == []
    assert not policy.can_see_person(colleague, person)
    assert [match.person.id for match in persons.find_matches(sought, by=lead)] == [person.id]
    assert policy.can_see_person(holder, person)
    with pytest.raises(DomainError) as refusal:
        make.make_person(colleague, first_name="Mia", last_name="Peeters", ssin=make.SAFE_SSIN)
    assert "Lena" not in refusal.value.message
    make.make_case(holder, person=person)  # an ordinary file on the same person
    assert policy.can_see_person(colleague, person)


def test_a_notice_in_a_restricted_file_goes_along(client, session, trio):
    holder, colleague, _lead = trio
    signal = make.make_signal(holder, observed="Niemand mag dit weten.")
    case = signals.take(signal, person=make.make_person(holder), by=holder)
    client.sign_in(colleague.email)
    assert "Niemand mag dit weten." in client.get(f"/signals/{signal.id}").text
    restrictions.restrict_case(case, "Haar zus werkt hier.", by=holder)
    doors = (f"/signals/{signal.id}", "/signals", "/signals?tab=all", "/signals?tab=done", "/my-day")
    pages = "".join(client.get(door).text for door in doors)
    assert "Niemand mag dit weten." not in pages
    assert "Aerts" not in pages
    assert client.post(f"/signals/{signal.id}/triage", data={}).status_code == 404


def test_a_new_holder_gets_the_work_and_the_team_does_not(trio, session):
    holder, colleague, lead = trio
    case = make.make_case(holder)
    restrictions.restrict_case(case, "Haar zus werkt hier.", by=holder)
    cases.allocate(case, session.get(User, colleague.user_id), by=lead)
    assert [policy.can_see_case(actor, case) for actor in trio] == [False, True, True]


def test_what_is_planned_in_it_stands_in_nobody_elses_day(client, session, trio):
    holder, colleague, lead = trio
    case = make.make_case(holder)
    notes.plan_follow_up(case, "Bel de zus niet", clock.today(), by=colleague)  # once planned for herself
    away = [session.get(User, worker.user_id) for worker in (holder, colleague)]
    teams.set_absence(*away, clock.today(), clock.today(), by=lead)
    restrictions.restrict_case(case, "Haar zus werkt hier.", by=holder)
    for assignee in (colleague, holder):
        session.execute(sa.update(FollowUp).values(assignee_id=assignee.user_id))
        session.commit()
        for mine in (True, False):
            assert day.of(colleague, mine=mine).due == []
        client.sign_in(colleague.email)
        pages = "".join(client.get(f"/my-day?of={whose}").text for whose in ("me", "team"))
        assert "Bel de zus" not in pages
        assert "Aerts" not in pages
        client.post("/logout")
    assert [found.case_id for found in day.of(holder).due] == [case.id]
    assert [found.case_id for found in day.of(lead, mine=False).due] == [case.id]
