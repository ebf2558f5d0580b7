"""Pages of the intake, one test per outcome; bad input keeps what was typed."""

import re
import uuid

import pytest
import sqlalchemy as sa

from core.models.accounts import Tenant
from core.models.trail import AuditEntry
from intake import bases, cases, referrals, signals
from intake.models.cases import Case, CaseStatus, FollowUp
from intake.models.help_requests import HelpRequest
from intake.models.notes import Note
from intake.models.persons import Person
from intake.models.referrals import Referral, ReferralStatus
from intake.models.signals import Signal, SignalStatus
from socialmap.models.directory import ServiceStatus
from tests.factories import intake as make

SIGNAL = {
    "source": "colleague", "about": "person", "place": "Evergem", "theme": "energy",
    "observed": "Geen licht.", "informed": "agrees",
}  # fmt: skip


@pytest.fixture
def nele(client):
    """A worker who is signed in."""
    by = make.make_worker()
    client.sign_in(by.email)
    return by


def command():
    return str(uuid.uuid4())


def once(**more):
    """What a one-button form sends."""
    return {"command_id": command(), **more}


# ---------------------------------------------------------------- notices
def test_a_notice_is_registered_and_says_where_it_went(client, session, nele):
    answer = client.post("/signals/new", data=SIGNAL, follow_redirects=True)
    assert answer.status_code == 200
    signal = session.scalars(sa.select(Signal)).one()
    assert signal.observed == "Geen licht."
    assert nele.tenant_name in re.sub(r"<[^>]+>", "", answer.text)
    assert 'data-testid="routing-reason"' in answer.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"place": "Waarschoot"}, "Kies Lievegem"),
        ({"place": "Nergenshuizen"}, "Nergenshuizen"),
        ({"place": ""}, "Vul een gemeente"),
        ({"observed": ""}, "Schrijf wat je zag"),
        ({"theme": ""}, "Kies waarover"),
        ({"informed": ""}, "Kies een antwoord"),
        ({"subject_name": "Willy", "informed": "not_yet"}, "laat naam en telefoon weg"),
        ({"observed": "x" * 2001}, "2000"),
        ({"theme": "vreemd"}, "theme"),
    ],
)
def test_a_wrong_notice_comes_back_with_what_was_typed(client, session, nele, change, message):
    answer = client.post("/signals/new", data={**SIGNAL, "source_name": "Buurman Jan", **change})
    assert answer.status_code == 422
    assert message in answer.text
    assert 'data-testid="error-summary"' in answer.text
    assert "Buurman Jan" in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Signal)) == 0


def test_a_double_click_registers_one_notice(client, session, nele):
    data = {**SIGNAL, "command_id": command()}
    first, second = client.post("/signals/new", data=data), client.post("/signals/new", data=data)
    assert first.location == second.location
    assert session.scalar(sa.select(sa.func.count()).select_from(Signal)) == 1


def test_a_notice_is_taken_in_one_click(client, session, nele):
    signal = make.make_signal(nele, subject_name="Lena Aerts")
    answer = client.post(f"/signals/{signal.id}/take", data=once())
    case = session.scalars(sa.select(Case)).one()
    assert answer.location == f"/cases/{case.id}/person/choose"
    page = client.get(answer.location)
    assert 'value="Aerts"' in page.text


def test_a_known_person_is_proposed_and_taken_along(client, session, nele):
    person = make.make_person(nele)
    signal = make.make_signal(nele, subject_name="Lena Aertz")
    page = client.get(f"/signals/{signal.id}")
    assert 'data-testid="person-match"' in page.text
    client.post(f"/signals/{signal.id}/take", data={"command_id": command(), "person_id": str(person.id)})
    assert session.scalars(sa.select(Case)).one().person_id == person.id
    assert signal.status == SignalStatus.LINKED


def test_the_second_to_take_a_notice_reads_who_was_first(client, session, nele):
    signal = make.make_signal(nele)
    first = make.make_worker(session.get(Tenant, nele.tenant_id))
    signals.take(signal, by=first)
    answer = client.post(f"/signals/{signal.id}/take", data=once())
    assert answer.status_code == 409
    assert first.name in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Case)) == 1


