"""The team lead sees the load, gives files away, and a substitute finds what falls due."""

from datetime import timedelta

import pytest

from core import clock
from core.access import Role
from core.errors import Conflict, DomainError
from core.models.accounts import Tenant, User
from intake import day, notes, teams
from intake.models.vocabulary import Urgency
from tests.factories import intake as make


@pytest.fixture
def lead(session):
    return make.make_worker(None, Role.TEAM_LEAD)


@pytest.fixture
def nele(session, lead):
    return make.make_worker(session.get(Tenant, lead.tenant_id))


@pytest.fixture
def karim(session, lead):
    return make.make_worker(session.get(Tenant, lead.tenant_id))


def user(session, actor):
    return session.get_one(User, actor.user_id)


def load_of(actor):
    return next(load for load in teams.loads(actor.tenant_id) if load.user.id == actor.user_id)


def test_the_board_counts_open_and_urgent_files(session, nele):
    make.make_case(nele, urgency=Urgency.U1)
    make.make_case(nele)
    assert (load_of(nele).open, load_of(nele).urgent) == (2, 1)


def test_a_caseload_goes_to_a_colleague_with_its_plans(session, lead, nele, karim):
    case = make.make_case(nele)
    plan = notes.plan_follow_up(case, "Bellen", clock.today(), by=nele)
    assert teams.hand_over(user(session, nele), user(session, karim), by=lead) == 1
    session.refresh(plan)
    assert (case.holder_id, plan.assignee_id) == (karim.user_id, karim.user_id)


def test_nothing_to_hand_over_says_so(session, lead, nele, karim):
    with pytest.raises(DomainError):
        teams.hand_over(user(session, nele), user(session, karim), by=lead)


def test_a_substitute_finds_what_falls_due_while_a_colleague_is_away(session, lead, nele, karim):
    case = make.make_case(nele)
    notes.plan_follow_up(case, "Bellen", clock.today(), by=nele)
    assert day.of(karim).due == []
    today = clock.today()
    teams.set_absence(user(session, nele), user(session, karim), today, today, by=lead)
    assert [found.case_id for found in day.of(karim).due] == [case.id]
    assert load_of(nele).absence is not None
    assert case.holder_id == nele.user_id


def test_a_part_of_a_caseload_goes_to_a_colleague_and_the_rest_stays(session, lead, nele, karim):
    given, kept = make.make_case(nele), make.make_case(nele, with_person=False)
    people = user(session, nele), user(session, karim)
    assert teams.hand_over(*people, chosen=[given.id], by=lead) == 1
    assert (given.holder_id, kept.holder_id) == (karim.user_id, nele.user_id)
    for chosen, wrong in (([], DomainError), ([given.id, kept.id], Conflict)):
        with pytest.raises(wrong):
            teams.hand_over(*people, chosen=chosen, by=lead)
    assert kept.holder_id == nele.user_id


def test_who_is_back_sooner_is_away_no_more(session, lead, nele, karim):
    today = clock.today()
    people = user(session, nele), user(session, karim)
    absence = teams.set_absence(*people, today, today + timedelta(days=9), by=lead)
    absence.starts_on = today - timedelta(days=3)
    session.flush()
    teams.end_absence(absence, by=lead)
    assert (absence.ends_on, load_of(nele).absence) == (today - timedelta(days=1), None)
    with pytest.raises(Conflict):
        teams.end_absence(absence, by=lead)
    planned = teams.set_absence(*people, today, today + timedelta(days=2), by=lead)
    teams.end_absence(planned, by=lead)
    with pytest.raises(Conflict):
        teams.end_absence(planned, by=lead)
    assert teams.absences(lead.tenant_id) == []


@pytest.mark.parametrize(("first", "last"), [(0, -1), (-5, -1)])
def test_an_absence_has_days_in_order(session, lead, nele, karim, first, last):
    today = clock.today()
    days = today + timedelta(days=first), today + timedelta(days=last)
    with pytest.raises(DomainError):
        teams.set_absence(user(session, nele), user(session, karim), *days, by=lead)


def test_nobody_stands_in_for_themselves_or_twice(session, lead, nele, karim):
    away, other, today = user(session, nele), user(session, karim), clock.today()
    with pytest.raises(DomainError):
        teams.set_absence(away, away, today, today, by=lead)
    teams.set_absence(away, other, today, today, by=lead)
    with pytest.raises(DomainError):
        teams.set_absence(away, other, today, today, by=lead)


def test_only_a_team_lead_sees_the_board(client, session, lead, nele):
    make.make_case(nele)
    client.sign_in(nele.email)
    assert client.get("/team").status_code == 403
    client.sign_in(lead.email)
    page = client.get("/team")
    assert 'data-testid="team-board"' in page.text
    assert f"/team/{nele.user_id}/hand-over" in page.text
    assert 'href="/team"' in page.text


def test_the_lead_hands_over_and_sets_an_absence_on_a_page(client, session, lead, nele, karim):
    case = make.make_case(nele)
    client.sign_in(lead.email)
    today = f"{clock.today():%d/%m/%Y}"
    sent = {"to": str(karim.user_id), "starts_on": today, "ends_on": today}
    assert client.post(f"/team/{nele.user_id}/absence", data=sent).location == "/team"
    assert "vervangt" in client.get("/team").text
    client.post(f"/team/{nele.user_id}/hand-over", data={"to": str(karim.user_id)})
    session.refresh(case)
    assert case.holder_id == karim.user_id


def test_the_lead_chooses_files_and_ends_an_absence_on_a_page(client, session, lead, nele, karim):
    given, kept = make.make_case(nele), make.make_case(nele, with_person=False)
    today = clock.today()
    absence = teams.set_absence(user(session, nele), user(session, karim), today, today, by=lead)
    client.sign_in(lead.email)
    page = f"/team/{nele.user_id}/hand-over"
    assert "Lena Aerts" in client.get(page).text
    sent = {"to": str(karim.user_id), "which": "chosen"}
    assert client.post(page, data=sent).status_code == 422
    assert client.post(page, data={**sent, "which": "all", "files": [str(given.id)]}).status_code == 422
    assert client.post(page, data={**sent, "files": [str(given.id)]}).location == "/team"
    assert 'data-testid="end-absence"' in client.get("/team").text
    assert client.post(f"/team/absences/{absence.id}/end", data={"command_id": ""}).location == "/team"
    assert (given.holder_id, kept.holder_id) == (karim.user_id, nele.user_id)
    assert teams.absences(lead.tenant_id) == []


def test_a_lead_ends_no_absence_of_another_organization(client, session, lead, nele, karim):
    today = clock.today()
    absence = teams.set_absence(user(session, nele), user(session, karim), today, today, by=lead)
    client.sign_in(make.make_worker(None, Role.TEAM_LEAD).email)
    assert client.post(f"/team/absences/{absence.id}/end", data={"command_id": ""}).status_code == 404


def test_a_colleague_of_another_organization_is_not_there(client, session, lead):
    client.sign_in(lead.email)
    stranger = make.make_worker()
    assert client.get(f"/team/{stranger.user_id}/hand-over").status_code == 404
