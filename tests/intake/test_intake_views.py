"""Pages of the intake, one test per outcome; bad input keeps what was typed."""

import re

import pytest
import sqlalchemy as sa

from core.models.accounts import Tenant
from core.models.trail import AuditEntry
from intake import bases, cases, referrals
from intake.models.cases import Case, CaseStatus, FollowUp
from intake.models.help_requests import HelpRequest
from intake.models.notes import Note
from intake.models.referrals import DeclineReason, Referral, ReferralStatus
from socialmap.models.directory import ServiceStatus
from tests.factories import intake as make
from tests.factories.forms import command, once


# ---------------------------------------------------------------- files
def test_a_file_opens_at_the_desk(client, session, nele):
    answer = client.post("/cases/new", data={"place": "9940"})
    case = session.scalars(sa.select(Case)).one()
    assert (case.nis, case.status) == (make.EVERGEM, CaseStatus.INTAKE)
    assert answer.location == f"/cases/{case.id}/person/choose"
    assert client.post("/cases/new", data={"place": "Waarschoot"}).status_code == 422


def test_reading_a_file_is_in_the_trail_before_the_answer_leaves(client, session, nele):
    case = make.make_case(nele)
    assert client.get(f"/cases/{case.id}").status_code == 200
    entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "case.read")).one()
    assert (entry.subject_id, entry.user_id) == (str(case.id), nele.user_id)


def test_a_file_of_another_organization_does_not_exist(client, session, nele):
    case = make.make_case(make.make_worker())
    assert client.get(f"/cases/{case.id}").status_code == 404
    refused = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "access.refused")).one()
    assert refused.user_id == nele.user_id


def test_a_restricted_file_is_for_its_holder_and_the_team_lead(client, session, nele):
    tenant = session.get(Tenant, nele.tenant_id)
    holder = make.make_worker(tenant)
    case = make.make_case(holder)
    case.is_restricted = True
    session.flush()
    assert client.get(f"/cases/{case.id}").status_code == 404
    assert str(case.id) not in client.get("/cases?tab=all").text
    from core.access import Role

    client.sign_in(make.make_worker(tenant, Role.TEAM_LEAD).email)
    assert client.get(f"/cases/{case.id}").status_code == 200


@pytest.mark.parametrize(
    ("path", "data", "model"),
    [
        ("notes", {"text": "Een nota."}, Note),
        ("follow-ups", {"what": "Bellen", "due_on": "27/11/2099"}, FollowUp),
        ("questions", {"life_domain": "debts", "own_words": "Help.", "question_urgency": "U3"}, HelpRequest),
    ],
)
def test_writing_in_a_file(client, session, nele, path, data, model):
    case = make.make_case(nele)
    assert client.post(f"/cases/{case.id}/{path}", data=data).status_code == 302
    assert session.scalar(sa.select(sa.func.count()).select_from(model)) == 1


@pytest.mark.parametrize(
    ("path", "data", "message"),
    [
        ("notes", {"text": ""}, "Schrijf eerst de nota"),
        ("notes", {"text": "x" * 50_000}, "4000"),
        ("follow-ups", {"what": "Bellen", "due_on": "morgen"}, "dag/maand/jaar"),
        ("follow-ups", {"what": "Bellen", "due_on": "01/01/2020"}, "toekomst"),
        ("attempts", {"channel": "phone"}, "Kies het resultaat"),
        ("questions", {"life_domain": "debts", "question_urgency": "U3"}, "woorden van de burger"),
        ("close", {"reason": ""}, "Kies een reden"),
    ],
)
def test_wrong_writing_comes_back(client, nele, path, data, message):
    case = make.make_case(nele)
    answer = client.post(f"/cases/{case.id}/{path}", data=data)
    assert answer.status_code == 422
    assert message in answer.text


def test_closing_asks_each_question(client, session, nele):
    case = make.make_case(nele)
    request = make.make_question(case, nele)
    assert client.post(f"/cases/{case.id}/close", data={"reason": "answered"}).status_code == 422
    data = {"reason": "answered", f"outcome_{request.id}": "solved"}
    assert client.post(f"/cases/{case.id}/close", data=data).status_code == 302
    assert case.is_closed
    assert client.post(f"/cases/{case.id}/reopen", data={"phase": "intake"}).status_code == 302
    assert not case.is_closed


