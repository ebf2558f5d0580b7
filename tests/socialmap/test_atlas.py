"""The map by province and zone, boundaries from a file, the guide of a municipality, the start page."""

import io
import json

import pytest
import sqlalchemy as sa

from core.errors import DomainError
from socialmap import atlas, boundaries, drawing, geography, guide
from socialmap.models.areas import MunicipalityBoundary
from socialmap.models.directory import Location, Organization, Sector, Service, ServiceAtLocation

WORKER = "onthaal@ocmw-evergem.example"
EVERGEM = "44019"


def square(lon, lat, size=0.05, steps=10):
    side = [i * size / steps for i in range(steps)]
    ring = [[lon + d, lat] for d in side] + [[lon + size, lat + d] for d in side]
    ring += [[lon + size - d, lat + size] for d in side] + [[lon, lat + size - d] for d in side]
    return [*ring, ring[0]]


def geojson(tmp_path, *features):
    path = tmp_path / "grenzen.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def feature(nis, ring, kind="Polygon", name="nis"):
    shape = {"type": kind, "coordinates": [ring] if kind == "Polygon" else [[ring]]}
    return {"type": "Feature", "properties": {name: nis}, "geometry": shape}


def test_boundaries_are_simplified_and_kept(map_session, tmp_path):
    path = geojson(
        tmp_path, feature(EVERGEM, square(3.7, 51.1)),
        feature("44021", square(3.6, 51.0), "MultiPolygon", "NISCODE"), feature("99999", square(3.6, 51.0)),
    )  # fmt: skip
    report = boundaries.load(path)
    assert (report.kept, report.unknown) == (2, ["99999"])
    assert report.points == 10  # the four corners and the closing point of two squares
    assert boundaries.of(frozenset({EVERGEM}))[EVERGEM][0][0] == (3.7, 51.1)
    boundaries.load(geojson(tmp_path, feature(EVERGEM, square(3.7, 51.1))))
    assert map_session.scalar(sa.select(sa.func.count()).select_from(MunicipalityBoundary)) == 1


@pytest.mark.parametrize(
    "content",
    ["no json", "[]", '{"features": []}', '{"features": [1]}',
     json.dumps({"features": [feature(EVERGEM, [[105000, 200000], [105010, 200000], [105010, 200010]])]}),
     json.dumps({"features": [{"properties": {"nis": EVERGEM}, "geometry": {"type": "Point"}}]}),
     json.dumps({"features": [feature(EVERGEM, [["a", "b"]])]})],
)  # fmt: skip
def test_what_is_no_boundary_is_refused(map_session, tmp_path, content):
    path = tmp_path / "x.geojson"
    path.write_text(content)
    with pytest.raises(DomainError):
        boundaries.load(path)


def test_the_command_loads_the_real_file(map_cli, map_session, shared):
    path = shared / "data" / "geo" / "gemeenten_2025_klein.geojson"
    report = map_cli.json("socialmap", "boundaries", str(path))
    assert (report["municipalities"], report["unknown"]) == (304, [])
    assert 2_000 < report["points"] < 15_056


def test_a_zone_shows_its_municipalities_and_no_secret_place(map_session):
    area = geography.area("zone", "elz32")
    drawn = atlas.draw(area, list(geography.areas().values()))
    assert {town.nis for town in drawn.towns} == area.nis
    assert not drawn.has_boundaries
    assert drawn.spots
    assert max(town.step for town in drawn.towns) == atlas.STEPS
    secret = sa.select(ServiceAtLocation.service_id).join(Location).where(Location.confidential)
    only_secret = set(map_session.scalars(secret)) - set(
        map_session.scalars(
            sa.select(ServiceAtLocation.service_id).join(Location).where(Location.confidential.is_(False))
        )
    )
    shown = {ident for spot in drawn.spots for ident, _name in spot.services}
    assert only_secret
    assert not shown & only_secret


