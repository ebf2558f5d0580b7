"""Named, dated areas: made and changed by editors, offered in searches and on the map, never forgotten."""

import re
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.access import system_actor
from core.errors import DomainError
from core.models.trail import AuditEntry
from socialmap import area_sets, history, reference, search
from socialmap.models.areas import AreaSet, AreaSetMember

WORKER, EDITOR = "onthaal@ocmw-evergem.example", "beheer@draaischijf.example"
EVERGEM, KAPRIJKE, EEKLO, GENT = "44019", "43007", "43005", "44021"
TODAY, DAY = date(2026, 11, 28), timedelta(days=1)
BY = system_actor()


@pytest.fixture
def noord(map_session, monkeypatch):
    """A partnership of two municipalities since the start of the year."""
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    return area_sets.add(
        "Netwerk Noord", kind="partnership", nis=[EVERGEM, EEKLO], starts_on=date(2026, 1, 1), by=BY
    )


def test_a_set_changes_on_a_day_and_what_it_was_before_is_still_known(noord):
    area_sets.change(noord, name="Netwerk Noord", nis=[EVERGEM, KAPRIJKE], on=TODAY + DAY, by=BY)
    assert area_sets.area(noord.code).nis == {EVERGEM, EEKLO}
    assert area_sets.area(noord.code, TODAY + DAY).nis == {EVERGEM, KAPRIJKE}
    area_sets.change(noord, name="Netwerk Noord", nis=[EVERGEM, EEKLO, KAPRIJKE], on=TODAY + 9 * DAY, by=BY)
    assert area_sets.area(noord.code, TODAY + 9 * DAY).nis == {EVERGEM, EEKLO, KAPRIJKE}


def test_a_set_does_not_change_before_what_is_planned(noord):
    area_sets.change(noord, name="Netwerk Noord", nis=[EVERGEM], on=TODAY + 5 * DAY, by=BY)
    with pytest.raises(DomainError) as refusal:
        area_sets.change(noord, name="Netwerk Noord", nis=[EVERGEM, KAPRIJKE], on=TODAY, by=BY)
    assert refusal.value.field == "starts_on"


def test_a_municipality_that_comes_back_keeps_its_first_period(noord):
    area_sets.change(noord, name="Netwerk Noord", nis=[EVERGEM], on=TODAY, by=BY)
    area_sets.change(noord, name="Netwerk Noord", nis=[EVERGEM, EEKLO], on=TODAY + 5 * DAY, by=BY)
    days = (TODAY - DAY, TODAY, TODAY + 4 * DAY, TODAY + 5 * DAY)
    assert [EEKLO in area_sets.area(noord.code, day).nis for day in days] == [True, False, False, True]
    area_sets.change(noord, name="Netwerk Noord", nis=[EVERGEM], on=TODAY + 6 * DAY, by=BY)
    area_sets.change(noord, name="Netwerk Noord", nis=[EVERGEM, EEKLO], on=TODAY + 6 * DAY, by=BY)
    assert area_sets.sizes(TODAY + 9 * DAY)[noord.code] == 2
    assert sum(row.nis == EEKLO for row in area_sets.members(noord)) == 2


def test_an_ended_set_keeps_its_municipalities_and_may_go_on_again(noord):
    area_sets.end(noord, TODAY - DAY, by=BY)
    assert area_sets.area(noord.code) is None
    assert area_sets.area(noord.code, TODAY - DAY).nis == {EVERGEM, EEKLO}
    area_sets.end(noord, None, by=BY)
    assert area_sets.area(noord.code) is not None
    with pytest.raises(DomainError):
        area_sets.end(noord, date(2025, 12, 31), by=BY)


@pytest.mark.parametrize(
    ("name", "kind", "nis", "field"),
    [("", "partnership", [GENT], "name"), ("A", "planet", [GENT], "kind"), ("A", "zone", ["00000"], "nis"),
     ("A", "zone", [], "nis"), ("netwerk  noord", "partnership", [GENT], "name")],
)  # fmt: skip
def test_a_set_has_a_name_of_its_own_a_kind_and_municipalities_of_today(noord, name, kind, nis, field):
    with pytest.raises(DomainError) as refusal:
        area_sets.add(name, kind=kind, nis=nis, starts_on=None, by=BY)
    assert refusal.value.field == field


def test_sets_overlap_freely_and_one_name_serves_again_after_an_end(noord):
    area_sets.end(noord, TODAY - DAY, by=BY)
    second = area_sets.add("Netwerk Noord", kind="partnership", nis=[EVERGEM, GENT], starts_on=TODAY, by=BY)
    assert second.code != noord.code
    with pytest.raises(DomainError):
        area_sets.end(noord, None, by=BY)


def test_reference_sets_are_ended_here_but_not_changed_and_loading_keeps_the_end(map_session):
    zone = area_sets.get("zone:elz32")
    with pytest.raises(DomainError):
        area_sets.change(zone, name="Anders", nis=[GENT], on=TODAY, by=BY)
    area_sets.end(zone, TODAY, by=BY)
    reference.load_reference_data()
    map_session.expire_all()
    assert map_session.get(AreaSet, "zone:elz32").valid_to == TODAY
    assert not map_session.get(AreaSet, "zone:elz32").local
    assert map_session.get(AreaSet, "gbo-meetjesland").local


