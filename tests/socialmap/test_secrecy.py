"""Where a refuge is stays with its source: no table, history, report or staged file here holds it."""

import zlib

import sqlalchemy as sa

from core.access import system_actor
from core.db import Base, transaction
from socialmap import corrections, deliveries, derivations, imports
from socialmap.models.details import Address
from socialmap.models.directory import Location, Service
from tests.factories.socialmap import ident, make_files, write_package
from tests.socialmap.test_deliveries import EDITOR, last, upload
from tests.socialmap.test_history import ADDRESS, AT, HOURS, PHONE, record
from tests.socialmap.test_packages import zipped

STREET = "Verborgenstraat 7"
OPEN = {
    "id": ident("place"), "location_type": "physical", "organization_id": ident("org"), "name": "Het Nest",
    "description": f"Bel aan, {STREET}", "latitude": "51.1", "longitude": "3.7",
}  # fmt: skip
REFUGE = {**OPEN, "location_type": "virtual", "description": f"Geheim adres ({STREET})"}
WHERE = {**ADDRESS, "address_1": STREET}
ACCESS = {
    "id": ident("access"),
    "location_id": ident("place"),
    "description": f"Helling, {STREET}",
    "url": "",
}


def files(place, **changed):
    kept = {"addresses": [WHERE], "accessibility": [ACCESS], "phones": [PHONE], "schedules": [HOURS],
            "service_at_location": [{**AT, "description": f"Ingang {STREET}"}]} | changed  # fmt: skip
    return make_files(locations=[place], **kept)


def told(session):
    """In which tables the street still stands, in whatever column."""
    session.flush()
    return [
        t.name for t in Base.metadata.sorted_tables
        if any("verborgen" in str(tuple(row)).lower() for row in session.execute(sa.select(t)))
    ]  # fmt: skip


def plan(tmp_path, name, made, *, full=None):
    return imports.plan(write_package(tmp_path / name, made), source="test", full=full)


def carry_out(tmp_path, name, made, *, full=None):
    with transaction():
        return imports.apply(plan(tmp_path, name, made, full=full), by="Ada", confirmed=True).report


def test_the_address_of_a_refuge_is_kept_nowhere_and_said_so(session, tmp_path):
    bad = {**ACCESS, "id": ident("worse"), "url": STREET * 9_000}
    carried = carry_out(tmp_path, "a", files(REFUGE, accessibility=[ACCESS, bad]))
    assert told(session) == []
    assert [row["reason"] for row in carried["warnings"]] == ["the address of a secret place is not kept"]
    assert (carried["new"], carried["rejected"]) == (11, [])
    again = plan(tmp_path, "b", files(REFUGE, accessibility=[ACCESS, bad])).report()
    assert [again[kind] for kind in ("new", "changed", "unchanged", "missing")] == [0, 0, 11, 0]


def test_a_place_that_becomes_secret_loses_what_was_kept(session, tmp_path):
    carry_out(tmp_path, "a", files(OPEN))
    carry_out(tmp_path, "b", files(OPEN, addresses=[{**WHERE, "address_2": f"achter {STREET}"}]))
    place = record(session, Location, "place")
    assert {"location", "hsds_address", "map_change", "service_at_location"} <= set(told(session))
    carry_out(tmp_path, "c", files(REFUGE))
    session.expire_all()
    assert told(session) == []
    assert place.confidential
    assert sum(plan(tmp_path, "d", files(REFUGE)).report()[k] for k in ("new", "changed", "missing")) == 0
    carry_out(tmp_path, "e", files(OPEN))  # and is told again once it is secret no more
    assert "hsds_address" in told(session)


def test_what_a_part_delivers_of_a_known_refuge_is_covered_too(session, tmp_path):
    carry_out(tmp_path, "a", files(REFUGE))
    part = {name: content for name, content in files(REFUGE).items() if name == "addresses.csv"}
    part["addresses.csv"] = part["addresses.csv"].replace(b"Evergem", b"Lievegem")
    report = carry_out(tmp_path, "b", part, full=False)
    assert (report["changed"], report["unchanged"], told(session)) == (0, 1, [])


def test_a_place_may_become_secret_without_its_address_in_the_delivery(session, tmp_path):
    carry_out(tmp_path, "a", files(OPEN))
    part = {"locations.csv": files(REFUGE)["locations.csv"]}
    carry_out(tmp_path, "b", part, full=False)
    session.expire_all()
    assert told(session) == []
    assert plan(tmp_path, "c", files(REFUGE)).report()["changed"] == 0


def test_a_staged_delivery_lies_sealed_and_its_preview_is_silent(map_client, map_session):
    address = upload(map_client.sign_in(EDITOR), zipped(files(OPEN)), "open.zip")
    deliveries.work()
    map_client.post(address)
    deliveries.work()
    upload(map_client, zipped(files(REFUGE, addresses=[{**WHERE, "address_2": STREET}])), "secret.zip")
    delivery = last(map_session)
    bare = delivery.content
    assert zlib.decompress(bare)[:2] == b"PK"
    assert bare[20:40] not in delivery.content_sealed
    delivery.content_sealed = bare  # as it lay before files were sealed
    map_session.flush()
    assert (deliveries.seal_kept(), deliveries.seal_kept()) == (1, 0)
    assert (delivery.content, bare[20:40] in delivery.content_sealed) == (bare, False)
    deliveries.work()
    map_session.expire_all()
    assert delivery.state == "staged"
    assert "verborgen" not in str(delivery.report).lower()
    assert "address" in {entry["resource"] for entry in delivery.report["preview"]["changed"]}


def test_an_upgrade_loses_what_was_kept_of_secret_places(session, tmp_path):
    carry_out(tmp_path, "a", files(OPEN))
    service, text = record(session, Service, "one"), f"Het is {STREET} bus 2"
    corrections.report(service, text, field="address", by=system_actor())
    place = record(session, Location, "place")
    place.description = f"Geheime locatie: {STREET}"
    session.flush()
    derivations.settle_secrets()
    session.expire_all()
    assert (told(session), place.confidential) == ([], True)
    record(session, Address, "address").address_1 = STREET
    session.flush()
    derivations.settle_secrets()
    session.expire_all()
    assert told(session) == []
