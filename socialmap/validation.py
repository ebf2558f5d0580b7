"""Check the rows of a delivery: types, values, references, numbers, areas; reject with the reason."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from socialmap import geography, hsds, numbers, secrecy
from socialmap.packages import MAX_FIELD, Package, Rejection, Table
from socialmap.reasons import Reason, Unfit
from socialmap.tables import table as table_of

Key = tuple[str, str]  # (source, external id)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
MAX_ID = 200
MAX_INDEXED = 500
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(slots=True)
class Record:
    """A row that passed. `values` follow the columns of the resource; references are keys of records."""

    key: Key
    values: list[Any]
    digest: str
    line: int
    gone: bool = False
    file: str = ""


def digest(values: list[Any]) -> str:
    return blake2b(repr(values).encode("utf-8", "replace"), digest_size=12).hexdigest()


@dataclass
class Checked:
    """All rows of a delivery that passed, per resource, and what was rejected."""

    package: Package
    records: dict[str, dict[Key, Record]]
    rejections: list[Rejection] = field(default_factory=list)
    warnings: list[Rejection] = field(default_factory=list)
    # Keys of rows that were rejected: what we hold of them stays as it is.
    refused: dict[str, set[Key]] = field(default_factory=dict)
    # Records of secret places: what tells where those are is not in `records`.
    covered: set[tuple[str, Key]] = field(default_factory=set)

    @property
    def sources(self) -> set[str]:
        return {key[0] for records in self.records.values() for key in records}


def check(
    package: Package,
    source: str,
    known: Callable[[str, str], Key | None],
    told: Callable[[str, int, int], None] = lambda _step, _done, _total: None,
    veil: secrecy.Veil | None = None,
) -> Checked:
    """Check a delivery. `known(resource, ident)` gives the key of a record that an earlier delivery brought,
    by its external id or by ours; `told` hears how many of the tables are done; `veil` covers what tells
    where secret places are."""
    checked = Checked(package, {}, rejections=list(package.rejections))
    ids: dict[str, dict[str, Key]] = {}
    veil = veil or secrecy.Veil()
    last = {table.resource.name: number for number, table in enumerate(package.tables)}
    for number, table in enumerate(package.tables):
        told("check", number, len(package.tables))
        checker = _Checker(table, source, ids, known, checked, veil)
        checker.run()
        if last[table.resource.name] == number:  # a child may come in a file before that of its parent
            checker.settle_own_references()
    return checked


class _Checker:
    """Checks one table; `ids` maps the ids of earlier tables in this file to the keys of their records."""

    def __init__(
        self,
        table: Table,
        source: str,
        ids: dict[str, dict[str, Key]],
        known: Callable[[str, str], Key | None],
        checked: Checked,
        veil: secrecy.Veil,
    ) -> None:
        self.table, self.source, self.ids, self.known, self.checked = table, source, ids, known, checked
        self.veil = veil
        self.resource = table.resource
        # Several tables of a raw list may hold records of one kind: together they are one.
        self.own = self.ids.setdefault(self.resource.name, {})
        self.records = checked.records.setdefault(self.resource.name, {})
        self.refused = checked.refused.setdefault(self.resource.name, set())
        position = {name: i for i, name in enumerate(table.header)}
        self.id_at = position["id"]
        self.source_at, self.external_at, self.gone_at = (position.get(n) for n in hsds.PROFILE_COLUMNS)
        held = table_of(self.resource.name).c
        self.plan = [
            (c, position.get(c.name), _parser(c), _longest(held[c.name])) for c in self.resource.columns
        ]
        self.special = _SPECIAL.get(self.resource.name)
        # A folder gives complete rows at once, so a loop in the tree of terms shows only afterwards.
        self.own_references = [
            i
            for i, c in enumerate(self.resource.columns)
            if c.target == self.resource.name and c.kind == "ref"
        ]

    def run(self) -> None:
        width = len(self.table.header)
        for line, raw in self.table.rows:
            if len(raw) != width:
                reason = Reason(
                    "%(n)s values where the header has %(width)s columns", n=len(raw), width=width
                )
                self._reject(line, None, None, reason)
            else:
                self._row(line, raw)

    def settle_own_references(self) -> None:
        """When all tables of this kind of record are read."""
        for index in self.own_references:
            self._check_own(index)

    def _row(self, line: int, raw: list[str]) -> None:
        bare, raw = raw, self.veil.over(self.resource, self.table.header, raw)
        key = self._key(line, raw)
        if key is None:
            return
        if raw is not bare:
            self._note_covered(line, key, bare, raw)
        values = self._values(line, raw)
        if values is not None and self.special is not None:
            problem = self.special(dict(zip(self.resource.by_name, values, strict=True)))
            if problem is not None:
                self._reject(line, problem[0], problem[1], problem[2])
                values = None
        if values is None or not self._has_owner(line, values):
            self.refused.add(key)
            self.own.pop(raw[self.id_at].strip(), None)
            return
        gone = self.gone_at is not None and bool(raw[self.gone_at].strip())
        self.records[key] = Record(key, values, digest(values), line, gone, self.table.file)

    def _note_covered(self, line: int, key: Key, bare: list[str], kept: list[str]) -> None:
        self.checked.covered.add((self.resource.name, key))
        left = any(was.strip() and was.strip() != now for was, now in zip(bare, kept, strict=True))
        if left and self.resource.name == "address":
            self._warn(line, "location_id", None, Reason("the address of a secret place is not kept"))

    def _key(self, line: int, raw: list[str]) -> Key | None:
        ident = raw[self.id_at].strip()
        external = raw[self.external_at].strip() if self.external_at is not None else ""
        if not ident or max(len(ident), len(external)) > MAX_ID:
            empty, long = (
                Reason("every row needs an id"),
                Reason("an id has at most %(n)s characters", n=MAX_ID),
            )
            self._reject(line, "id", ident, long if ident else empty)
            return None
        source = raw[self.source_at].strip() if self.source_at is not None else ""
        key = (source[:60] or self.source, external or ident)
        if ident in self.own or key in self.records:
            reason = Reason("this id is there already; within a source an id counts once")
            self._reject(line, "id", ident, reason)
            return None
        self.own[ident] = key
        return key

    def _values(self, line: int, raw: list[str]) -> list[Any] | None:
        values: list[Any] = []
        good = True
        for column, at, parse, most in self.plan:
            text = raw[at].strip() if at is not None else ""
            if self.source_at is not None and text[:1] == "'":
                text = unguarded(text)
            value: Any = None
            if text:
                try:
                    if len(text) > most and (parse is None or len(text) > MAX_FIELD):
                        raise Unfit("more than %(n)s characters", n=most)
                    if "\x00" in text:
                        raise Unfit("a NUL character is no text")
                    if column.kind in ("ref", "poly"):
                        value = self._reference(column, text, raw)
                    else:
                        value = text if parse is None else parse(text)
                except Unfit as error:
                    if self._may_dangle(column):
                        self._warn(line, column.name, text, _left_empty(error.reason))
                    else:
                        self._reject(line, column.name, text, error.reason)
                        good = False
                if column.kind in ("email", "uri") and good:
                    self._form(line, column, text)
            elif column.required and not (column.kind == "text" and column.name in _MAY_BE_EMPTY):
                self._reject(line, column.name, text, Reason("this value is required"))
                good = False
            if not text and column.required and column.name in _MAY_BE_EMPTY:
                value = ""
            values.append(value)
        return values if good else None

    def _reference(self, column: hsds.Column, ident: str, raw: list[str]) -> Key:
        target = column.target
        if column.kind == "poly":
            target = (
                raw[self.table.header.index(column.target)].strip()
                if column.target in self.table.header
                else ""
            )
            if target not in hsds.BY_NAME:
                raise Unfit(
                    "%(column)s names no HSDS table: %(name)s", column=column.target, name=repr(target)
                )
        if target == self.resource.name and column.kind == "ref":
            return (self.source, ident)  # settled when all rows are read
        found = self.ids.get(target, {}).get(ident)
        if found is not None:
            return found
        key = (self.source, ident)
        if key in self.checked.refused.get(target, ()):
            raise Unfit("points to a record that was rejected (%(target)s)", target=target)
        held = self.known(target, ident)
        if held is not None and not (self.checked.package.full and target in self.checked.records):
            return held
        raise Unfit("points to a record that is not there (%(target)s)", target=target)

    def _check_own(self, index: int) -> None:
        name = self.resource.columns[index].name
        again = True
        while again:
            again = False
            for key, record in list(self.records.items()):
                value = record.values[index]
                if value is None or (value in self.records and value != key):
                    continue
                actual = self.own.get(value[1])
                if actual is not None and actual in self.records and actual != key:
                    record.values[index] = actual
                    record.digest = digest(record.values)
                    continue
                held = None if self.checked.package.full else self.known(self.resource.name, value[1])
                if held is not None and held != key:
                    if held != value:
                        record.values[index] = held
                        record.digest = digest(record.values)
                    continue
                reason = Reason(
                    "points to a record that is not there (%(target)s)", target=self.resource.name
                )
                if self._may_dangle(self.resource.columns[index]):
                    record.values[index] = None
                    record.digest = digest(record.values)
                    left = Rejection(record.file, record.line, name, value[1], _left_empty(reason))
                    self.checked.warnings.append(left)
                    continue
                reason = Reason("points to itself") if value == key else reason
                rejected = Rejection(record.file, record.line, name, value[1], reason)
                self.checked.rejections.append(rejected)
                del self.records[key]
                self.refused.add(key)
                again = True

    def _has_owner(self, line: int, values: list[Any]) -> bool:
        owners = self.resource.owners
        if not owners:
            return True
        names = list(self.resource.by_name)
        if any(values[names.index(owner)] is not None for owner in owners):
            return True
        reason = Reason("points to nothing; give one of %(columns)s", columns=", ".join(owners))
        self._reject(line, owners[0], None, reason)
        return False

    def _form(self, line: int, column: hsds.Column, text: str) -> None:
        pattern = EMAIL if column.kind == "email" else URI
        if not pattern.fullmatch(text):
            mail = Reason("this does not look like an e-mail address; it is kept, but left out of exports")
            web = Reason("this does not look like a web address; it is kept, but left out of exports")
            self._warn(line, column.name, text, mail if column.kind == "email" else web)

    def _may_dangle(self, column: hsds.Column) -> bool:
        """A page of services names records that it does not hold, such as the parent of a category."""
        optional = column.kind == "ref" and not column.required and column.name not in self.resource.owners
        return optional and not self.checked.package.full

    def _warn(self, line: int, column: str, value: str | None, reason: Reason) -> None:
        self.checked.warnings.append(Rejection(self.table.file, line, column, value, reason))

    def _reject(self, line: int, column: str | None, value: str | None, reason: Reason) -> None:
        self.checked.rejections.append(Rejection(self.table.file, line, column, value, reason))


def _longest(column: sa.Column[Any]) -> int:
    """How many characters a column holds; an index takes less than a page."""
    return getattr(column.type, "length", None) or (MAX_INDEXED if column.index else MAX_FIELD)


def _left_empty(reason: Reason) -> Reason:
    return Reason("%(reason)s; left empty", reason=reason)


def unguarded(text: str) -> str:
    """Take off the quote that our own exports put before what a spreadsheet would run as a formula."""
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_STARTS else text


# Required by the standard, but empty in good data: no reason to lose a service over them.
_MAY_BE_EMPTY = frozenset(
    {"description", "state_province", "previous_value", "replacement_value", "updated_by"}
)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise Unfit("this is no number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise Unfit("this is no number")
    return value


def _integer(text: str) -> int:
    value = _number(text)
    if value != int(value) or abs(value) > 2**31 - 1:
        raise Unfit("this is no whole number")
    return int(value)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text[:10]) if len(text) == 10 else datetime.fromisoformat(text).date()
    except ValueError:
        raise Unfit("this is no date; write year-month-day, such as 2026-11-24") from None


def _moment(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit("this is no moment; write it as 2026-11-24T09:00:00+01:00") from None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _time(text: str) -> time:
    match = _TIME.fullmatch(text)
    if match is None:
        raise Unfit("this is no time; write it as 09:00")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    if (hours, minutes, seconds) == (24, 0, 0):
        return time(23, 59, 59)
    try:
        return time(hours, minutes, seconds)
    except ValueError:
        raise Unfit("this is no time of the day") from None


def _parser(column: hsds.Column) -> Callable[[str], Any] | None:
    if column.kind == "choice":
        choices = column.choices

        def choose(text: str) -> str:
            if text not in choices:
                raise Unfit("choose one of %(choices)s", choices=", ".join(choices))
            return text

        return choose
    parsers: dict[str, Callable[[str], Any]] = {
        "number": _number, "integer": _integer, "date": _date, "moment": _moment, "time": _time,
    }  # fmt: skip
    return parsers.get(column.kind)


Problem = tuple[str, str | None, Reason]


def _check_location(row: dict[str, Any]) -> Problem | None:
    lat, lon = row["latitude"], row["longitude"]
    if (lat is None) != (lon is None):
        return (
            "latitude" if lat is None else "longitude",
            None,
            Reason("latitude and longitude go together"),
        )
    if lat is not None and not -90 <= lat <= 90:
        return ("latitude", str(lat), Reason("a latitude lies between -90 and 90"))
    if lon is not None and not -180 <= lon <= 180:
        return ("longitude", str(lon), Reason("a longitude lies between -180 and 180"))
    return None


def _check_identifier(row: dict[str, Any]) -> Problem | None:
    kind = f"{row['identifier_scheme'] or ''} {row['identifier_type']}".lower()
    try:
        if "kbo" in kind or "ondernemingsnummer" in kind:
            numbers.kbo(row["identifier"])
        elif "vestiging" in kind:
            numbers.establishment(row["identifier"])
    except Unfit as error:
        return ("identifier", row["identifier"], error.reason)
    return None


def _check_area(row: dict[str, Any]) -> Problem | None:
    if (row["extent_type"] or "").lower() != "nis" or not row["extent"]:
        return None
    unknown = [code for code in row["extent"].split() if not geography.expand([code])[0]]
    return ("extent", " ".join(unknown), Reason("these are no NIS codes known here")) if unknown else None


def _check_ages(row: dict[str, Any]) -> Problem | None:
    low, high = row["minimum_age"], row["maximum_age"]
    if low is not None and high is not None and low > high:
        return ("minimum_age", str(low), Reason("the lowest age is above the highest"))
    return None


_SPECIAL: dict[str, Callable[[dict[str, Any]], Problem | None]] = {
    "location": _check_location,
    "organization_identifier": _check_identifier,
    "service_area": _check_area,
    "service": _check_ages,
}