def test_every_change_is_in_the_trail_and_in_the_history(map_session, noord):
    area_sets.change(noord, name="Noorderlicht", nis=[EVERGEM], on=TODAY, by=BY)
    area_sets.end(noord, TODAY, by=BY)
    actions = sa.select(AuditEntry.action).where(AuditEntry.subject_id == noord.code)
    assert set(map_session.scalars(actions)) == {"area_set.added", "area_set.changed", "area_set.ended"}
    lines = history.of_subject(area_sets.history_id(noord))
    told = {(line.change.field, line.change.previous, line.change.replacement) for line in lines}
    assert ("name", "Netwerk Noord", "Noorderlicht") in told
    assert ("municipalities", "Eeklo", "") in told


def test_a_search_looks_in_an_area_nearest_offers_first(map_session, noord, statements):
    with statements() as seen:
        found = search.find("schulden", facets=[f"in:{noord.code}"], limit=50)
    assert len(seen) <= 4
    reaching = set(map_session.scalars(sa.select(area_sets.reaching([noord.code]).subquery().c.service_id)))
    assert found.hits
    assert {hit.service.id for hit in found.hits} <= reaching
    assert found.total < search.find("schulden").total
    assert {"in:zone:elz32", f"in:{noord.code}"} <= {facet.code for facet in found.facets["in"]}
    assert "in" not in search.find("schulden Evergem").facets


def test_an_editor_makes_an_area_from_the_list_the_map_and_another_area(map_client, map_session):
    map_client.sign_in(EDITOR)
    assert map_client.get("/social-map/areas/new").status_code == 200
    sent = {"name": "Netwerk Oost", "kind": "partnership", "starts_on": "01/01/2026", "nis": [GENT]}
    page = map_client.post("/social-map/areas/new", data=sent | {"toggle": EVERGEM}).get_data(as_text=True)
    assert f'value="{EVERGEM}" checked' in page
    assert f'value="{GENT}" checked' in page
    again = sent | {"act": "like", "like": "zone:elz32"}
    page = map_client.post("/social-map/areas/new", data=again).get_data(as_text=True)
    taken = area_sets.area("zone:elz32").nis
    assert all(f'value="{nis}" checked' in page for nis in taken)
    assert map_session.get(AreaSet, "partnership:netwerk-oost") is None
    assert map_client.post("/social-map/areas/new", data=sent | {"nis": []}).status_code == 422
    answer = map_client.post("/social-map/areas/new", data=sent | {"act": "save"})
    assert answer.location.endswith("/social-map/areas/partnership:netwerk-oost")
    here = answer.location
    assert "Gent" in map_client.get(here).get_data(as_text=True)
    changed = {"name": "Netwerk Oost", "starts_on": "01/02/2026", "nis": [EVERGEM, GENT]}
    assert map_client.post(f"{here}/change", data=changed).status_code == 302
    row = sa.select(AreaSetMember).where(
        AreaSetMember.code == "partnership:netwerk-oost", AreaSetMember.nis == EVERGEM
    )
    assert map_session.scalars(row).one().valid_from == date(2026, 2, 1)
    early = map_client.post(f"{here}/change", data=changed | {"starts_on": "01/01/2026", "nis": [GENT]})
    assert early.status_code == 422
    assert 'id="starts_on-error"' in early.get_data(as_text=True)
    assert map_client.post(f"{here}/end", data={"last_day": "31/12/2025"}).status_code == 422
    assert map_client.post(f"{here}/end", data={"last_day": "31/03/2026"}).status_code == 302
    assert map_client.get(here).get_data(as_text=True).count("area-dated") == 1
    assert map_client.get("/social-map/areas/zone:elz32/change").status_code == 404


def test_a_stale_tab_takes_no_municipality_of_a_colleague_away(map_client, map_session, noord):
    here, code = f"/social-map/areas/{noord.code}", noord.code
    map_session.commit()
    page = map_client.sign_in(EDITOR).get(f"{here}/change").get_data(as_text=True)
    seen = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    area_sets.change(noord, name="Netwerk Noord", nis=[EVERGEM, EEKLO, KAPRIJKE], on=TODAY, by=BY)
    map_session.commit()
    sent = {"name": "Netwerk Noord West", "starts_on": "28/11/2026", "nis": [EVERGEM, EEKLO], "version": seen}
    answer = map_client.post(f"{here}/change", data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'value="Netwerk Noord West"' in page
    assert "Eeklo, Evergem, Kaprijke" in page
    assert map_client.post(f"{here}/end", data={"last_day": "31/12/2026", "version": seen}).status_code == 422
    assert area_sets.area(code).nis == {EVERGEM, EEKLO, KAPRIJKE}
    again = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    assert map_client.post(f"{here}/change", data=sent | {"version": again}).status_code == 302


def test_everybody_sees_the_areas_and_zooms_to_one(map_client, statements):
    map_client.sign_in(WORKER).get("/social-map/areas")
    with statements() as seen:
        page = map_client.get("/social-map/areas").get_data(as_text=True)
    assert len(seen) <= 6
    assert "GBO Meetjesland" in page
    assert "/social-map/areas/new" not in page
    with statements() as seen:
        page = map_client.get("/social-map/areas/gbo-meetjesland").get_data(as_text=True)
    assert len(seen) <= 8
    assert "Evergem" in page
    assert "/change" not in page
    page = map_client.get("/social-map/map?area=partnership:gbo-meetjesland").get_data(as_text=True)
    assert page.count('data-testid="town-row"') == len(area_sets.area("gbo-meetjesland").nis)
    assert map_client.get("/social-map/map?area=arrondissement:44000").status_code == 200


def test_a_service_shows_the_name_of_the_area_it_covers(map_client, map_session):
    found = search.find("Budgethulp De Brug", limit=1).hits[0].service
    page = map_client.sign_in(WORKER).get(f"/social-map/services/{found.id}").get_data(as_text=True)
    assert "GBO Meetjesland" in page
