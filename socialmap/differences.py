"""Compare a checked delivery with what is held: new, changed, unchanged, missing."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from core.db import session
from socialmap import hsds
from socialmap.tables import table
from socialmap.validation import Checked, Key, Record

VANISH_LIMIT = 0.10
# Below this many rows a share says little: one of five small records may well go.
VANISH_FLOOR = 10
_WATCHED = ("organization", "service", "location")


@dataclass(slots=True)
class Held:
    """What the database knows of a record, as far as comparing needs it."""

    id: uuid.UUID
    digest: str
    gone: bool
    owners: tuple[uuid.UUID | None, ...]
    secret: bool = False


@dataclass
class Difference:
    """What a delivery does to one resource. `missing` are keys that the delivery no longer holds."""

    resource: hsds.Resource
    new: list[Record] = field(default_factory=list)
    changed: list[Record] = field(default_factory=list)
    returned: list[Record] = field(default_factory=list)
    unchanged: int = 0
    missing: list[Key] = field(default_factory=list)
    held: dict[Key, Held] = field(default_factory=dict)

    @property
    def seen_before(self) -> int:
        """Records of this delivery's sources that were not already gone."""
        return sum(not held.gone for held in self.held.values())

    @property
    def vanishes_too_much(self) -> bool:
        """Whether more than a tenth of what was held would go."""
        count = len(self.missing)
        if self.resource.name not in _WATCHED and count <= VANISH_FLOOR:
            return False
        return count > VANISH_LIMIT * self.seen_before

    def counts(self) -> dict[str, int]:
        return {
            "new": len(self.new), "changed": len(self.changed) + len(self.returned),
            "unchanged": self.unchanged, "missing": len(self.missing),
        }  # fmt: skip


def held_of(sources: Iterable[str]) -> dict[str, dict[Key, Held]]:
    """All records of some sources by key, per resource."""
    wanted = sorted(set(sources))
    result: dict[str, dict[Key, Held]] = {}
    for resource in hsds.RESOURCES:
        t = table(resource.name)
        gone: sa.ColumnElement[Any] = t.c.not_seen_since if "not_seen_since" in t.c else sa.null()
        secret = _is_secret(t)
        owners = [t.c[name] for name in resource.owners]
        query = sa.select(t.c.id, t.c.source, t.c.external_id, t.c.content_hash, gone, secret, *owners)
        rows = session.execute(query.where(t.c.source.in_(wanted)))
        result[resource.name] = {
            (row[1], row[2]): Held(row[0], row[3], row[4] is not None, tuple(row[6:]), bool(row[5]))
            for row in rows
        }
    return result


def _is_secret(t: sa.Table) -> sa.ColumnElement[Any]:
    """Whether a record is a place that must stay secret, or a service there."""
    if "confidential" in t.c:
        return t.c.confidential
    if t.name != "service_at_location":
        return sa.false()
    places = table("location")
    return t.c.location_id.in_(sa.select(places.c.id).where(places.c.confidential.is_(True)))


def compare(checked: Checked, held: dict[str, dict[Key, Held]]) -> dict[str, Difference]:
    """The difference per resource; only a full delivery makes records missing, of the tables it holds."""
    result: dict[str, Difference] = {}
    gone_before = {h.id for records in held.values() for h in records.values() if h.gone}
    for resource in hsds.RESOURCES:
        difference = Difference(resource, held=held[resource.name])
        result[resource.name] = difference
        if resource.name not in checked.records:
            continue
        records = checked.records[resource.name]
        for key, record in records.items():
            known = difference.held.get(key)
            if known is None:
                difference.new.append(record)
            elif known.digest != record.digest and not _withheld(resource, known, record):
                difference.changed.append(record)
            elif known.gone and not record.gone:
                difference.returned.append(record)
            else:
                difference.unchanged += 1
        if checked.package.full:
            kept = checked.refused.get(resource.name, set())
            sources = {key[0] for key in records} or {key[0] for key in difference.held}
            difference.missing = [
                key
                for key, known in difference.held.items()
                if key not in records
                and key not in kept
                and key[0] in sources
                and not known.gone
                and not gone_before.intersection(o for o in known.owners if o is not None)
            ]
    _keep_children(checked, _kept(checked, result), result)
    return result


def _withheld(resource: hsds.Resource, known: Held, record: Record) -> bool:
    """Whether this is a secret place, or a service there, as our own exports give it: what they leave out is
    not gone."""
    if not known.secret:
        return False
    shown = hsds.OF_SECRET[resource.name]
    named = zip(resource.columns, record.values, strict=True)
    return not any(value for column, value in named if column.name not in shown)


def _kept(checked: Checked, result: dict[str, Difference]) -> set[uuid.UUID]:
    """Records that stay as they are, with all that belongs to them: rejected, or withheld by our export."""
    refused = {
        result[name].held[key].id
        for name, keys in checked.refused.items()
        for key in keys
        if name in result and key in result[name].held
    }
    withheld = set()
    for name in hsds.OF_SECRET:
        delivered = checked.records.get(name, {})
        for key, known in result[name].held.items():
            if key in delivered and _withheld(result[name].resource, known, delivered[key]):
                withheld.add(known.id)
    return refused | withheld


def _keep_children(checked: Checked, kept: set[uuid.UUID], result: dict[str, Difference]) -> None:
    if not kept:
        return
    for resource in hsds.RESOURCES:  # owners come before what they own
        difference = result[resource.name]
        absent = difference.held.keys() - checked.records.get(resource.name, {}).keys()
        stays = {key for key in absent if kept.intersection(_owners(difference, key))}
        kept |= {difference.held[key].id for key in stays}
        difference.missing = [key for key in difference.missing if key not in stays]


def _owners(difference: Difference, key: Key) -> set[uuid.UUID]:
    return {owner for owner in difference.held[key].owners if owner is not None}
