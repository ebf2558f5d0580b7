"""Take in a delivery: check, compare, show, and apply it in the caller's transaction (issue 5, Import)."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from socialmap import corrections, derivations, differences, hsds, packages, reasons, secrecy, validation
from socialmap.differences import Difference, Held
from socialmap.models.deliveries import Change, Delivery, DeliveryState, Source
from socialmap.models.directory import LOCAL
from socialmap.tables import table
from socialmap.validation import Checked, Key, Record

DEFAULT_SOURCE = "sociale-kaart"
CHUNK = 2000
TOLD_EACH = 200
STEPS = ("read", "check", "compare", "write", "search")
# Told at which step (while writing: at which table) an import is, how much is done, how much there is to do.
Told = Callable[[str, int, int], None]


def _tell_nobody(_step: str, _done: int, _total: int) -> None:
    pass


# How many deliveries are on the map, and the last of them. An older one may be carried out after a newer
# one, so its number alone says nothing; they are never taken off, so their count only grows.
Base = tuple[int, int]


class Overtaken(Conflict):
    """Another delivery came on the map since this one was compared with it: compare again."""


@dataclass
class Plan:
    """What a delivery would do. `waits`: resources of which too much vanishes to go on unasked."""

    source: str
    checked: Checked
    differences: dict[str, Difference]
    waits: list[str] = field(default_factory=list)
    base: Base = (0, 0)  # what was on the map when this delivery was compared with it

    @property
    def changes(self) -> int:
        return sum(d.counts()[k] for d in self.differences.values() for k in ("new", "changed", "missing"))

    def _told(self) -> list[str]:
        checked = self.checked
        said = [rejection.reason for rejection in (*checked.rejections, *checked.warnings)]
        return said + list(checked.package.notes)

    def report(self) -> dict[str, Any]:
        """Totals over all record types, per type, and every rejected row."""
        by_type = {name: d.counts() for name, d in self.differences.items() if any(d.counts().values())}
        totals = {
            kind: sum(c[kind] for c in by_type.values())
            for kind in ("new", "changed", "unchanged", "missing")
        }
        return {
            **totals,
            "rejected": [r.as_dict() for r in self.checked.rejections],
            "reasons": reasons.kept(self._told()),
            "warnings": [r.as_dict() for r in self.checked.warnings],
            "notes": self.checked.package.notes,
            "by_type": by_type,
            "waits": self.waits,
        }


def plan(
    path: Path, *, source: str = DEFAULT_SOURCE, full: bool | None = None,
    mapping: dict[str, Any] | None = None, told: Told = _tell_nobody,
) -> Plan:  # fmt: skip
    """Read, check and compare a delivery; changes nothing. Raises `packages.Refused`.

    Without a `mapping` the one that is saved with the source is used.
    """
    told("read", 0, 0)
    package = packages.read(path, mapping=mapping or saved_mapping(source))
    return plan_package(package, source=source, full=full, told=told)


def plan_upload(
    name: str, content: bytes, *, source: str, full: bool | None = None, told: Told = _tell_nobody
) -> Plan:
    """The same for a file that came by the browser."""
    told("read", 0, 0)
    package = packages.read_bytes(name, content, mapping=saved_mapping(source))
    return plan_package(package, source=source, full=full, told=told)


def plan_package(
    package: packages.Package, *, source: str, full: bool | None = None, told: Told = _tell_nobody
) -> Plan:
    base = _on_the_map()
    if full is not None:
        package.full = full
    refuse_local(source)
    held = differences.held_of([source])
    ours: dict[str, dict[str, Key]] = {}

    def known(resource: str, ident: str) -> Key | None:
        if (source, ident) in held[resource]:
            return source, ident
        if resource not in ours:
            ours[resource] = {str(record.id): key for key, record in held[resource].items()}
        return ours[resource].get(ident)

    def is_held_secret(resource: str, ident: str) -> bool:
        key = known(resource, ident)
        return key is not None and held[resource][key].secret

    checked = validation.check(package, source, known, told, secrecy.Veil(is_held_secret))
    told("compare", 0, 0)
    others = checked.sources - {source}
    if others:
        for name, records in differences.held_of(others).items():
            held[name] |= records
    found = differences.compare(checked, held)
    waits = [name for name, difference in found.items() if difference.vanishes_too_much]
    return Plan(source, checked, found, waits, base)


def refuse_local(source: str) -> None:
    """Entries that people make here are not the records of any file."""
    if source == LOCAL:
        raise DomainError(_("Entries made here have no deliveries. Choose another name for the source."))


def _on_the_map() -> Base:
    query = sa.select(sa.func.count(), sa.func.max(Delivery.id)).select_from(Delivery)
    count, last = session.execute(query.where(Delivery.state == DeliveryState.APPLIED)).one()
    return count, last or 0


def saved_mapping(source: str) -> dict[str, Any] | None:
    held = session.get(Source, source)
    return held.mapping if held else None


def apply(
    plan: Plan, *, confirmed: bool = False, by: str = "", made_by: uuid.UUID | None = None,
    staged: Delivery | None = None, written: Told = _tell_nobody,
) -> Delivery:  # fmt: skip
    """Carry a plan out, all or nothing in the caller's transaction.

    Without `confirmed` a delivery in which more than a tenth of a table vanishes is only noted down as
    waiting. The delivery that is returned, the `staged` one when there is one, says what happened. `written`
    hears at which table the writing is, and how many records of all are done; at the end at `search`.
    """
    moment = clock.now()
    source = _take_turn(plan)
    source.mapping = plan.checked.package.mapping or source.mapping
    delivery = staged or Delivery(
        source=plan.source, file_name=plan.checked.package.name, full=plan.checked.package.full,
        received_at=moment, made_by=made_by,
    )  # fmt: skip
    delivery.state, delivery.report = DeliveryState.WAITING, plan.report()
    session.add(delivery)
    session.flush()
    if not plan.waits or confirmed:
        _Writer(plan, delivery.id, moment, by, written).write()
        delivery.state, delivery.applied_at = DeliveryState.APPLIED, moment
        source.last_run = delivery.id
    session.flush()
    return delivery


def _take_turn(plan: Plan) -> Source:
    """The source of a plan. Until the transaction ends no other import writes: a second one is refused at
    once, and one that was compared with a map of before is told so."""
    busy = Conflict(_("Another import is running. Try again when it is done."))
    try:
        query = sa.select(Source).order_by(Source.key).with_for_update(nowait=True)
        found = {source.key: source for source in session.scalars(query)}
        if plan.source not in found:
            found[plan.source] = Source(key=plan.source, name=plan.source)
            session.add(found[plan.source])
            session.flush()
    except (sa.exc.IntegrityError, sa.exc.OperationalError) as error:
        raise busy from error
    if _on_the_map() != plan.base:
        raise Overtaken(_("Another delivery came on the map meanwhile. Compare this one again."))
    return found[plan.source]


class _Writer:
    """Writes a plan with bulk statements, in the order in which records point at each other."""

    def __init__(self, plan: Plan, delivery_id: int, moment: datetime, by: str, written: Told) -> None:
        self.plan, self.delivery_id, self.moment, self.by = plan, delivery_id, moment, by
        self.written, self.done = written, 0
        self.ids: dict[str, dict[Key, uuid.UUID]] = {}
        self.changes: list[dict[str, Any]] = []
        self.touched = derivations.Touched()
        self.names: dict[tuple[str, uuid.UUID], str] = {}
        self.standing = {held.id for name in hsds.LASTING for held in plan.differences[name].held.values()}

    def write(self) -> None:
        for resource in hsds.RESOURCES:
            difference = self.plan.differences[resource.name]
            self.ids[resource.name] = {key: held.id for key, held in difference.held.items()}
            self._insert(difference)
            self._update(difference)
        for resource in reversed(hsds.RESOURCES):
            self._miss(self.plan.differences[resource.name])
        self._seen()
        for start in range(0, len(self.changes), CHUNK):
            session.execute(sa.insert(Change), self.changes[start : start + CHUNK])
        derivations.settle(self.touched, self.moment, partial(self.written, "search"))
        corrections.close_delivered(
            (
                (change["resource_id"], change["field"])
                if change["resource"] == "service"
                else (change["owner_id"], change["resource"])
                for change in self.changes
                if change["action"] in ("add", "update", "remove")
                and (change["owner_id"] or change["resource"] == "service")
            ),
            self.moment,
        )

    def _insert(self, difference: Difference) -> None:
        resource, records = difference.resource, difference.new
        if not records:
            return
        ids = self.ids[resource.name]
        for record in records:
            ids[record.key] = uuid7()
        names = [column.name for column in resource.columns]
        lasting = resource.name in hsds.LASTING
        extra: dict[str, Any] = {}
        if lasting:
            extra = {"last_seen_run": self.delivery_id, "missed": 0, "changed_at": self.moment}
        rows = []
        for record in records:
            row = dict(zip(names, self._resolved(resource, record.values), strict=True))
            row.update(extra, id=ids[record.key], source=record.key[0], external_id=record.key[1],
                       content_hash=record.digest)  # fmt: skip
            if lasting:
                row["not_seen_since"] = self.moment if record.gone else None
            rows.append(row)
            self.touched.note(resource, row)
            self._note_addition(resource, row)
        rows = _parents_first(resource, rows)
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            session.execute(sa.insert(table(resource.name)), part)
            self._tell(resource, len(part))

    def _tell(self, resource: hsds.Resource, count: int) -> None:
        self.done += count
        self.written(resource.name, self.done, self.plan.changes)

    def _resolved(self, resource: hsds.Resource, values: list[Any]) -> list[Any]:
        """The values with keys of other records turned into our ids."""
        if not resource.references:
            return values
        result = list(values)
        for index, column in enumerate(resource.columns):
            value = result[index]
            if value is None or column.kind not in ("ref", "poly"):
                continue
            if column.kind == "ref":
                result[index] = self.ids[column.target][value]
            else:
                target = values[list(resource.by_name).index(column.target)]
                result[index] = self.ids[target][value]
        return result

    def _update(self, difference: Difference) -> None:
        resource, ids = difference.resource, self.ids[difference.resource.name]
        for number, record in enumerate(difference.changed, 1):
            held = difference.held[record.key]
            self._change(resource, held, record)
            if number % TOLD_EACH == 0 or number == len(difference.changed):
                self._tell(resource, (number - 1) % TOLD_EACH + 1)
        for record in difference.returned:
            owner = next(filter(None, difference.held[record.key].owners), None)
            self._note(resource.name, ids[record.key], "return", owner=owner)
            self._write_back(resource, ids[record.key], {})
            self.touched.add(resource.name, ids[record.key])
        if difference.returned:
            self._tell(resource, len(difference.returned))

    def _change(self, resource: hsds.Resource, held: Held, record: Record) -> None:
        t = table(resource.name)
        before = session.execute(sa.select(t).where(t.c.id == held.id)).mappings().one()
        names = [column.name for column in resource.columns]
        values = dict(zip(names, self._resolved(resource, record.values), strict=True))
        if resource.name == "service":
            checked = (before["assured_date"], values["assured_date"])
            values["assured_date"] = max(filter(None, checked), default=None)  # a later check stands
        changed = {name: value for name, value in values.items() if before[name] != value}
        owner = _owner(resource, before)
        for name, value in changed.items():
            old, new = (self._shown(resource, name, row) for row in (before, {**before, name: value}))
            self._note(resource.name, held.id, "update", name, old, new, owner)
        if held.gone:
            self._note(resource.name, held.id, "return", owner=owner)
        self.touched.note(resource, {**before, **values})
        self.touched.note(resource, dict(before))
        self._write_back(resource, held.id, {**changed, "content_hash": record.digest})

    def _write_back(self, resource: hsds.Resource, ident: uuid.UUID, values: dict[str, Any]) -> None:
        if resource.name in hsds.LASTING:
            values |= {"not_seen_since": None, "missed": 0, "changed_at": self.moment}
        t = table(resource.name)
        session.execute(sa.update(t).where(t.c.id == ident).values(**values))

    def _miss(self, difference: Difference) -> None:
        """Lasting records are marked; details of what is still there go, with a line of history."""
        resource, t = difference.resource, table(difference.resource.name)
        if not difference.missing:
            return
        self._tell(resource, len(difference.missing))
        ids = {difference.held[key].id: difference.held[key] for key in difference.missing}
        if resource.name in hsds.LASTING:
            for chunk in _chunks(list(ids)):
                values = {
                    "not_seen_since": self.moment, "missed": t.c.missed + 1, "changed_at": self.moment,
                }  # fmt: skip
                session.execute(sa.update(t).where(t.c.id.in_(chunk)).values(**values))
            for ident, held in ids.items():
                owner = next(filter(None, held.owners), None)
                self._note(resource.name, ident, "vanish", owner=owner)
                self.touched.add(resource.name, ident)
            return
        vanished = self._vanished()
        free = [i for i, held in ids.items() if not vanished.intersection(o for o in held.owners if o)]
        for chunk in _chunks(free):
            for row in session.execute(sa.select(t).where(t.c.id.in_(chunk))).mappings():
                said = self._summary(resource, row)
                self._note(resource.name, row["id"], "remove", "", said, "", owner=_owner(resource, row))
                self.touched.note(resource, dict(row))
            session.execute(sa.delete(t).where(t.c.id.in_(chunk)))

    def _vanished(self) -> set[uuid.UUID]:
        found: set[uuid.UUID] = set()
        for name in hsds.LASTING:
            difference = self.plan.differences[name]
            found |= {difference.held[key].id for key in difference.missing}
            found |= {held.id for held in difference.held.values() if held.gone}
        return found

    def _seen(self) -> None:
        """Everything of a full delivery was seen in this run; a longer absence counts once more."""
        if not self.plan.checked.package.full:
            return
        for name in hsds.LASTING:
            sources = {key[0] for key in self.plan.checked.records.get(name, ())}
            t = table(name)
            ours = t.c.source.in_(sources)
            if sources and self.plan.changes:
                here = sa.and_(ours, t.c.not_seen_since.is_(None))
                session.execute(sa.update(t).where(here).values(last_seen_run=self.delivery_id))
            if sources:
                still = sa.and_(ours, t.c.not_seen_since.is_not(None), t.c.not_seen_since < self.moment)
                session.execute(sa.update(t).where(still).values(missed=t.c.missed + 1))

    def _note(
        self,
        resource: str,
        ident: uuid.UUID,
        action: str,
        name: str = "",
        before: Any = None,
        after: Any = None,
        owner: uuid.UUID | None = None,
    ) -> None:
        self.changes.append({
            "resource": resource, "resource_id": ident, "at": self.moment, "action": action, "field": name,
            "previous": "" if before is None else str(before),
            "replacement": "" if after is None else str(after),
            "delivery_id": self.delivery_id, "made_by": self.by, "owner_id": owner,
        })  # fmt: skip

    def _note_addition(self, resource: hsds.Resource, row: dict[str, Any]) -> None:
        """A detail or a service that comes to an entry that was there already is history of that entry."""
        owner = _owner(resource, row)
        if owner in self.standing and resource.name != "metadata":
            self._note(resource.name, row["id"], "add", "", "", self._summary(resource, row), owner=owner)

    def _shown(self, resource: hsds.Resource, name: str, row: Any) -> Any:
        """A value for people: a reference as the name of what it points to."""
        column = resource.by_name[name]
        if column.kind not in ("ref", "poly") or row[name] is None:
            return row[name]
        return self._name(row[column.target] if column.kind == "poly" else column.target, row[name])

    def _name(self, target: str, ident: uuid.UUID) -> str:
        if (target, ident) not in self.names:
            t = table(target)
            named = t.c.name if "name" in t.c else t.c.external_id
            self.names[target, ident] = session.scalar(sa.select(named).where(t.c.id == ident)) or ""
        return self.names[target, ident]

    def _summary(self, resource: hsds.Resource, row: Any) -> str:
        """What a record says, in a line; a category by its name, a place by the name of the place."""
        if resource.name in ("service", "location", "program") and row["name"]:
            return str(row["name"])
        if resource.name == "attribute":
            return self._name("taxonomy_term", row["taxonomy_term_id"])
        if resource.name == "service_at_location":
            return self._name("location", row["location_id"])
        shown = [str(row[c.name]) for c in resource.columns if c.kind not in ("ref", "poly") and row[c.name]]
        return ", ".join(shown)[:500]


def _chunks(ids: list[uuid.UUID]) -> list[list[uuid.UUID]]:
    return [ids[start : start + 500] for start in range(0, len(ids), 500)]


def _parents_first(resource: hsds.Resource, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a tree in an order in which a parent is there before its children."""
    column = next((c.name for c in resource.columns if c.target == resource.name and c.kind == "ref"), None)
    if column is None or not any(row[column] for row in rows):
        return rows
    by_id = {row["id"]: row for row in rows}
    ordered: dict[uuid.UUID, dict[str, Any]] = {}

    def place(row: dict[str, Any], trail: frozenset[uuid.UUID]) -> None:
        parent = by_id.get(row[column])
        if parent is not None and parent["id"] not in ordered and parent["id"] not in trail:
            place(parent, trail | {row["id"]})
        elif parent is not None and parent["id"] in trail:
            row[column] = None  # a loop: the tree is cut here
        ordered.setdefault(row["id"], row)

    for row in rows:
        place(row, frozenset({row["id"]}))
    return list(ordered.values())


def _owner(resource: hsds.Resource, row: Any) -> uuid.UUID | None:
    """What a record belongs to: the first of its owners that is named; of a place its organization."""
    names = resource.owners or (("organization_id",) if resource.name == "location" else ())
    return next((row[name] for name in names if row[name] is not None), None)
