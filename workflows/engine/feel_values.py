"""Values of FEEL: exact numbers, dates, durations, lists that may be incomplete, and what is not known.

`Unknown` is FEEL's null with a memory: which inputs were missing. Numbers are fractions, compared exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from workflows.engine.said import Said

Value = Any
"""bool, str, Fraction, date, datetime, Duration, Listing, Record, Function or Unknown."""

MAX_ITEMS = 10_000
MAX_TEXT = 10_000


class FeelError(Said):
    """An expression that cannot be read or run; the message says where."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Null: `missing` are the input paths (and `parameters.KEY`) that would be needed to know more."""

    missing: frozenset[str] = frozenset()

    def __or__(self, other: Unknown) -> Unknown:
        return Unknown(self.missing | other.missing)


NULL = Unknown()


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: months (years are twelve) and seconds, which do not convert into each other."""

    months: int = 0
    seconds: Fraction = Fraction(0)


@dataclass(slots=True)
class Member:
    """One item of a list; `doubt` says what is missing to know whether it belongs there at all."""

    value: Value
    doubt: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list; `open` says what is missing to know whether there are more items than these."""

    members: tuple[Member, ...] = ()
    open: frozenset[str] | None = None

    @classmethod
    def of(cls, values: list[Value]) -> Listing:
        """Return a complete list."""
        if len(values) > MAX_ITEMS:
            raise FeelError("a list of more than {limit} items", limit=MAX_ITEMS)
        return cls(tuple(Member(value) for value in values))

    @property
    def certain(self) -> list[Value]:
        """The items that belong to the list for sure."""
        return [member.value for member in self.members if member.doubt is None]

    @property
    def uncertainty(self) -> Unknown | None:
        """What is missing to know the exact contents, None when nothing is."""
        doubts = [member.doubt for member in self.members if member.doubt is not None]
        if self.open is not None:
            doubts.append(self.open)
        return Unknown(frozenset().union(*doubts)) if doubts else None


@dataclass(slots=True)
class Record:
    """A context: named values, and the path by which its absent fields are reported."""

    data: Mapping[str, Any]
    path: str = ""
    tracked: bool = True
    touched: Callable[[str, Any], None] | None = field(default=None, compare=False)

    def get(self, key: str) -> Value:
        """Return a field; an absent one is unknown under its path."""
        path = f"{self.path}.{key}" if self.path else key
        raw = self.data.get(key)
        if raw is None:
            if self.touched is not None:
                self.touched(path, None)
            return Unknown(frozenset({path})) if self.tracked else NULL
        if self.touched is not None and not _holds_others(raw):
            self.touched(path, raw)
        return wrap(raw, path, self.tracked, self.touched)


def _holds_others(raw: Any) -> bool:
    """Whether a value is looked at piece by piece: an object, or a list of those; not a list of codes."""
    if isinstance(raw, list | tuple):
        return any(isinstance(item, Mapping | list | tuple) for item in raw)
    return isinstance(raw, Mapping)


@dataclass(frozen=True, slots=True)
class Function:
    """A function written in FEEL."""

    parameters: tuple[str, ...]
    call: Callable[[list[Value]], Value] = field(compare=False)


def wrap(
    raw: Any, path: str = "", tracked: bool = True, touched: Callable[[str, Any], None] | None = None
) -> Value:
    """Return a Python value as a FEEL value; mappings and lists remember their path."""
    if raw is None:
        return Unknown(frozenset({path})) if path and tracked else NULL
    if isinstance(raw, bool | str | Fraction | Unknown | Duration | Listing | Record | Function):
        return raw
    if isinstance(raw, int):
        return Fraction(raw)
    if isinstance(raw, float | Decimal):
        return _exact(raw)
    if isinstance(raw, datetime | date):
        return raw
    if isinstance(raw, timedelta):
        return Duration(0, Fraction(raw / timedelta(seconds=1)))
    if isinstance(raw, Mapping):
        return Record(raw, path, tracked, touched)
    if isinstance(raw, list | tuple | set | frozenset):
        items = list(raw) if isinstance(raw, list | tuple) else sorted(raw, key=str)
        if len(items) > MAX_ITEMS:
            raise FeelError("a list of more than {limit} items", limit=MAX_ITEMS)
        return Listing(
            tuple(
                Member(wrap(item, f"{path}[{position}]", tracked, touched))
                for position, item in enumerate(items)
            )
        )
    raise FeelError("a value of type {found}", found=type(raw).__name__)


def _exact(raw: float | Decimal) -> Value:
    try:
        return Fraction(str(raw))
    except (ValueError, ZeroDivisionError):
        return NULL


def plain(value: Value) -> Any:
    """Return a FEEL value as Python: int, Decimal, str, bool, date, list, dict or None."""
    if isinstance(value, Unknown | Function):
        return None
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else decimal(value)
    if isinstance(value, Listing):
        return [plain(item) for item in value.certain]
    if isinstance(value, Record):
        return {key: plain(value.get(key)) for key in value.data}
    if isinstance(value, Duration):
        return duration_text(value)
    return value


def decimal(value: Fraction) -> Decimal:
    """Return a fraction as a decimal, to twelve places at most."""
    number = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(
        Decimal("0.000000000001"), rounding=ROUND_HALF_UP
    )
    return number.normalize()


_DURATION = re.compile(
    r"^(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$"
)


def parse_duration(text: str) -> Value:
    """Read an ISO 8601 duration; null when it is none."""
    match = _DURATION.match(text.strip())
    if match is None or text.strip().lstrip("-") in ("P", "PT"):
        return NULL
    sign = -1 if match.group(1) else 1
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in match.groups()[1:7])
    seconds = Fraction(match.group(8) or 0)
    whole = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60
    return Duration(sign * (years * 12 + months), sign * (whole + seconds))


def duration_text(value: Duration) -> str:
    """Return a duration in ISO 8601."""
    sign = "-" if value.months < 0 or value.seconds < 0 else ""
    months, seconds = abs(value.months), abs(value.seconds)
    days, rest = divmod(seconds, 86_400)
    text = f"{sign}P"
    text += f"{months // 12}Y" if months // 12 else ""
    text += f"{months % 12}M" if months % 12 else ""
    text += f"{days}D" if days else ""
    if rest:
        text += f"T{int(rest)}S" if rest.denominator == 1 else f"T{float(rest)}S"
    return "P0D" if text in ("P", "-P") else text


def parse_date(text: str) -> Value:
    """Read `2026-01-31`; null when it is no date."""
    if not re.match(r"^\d{4}-\d\d-\d\d$", text.strip()):
        return NULL
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return NULL


def parse_moment(text: str) -> Value:
    """Read a date and time; without a zone it is taken as UTC, null when it is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return NULL
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def add_months(day: date, months: int) -> Value:
    """Add months to a date: the same day, or the last day of a shorter month."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    if not 1 <= year <= 9999:
        return NULL
    last = (
        (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day if year < 9999 else 28
    )
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def add_duration(day: Value, span: Duration, sign: int = 1) -> Value:
    """Move a date or moment by a duration."""
    moved = add_months(day, sign * span.months) if span.months else day
    if isinstance(moved, Unknown) or not span.seconds:
        return moved
    try:
        if isinstance(moved, datetime):
            return moved + timedelta(seconds=float(sign * span.seconds))
        return moved + timedelta(days=int(sign * span.seconds // 86_400))
    except OverflowError:
        return NULL


def whole_years(born: date, day: date) -> int:
    """Return the age in whole years; who was born on 29 February has a birthday on 1 March in other years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