def test_a_stale_tab_on_a_file_gets_a_message_and_keeps_the_text(client, nele):
    case = make.make_case(nele)
    old = case.version
    cases.set_phase(case, CaseStatus.CLARIFYING, by=nele)
    answer = client.post(
        f"/cases/{case.id}/close", data={"reason": "answered", "note": "Mijn slotwoord", "version": str(old)}
    )
    assert answer.status_code == 422
    assert "Mijn slotwoord" in answer.text
    assert not case.is_closed
    again = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)[1]
    assert int(again) == case.version


def test_the_plan_prints_what_was_agreed(client, nele):
    case = make.make_case(nele)
    make.make_question(case, nele)
    page = client.get(f"/cases/{case.id}/plan")
    assert "Ik kan mijn gasfactuur niet betalen." in page.text
    assert "ds-sheet" in page.text


# ---------------------------------------------------------------- referring
def refer_data(chosen, **change):
    return {
        "act": "send", "urgency": "U3", "request": "Maak een budgetplan.", "kind": "announced",
        "service": str(chosen.id), "items": ["energy"], "basis": "consent", "channel": "oral",
        "ends_on": "27/11/2099", "command_id": command(), **change,
    }  # fmt: skip


@pytest.fixture
def ready(session, nele):
    """A file with a question, and a service of a partner."""
    partner = make.make_partner()
    case = make.make_case(nele)
    request = make.make_question(case, nele)
    service = make.make_service(session.get(Tenant, partner.tenant_id))
    return case, service, partner, {"help_request": str(request.id)}


def test_a_file_is_referred_on_one_page(client, session, ready):
    case, service, partner, more = ready
    page = client.get(f"/cases/{case.id}/refer?service={service.id}")
    assert 'data-testid="partner-preview"' in page.text
    answer = client.post(f"/cases/{case.id}/refer", data=refer_data(service, **more))
    assert answer.status_code == 302, answer.text
    referral = session.scalars(sa.select(Referral)).one()
    assert referral.receiving_tenant_id == partner.tenant_id
    assert set(referral.items) == {"contact", "energy"}


def test_a_file_that_is_about_somebody_else_now_is_not_referred_from_an_old_page(
    client, session, ready, nele
):
    case, service, _partner, more = ready
    page = client.get(f"/cases/{case.id}/refer?service={service.id}")
    seen = re.search(r'name="version"[^>]*value="(\d+)"', page.text)[1]
    cases.set_person(case, person=make.make_person(nele, last_name="Smet"), by=nele)
    old = refer_data(service, **more, version=seen)
    answer = client.post(f"/cases/{case.id}/refer", data=old)
    assert answer.status_code == 422
    assert "Iemand paste dit intussen aan." in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Referral)) == 0
    now = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)[1]
    again = client.post(f"/cases/{case.id}/refer", data={**old, "version": now, "command_id": command()})
    assert again.status_code == 302
    assert "Smet" in str(session.scalars(sa.select(Referral)).one().package)


def test_a_double_click_refers_once(client, session, ready):
    case, service, _partner, more = ready
    data = refer_data(service, **more)
    assert client.post(f"/cases/{case.id}/refer", data=data).location
    assert client.post(f"/cases/{case.id}/refer", data=data).status_code == 302
    assert session.scalar(sa.select(sa.func.count()).select_from(Referral)) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"request": ""}, "Zeg wat je aan de dienst vraagt"),
        ({"service": ""}, "Kies een dienst"),
        ({"service": "geen-id"}, "Kies een dienst"),
        ({"ends_on": "31/02/2099"}, "geen dag 31"),
        ({"ends_on": "01/01/2020"}, "toekomst"),
        ({"basis": "necessity"}, "zonder toestemming"),
    ],
)
def test_a_wrong_referral_comes_back_and_leaves_no_basis(client, session, ready, change, message):
    from intake.models.bases import Basis

    case, service, _partner, more = ready
    data = refer_data(service, **{**more, "witness": "Dochter Katrien", **change})
    answer = client.post(f"/cases/{case.id}/refer", data=data)
    assert answer.status_code == 422
    assert message in answer.text
    assert "Dochter Katrien" in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Basis)) == 0


