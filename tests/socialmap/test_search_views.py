"""The pages of the map as people use them."""

import re
import uuid

import pytest
import sqlalchemy as sa

from socialmap.models.details import RequiredDocument, ServiceContact
from socialmap.models.directory import Organization, Service

EDITOR, WORKER, PARTNER = (
    "beheer@draaischijf.example",
    "onthaal@ocmw-evergem.example",
    "partner@de-brug.example",
)


def service_named(session, name, organization):
    query = sa.select(Service).join(Organization, Organization.id == Service.organization_id)
    return session.scalars(query.where(Service.name == name, Organization.name == organization)).one()


def test_a_question_gives_cards_with_what_matters_for_referring(map_client):
    page = map_client.sign_in(WORKER).get("/social-map?q=schulden+in+Evergem").get_data(as_text=True)
    assert page.count('data-testid="search-hit"') >= 5
    for text in ("OCMW Evergem", "Personen met schulden", "tel:+32000004419", "Budgethulp De Brug"):
        assert text in page


def test_the_search_page_takes_at_most_six_statements(map_client, statements):
    map_client.sign_in(WORKER).get("/social-map?q=schulden+in+Evergem")
    with statements() as seen:
        map_client.get("/social-map?q=schulden+in+Evergem&f=free&f=cat:B.2")
    assert len(seen) <= 6, seen


def test_a_merged_municipality_is_said_with_its_successor(map_client):
    page = map_client.sign_in(WORKER).get("/social-map?q=OCMW+Merelbeke").get_data(as_text=True)
    assert "Merelbeke-Melle" in page


def test_what_is_typed_is_never_markup(map_client):
    page = map_client.sign_in(WORKER).get("/social-map?q=<script>alert(1)</script>").get_data(as_text=True)
    assert "<script>alert" not in page


def test_nothing_found_says_whom_to_ask(map_client):
    page = map_client.sign_in(WORKER).get("/social-map?q=xyzzyq&nis=44019").get_data(as_text=True)
    assert 'data-testid="search-hit"' in page


def test_the_page_of_a_service_shows_contact_area_and_freshness(map_client, map_session):
    service = service_named(map_session, "Budgetbegeleiding en schuldbemiddeling", "OCMW Evergem")
    page = map_client.sign_in(WORKER).get(f"/social-map/services/{service.id}").get_data(as_text=True)
    for text in ("tel:+32000004419", "9940 Evergem", "info@ocmw-evergem.example"):
        assert text in page


def test_a_stopped_organization_names_its_successor(map_client, map_session):
    old = map_session.scalars(sa.select(Organization).where(Organization.name == "OCMW Merelbeke")).one()
    page = map_client.sign_in(WORKER).get(f"/social-map/organizations/{old.id}").get_data(as_text=True)
    assert "OCMW Merelbeke-Melle" in page


@pytest.mark.parametrize("kind", ["services", "organizations"])
def test_an_entry_that_is_not_there_is_a_404(map_client, kind):
    address = f"/social-map/{kind}/00000000-0000-7000-8000-000000000000"
    assert map_client.sign_in(WORKER).get(address).status_code == 404


def test_the_people_of_a_service_say_how_much_room_there_is(map_client, map_session):
    service = service_named(map_session, "Budgethulp De Brug", "vzw De Brug")
    address = f"/social-map/services/{service.id}/capacity"
    assert (
        map_client.sign_in(PARTNER).post(address, data={"capacity": "waiting", "weeks": "3"}).status_code
        == 302
    )
    assert map_session.get(Service, service.id).capacity == "waiting"
    assert map_client.post(address, data={"capacity": "waiting", "weeks": ""}).status_code == 422


def test_others_may_not_speak_for_a_service(map_client, map_session):
    service = service_named(map_session, "Budgethulp De Brug", "vzw De Brug")
    address = f"/social-map/services/{service.id}/capacity"
    assert map_client.sign_in(WORKER).post(address, data={"capacity": "full"}).status_code == 404


def test_anyone_reports_an_error_and_the_editor_closes_it(map_client, map_session):
    service = service_named(map_session, "Budgethulp De Brug", "vzw De Brug")
    address = f"/social-map/services/{service.id}/report"
    map_client.sign_in(WORKER)
    assert map_client.get(address).status_code == 200
    assert map_client.post(address, data={"text": ""}).status_code == 422
    assert map_client.post(address, data={"text": "Ander nummer."}).status_code == 302
    map_client.get("/logout")
    page = map_client.sign_in(EDITOR).get("/social-map/upkeep").get_data(as_text=True)
    assert "Ander nummer." in page
    close = re.search(r'action="(/social-map/corrections/[^"]+/close)"', page)
    assert close is not None
    assert map_client.post(close.group(1), data={"answer": "Klopt."}).status_code == 302
    assert "Ander nummer." not in map_client.get("/social-map/upkeep").get_data(as_text=True)


def test_agreements_are_kept_beside_the_source(map_client, map_session):
    service = service_named(map_session, "Budgethulp De Brug", "vzw De Brug")
    address = f"/social-map/services/{service.id}/agreements"
    map_client.sign_in(PARTNER)
    assert map_client.get(address).status_code == 200
    assert map_client.post(address, data={"contact": "Onthaal", "email": "geen adres"}).status_code == 422
    answer = map_client.post(address, data={"contact": "Onthaal", "email": "onthaal@de-brug.example"})
    assert answer.status_code == 302
    assert map_session.get(Service, service.id).referral_contact == "Onthaal"
    assert map_client.post(f"/social-map/services/{service.id}/confirm").status_code == 302