def test_labels_and_marks_do_not_cover_each_other(map_session):
    for area in [a for a in geography.areas().values() if a.kind in ("zone", "province") and a.nis]:
        drawn = atlas.draw(area, list(geography.areas().values()))
        boxes = [
            (x.x - len(x.text) * atlas.LETTER // 2, x.y, x.x + len(x.text) * atlas.LETTER // 2)
            for x in drawn.labels
        ]
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                assert a[2] < b[0] or b[2] < a[0] or abs(a[1] - b[1]) >= atlas.LINE, area.name


def test_zooming_is_following_links(map_client, statements):
    map_client.sign_in(WORKER)
    page = map_client.get("/social-map/map").get_data(as_text=True)
    assert 'data-state="points"' in page
    assert "area=province:40000" in page
    page = map_client.get("/social-map/map?area=province:40000").get_data(as_text=True)
    assert "area=zone:elz32" in page
    with statements() as seen:
        page = map_client.get("/social-map/map?area=zone:elz32&cat=B").get_data(as_text=True)
    assert page.count('data-testid="town-row"') == len(geography.area("zone", "elz32").nis)
    assert len(seen) <= 6, seen


def test_loaded_boundaries_are_drawn(map_client, map_session, tmp_path):
    boundaries.load(geojson(tmp_path, feature(EVERGEM, square(3.7, 51.1))))
    page = map_client.sign_in(WORKER).get("/social-map/map?area=zone:elz32").get_data(as_text=True)
    zone = geography.municipality(EVERGEM).zone
    page = map_client.get(f"/social-map/map?area=zone:{zone}").get_data(as_text=True)
    assert 'data-state="outlined"' in page
    assert "<path " in page


@pytest.mark.parametrize("area", ["zone:none", "planet:mars", "zone"])
def test_an_area_that_is_not_there_is_a_404(map_client, area):
    assert map_client.sign_in(WORKER).get(f"/social-map/map?area={area}").status_code == 404


def test_the_guide_holds_no_secret_address_and_no_practitioner(map_session):
    for m in geography.municipalities():
        chapters = guide.chapters(m.nis)
        for card in (card for chapter in chapters for card in chapter.cards):
            assert card.sector != "practitioner"
            assert not (card.secret and card.place)


def test_the_guide_leaves_a_practitioner_out(map_session):
    query = sa.select(Organization).join(Service).where(Organization.name == "vzw De Brug")
    brug = map_session.scalars(query).first()

    def listed():
        return {card.organization for chapter in guide.chapters(EVERGEM) for card in chapter.cards}

    assert "vzw De Brug" in listed()
    brug.sector = Sector.PRACTITIONER
    map_session.flush()
    assert "vzw De Brug" not in listed()


def test_the_guide_is_a_page_and_a_tagged_pdf(map_client, statements):
    map_client.sign_in(WORKER)
    with statements() as seen:
        page = map_client.get(f"/social-map/guide/{EVERGEM}").get_data(as_text=True)
    assert 'data-testid="guide-chapter"' in page
    assert "Budgethulp De Brug" in page
    assert len(seen) <= 6, seen
    answer = map_client.get(f"/social-map/guide/{EVERGEM}.pdf")
    assert answer.mimetype == "application/pdf"
    content = io.BytesIO(answer.data).read()
    assert content.startswith(b"%PDF")
    assert b"/StructTreeRoot" in content
    assert map_client.get("/social-map/guide/00000").status_code == 404


def test_the_start_page_shows_themes_of_the_own_municipality(map_client, statements):
    map_client.sign_in(WORKER).get("/social-map")
    with statements() as seen:
        page = map_client.get("/social-map").get_data(as_text=True)
    assert 'data-testid="themes"' in page
    assert f"/social-map/guide/{EVERGEM}" in page
    assert f"nis={EVERGEM}&amp;f=cat:" in page
    assert len(seen) <= 6, seen


def test_names_around_a_municipality_do_not_cover_each_other():
    for m in geography.municipalities():
        drawn = drawing.around(m.nis, [(1, "Dienst", m.lat, m.lon)])
        assert drawn is not None
        boxes = [drawing._box(t.x, t.y + 15, t.label) for t in drawn.towns if t.label]
        boxes.append(drawing._box(drawing.MIDDLE, drawing.MIDDLE + 16, m.name))
        assert all(drawing._apart(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :]), m.name