def test_an_inactive_service_is_said_before_and_after_sending(client, session, ready):
    case, service, _partner, more = ready
    service.status = ServiceStatus.INACTIVE
    session.flush()
    page = client.get(f"/cases/{case.id}/refer?service={service.id}")
    assert "werkt niet meer" in page.text
    answer = client.post(f"/cases/{case.id}/refer", data=refer_data(service, **more))
    assert answer.status_code == 422
    assert "werkt niet meer" in answer.text


def test_an_open_referral_to_the_same_service_is_warned_of(client, session, ready, nele):
    case, service, _partner, _more = ready
    make.make_referral(nele, case=case, service=service)
    page = client.get(f"/cases/{case.id}/refer?service={service.id}")
    assert "Er loopt al een verwijzing" in page.text


def test_looking_saves_nothing_and_shows_the_exact_view(client, session, ready):
    case, service, _partner, more = ready
    data = refer_data(service, **more, q="schulden")
    answer = client.post(f"/cases/{case.id}/refer", data={**data, "act": "look"})
    assert answer.status_code == 200
    assert "Maak een budgetplan." in answer.text
    part = client.post(
        f"/cases/{case.id}/refer", data={**data, "act": "look"}, headers={"HX-Request": "true"}
    )
    assert "<html" not in part.text
    assert 'data-testid="partner-preview"' in part.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Referral)) == 0


# ---------------------------------------------------------------- the partner
@pytest.fixture
def at_partner(client, session, ready, nele):
    """A referral, with the partner signed in."""
    case, service, partner, _more = ready
    referral = make.make_referral(nele, case=case, service=service, shared=("energy",))
    client.sign_in(partner.email)
    return referral, nele


def test_opening_marks_it_as_seen_and_names_nobody(client, at_partner):
    referral, _nele = at_partner
    page = client.get(f"/referrals/{referral.id}")
    assert page.status_code == 200
    assert "Lena" not in page.text
    assert "0400 00 01 52" not in page.text
    assert referral.status == ReferralStatus.SEEN


def test_accepting_shows_what_was_agreed(client, at_partner):
    referral, _nele = at_partner
    answer = client.post(
        f"/referrals/{referral.id}/accept", data={"command_id": command()}, follow_redirects=True
    )
    assert "Lena Aerts" in answer.text
    assert 'data-testid="agreed-package"' in answer.text
    assert referral.status == ReferralStatus.ACCEPTED


def test_opening_does_not_make_the_accept_button_of_my_day_stale(client, at_partner):
    referral, _nele = at_partner
    version = str(referral.version)
    client.get(f"/referrals/{referral.id}")
    answer = client.post(
        f"/referrals/{referral.id}/accept", data={"command_id": command(), "version": version}
    )
    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("decline", {"reason": "no_capacity", "better": "Energiehuis"}, "declined"),
        ("ask", {"question": "Heeft zij een attest?"}, "question_asked"),
        ("waiting-list", {}, "waitlisted"),
    ],
)
def test_the_partner_decides_on_one_card(client, at_partner, path, data, status):
    referral, _nele = at_partner
    answer = client.post(f"/referrals/{referral.id}/{path}", data={"command_id": command(), **data})
    assert answer.status_code == 302
    assert referral.status == status


@pytest.mark.parametrize(
    ("path", "data", "message"),
    [
        ("decline", {}, "Kies een reden"),
        ("decline", {"reason": "other"}, "in een paar woorden"),
        ("ask", {"question": " "}, "Schrijf eerst je vraag"),
    ],
)
def test_a_decision_without_words_comes_back(client, at_partner, path, data, message):
    referral, _nele = at_partner
    answer = client.post(f"/referrals/{referral.id}/{path}", data=data)
    assert answer.status_code == 422
    assert message.lower() in answer.text.lower()


def test_answering_a_withdrawn_referral_is_told_kindly(client, at_partner):
    referral, nele = at_partner
    referrals.withdraw(referral, by=nele)
    answer = client.post(f"/referrals/{referral.id}/accept", data=once())
    assert answer.status_code == 409
    assert "ingetrokken" in answer.text
    page = client.get(f"/referrals/{referral.id}")
    assert "ingetrokken" in page.text
    assert "Maak" not in page.text.split("<main")[1].split("data-testid")[0]