def test_whoever_registered_a_notice_elsewhere_follows_its_state_only(client, session):
    receiver, reporter = make.make_worker(), make.make_partner()
    gbo = make.make_gbo(session.get(Tenant, receiver.tenant_id))
    make.make_rule(gbo, session.get(Tenant, receiver.tenant_id))
    signal = make.make_signal(reporter, observed="Iets heel persoonlijks.")
    client.sign_in(reporter.email)
    page = client.get(f"/signals/{signal.id}")
    assert page.status_code == 200
    assert "heel persoonlijks" not in page.text
    answer = client.post(
        f"/signals/{signal.id}/withdraw", data={"command_id": command(), "outcome": "Gezin belde zelf."}
    )
    assert answer.status_code == 302
    assert signal.status == SignalStatus.WITHDRAWN
    assert client.post(f"/signals/{signal.id}/take", data={}).status_code == 404


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("triage", {"urgency": "U1", "urgency_reason": "Het vriest."}, "triaged"),
        ("close", {"how": "answered", "outcome": "Adres gegeven."}, "answered"),
        ("close", {"how": "unfounded", "outcome": "Met vakantie."}, "unfounded"),
    ],
)
def test_a_notice_is_decided_on_its_page(client, nele, path, data, status):
    signal = make.make_signal(nele)
    assert client.post(f"/signals/{signal.id}/{path}", data=data).status_code == 302
    assert signal.status == status


@pytest.mark.parametrize(("path", "data"), [("triage", {"urgency": "U1"}), ("close", {"how": "answered"})])
def test_a_decision_without_reason_comes_back(client, nele, path, data):
    signal = make.make_signal(nele)
    answer = client.post(f"/signals/{signal.id}/{path}", data=data)
    assert answer.status_code == 422
    assert 'data-testid="error-summary"' in answer.text
    assert signal.status == SignalStatus.RECEIVED


# ---------------------------------------------------------------- persons
def test_a_person_is_made_after_a_search(client, session, nele):
    case = make.make_case(nele, with_person=False)
    page = client.get(f"/cases/{case.id}/person/choose?first_name=Karim&last_name=Said")
    token = re.search(r'name="token" value="([0-9a-f]+)"', page.text)[1]
    data = {
        "token": token, "first_name": "Karim", "last_name": "Said", "birth": "1985", "sex": "m",
        "language": "ar", "place": "Evergem",
    }  # fmt: skip
    assert client.post(f"/cases/{case.id}/person/new", data=data).status_code == 302
    person = session.scalars(sa.select(Person)).one()
    assert (person.name, person.birth_text, case.person_id) == ("Karim Said", "1985", person.id)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"token": ""}, "Zoek eerst op deze naam"),
        ({"birth": "31/02/1980"}, "Die maand heeft geen dag 31"),
        ({"ssin": "52.03.17-000.12"}, "laatste 2 cijfers"),
        ({"place": "Waarschoot"}, "Lievegem"),
        ({"first_name": "", "last_name": ""}, "Zoek eerst"),
    ],
)
def test_a_wrong_person_comes_back_with_what_was_typed(client, session, nele, change, message):
    case = make.make_case(nele, with_person=False)
    page = client.get(f"/cases/{case.id}/person/choose?first_name=Karim&last_name=Said")
    token = re.search(r'name="token" value="([0-9a-f]+)"', page.text)[1]
    data = {
        "token": token, "first_name": "Karim", "last_name": "Said", "sex": "m", "language": "nl",
        "address": "Dorpsstraat 7", "place": "Evergem", **change,
    }  # fmt: skip
    answer = client.post(f"/cases/{case.id}/person/new", data=data)
    assert answer.status_code == 422
    assert message in answer.text
    assert "Dorpsstraat 7" in answer.text
    assert case.person_id is None


def test_a_person_page_masks_the_number(client, nele):
    case = make.make_case(nele, person=make.make_person(nele, ssin=make.SAFE_SSIN))
    page = client.get(f"/cases/{case.id}/person")
    assert "52.03.17-•••.••" in page.text
    assert "000-21" not in page.text
    assert "00021" not in page.text


def test_a_person_is_changed_and_a_stale_tab_is_told(client, nele):
    case = make.make_case(nele)
    page = client.get(f"/cases/{case.id}/person/change")
    version = re.search(r'name="version"[^>]*value="(\d+)"', page.text)[1]
    data = {"first_name": "Lena", "last_name": "Aerts", "sex": "f", "language": "fr", "version": version}
    assert client.post(f"/cases/{case.id}/person/change", data=data).status_code == 302
    late = client.post(
        f"/cases/{case.id}/person/change", data={**data, "language": "de", "mail": "l@x.example"}
    )
    assert late.status_code == 422
    assert "l@x.example" in late.text
    assert case.person.language == "fr"


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
        page = client.get("/search", query_string={"q": text})
        assert page.text.count(f"/cases/{case.id}") >= 1
