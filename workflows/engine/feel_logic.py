"""Logic of FEEL with three values: true, false and unknown. Less knowledge never gives a stronger answer."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from workflows.engine.feel_values import (
    MAX_TEXT,
    NULL,
    Duration,
    FeelError,
    Listing,
    Record,
    Unknown,
    Value,
    add_duration,
    parse_date,
    parse_duration,
    parse_moment,
)


def truth(value: Value) -> bool | Unknown:
    """Return a truth value; anything that is none is null."""
    return value if isinstance(value, bool | Unknown) else NULL


def both(parts: list[Value]) -> bool | Unknown:
    """And: false if a part is false, else unknown (missing what all unknown parts miss), else true."""
    values = [truth(part) for part in parts]
    if any(value is False for value in values):
        return False
    return _gathered(values, True)


def either(parts: list[Value]) -> bool | Unknown:
    """Or: true if a part is true, else unknown (missing what all unknown parts miss), else false."""
    values = [truth(part) for part in parts]
    if any(value is True for value in values):
        return True
    return _gathered(values, False)


def _gathered(values: list[bool | Unknown], known: bool) -> bool | Unknown:
    unknown = [value for value in values if isinstance(value, Unknown)]
    if not unknown:
        return known
    return Unknown(frozenset().union(*(value.missing for value in unknown)))


def stepwise(parts: list[Value]) -> bool | Unknown:
    """A, then B: as `both`, but while A is unknown only what A misses is asked."""
    values = [truth(part) for part in parts]
    if any(value is False for value in values):
        return False
    return next((value for value in values if isinstance(value, Unknown)), True)


def negate(value: Value) -> bool | Unknown:
    """Not: unknown stays unknown."""
    known = truth(value)
    return known if isinstance(known, Unknown) else not known


def _missing(left: Value, right: Value) -> Unknown | None:
    unknown = [value for value in (left, right) if isinstance(value, Unknown)]
    if not unknown:
        return None
    return Unknown(frozenset().union(*(value.missing for value in unknown)))


def _days(value: Value) -> Value:
    return value.date() if isinstance(value, datetime) else value


def equal(left: Value, right: Value) -> bool | Unknown:
    """Compare two values; unknown when either is, null when they are of different kinds."""
    missing = _missing(left, right)
    if missing is not None:
        return missing
    if isinstance(left, Listing) and isinstance(right, Listing):
        doubt = [value for value in (left.uncertainty, right.uncertainty) if value is not None]
        if doubt:
            return Unknown(frozenset().union(*(value.missing for value in doubt)))
        if len(left.certain) != len(right.certain):
            return False
        return both([equal(one, other) for one, other in zip(left.certain, right.certain, strict=True)])
    if isinstance(left, Record) and isinstance(right, Record):
        if set(left.data) != set(right.data):
            return False
        return both([equal(left.get(key), right.get(key)) for key in left.data])
    if _kind(left) != _kind(right):
        return NULL
    return bool(left == right)


def _kind(value: Value) -> str:
    for kind, name in (
        (bool, "boolean"),
        (str, "text"),
        (Fraction, "number"),
        (datetime, "moment"),
        (date, "date"),
    ):
        if isinstance(value, kind):
            return name
    return type(value).__name__


def alike(value: Value, beside: Value) -> tuple[Value, Value]:
    """Return both, the first read as the day, moment or duration that it is tested against.

    JSON has no days: without this a cell with a day would silently never fit the data of a process.
    """
    if isinstance(value, str):
        if isinstance(beside, datetime):
            return parse_moment(value), beside
        if isinstance(beside, date):
            return parse_date(value), beside
        if isinstance(beside, Duration):
            return parse_duration(value), beside
    return value, beside


def compare(operator: str, left: Value, right: Value) -> bool | Unknown:
    """Apply `=`, `!=`, `<`, `<=`, `>` or `>=`."""
    if operator == "=":
        return equal(left, right)
    if operator == "!=":
        return negate(equal(left, right))
    missing = _missing(left, right)
    if missing is not None:
        return missing
    if isinstance(left, Duration) and isinstance(right, Duration):
        left, right = (left.months, left.seconds), (right.months, right.seconds)
    elif _kind(left) != _kind(right) or _kind(left) not in ("text", "number", "moment", "date"):
        return NULL
    if operator == "<":
        return bool(left < right)
    if operator == "<=":
        return bool(left <= right)
    return bool(left > right) if operator == ">" else bool(left >= right)


def within(value: Value, low: Value, high: Value, *, low_in: bool, high_in: bool) -> bool | Unknown:
    """Tell whether a value lies in a range; a missing end (None) leaves that side open."""
    parts: list[Value] = []
    if low is not None:
        parts.append(compare(">=" if low_in else ">", value, low))
    if high is not None:
        parts.append(compare("<=" if high_in else "<", value, high))
    return both(parts)


def contains(items: Value, value: Value) -> bool | Unknown:
    """Tell whether a list holds a value; an incomplete list never says no."""
    if isinstance(items, Unknown):
        return items
    if not isinstance(items, Listing):
        return NULL
    parts: list[Value] = []
    for member in items.members:
        same = equal(member.value, value)
        parts.append(same if member.doubt is None else doubted(same, member.doubt))
    if items.open is not None:
        parts.append(Unknown(items.open))
    return either(parts)


def doubted(value: Value, doubt: frozenset[str]) -> bool | Unknown:
    """Return a condition on an item of which it is not known whether it belongs to the list."""
    return both([Unknown(doubt), value])


def some(items: Value, conditions: list[Value]) -> bool | Unknown:
    """Tell whether a condition holds for an item; `conditions` are its values, one per member."""
    if not isinstance(items, Listing):
        return items if isinstance(items, Unknown) else NULL
    parts: list[Value] = [
        value if member.doubt is None else doubted(value, member.doubt)
        for member, value in zip(items.members, conditions, strict=True)
    ]
    if items.open is not None:
        parts.append(Unknown(items.open))
    return either(parts)


def every(items: Value, conditions: list[Value]) -> bool | Unknown:
    """Tell whether a condition holds for all items."""
    if not isinstance(items, Listing):
        return items if isinstance(items, Unknown) else NULL
    parts: list[Value] = [
        value if member.doubt is None else either([value, Unknown(member.doubt)])
        for member, value in zip(items.members, conditions, strict=True)
    ]
    if items.open is not None:
        parts.append(Unknown(items.open))
    return both(parts)


def calculate(operator: str, left: Value, right: Value) -> Value:
    """Apply `+`, `-`, `*`, `/` or `**`; null when the kinds do not fit or a divisor is zero."""
    missing = _missing(left, right)
    if missing is not None:
        return missing
    if isinstance(left, bool) or isinstance(right, bool):
        return NULL
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return _number(operator, left, right)
    if isinstance(left, str) and isinstance(right, str) and operator == "+":
        if len(left) + len(right) > MAX_TEXT:
            raise FeelError("a text that is too long")
        return left + right
    return _time(operator, left, right)


def _number(operator: str, left: Fraction, right: Fraction) -> Value:
    if operator == "+":
        result = left + right
    elif operator == "-":
        result = left - right
    elif operator == "*":
        result = left * right
    elif operator == "/":
        if right == 0:
            return NULL
        result = left / right
    else:
        if right.denominator != 1 or abs(right) > 64 or (left == 0 and right < 0):
            return NULL
        result = left ** int(right)
    if result.numerator.bit_length() > 4_096 or result.denominator.bit_length() > 4_096:
        raise FeelError("a number that is too large")
    return result


def _time(operator: str, left: Value, right: Value) -> Value:
    if isinstance(left, Duration) and isinstance(right, Duration) and operator in "+-":
        sign = 1 if operator == "+" else -1
        return Duration(left.months + sign * right.months, left.seconds + sign * right.seconds)
    if isinstance(left, Duration) and isinstance(right, Fraction) and operator == "*":
        return Duration(int(left.months * right), left.seconds * right)
    if isinstance(left, Fraction) and isinstance(right, Duration) and operator == "*":
        return _time("*", right, left)
    if isinstance(left, date) and isinstance(right, Duration) and operator in "+-":
        return add_duration(left, right, 1 if operator == "+" else -1)
    if isinstance(left, Duration) and isinstance(right, date) and operator == "+":
        return add_duration(right, left)
    if isinstance(left, date) and isinstance(right, date) and operator == "-":
        if isinstance(left, datetime) and isinstance(right, datetime):
            return Duration(0, Fraction((left - right).total_seconds()))
        return Duration(0, Fraction((_days(left) - _days(right)).days * 86_400))
    return NULL


def is_null(value: Value) -> bool:
    """Tell whether a value is null, for whatever reason."""
    return isinstance(value, Unknown)
