"""What changed in an entry and all that belongs to it: who or which source, when, old and new value."""

import importlib
import io
import json

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from flask_babel import force_locale

from core import clock
from core.db import transaction
from socialmap import deliveries, history, imports, previews, reasons
from socialmap.models.deliveries import Delivery
from socialmap.models.details import ServiceArea
from socialmap.models.directory import Organization, Service
from socialmap.reasons import Reason
from socialmap.views import changes
from tests.factories.socialmap import ident, make_files, write_package
from tests.socialmap.test_packages import zipped

EDITOR = "beheer@draaischijf.example"
PLACE = {"id": ident("place"), "location_type": "physical", "organization_id": ident("org"), "name": "Huis"}
ADDRESS = {
    "id": ident("address"), "location_id": ident("place"), "address_1": "Kerkstraat 1", "city": "Evergem",
    "state_province": "Oost-Vlaanderen", "postal_code": "9940", "country": "BE", "address_type": "physical",
}  # fmt: skip
AT = {"id": ident("at"), "service_id": ident("one"), "location_id": ident("place")}
PHONE = {"id": ident("phone"), "service_id": ident("one"), "number": "09 123 45 67"}
HOURS = {
    "id": ident("hours"),
    "service_id": ident("one"),
    "freq": "WEEKLY",
    "byday": "MO",
    "opens_at": "09:00",
}


def first():
    return make_files(locations=[PLACE], addresses=[ADDRESS], service_at_location=[AT], phones=[PHONE],
                      schedules=[HOURS])  # fmt: skip


def second():
    return make_files(
        locations=[PLACE], addresses=[{**ADDRESS, "address_1": "Dorp 2"}], service_at_location=[AT],
        phones=[{**PHONE, "number": "09 765 43 21"}, {**PHONE, "id": ident("more"), "number": "0800 1"}],
        schedules=[{**HOURS, "opens_at": "10:00"}],
        organizations=[{"id": ident("org"), "name": "vzw De Lamp", "description": "Buurtwerk."}],
    )  # fmt: skip


def deliver(folder, files):
    with transaction():
        plan = imports.plan(write_package(folder, files), source="test")
        shown = previews.of(plan)
        imports.apply(plan, by="Ada", confirmed=True)
    return shown


def record(session, kind, name):
    return session.scalars(
        sa.select(kind).where(kind.source == "test", kind.external_id == ident(name))
    ).one()


def told(lines):
    return {(x.change.resource, x.change.field or x.change.action, x.change.previous, x.change.replacement)
            for x in lines}  # fmt: skip


def test_a_service_tells_of_its_numbers_hours_and_addresses(session, tmp_path):
    deliver(tmp_path / "a", first())
    service = record(session, Service, "one")
    assert history.of_service(service.id) == []
    deliver(tmp_path / "b", second())
    lines = history.of_service(service.id)
    assert told(lines) == {
        ("phone", "number", "09 123 45 67", "09 765 43 21"), ("phone", "add", "", "0800 1"),
        ("schedule", "opens_at", "09:00:00", "10:00:00"), ("address", "address_1", "Kerkstraat 1", "Dorp 2"),
    }  # fmt: skip
    assert {(line.source, line.change.made_by) for line in lines} == {("test", "Ada")}
    deliver(tmp_path / "c", first())
    assert ("phone", "remove", "0800 1", "") in told(history.of_service(service.id))


def test_an_organization_tells_of_itself_and_of_services_that_come(session, tmp_path):
    deliver(tmp_path / "a", first())
    files = second()
    files["services.csv"] += f"{ident('new')},{ident('org')},Naaiatelier,active,,\n".encode()
    deliver(tmp_path / "b", files)
    lines = history.of_organization(record(session, Organization, "org").id)
    assert told(lines) == {
        ("organization", "name", "vzw De Lantaarn", "vzw De Lamp"), ("service", "add", "", "Naaiatelier"),
        ("address", "address_1", "Kerkstraat 1", "Dorp 2"),
    }  # fmt: skip


def test_a_secret_place_has_no_history_to_read(session, tmp_path):
    deliver(tmp_path / "a", first())
    service = record(session, Service, "one")
    deliver(tmp_path / "b", second())
    secret = second() | {"locations.csv": first()["locations.csv"].replace(b"physical", b"virtual")}
    secret.pop("addresses.csv")
    deliver(tmp_path / "c", secret)
    from socialmap.models.directory import Location

    record(session, Location, "place").confidential = True
    session.flush()
    found = str(told(history.of_service(service.id)) | told(history.of_organization(service.organization_id)))
    assert "Kerkstraat" not in found
    assert "Dorp 2" not in found