def test_an_editor_judges_pairs(map_client, map_session):
    page = map_client.sign_in(EDITOR).get("/social-map/duplicates").get_data(as_text=True)
    first = re.search(r'action="(/social-map/duplicates/[^"]+)"', page)
    assert first is not None
    assert map_client.post(first.group(1), data={"verdict": "apart"}).status_code == 302
    page = map_client.get("/social-map/duplicates").get_data(as_text=True)
    assert first.group(1) not in page
    second = re.search(r'action="/social-map/duplicates/([^/"]+)/([^/"]+)"', page)
    assert second is not None
    kept, double = (uuid.UUID(part) for part in second.groups())
    map_client.post(f"/social-map/duplicates/{kept}/{double}", data={"verdict": "first"})
    assert map_session.get(Organization, double).merged_into_id == kept


@pytest.mark.parametrize(
    "address", ["/social-map/deliveries", "/social-map/duplicates", "/social-map/upkeep"]
)
def test_only_editors_enter_the_workshop(map_client, address):
    assert map_client.sign_in(WORKER).get(address).status_code in (403, 404)


@pytest.mark.parametrize("lang", ["nl", "fr", "en", "de"])
def test_the_pages_stand_in_four_languages(map_client, lang):
    assert map_client.sign_in(EDITOR).get(f"/social-map?q=schulden+Evergem&lang={lang}").status_code == 200


def test_the_box_at_the_top_finds_services(map_client):
    page = (
        map_client.sign_in(WORKER)
        .get("/search?q=schulden+Evergem", follow_redirects=True)
        .get_data(as_text=True)
    )
    assert "Budgetbegeleiding en schuldbemiddeling" in page


def test_room_is_said_in_one_click(map_client, map_session):
    service = service_named(map_session, "Budgethulp De Brug", "vzw De Brug")
    page = map_client.sign_in(PARTNER).get(f"/social-map/services/{service.id}").get_data(as_text=True)
    for choice in ("open", "waiting", "full"):
        assert re.search(rf'name="capacity" value="{choice}"[^>]*data-testid="room-{choice}"', page)
    map_client.post(f"/social-map/services/{service.id}/capacity", data={"capacity": "open", "weeks": ""})
    assert map_session.get(Service, service.id).capacity_now == "open"


def test_an_unknown_file_offers_no_referral(map_client):
    map_client.sign_in(WORKER)
    for case in ("00000000-0000-7000-8000-000000000000", "geen", "'"):
        page = map_client.get(f"/social-map?q=schulden&nis=44019&case={case}").get_data(as_text=True)
        assert 'data-testid="search-hit"' in page
        assert "/refer?service=" not in page


def test_the_page_of_an_organization_takes_at_most_eight_statements(map_client, map_session, statements):
    find = sa.select(Organization.id).where(Organization.name == "OCMW Evergem")
    address = f"/social-map/organizations/{map_session.scalars(find).one()}"
    for who in (EDITOR, WORKER):
        map_client.sign_in(who).get(address)
        with statements() as seen:
            page = map_client.get(address).get_data(as_text=True)
        assert len(seen) <= 8, "\n".join(seen)
        assert "OCMW Evergem" in page


def test_the_page_of_a_service_takes_at_most_eight_statements(map_client, map_session, statements):
    service = service_named(map_session, "Budgetbegeleiding en schuldbemiddeling", "OCMW Evergem")
    of_it = {"source": "t", "service_id": service.id}
    map_session.add_all(
        RequiredDocument(external_id=x, document=x, **of_it) for x in ("Loonbrief", "Factuur")
    )
    map_session.add(ServiceContact(external_id="c", name="Nele", title="dienst schuld", **of_it))
    map_session.flush()
    address = f"/social-map/services/{service.id}"
    for who in (EDITOR, WORKER):
        map_client.sign_in(who).get(address)
        with statements() as seen:
            page = map_client.get(address).get_data(as_text=True)
        assert len(seen) <= 8, "\n".join(seen)
        for told in ("Factuur, Loonbrief", "Nele, dienst schuld", "tel:+32000004419"):
            assert told in page


def test_a_notice_stands_beside_the_field_it_is_about(map_client, map_session):
    service = service_named(map_session, "Budgetbegeleiding en schuldbemiddeling", "OCMW Evergem")
    address = f"/social-map/services/{service.id}"
    sent = {"field": "application_process", "text": "Alleen <b>op afspraak</b>."}
    assert map_client.sign_in(WORKER).post(f"{address}/report", data=sent).status_code == 302
    page = map_client.get(address).get_data(as_text=True)
    told = re.search(r"<dt>Aanmelden</dt><dd>(.*?)</dd>", page)
    assert told is not None
    assert 'data-testid="notice-beside"' in told.group(1)
    assert "Alleen &lt;b&gt;op afspraak" in told.group(1)
    assert map_client.post(f"{address}/report", data=sent | {"field": "dragon"}).status_code != 302