def test_the_door_closes_the_same_second(client, at_partner):
    referral, nele = at_partner
    client.post(f"/referrals/{referral.id}/accept", data=once())
    client.post(f"/referrals/{referral.id}/ask", data={})
    assert "Lena Aerts" in client.get(f"/referrals/{referral.id}").text
    bases.withdraw_basis(referral.basis, by=nele)
    for path in (
        f"/referrals/{referral.id}",
        "/referrals",
        "/referrals?tab=running",
        "/referrals?tab=ended",
        "/my-day",
    ):
        page = client.get(path)
        assert page.status_code == 200
        assert "Lena" not in page.text
        assert "gasfactuur" not in page.text
        assert "afbetalingsplan" not in page.text


def test_the_partner_reports_contact_and_result(client, at_partner):
    referral, _nele = at_partner
    client.post(f"/referrals/{referral.id}/accept", data=once())
    client.post(f"/referrals/{referral.id}/start", data=once())
    client.post(f"/referrals/{referral.id}/complete", data={"command_id": command(), "result": "Plan klaar."})
    assert (referral.status, referral.remark) == (ReferralStatus.COMPLETED, "Plan klaar.")


def test_the_holder_withdraws_the_consent_on_one_page(client, session, ready, nele):
    case, service, _partner, _more = ready
    referral = make.make_referral(nele, case=case, service=service)
    page = client.get(f"/cases/{case.id}/referrals")
    assert 'data-testid="withdraw-basis"' in page.text
    address = f"/bases/{referral.basis_id}/withdraw"
    assert client.get(address).status_code == 200
    assert client.post(address, data=once()).status_code == 302
    assert referral.status == ReferralStatus.WITHDRAWN
    assert client.post(address, data=once()).status_code == 422


def test_the_answer_of_the_partner_moves_the_file_at_once(client, at_partner):
    referral, nele = at_partner
    client.post(f"/referrals/{referral.id}/accept", data=once())
    assert referral.case.status == CaseStatus.PLANNING
    client.sign_in(nele.email)
    day = client.get("/my-day")
    assert "aanvaardde" in day.text
    client.get(f"/cases/{referral.case_id}")
    assert "aanvaardde" not in client.get("/my-day").text


def test_a_follow_up_of_today_is_done_from_my_day(client, session, nele):
    from core import clock
    from intake import notes

    case = make.make_case(nele)
    todo = notes.plan_follow_up(case, "Bel de dokter", clock.today(), by=nele)
    assert "Bel de dokter" in client.get("/my-day").text
    client.post(f"/follow-ups/{todo.id}/done", data=once())
    assert "Bel de dokter" not in client.get("/my-day").text
    assert client.post(f"/follow-ups/{todo.id}/done", data=once()).status_code == 409


def test_search_finds_files_by_name_and_number(client, nele):
    case = make.make_case(nele)
    make.make_case(make.make_worker())
    for text in ("Lena Aertz", case.number):
        page = client.post("/search", data={"asking": 1, "q": text}, follow_redirects=True)
        assert page.text.count(f"/cases/{case.id}") >= 1


def test_sending_again_retypes_nothing_and_has_the_next_service_ready(client, session, ready):
    case, service, partner, more = ready
    client.post(f"/cases/{case.id}/refer", data=refer_data(service, **more))
    referral = session.scalars(sa.select(Referral)).one()
    following = make.make_service(name="Energie en budget")
    referrals.decline(referral, DeclineReason.NO_CAPACITY, better_service=following, by=partner)
    listed = client.get(f"/cases/{case.id}/referrals")
    assert f"again={referral.id}" in listed.text
    page = client.get(f"/cases/{case.id}/refer?again={referral.id}").text
    assert "Maak een budgetplan." in page
    assert re.search(rf'value="{following.id}" checked', page)
    assert re.search(r'value="energy"[^>]* checked|checked[^>]* value="energy"', page)


def test_a_referral_of_another_file_fills_in_nothing(client, session, ready, nele):
    case, _service, partner, _more = ready
    other = make.make_referral(nele, partner, request="Iets van een ander dossier.")
    for again in (other.id, "onzin", ""):
        page = client.get(f"/cases/{case.id}/refer?again={again}")
        assert page.status_code == 200
        assert "Iets van een ander" not in page.text