def test_a_preview_names_new_changed_per_field_and_missing(session, tmp_path):
    deliver(tmp_path / "a", first())
    shown = deliver(tmp_path / "b", second())
    changed = {(entry["resource"], entry["of"], field["field"], field["previous"], field["replacement"])
               for entry in shown["changed"] for field in entry["fields"]}  # fmt: skip
    assert changed == {
        ("organization", "", "name", "vzw De Lantaarn", "vzw De Lamp"),
        ("address", "Huis", "address_1", "Kerkstraat 1", "Dorp 2"),
        ("phone", "Taalcaf\u00e9", "number", "09 123 45 67", "09 765 43 21"),
        ("schedule", "Taalcaf\u00e9", "opens_at", "09:00:00", "10:00:00"),
    }
    assert [(entry["resource"], entry["name"]) for entry in shown["new"]] == [("phone", "0800 1")]
    shown = deliver(tmp_path / "c", first())
    assert [(entry["resource"], entry["name"]) for entry in shown["missing"]] == [("phone", "0800 1")]


def test_a_reason_is_english_for_programs_and_says_itself_in_any_language(app):
    dangling = Reason("points to a record that is not there (%(target)s)", target="service")
    left = Reason("%(reason)s; left empty", reason=dangling)
    report = json.loads(json.dumps({"text": left, "reasons": reasons.kept([left, "of before"])}))
    assert report["text"] == "points to a record that is not there (service); left empty"
    for language, said in (
        ("nl", "Verwijst naar een record dat er niet is (Dienst); leeg gelaten."),
        ("de", "Verweist auf einen Datensatz, den es nicht gibt (Dienst); leer gelassen."),
    ):
        with app.test_request_context(), force_locale(language):
            assert changes.reason(report["text"], report) == said
            assert changes.reason("of before", report) == "Of before."


def test_rejected_rows_are_told_by_reason():
    row = {"file": "a.csv", "line": 3, "column": "x", "value": "1", "reason": "no"}
    rows = [row, {**row, "line": 4}, {**row, "reason": "other", "column": None}]
    assert [(r["rows"], r["reason"], r["first_line"]) for r in previews.reasons(rows)] == [
        (2, "no", 3), (1, "other", 3),
    ]  # fmt: skip


def test_pages_show_the_preview_and_the_history(map_client, map_session):
    map_client.sign_in(EDITOR)

    def upload(files):
        sent = {"source": "test", "file": (io.BytesIO(zipped(files)), "proef.zip")}
        address = map_client.post("/social-map/deliveries", data=sent).location
        deliveries.work()
        return address

    assert map_client.post(upload(first())).status_code == 302
    deliveries.work()
    address = upload(second())
    page = map_client.get(address).get_data(as_text=True)
    for expected in ("preview-changed", "preview-new", "vzw De Lantaarn", "vzw De Lamp", "Telefoon: 0800 1"):
        assert expected in page
    map_client.post(address)
    deliveries.work()
    assert "Kerkstraat 1" in map_client.get(address).get_data(as_text=True)  # the report keeps the preview
    service = record(map_session, Service, "one")
    for where in (f"services/{service.id}", f"organizations/{service.organization_id}"):
        page = map_client.get(f"/social-map/{where}").get_data(as_text=True)
        for expected in ("map-history", "Straat en nummer", "Kerkstraat 1", "Dorp 2", "bron test"):
            assert expected in page, (where, expected)
    assert map_session.scalars(sa.select(Delivery.state).where(Delivery.source == "test")).all() == [
        "applied", "applied",
    ]  # fmt: skip


def test_history_of_before_it_had_owners_is_found_again(map_session):
    area = map_session.scalars(sa.select(ServiceArea).where(ServiceArea.service_id.is_not(None))).first()
    history.note("service_area", area.id, "update", by="x", at=clock.now(), field="extent", before="1")
    map_session.flush()

    def told():
        lines = history.of_service(area.service_id)
        return [line.change.previous for line in lines if line.change.resource == "service_area"]

    assert told() == []
    step = importlib.import_module("migrations.versions.0037_owner_of_history")
    with Operations.context(MigrationContext.configure(map_session.connection())):
        step.upgrade()
    map_session.expire_all()
    assert told() == ["1"]
