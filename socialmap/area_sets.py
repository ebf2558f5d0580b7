"""Named, dated sets of municipalities: zones, provinces and arrondissements of the reference data, and the
partnerships and other areas that editors make. Sets overlap freely. A municipality joins and leaves on a day,
so what a set was on a day of before can still be told; the trail and the history keep who changed it."""

import re
import uuid
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import check_version, session, touch
from core.errors import DomainError, NotFound
from core.i18n import _, long_date
from socialmap import geography, history, words
from socialmap.models.areas import AreaSet, AreaSetMember
from socialmap.models.directory import ServiceAreaNis

# From wide to close; the map zooms along the first ones.
KINDS = (
    "region", "province", "arrondissement", "reference_region", "zone", "housing_area", "partnership",
    "other",
)  # fmt: skip
OWN_KINDS = ("partnership", "zone", "arrondissement", "reference_region", "housing_area", "other")
MAX_CODE = 60
_NAMES = uuid.UUID("6f0f3c1e-5d0a-4a53-9f0b-0d5d8a6c3a11")  # of the ids under which sets stand in the history
_ONE_DAY = timedelta(days=1)


def get(code: str) -> AreaSet:
    """The set; raises NotFound."""
    found = session.get(AreaSet, code)
    if found is None:
        raise NotFound(code)
    return found


def history_id(area_set: AreaSet) -> uuid.UUID:
    """A set has a code of words; the history knows its subjects by number."""
    return uuid.uuid5(_NAMES, area_set.code)


def counts_on(record: type[AreaSet | AreaSetMember], day: date) -> sa.ColumnElement[bool]:
    """That a set, or a municipality in it, counts on a day."""
    return sa.and_(
        sa.or_(record.valid_from.is_(None), record.valid_from <= day),
        sa.or_(record.valid_to.is_(None), record.valid_to >= day),
    )


def holds_on(day: date) -> sa.ColumnElement[bool]:
    """For a query that joins sets and members: that both count on this day."""
    return sa.and_(counts_on(AreaSet, day), counts_on(AreaSetMember, day))


def areas(on: date | None = None) -> list[geography.Area]:
    """All sets that count on a day (today) with their municipalities, wide kinds first; one statement."""
    query = _rows().where(holds_on(on or clock.today()))
    return sorted(_gathered(query), key=lambda area: (KINDS.index(area.kind), words.fold(area.name)))


def area(key: str, on: date | None = None) -> geography.Area | None:
    """The set with this key or code as it is on a day (today); None when there is none."""
    codes = [key, key.partition(":")[2]]
    found = _gathered(_rows().where(AreaSet.code.in_(codes), holds_on(on or clock.today())))
    return max(found, key=lambda area: area.code == key, default=None)


def named(nis: Collection[str]) -> str:
    """The name of the set made here that holds just these municipalities today; empty when there is none."""
    a, member = AreaSet, AreaSetMember
    count = sa.func.count()
    among = sa.func.sum(sa.case((member.nis.in_(sorted(nis)), 1), else_=0))
    query = (
        sa.select(a.name)
        .join(member, member.code == a.code)
        .where(a.local, holds_on(clock.today()))
        .group_by(a.code, a.name, a.kind)
        .having(count == len(set(nis)), among == count)
        .order_by(a.kind != "partnership", a.code)
        .limit(1)
    )
    return session.scalar(query) or ""


def every() -> list[AreaSet]:
    """All sets, also those of before and of later, by kind and name."""
    found = session.scalars(sa.select(AreaSet))
    return sorted(found, key=lambda one: (KINDS.index(one.kind), words.fold(one.name), one.code))


def sizes(on: date) -> dict[str, int]:
    """How many municipalities each set has on a day."""
    query = sa.select(AreaSetMember.code, sa.func.count()).where(counts_on(AreaSetMember, on))
    query = query.group_by(AreaSetMember.code)
    return {row[0]: row[1] for row in session.execute(query)}


