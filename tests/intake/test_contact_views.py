"""The contact register: one line per contact, settled on the same page, nothing typed twice."""

import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core.errors import Conflict
from core.models.accounts import Tenant, TenantKind
from intake import contacts, places
from intake.models.cases import Case, CaseStatus
from intake.models.contacts import ContactMoment, ContactOutcome
from intake.models.help_requests import HelpRequest
from intake.models.signals import Signal
from intake.models.vocabulary import Channel, LifeDomain
from tests.factories import intake as make
from tests.factories.core import make_tenant

LINE = {
    "channel": "phone",
    "place": "Evergem",
    "theme": "energy",
    "line": "Kan gas niet betalen",
    "aid": "no",
}


@pytest.fixture
def nele(client):
    by = make.make_worker(make_tenant("OCMW Evergem", TenantKind.OCMW))
    client.sign_in(by.email)
    return by


def only(session: orm.Session, kind):
    return session.scalars(sa.select(kind)).one()


def test_the_first_field_of_the_register_has_the_focus(client, session, nele):
    page = client.get("/contacts")
    assert 'data-testid="contact-form"' in page.text
    assert page.text.index("autofocus") < page.text.index('name="place"')
    assert 'href="/contacts"' in page.text


def test_an_answered_contact_is_a_count_without_text(client, session, nele):
    assert client.post("/contacts", data={**LINE, "then": "answered"}).location == "/contacts"
    contact = only(session, ContactMoment)
    assert (contact.outcome, contact.line) == (ContactOutcome.ANSWERED, None)
    assert "Kan gas niet betalen" not in client.get("/contacts").text


def test_an_answered_contact_tells_which_address_was_given(client, session, nele):
    service = make.make_service(name="Energiesnoeiers")
    client.post("/contacts", data={**LINE, "then": "answered"})
    contact = only(session, ContactMoment)
    address = f"/contacts/{contact.id}/address"
    assert address in client.get("/contacts").text
    assert client.get(address).status_code == 200
    assert client.post(address, data={"service_id": "x"}).status_code == 409
    assert client.post(address, data={"service_id": str(service.id)}).location == "/contacts"
    assert contact.service_id == service.id
    page = client.get("/contacts").text
    assert "Energiesnoeiers" in page
    assert "Beantwoord 1, met een adres 1" in page


def test_an_open_contact_is_settled_by_the_address_and_a_file_takes_none(client, session, nele):
    service = make.make_service()
    waiting = contacts.register_contact(channel=Channel.DESK, line="Iets", by=nele)
    contacts.give_address(waiting, service, by=nele)
    assert (waiting.outcome, waiting.line) == (ContactOutcome.ANSWERED, None)
    client.post("/contacts", data={**LINE, "then": "intake"})
    became = session.scalars(sa.select(ContactMoment).where(ContactMoment.case_id.is_not(None))).one()
    with pytest.raises(Conflict):
        contacts.give_address(became, service, by=nele)


def test_a_contact_needs_nothing_but_its_channel(client, session):
    by = make.make_partner()
    client.sign_in(by.email)
    assert client.post("/contacts", data={"channel": "desk", "then": "answered"}).status_code == 302
    assert only(session, ContactMoment).nis is None


def test_a_contact_becomes_a_file_with_all_that_was_told(client, session, nele):
    answer = client.post("/contacts", data={**LINE, "then": "intake"})
    case, question = only(session, Case), only(session, HelpRequest)
    assert answer.location == f"/cases/{case.id}/person/choose"
    assert (case.nis, case.status) == (make.EVERGEM, CaseStatus.INTAKE)
    assert (question.own_words, question.life_domain) == ("Kan gas niet betalen", LifeDomain.ENERGY)
    assert only(session, ContactMoment).line is None


def test_a_kept_contact_becomes_a_file_in_one_click(client, session, nele):
    client.post("/contacts", data={**LINE, "then": "open"})
    contact = only(session, ContactMoment)
    answer = client.post(f"/contacts/{contact.id}/intake", data={"command_id": str(uuid.uuid4())})
    assert answer.location == f"/cases/{only(session, Case).id}/person/choose"
    assert contact.outcome == ContactOutcome.INTAKE


