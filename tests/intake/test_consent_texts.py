"""What is told before somebody agrees has versions; a consent keeps the very text that was told."""

import re
from datetime import timedelta

import pytest

from core import clock
from core.access import Role
from core.errors import DomainError
from core.models.accounts import Tenant, TenantKind
from intake import bases, consent_letters, consent_texts
from intake.models.bases import BasisKind
from tests.factories import intake as make
from tests.factories.core import make_actor, make_tenant
from tests.pdf import text_of


def admin_of(session, by):
    return make_actor(Role.ADMINISTRATOR, tenant=session.get(Tenant, by.tenant_id))


def publish(by, text, days=0, language="nl"):
    day = clock.today() + timedelta(days=days)
    return consent_texts.publish_text(language, text, valid_from=day, by=by)


def test_without_anything_published_the_text_of_the_product_is_version_1(session):
    by = make.make_worker()
    basis = make.make_referral(by, make.make_partner()).basis
    assert (basis.text_version, basis.text_language, basis.text_id) == ("1", "nl", None)
    assert set(consent_texts.in_force(by.tenant_id)) == {"nl", "fr", "en", "de"}
    texts = {told.text for told in consent_texts.in_force(by.tenant_id).values()}
    assert len(texts) == 4


def test_a_consent_keeps_the_version_that_was_told(session):
    by = make.make_worker()
    admin, case, service = admin_of(session, by), make.make_case(by), make.make_service()
    second = publish(admin, "Tweede tekst.")
    before = make.make_basis(case, service, by)
    third = publish(admin, "Derde tekst.")
    later = publish(admin, "Tekst van morgen.", days=1)
    after = make.make_basis(case, service, by)
    assert [text.number for text in (second, third, later)] == [2, 3, 4]
    assert [basis.text_version for basis in (before, after)] == ["2", "3"]
    assert consent_texts.told_for(before).text == "Tweede tekst."
    assert consent_texts.told_for(after).text == "Derde tekst."
    tomorrow = consent_texts.in_force(by.tenant_id, on=clock.today() + timedelta(days=1))
    assert tomorrow["nl"].text == "Tekst van morgen."


def test_the_nearest_text_wins(session):
    by = make.make_worker()
    tenant = session.get(Tenant, by.tenant_id)
    gbo = make.make_gbo(tenant)
    platform = make_actor(Role.ADMINISTRATOR, tenant=make_tenant("Draaischijf", TenantKind.PLATFORM))
    from dataclasses import replace

    coordinator = replace(make_actor(Role.COORDINATOR, tenant=tenant), partnership_id=gbo.id)
    for owner, text in (
        (platform, "Van iedereen."),
        (coordinator, "Van het GBO."),
        (admin_of(session, by), "Van ons."),
    ):
        publish(owner, text)
        assert consent_texts.in_force(by.tenant_id)["nl"].text == text
    assert consent_texts.in_force(make.make_worker().tenant_id)["nl"].text == "Van iedereen."


@pytest.mark.parametrize(
    ("language", "text", "days"), [("xx", "Tekst.", 0), ("nl", " ", 0), ("nl", "Tekst.", -1)]
)
def test_a_text_needs_a_language_words_and_a_day_to_come(session, language, text, days):
    with pytest.raises(DomainError):
        publish(admin_of(session, make.make_worker()), text, days, language)


def test_a_language_without_text_is_refused(session):
    by = make.make_worker()
    with pytest.raises(DomainError):
        make.make_basis(make.make_case(by), make.make_service(), by, given=bases.Given(language="so"))


def test_an_administrator_publishes_on_the_page_and_a_worker_does_not(client, session):
    by = make.make_worker()
    client.sign_in(by.email)
    assert client.get("/consent-texts").status_code == 403
    client.post("/logout")
    client.sign_in(admin_of(session, by).email)
    day = clock.today().strftime("%d/%m/%Y")
    data = {"language": "so", "text": "Waan ku waydiinaynaa.", "valid_from": day}
    assert client.post("/consent-texts", data={**data, "text": ""}).status_code == 422
    assert client.post("/consent-texts", data=data).status_code == 302
    page = client.get("/consent-texts").text
    assert "Waan ku waydiinaynaa." in page
    assert consent_texts.in_force(by.tenant_id)["so"].number == 2


def test_the_page_to_refer_shows_the_text_in_the_language_of_the_citizen(client, session):
    by = make.make_worker()
    case = make.make_case(by, person=make.make_person(by, language="fr"))
    client.sign_in(by.email)
    page = client.get(f"/cases/{case.id}/refer").text
    assert consent_texts.in_force(by.tenant_id)["fr"].text.split(".")[0] in page


