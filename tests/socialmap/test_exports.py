"""Exports follow the standard, hold nothing secret, and change nothing when they come back."""

import csv
import io
import json
from datetime import date, time

import pytest
import sqlalchemy as sa
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from core import clock
from socialmap import exports, history, imports, indexing, packages, services
from socialmap.models.directory import Location, Organization, Sector, Service, ServiceAtLocation
from socialmap.validation import unguarded


def registry(folder):
    found = Registry()
    for path in folder.glob("*.json"):
        schema = json.loads(path.read_text())
        if isinstance(schema, dict) and "properties" in schema:
            schema.setdefault("$schema", "https://json-schema.org/draft/2020-12/schema")
            found = found.with_resource(path.name, Resource.from_contents(schema))
    return found


def reimport(files):
    if isinstance(files, bytes):
        plan = imports.plan_upload("export.json", files, source=imports.DEFAULT_SOURCE)
    else:
        package = packages._read_files("export", files, None)
        plan = imports.plan_package(package, source=imports.DEFAULT_SOURCE)
    report = plan.report()
    return [report[kind] for kind in ("new", "changed", "missing")], report["rejected"]


def test_the_json_export_is_valid_hsds(map_session, shared):
    folder = shared / "data" / "hsds-3.1" / "schema"
    document = json.loads(exports.as_document())
    assert document["total_items"] == len(document["contents"]) > 2600
    schema = json.loads((folder / "service.json").read_text())
    validator = Draft202012Validator(
        schema, registry=registry(folder), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    faults = [
        f"{service['id']}: {'/'.join(map(str, error.path))}: {error.message}"
        for service in document["contents"]
        for error in validator.iter_errors(service)
    ]
    assert faults[:5] == []


def test_the_tables_follow_the_official_package(map_session, shared):
    official = json.loads((shared / "data" / "hsds-3.1" / "datapackage.json").read_text())
    fields = {
        r["path"]: {f["name"]: f for f in r["schema"]["fields"]}
        for r in official["resources"]
        if r.get("path")
    }
    files = exports.as_tables()
    for name, content in files.items():
        if name == "datapackage.json":
            continue
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        assert set(fields[name]) <= set(rows[0]), name
        required = [f for f, spec in fields[name].items() if spec.get("constraints", {}).get("required")]
        assert [(name, f) for row in rows for f in required if row[f] == ""] == []


@pytest.mark.parametrize("form", ["tables", "document"])
def test_our_own_export_changes_nothing(map_session, form):
    files = exports.as_tables() if form == "tables" else exports.as_document()
    assert reimport(files) == ([0, 0, 0], [])


def test_an_export_after_a_delivery_with_less_changes_nothing_either(map_session):
    service = map_session.scalars(sa.select(Service).limit(1)).one()
    from core import clock

    service.not_seen_since = clock.now()
    map_session.flush()
    assert reimport(exports.as_tables()) == ([0, 0, 0], [])


def test_exported_ids_are_those_of_the_source(map_session, sample_folder):
    with (sample_folder / "csv" / "services.csv").open(encoding="utf-8") as file:
        wanted = {row["id"] for row in csv.DictReader(file)}
    rows = list(csv.DictReader(io.StringIO(exports.as_tables()["services.csv"].decode())))
    assert wanted <= {row["id"] for row in rows}
    assert {row["status"] for row in rows} == {"active", "inactive", "defunct", "temporarily closed"}


SECRET_CALL, SECRET_WORDS = "0470 12 34 56", "Achter de kerk"


@pytest.fixture
def hidden_house(map_session):
    """A place that was made secret here, with all that a place may have, in the words of its source."""
    from socialmap.models import details

    at = sa.select(ServiceAtLocation.location_id).where(ServiceAtLocation.source == imports.DEFAULT_SOURCE)
    query = sa.select(Location).where(Location.id.in_(at), Location.organization_id.is_not(None))
    place = map_session.scalars(query.where(Location.latitude.is_not(None)).limit(1)).one()
    ours = {"source": place.source, "content_hash": ""}
    contact = details.ServiceContact(location_id=place.id, name=SECRET_WORDS, external_id="x-contact", **ours)
    map_session.add(contact)
    map_session.flush()
    map_session.add_all([
        details.Phone(location_id=place.id, number=SECRET_CALL, external_id="x-phone", **ours),
        details.Phone(contact_id=contact.id, number=SECRET_CALL, external_id="x-phone-2", **ours),
        details.Accessibility(location_id=place.id, details=SECRET_WORDS, external_id="x-wide", **ours),
        details.SourceHistory(resource_id=place.id, resource_type="location", external_id="x-meta",
                              last_action_date=date(2026, 1, 1), last_action_type="update",
                              field_name="latitude",
                              previous_value=SECRET_WORDS, replacement_value="51.1", updated_by="x", **ours),
    ])  # fmt: skip
    here = map_session.scalars(
        sa.select(ServiceAtLocation).where(ServiceAtLocation.location_id == place.id)
    ).first()
    here.description = SECRET_WORDS
    of_here = {"service_at_location_id": here.id, **ours}
    map_session.add_all([
        details.Phone(number=SECRET_CALL, external_id="x-phone-3", **of_here),
        details.ServiceContact(name=SECRET_WORDS, external_id="x-contact-2", **of_here),
        details.Schedule(description=SECRET_WORDS, byday="MO", opens_at=time(9), closes_at=time(12),
                         freq="WEEKLY", external_id="x-hours", **of_here),
        details.ServiceArea(name=SECRET_WORDS, external_id="x-area", **of_here),
    ])  # fmt: skip
    place.confidential, place.transportation, place.description = True, SECRET_WORDS, SECRET_WORDS
    history.note("service_at_location", here.id, "update", by="x", at=clock.now(), after=SECRET_WORDS)
    map_session.flush()
    indexing.refresh([here.service_id])
    return place


def test_of_a_secret_place_only_name_and_type_leave_the_house(hidden_house, map_client):
    tables, document = exports.as_tables(), exports.as_document().decode()
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(tables["locations.csv"].decode()))}
    row = rows[exports.exported_id(hidden_house.external_id, hidden_house.id)]
    said = {name for name, value in row.items() if value}
    assert said <= {"id", "name", "location_type", "source", "external_id"}
    answers = [
        map_client.get(f"/hsds/{path}").get_data(as_text=True)
        for path in ("organizations?full=true&full_service=true&format=ndjson",
                     "service_at_locations?full=true&format=ndjson", "services?full=true&format=ndjson")
    ]  # fmt: skip
    for text in (b"".join(tables.values()).decode(), document, *answers):
        assert SECRET_CALL not in text
        assert SECRET_WORDS not in text


