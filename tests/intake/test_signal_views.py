"""Pages of notices, one test per outcome; bad input keeps what was typed."""

import re

import pytest
import sqlalchemy as sa

from core.models.accounts import Tenant
from intake import cases, signals
from intake.models.cases import Case, ClosingReason
from intake.models.persons import Person
from intake.models.signals import Signal, SignalStatus
from tests.factories import intake as make
from tests.factories.forms import command, once

SIGNAL = {
    "source": "colleague", "about": "person", "place": "Evergem", "theme": "energy",
    "observed": "Geen licht.", "informed": "agrees",
}  # fmt: skip


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
def test_a_match_shows_the_files_that_somebody_has_already(client, session):
    by = make.make_worker()
    person = make.make_person(by, ssin=make.SAFE_SSIN)
    older, running, hidden = (make.make_case(by, person=person) for _number in range(3))
    cases.close_case(older, ClosingReason.ANSWERED, by=by)
    colleague = make.make_worker(session.get(Tenant, by.tenant_id))
    hidden.is_restricted = True
    session.flush()
    new = make.make_case(colleague, with_person=False)
    client.sign_in(colleague.email)
    page = look_for(client, new, ssin=make.SAFE_SSIN, last_name="Aerts").text
    assert page.count('data-testid="earlier-file"') == 2
    assert older.number in page
    assert running.number in page
    assert hidden.number not in page


def look_for(client, case, **typed):
    data = {"asking": 1, **typed}
    return client.post(f"/cases/{case.id}/person/choose", data=data, follow_redirects=True)


def test_a_person_is_made_after_a_search(client, session, nele):
    case = make.make_case(nele, with_person=False)
    page = look_for(client, case, first_name="Karim", last_name="Said")
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
    page = look_for(client, case, first_name="Karim", last_name="Said")
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