def members(area_set: AreaSet) -> list[AreaSetMember]:
    """All rows of a set, also of municipalities that left it or come later, their first period first."""
    query = sa.select(AreaSetMember).where(AreaSetMember.code == area_set.code)
    return sorted(session.scalars(query), key=lambda row: (row.nis, row.valid_from or date.min))


def add(name: str, *, kind: str, nis: Collection[str], starts_on: date | None, by: Actor) -> AreaSet:
    """Make a set."""
    name = _clean(name)
    if kind not in OWN_KINDS:
        raise DomainError(_("Choose what kind of area it is."), field="kind")
    chosen = _known(nis)
    made = AreaSet(code=_free_code(kind, name), kind=kind, name=name, valid_from=starts_on, local=True)
    _refuse_same_name(made)
    session.add(made)
    session.flush()
    session.add_all(AreaSetMember(code=made.code, nis=one) for one in sorted(chosen))
    _note(made, "add", by, after=_named(chosen))
    audit.record("area_set.added", made, by=by, changes={"kind": kind, "municipalities": len(chosen)})
    session.flush()
    return made


def change(
    area_set: AreaSet,
    *,
    name: str,
    nis: Collection[str],
    on: date,
    by: Actor,
    sent_version: int | None = None,
) -> None:
    """Give a set another name, or from a day on other municipalities.

    Refuses a form of before a colleague's change with a Conflict.
    """
    _refuse_not_ours(area_set)
    session.refresh(area_set, with_for_update=True)
    check_version(area_set, sent_version)
    name, wanted = _clean(name), _known(nis)
    if name != area_set.name:
        _note(area_set, "update", by, field="name", before=area_set.name, after=name)
        area_set.name = name
        _refuse_same_name(area_set)
    every_row = members(area_set)
    rows = {row.nis: row for row in every_row}  # of each its last period
    held = {code for code, row in rows.items() if row.valid_to is None}
    if wanted != held:
        _refuse_before_what_is_planned(every_row, on)
        start = on if area_set.valid_from is None else max(on, area_set.valid_from)
        for code in wanted - held:
            _join(area_set, rows.get(code), code, start)
        for code in held - wanted:
            _leave(rows[code], area_set, start)
        touch(area_set, "name")
        day = {"before": _named(held - wanted), "after": _named(wanted - held)}
        _note(area_set, "update", by, field="municipalities", **day)
    changes = {"joined": sorted(wanted - held), "left": sorted(held - wanted), "on": on.isoformat()}
    audit.record("area_set.changed", area_set, by=by, changes=changes)
    session.flush()


def end(area_set: AreaSet, last_day: date | None, *, by: Actor, sent_version: int | None = None) -> None:
    """Say which day is its last, or that it goes on. It keeps its municipalities and its history."""
    session.refresh(area_set, with_for_update=True)
    check_version(area_set, sent_version)
    if last_day is not None and area_set.valid_from is not None and last_day < area_set.valid_from:
        day = long_date(area_set.valid_from)
        raise DomainError(_("It starts on %(day)s; it cannot end before.", day=day), field="last_day")
    before = area_set.valid_to
    if before == last_day:
        return
    area_set.valid_to = last_day
    if last_day is None:
        _refuse_same_name(area_set)
    shown = [day.isoformat() if day else "" for day in (before, last_day)]
    _note(area_set, "update", by, field="valid_to", before=shown[0], after=shown[1])
    audit.record("area_set.ended", area_set, by=by, changes={"on": shown[1]})
    session.flush()


# ---------------------------------------------------------------- for searches
def reaching(codes: Collection[str]) -> Any:
    """A query of services that work in any municipality of these sets, with how near (`level`)."""
    a, today = ServiceAreaNis, clock.today()
    inside = sa.select(AreaSetMember.nis).join(AreaSet, AreaSet.code == AreaSetMember.code)
    inside = inside.where(AreaSet.code.in_(codes), holds_on(today))
    nearest = sa.func.min(sa.case((a.level == 1, 2), else_=a.level))
    query = sa.select(a.service_id, nearest.label("level")).where(a.nis.in_(inside))
    return query.group_by(a.service_id)


