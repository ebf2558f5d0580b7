"""Lose where a place is once it is secret: in its own rows, their history, and reports of deliveries."""

import uuid
from typing import Any

import sqlalchemy as sa

from core.db import session
from socialmap import hsds, secrecy
from socialmap.models.deliveries import Change, Delivery
from socialmap.models.directory import Location, ServiceAtLocation
from socialmap.models.upkeep import Correction
from socialmap.tables import table
from socialmap.validation import Key, digest

CHUNK = 500
Named = set[tuple[str, str]]  # resource, id at the source


def forget_where(places: set[uuid.UUID]) -> None:
    """Cover what is held of places that are secret, as if it had been delivered so: a later delivery of the
    same finds no difference."""
    for start in range(0, len(places), CHUNK):
        _forget(sorted(places)[start : start + CHUNK])


def is_bare(ident: uuid.UUID) -> bool:
    """Whether something is held that tells where a place is."""
    address, place = table("address"), session.get_one(Location, ident)
    shown = sa.select(address.c.id).where(
        address.c.location_id == ident, address.c.address_1 != secrecy.COVER
    )
    resource = hsds.BY_NAME["location"]
    names = secrecy.COVERED["location"]
    differs = any(getattr(place, name) != secrecy.covered(resource, name) for name in names)
    return differs or session.scalar(shown.limit(1)) is not None


def _forget(places: list[uuid.UUID]) -> None:
    at = ServiceAtLocation
    offers = dict(session.execute(sa.select(at.id, at.service_id).where(at.location_id.in_(places))).all())
    named: Named = set()
    changed: list[bool] = []
    touched: set[uuid.UUID] = {*places, *offers}
    for name in secrecy.COVERED:
        for row in _rows(hsds.BY_NAME[name], places, list(offers)):
            named.add((name, row["external_id"]))
            touched.add(row["id"])
            changed.append(_cover(hsds.BY_NAME[name], row))
    if any(changed) | _blank_history(touched):
        _blank_reports(named)
    told = Correction.service_id.in_(set(offers.values())) & (Correction.field == "address")
    session.execute(sa.update(Correction).where(told).values(text="", answer=None))


def _rows(resource: hsds.Resource, places: list[uuid.UUID], offers: list[uuid.UUID]) -> list[Any]:
    t = table(resource.name)
    belongs: sa.ColumnElement[bool]
    if resource.name == "location":
        belongs = t.c.id.in_(places)
    elif resource.name == "metadata":
        belongs = t.c.resource_id.in_([*places, *offers])
    else:
        owners = {"location_id": places, "service_at_location_id": offers}
        rules = [t.c[name].in_(ids) for name, ids in owners.items() if name in t.c and ids]
        belongs = sa.or_(sa.false(), *rules)
    return list(session.execute(sa.select(t).where(belongs)).mappings())


def _cover(resource: hsds.Resource, row: Any) -> bool:
    """Whether there was something to cover."""
    names = secrecy.COVERED[resource.name]
    values = {name: secrecy.covered(resource, name) for name in names}
    if all(row[name] == value for name, value in values.items()):
        return False
    values["content_hash"] = _digest(resource, {**row, **values})
    t = table(resource.name)
    session.execute(sa.update(t).where(t.c.id == row["id"]).values(**values))
    return True


def _digest(resource: hsds.Resource, row: dict[str, Any]) -> str:
    """The digest of a row as checking makes it: references are keys of records at their source."""
    values: list[Any] = []
    for column in resource.columns:
        value = row[column.name]
        if value is not None and column.kind in ("ref", "poly"):
            value = key_of(str(row[column.target]) if column.kind == "poly" else column.target, value)
        values.append(value)
    return digest(values)


def key_of(resource: str, ident: uuid.UUID) -> Key | None:
    """Under which id which source knows a record."""
    t = table(resource)
    found = session.execute(sa.select(t.c.source, t.c.external_id).where(t.c.id == ident)).first()
    return (found[0], found[1]) if found else None


def _blank_history(subjects: set[uuid.UUID]) -> bool:
    """That something changed stays; what it was and became goes, also of details that are there no more."""
    ordered = sorted(subjects)
    said = sa.or_(Change.previous != "", Change.replacement != "")
    found = False
    for start in range(0, len(ordered), CHUNK):
        part = ordered[start : start + CHUNK]
        theirs = sa.or_(Change.resource_id.in_(part), Change.owner_id.in_(part))
        result = session.execute(sa.update(Change).where(theirs, said).values(previous="", replacement=""))
        found |= bool(result.rowcount)  # type: ignore[attr-defined]
    return found


def _blank_reports(named: Named) -> None:
    reports = sa.select(Delivery.id, Delivery.report)
    for number, report in session.execute(reports).all():
        if report and "preview" in report:
            shown = without(report["preview"], named)
            if shown != report["preview"]:
                kept = {**report, "preview": shown}
                session.execute(sa.update(Delivery).where(Delivery.id == number).values(report=kept))


def without(preview: dict[str, list[dict[str, Any]]], named: Named) -> dict[str, list[dict[str, Any]]]:
    """A preview that says of these records only that they are new, changed or missing."""
    return {kind: [_covered_entry(entry, named) for entry in entries] for kind, entries in preview.items()}


def _covered_entry(entry: dict[str, Any], named: Named) -> dict[str, Any]:
    resource = entry["resource"]
    if (resource, entry["id"]) not in named:
        return entry
    names = secrecy.COVERED[resource]
    made = dict(entry)
    if resource not in ("location", "service_at_location"):
        made["name"] = entry["id"]
    if "fields" in entry:
        made["fields"] = [
            {**field, "previous": "", "replacement": ""} if field["field"] in names else field
            for field in entry["fields"]
        ]
    return made
