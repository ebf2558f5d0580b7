"""Editors enter, change and end what no source delivers; what a source says stays the source's."""

from datetime import timedelta

import sqlalchemy as sa

from core import clock
from core.models.trail import AuditEntry
from socialmap import area_sets, exports, history, imports, local_entries, search
from socialmap.models.directory import LOCAL, Organization, Service
from tests.socialmap.test_deliveries import EDITOR

NEW = "/social-map/organizations/new"
NAAIHOEK = {
    "name": "vzw De Naaihoek", "sector": "association", "kbo": "BE 0566.988.259", "nis": "44019",
    "street": "Dorp 5", "postcode": "9940", "phone": "09 111 22 33",
}  # fmt: skip


def offer(**changed):
    terms = {role: str(local_entries.terms(role)[0].id) for role in ("category", "target_group")}
    return {
        "name": "Naailes en ontmoeting", "description": "Samen kleren herstellen.", "apply": "Kom langs",
        "categories": [terms["category"]], "target_groups": [terms["target_group"]],
        "area": "partnership:gbo-meetjesland", "phone": "09 111 22 44", "here": "y",
    } | changed  # fmt: skip


def entered(client, session):
    """An organization and a service as an editor enters them."""
    client.sign_in(EDITOR)
    assert client.post(NEW, data=NAAIHOEK).status_code == 302
    made = session.scalars(sa.select(Organization).where(Organization.name == NAAIHOEK["name"])).one()
    answer = client.post(f"/social-map/organizations/{made.id}/services/new", data=offer())
    assert answer.status_code == 302
    return made, session.scalars(sa.select(Service).where(Service.organization_id == made.id)).one()


def test_an_editor_enters_an_organization_and_a_service_that_are_found(map_client, map_session):
    organization, service = entered(map_client, map_session)
    assert (organization.source, organization.kbo, organization.nis) == (LOCAL, "0566988259", "44019")
    page = map_client.get(f"/social-map/organizations/{organization.id}").get_data(as_text=True)
    assert all(said in page for said in ("Dorp 5", "0566.988.259", "Naailes en ontmoeting"))
    page = map_client.get(f"/social-map/services/{service.id}").get_data(as_text=True)
    assert all(said in page for said in ("GBO Meetjesland", "Kom langs", "Dorp 5", "09 111 22 44"))
    assert {area.nis for area in service.areas} == set(area_sets.area("partnership:gbo-meetjesland").nis)
    assert search.find("naailes Evergem", limit=3).hits[0].service.id == service.id
    acts = {entry.action for entry in map_session.scalars(sa.select(AuditEntry))}
    assert {"organization.entered", "service.entered"} <= acts


def test_what_looks_like_an_entry_that_is_there_is_shown_before_saving(map_client, map_session):
    organization, _service = entered(map_client, map_session)
    for like in ({"kbo": "0566988259", "name": "Iets anders"}, {"kbo": "", "name": "De Naaihoek (vzw)"}):
        answer = map_client.post(NEW, data={**NAAIHOEK, **like})
        page = answer.get_data(as_text=True)
        assert (answer.status_code, 'data-testid="look-alikes"' in page) == (422, True)
        assert str(organization.id) in page
    again = {**NAAIHOEK, "kbo": "", "name": "De Naaihoek (vzw)", "another": "y"}
    assert map_client.post(NEW, data=again).status_code == 302
    for wrong in ({"kbo": "0566988258"}, {"postcode": "9000"}, {"name": ""}, {"nis": ""}):
        answer = map_client.post(NEW, data={**NAAIHOEK, "another": "y", **wrong})
        assert (answer.status_code, 'data-testid="error-summary"' in answer.get_data(as_text=True)) == (
            422,
            True,
        )


def test_what_was_entered_is_changed_and_ends_on_a_day(map_client, map_session):
    organization, service = entered(map_client, map_session)
    here = f"/social-map/services/{service.id}/change"
    assert "09 111 22 44" in map_client.get(here).get_data(as_text=True)
    changed = offer(name="Naaicafé", phone="09 999 99 99", area="", nis=["44019"])
    assert map_client.post(here, data=changed).status_code == 302
    assert {area.nis for area in service.areas} == {"44019"}
    told = {(line.change.field, line.change.replacement) for line in history.of_service(service.id)}
    assert {("name", "Naaicafé"), ("number", "09 999 99 99"), ("extent", "44019")} <= told
    tomorrow = clock.today() + timedelta(days=1)
    last = {"last_day": f"{tomorrow:%d/%m/%Y}"}
    there = f"/social-map/organizations/{organization.id}/change"
    assert map_client.post(there, data={**NAAIHOEK, **last}).status_code == 302
    assert (service.ends_on, service.status.value, local_entries.stop_over()) == (tomorrow, "active", 0)
    service.ends_on = clock.today() - timedelta(days=1)  # as if two days had passed
    map_session.flush()
    assert (local_entries.stop_over(), local_entries.stop_over()) == (1, 0)
    assert service.status.value == "defunct"


def test_entries_of_a_source_and_colleagues_cannot_change_them(map_client, map_session):
    sourced = map_session.scalars(sa.select(Service).where(Service.source != LOCAL).limit(1)).one()
    map_client.sign_in(EDITOR)
    assert map_client.get(f"/social-map/services/{sourced.id}/change").status_code == 404
    assert map_client.get(f"/social-map/organizations/{sourced.organization_id}/change").status_code == 404
    assert map_client.sign_in("onthaal@ocmw-evergem.example").get(NEW).status_code == 403


def test_our_own_export_of_what_was_entered_changes_nothing(map_client, map_session, tmp_path):
    entered(map_client, map_session)
    for name, content in exports.as_tables().items():
        (tmp_path / name).write_bytes(content)
    counted = imports.plan(tmp_path, source="sociale-kaart").report()
    assert [counted[kind] for kind in ("new", "changed", "missing")] == [0, 0, 0]