def test_no_page_shows_what_hangs_on_a_secret_place(hidden_house, map_session, map_client):
    at = sa.select(ServiceAtLocation.service_id).where(ServiceAtLocation.location_id == hidden_house.id)
    service = map_session.get(Service, map_session.scalars(at).first())
    map_client.sign_in("beheer@draaischijf.example")
    texts = [str(services.snapshot(service))]
    for path in (f"services/{service.id}", f"organizations/{service.organization_id}"):
        texts.append(map_client.get(f"/social-map/{path}").get_data(as_text=True))
    texts.append(map_client.get("/social-map", query_string={"q": service.name}).get_data(as_text=True))
    for text in texts:
        assert service.name in text
        assert SECRET_CALL not in text
        assert SECRET_WORDS not in text


@pytest.mark.parametrize("form", ["tables", "document"])
def test_what_an_export_withholds_is_not_gone_when_it_comes_back(hidden_house, form):
    files = exports.as_tables() if form == "tables" else exports.as_document()
    assert reimport(files) == ([0, 0, 0], [])


def test_secret_places_and_practitioners_stay_inside(map_session):
    secret = map_session.scalars(sa.select(Location).where(Location.confidential)).all()
    assert secret
    practitioner = map_session.scalars(
        sa.select(Organization).where(Organization.name.like("Kinderopvang%")).limit(1)
    ).one()
    practitioner.sector = Sector.PRACTITIONER
    map_session.flush()
    tables = exports.as_tables()
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(tables["locations.csv"].decode()))}
    for place in secret:
        assert (rows[place.external_id]["latitude"], rows[place.external_id]["longitude"]) == ("", "")
    assert practitioner.external_id not in tables["organizations.csv"].decode()
    assert practitioner.external_id not in exports.as_document().decode()


@pytest.mark.parametrize(
    "value",
    ['=HYPERLINK("http://x")', "+1+2", "-SUM(A1)", "@cmd", "'=quoted", "'", "\tTab", "+32 9 000 11 51"],
)
def test_no_cell_is_run_as_a_formula_and_the_value_comes_back(value):
    cell = exports._cell(value)
    assert cell[0] not in "=@\t"
    assert cell.startswith("'") or set(cell) <= set("+0123456789 ")
    assert unguarded(cell) == value


def test_the_phone_number_keeps_its_plus(map_session):
    assert b",+32 00 000" in exports.as_tables()["phones.csv"]