def test_a_contact_without_place_asks_only_for_the_place(client, session, nele):
    contact = contacts.register_contact(channel=Channel.DESK, line="Papieren", by=nele)
    assert 'name="place"' in client.get(f"/contacts/{contact.id}/intake").text
    assert client.post(f"/contacts/{contact.id}/intake", data={"place": ""}).status_code == 422
    client.post(f"/contacts/{contact.id}/intake", data={"place": "Evergem"})
    assert only(session, Case).nis == make.EVERGEM


def test_a_refused_place_is_tried_once(client, session, nele, monkeypatch):
    contact = contacts.register_contact(channel=Channel.DESK, line="Papieren", by=nele)
    read, tried = places.parse, []

    def counted(text, **options):
        tried.append(text)
        return read(text, **options)

    monkeypatch.setattr(places, "parse", counted)
    answer = client.post(f"/contacts/{contact.id}/intake", data={"place": "Nergenshuizen"})
    assert (answer.status_code, tried) == (422, ["Nergenshuizen"])
    assert session.scalars(sa.select(Case)).first() is None


def test_a_contact_becomes_a_notice_that_is_filled_in_already(client, session, nele):
    address = client.post("/contacts", data={**LINE, "then": "signal"}).location
    page = client.get(address)
    assert "Kan gas niet betalen" in page.text
    assert 'value="Evergem"' in page.text
    sent = {"source": "citizen", "about": "person", "place": "Evergem", "theme": "energy",
            "observed": "Kan gas niet betalen", "informed": "agrees"}  # fmt: skip
    client.post(address, data=sent)
    contact = only(session, ContactMoment)
    assert contact.outcome == ContactOutcome.SIGNAL
    assert contact.signal_id == only(session, Signal).id


def test_every_contact_of_an_ocmw_asks_whether_it_is_a_request_for_aid(client, session, nele):
    unsaid = client.post("/contacts", data={**LINE, "aid": "", "then": "answered"})
    assert unsaid.status_code == 422
    answered = client.post("/contacts", data={**LINE, "aid": "yes", "then": "answered"})
    assert answered.status_code == 422
    assert "eerste woord" in answered.text
    assert session.scalar(sa.select(sa.func.count()).select_from(ContactMoment)) == 0
    opened = client.post("/contacts", data={**LINE, "aid": "yes", "then": "intake"})
    assert opened.location == f"/cases/{only(session, Case).id}/aid-requests/new"
    assert "Kan gas niet betalen" in client.get(opened.location).text


def test_a_partner_desk_opens_no_file(client, session):
    by = make.make_partner()
    client.sign_in(by.email)
    assert 'value="intake"' not in client.get("/contacts").text
    assert client.post("/contacts", data={**LINE, "then": "intake"}).status_code == 422
    assert session.scalars(sa.select(Case)).first() is None


def test_a_wrong_place_keeps_what_was_typed(client, session, nele):
    answer = client.post("/contacts", data={**LINE, "place": "Nergenshuizen", "then": "answered"})
    assert answer.status_code == 422
    assert "Kan gas niet betalen" in answer.text


def test_a_contact_of_another_organization_is_not_there(client, session, nele):
    contact = contacts.register_contact(channel=Channel.DESK, by=make.make_worker())
    answer = client.post(f"/contacts/{contact.id}/answer", data={"command_id": str(uuid.uuid4())})
    assert answer.status_code in (403, 404)
    assert session.get(Tenant, nele.tenant_id) is not None


def test_a_contact_settled_twice_says_so(client, session, nele):
    contact = contacts.register_contact(channel=Channel.DESK, by=nele)
    path = f"/contacts/{contact.id}/answer"
    assert client.post(path, data={"command_id": str(uuid.uuid4())}).status_code == 302
    assert client.post(path, data={"command_id": str(uuid.uuid4())}).status_code == 409
