"""What a delivery would do, record by record and field by field, to read before it is applied."""

import uuid
from collections import Counter
from typing import Any

import sqlalchemy as sa

from core.db import session
from socialmap import forgetting, hsds, secrecy
from socialmap.differences import Difference
from socialmap.imports import Plan
from socialmap.tables import table
from socialmap.validation import Key, Record

# Enough to judge a delivery by; the counts beside it tell the rest.
LIMIT = 100


def of(plan: Plan, *, limit: int = LIMIT) -> dict[str, list[dict[str, Any]]]:
    """New, changed (old and new value per field) and missing records, at most `limit` of each per table."""
    reader = _Reader(plan)
    shown: dict[str, list[dict[str, Any]]] = {"new": [], "changed": [], "missing": []}
    for name, difference in plan.differences.items():
        resource = hsds.BY_NAME[name]
        shown["new"] += [reader.entry(resource, record) for record in difference.new[:limit]]
        shown["changed"] += reader.changed(difference, limit)
        shown["missing"] += reader.missing(difference, limit)
    return forgetting.without(shown, _of_secret_places(plan))


def _of_secret_places(plan: Plan) -> set[tuple[str, str]]:
    """Records, delivered or held, of places that are secret once the delivery is on the map."""
    found = {(name, key[1]) for name, key in plan.checked.covered}
    places = {
        held.id
        for name in ("location", "service_at_location")
        for key, held in plan.differences[name].held.items()
        if held.secret or (name, key) in plan.checked.covered
    }
    if places:
        for name in secrecy.COVERED:
            held_of = plan.differences[name].held.items()
            found |= {
                (name, key[1]) for key, held in held_of if places.intersection(filter(None, held.owners))
            }
    return found


def reasons(rejected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rejected rows by file, column and reason, most rows first: one broken table explains them all."""
    counted = Counter((row["file"], row["column"] or "", row["reason"]) for row in rejected)
    first: dict[tuple[str, str, str], int | None] = {}
    for row in rejected:
        first.setdefault((row["file"], row["column"] or "", row["reason"]), row["line"])
    return [
        {"file": key[0], "column": key[1], "reason": key[2], "rows": rows, "first_line": first[key]}
        for key, rows in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]


class _Reader:
    """Names records: those of the delivery by what they say, those that are missing by what we hold."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.keys: dict[str, dict[uuid.UUID, Key]] = {}

    def entry(self, resource: hsds.Resource, record: Record) -> dict[str, Any]:
        values = dict(zip(resource.by_name, record.values, strict=True))
        owner = next((name for name in resource.owners if values.get(name) is not None), None)
        inside = self._target(resource, owner, values) if owner else ""
        return {
            "resource": resource.name, "id": record.key[1],
            "name": _named(resource, values) or record.key[1],
            "of": self._name(inside, values[owner]) if owner else "",
        }  # fmt: skip

    def changed(self, difference: Difference, limit: int) -> list[dict[str, Any]]:
        resource, records = difference.resource, difference.changed[:limit]
        before = _rows(resource, [difference.held[record.key].id for record in records])
        entries = []
        for record in records:
            row = before[difference.held[record.key].id]
            fields = []
            for column, value in zip(resource.columns, record.values, strict=True):
                old = row[column.name]
                if column.kind in ("ref", "poly"):
                    target = self._target(resource, column.name, dict(row))
                    old = self._key(target, old)
                    old, value = (self._name(target, key) if key else None for key in (old, value))
                if old != value:
                    fields.append({"field": column.name, "previous": _text(old), "replacement": _text(value)})
            entries.append({**self.entry(resource, record), "fields": fields})
        back = [{**self.entry(resource, record), "fields": []} for record in difference.returned[:limit]]
        return entries + back

    def missing(self, difference: Difference, limit: int) -> list[dict[str, Any]]:
        resource, keys = difference.resource, difference.missing[:limit]
        rows = _rows(resource, [difference.held[key].id for key in keys])
        return [
            {
                "resource": resource.name, "id": key[1], "of": "",
                "name": _named(resource, dict(rows[difference.held[key].id])) or key[1],
            }
            for key in keys
        ]  # fmt: skip

    def _target(self, resource: hsds.Resource, column: str, values: dict[str, Any]) -> str:
        found = resource.by_name[column]
        return str(values[found.target]) if found.kind == "poly" else found.target

    def _key(self, target: str, ident: uuid.UUID | None) -> Key | None:
        if ident is None or target not in self.plan.differences:
            return None
        if target not in self.keys:
            held = self.plan.differences[target].held
            self.keys[target] = {known.id: key for key, known in held.items()}
        return self.keys[target].get(ident)

    def _name(self, target: str, key: Key) -> str:
        record = self.plan.checked.records.get(target, {}).get(key)
        if record is None:
            return key[1]
        return _named(
            hsds.BY_NAME[target], dict(zip(hsds.BY_NAME[target].by_name, record.values, strict=True))
        )


def _rows(resource: hsds.Resource, ids: list[uuid.UUID]) -> dict[uuid.UUID, Any]:
    t = table(resource.name)
    if not ids:
        return {}
    return {row["id"]: row for row in session.execute(sa.select(t).where(t.c.id.in_(ids))).mappings()}


def _named(resource: hsds.Resource, values: dict[str, Any]) -> str:
    """What a record is called, or else what it says."""
    if values.get("name"):
        return str(values["name"])
    said = [_text(values[c.name]) for c in resource.columns if c.kind not in ("ref", "poly")]
    return ", ".join(part for part in said if part)[:200]


def _text(value: Any) -> str:
    return "" if value is None else str(value)