def choices(prefix: str) -> Any:
    """A query of the sets of today, to look in one of them: code, a number, name."""
    a = AreaSet
    query = sa.select(sa.literal(prefix) + a.code, sa.literal(1), a.name)
    return query.where(counts_on(a, clock.today()), a.kind != "region")


# ---------------------------------------------------------------- reading
def _rows() -> sa.Select[Any]:
    a = AreaSet
    columns: tuple[Any, ...] = (a.code, a.kind, a.name, a.valid_from, a.valid_to, AreaSetMember.nis)
    return sa.select(*columns).join(AreaSetMember, AreaSetMember.code == a.code)


def _gathered(query: sa.Select[Any]) -> list[geography.Area]:
    found: dict[str, tuple[Any, set[str]]] = {}
    for row in session.execute(query):
        found.setdefault(row.code, (row, set()))[1].add(row.nis)
    made = []
    for code, (row, nis) in found.items():
        short = code.removeprefix(f"{row.kind}:")
        made.append(geography.Area(row.kind, short, row.name, frozenset(nis), row.valid_from, row.valid_to))
    return made


# ---------------------------------------------------------------- rules
def _clean(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise DomainError(_("Give the area a name."), field="name")
    return name


def _known(nis: Collection[str]) -> set[str]:
    chosen = {code for code in nis if (town := geography.municipality(code)) and town.is_current}
    if not chosen:
        raise DomainError(_("Choose at least one municipality."), field="nis")
    return chosen


def _free_code(kind: str, name: str) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", words.fold(name)).strip("-") or "area"
    base = f"{kind}:{stem}"[: MAX_CODE - 4].rstrip("-")
    for number in range(1, 1000):
        code = base if number == 1 else f"{base}-{number}"
        if session.get(AreaSet, code) is None:
            return code
    raise DomainError(_("Give the area another name."), field="name")


def _refuse_same_name(area_set: AreaSet) -> None:
    """Two of one kind with one name at one time would not be told apart in a list."""
    start, last = area_set.valid_from or date.min, area_set.valid_to or date.max
    same = sa.select(AreaSet).where(AreaSet.kind == area_set.kind, AreaSet.code != area_set.code)
    with session.no_autoflush:
        others = [one for one in session.scalars(same) if words.fold(one.name) == words.fold(area_set.name)]
    if any((one.valid_from or date.min) <= last and start <= (one.valid_to or date.max) for one in others):
        raise DomainError(_("There is an area of this kind with this name at that time."), field="name")


def _refuse_not_ours(area_set: AreaSet) -> None:
    if not area_set.local:
        raise DomainError(_("This area comes with the reference data. End it, and make a new one from it."))


def _refuse_before_what_is_planned(rows: Collection[AreaSetMember], on: date) -> None:
    days = [row.valid_from for row in rows if row.valid_from]
    days += [row.valid_to + _ONE_DAY for row in rows if row.valid_to]
    latest = max(days, default=on)
    if on < latest:
        day = long_date(latest)
        raise DomainError(
            _("It changed on %(day)s. Choose that day or a later one.", day=day), field="starts_on"
        )


def _join(area_set: AreaSet, row: AreaSetMember | None, nis: str, on: date) -> None:
    since = None if on == area_set.valid_from else on
    if row is not None and row.valid_to == on - _ONE_DAY:  # it never was away
        row.valid_to = None
    else:
        session.add(AreaSetMember(code=area_set.code, nis=nis, valid_from=since))


def _leave(row: AreaSetMember, area_set: AreaSet, on: date) -> None:
    first = row.valid_from or area_set.valid_from
    if first is not None and first >= on:
        session.delete(row)
    else:
        row.valid_to = on - _ONE_DAY


def _named(codes: Collection[str]) -> str:
    towns = (geography.municipality(code) for code in codes)
    return ", ".join(sorted(town.name for town in towns if town))


def _note(area_set: AreaSet, action: str, by: Actor, **values: Any) -> None:
    history.note("area_set", history_id(area_set), action, by=by.name, at=clock.now(), **values)