def test_on_paper_stand_the_text_its_version_and_what_is_left_out(client, session):
    by = make.make_worker()
    publish(admin_of(session, by), "Onze eigen uitleg.")
    given = bases.Given(exclusions="Niets over mijn broer")
    basis = make.make_basis(make.make_case(by), make.make_service(), by, ("energy",), given=given)
    text = text_of(consent_letters.consent_letter(basis))
    for words in (
        "Onze eigen uitleg.",
        "versie 2",
        "Niets over mijn broer",
        "Energie en water",
        basis.case.number,
    ):
        assert words in text
    client.sign_in(by.email)
    assert client.get(f"/bases/{basis.id}/print").data.startswith(b"%PDF")
    client.post("/logout")
    client.sign_in(make.make_worker().email)
    assert client.get(f"/bases/{basis.id}/print").status_code == 404


@pytest.mark.parametrize("kind", [BasisKind.LAW, BasisKind.NECESSITY, BasisKind.SHARED_SECRECY])
def test_nobody_agreed_to_another_ground_and_its_letter_says_so(client, session, kind):
    by = make.make_worker()
    why = {"kind": kind, "channel": None, "motivation": "De wet vraagt het."}
    basis = make.make_basis(make.make_case(by), make.make_service(), by, ("energy",), **why)
    assert (basis.text_version, basis.text_language) == (None, None)
    assert consent_texts.told_for(basis) is None
    text = text_of(consent_letters.consent_letter(basis))
    assert "Wat wij over jou doorgeven" in text
    assert "Energie en water" in text
    for words in ("akkoord ging", "Wat wij je vertelden", "versie", "Jij beslist"):
        assert words not in text
    client.sign_in(by.email)
    assert 'lang="nl" dir="auto"' not in client.get(f"/bases/{basis.id}/withdraw").text


def test_a_consent_of_before_the_texts_is_printed_without_one(session):
    by = make.make_worker()
    basis = make.make_basis(make.make_case(by), make.make_service(), by)
    basis.text_version = basis.text_language = None
    text = text_of(consent_letters.consent_letter(basis))
    assert "Waar je mee akkoord ging" in text
    for words in ("Wat wij je vertelden", "Tekst van de uitleg"):
        assert words not in text


def test_a_text_published_since_the_page_was_read_is_not_noted_as_told(client, session):
    by, service = make.make_worker(), make.make_service()
    case = make.make_case(by)
    client.sign_in(by.email)

    def shown(page):
        return re.search(r'name="told"[^>]* value="([^"]*)"', page)[1]

    data = {
        "act": "send", "request": "Wie helpt met de huur?", "urgency": "U3", "kind": "announced",
        "service": str(service.id), "basis": "consent", "channel": "oral", "text_language": "nl",
        "capacity": "citizen", "told": shown(client.get(f"/cases/{case.id}/refer").text),
    }  # fmt: skip
    publish(admin_of(session, by), "Een nieuwe uitleg.")
    session.commit()
    answer = client.post(f"/cases/{case.id}/refer", data=data)
    assert answer.status_code == 422
    assert "Wie helpt met de huur?" in answer.text
    assert "Een nieuwe uitleg." in answer.text
    assert bases.of_case(case) == []
    again = client.post(f"/cases/{case.id}/refer", data={**data, "told": shown(answer.text)})
    assert again.status_code == 302
    assert [basis.text_version for basis in bases.of_case(case)] == ["2"]


def test_the_text_told_is_the_one_shown_in_the_language_chosen(client, session):
    """Choosing a language shows its text, by the button or at once; an unseen text is not noted as told."""
    by, service = make.make_worker(), make.make_service()
    case = make.make_case(by)
    client.sign_in(by.email)
    address = f"/cases/{case.id}/refer"
    texts = consent_texts.in_force(by.tenant_id)

    def shown(page):
        return re.search(r'name="told"[^>]* value="([^"]*)"', page)[1]

    page = client.get(address).text
    assert (page.count('name="told"'), shown(page)) == (1, texts["nl"].mark)
    data = {
        "request": "Wie helpt met de huur?", "urgency": "U3", "kind": "announced", "service": str(service.id),
        "basis": "consent", "channel": "oral", "text_language": "fr", "capacity": "citizen",
        "told": shown(page),
    }  # fmt: skip
    unseen = client.post(address, data={**data, "act": "send"})
    assert unseen.status_code == 422
    assert bases.of_case(case) == []
    looked = client.post(address, data={**data, "act": "look"}).text
    live = client.post(address, data={**data, "act": "look"}, headers={"HX-Request": "true"}).text
    for answer in (unseen.text, looked, live):
        assert texts["fr"].text[:60] in answer
        assert shown(answer) == texts["fr"].mark
    assert client.post(address, data={**data, "told": shown(live), "act": "send"}).status_code == 302
    assert [basis.text_language for basis in bases.of_case(case)] == ["fr"]
