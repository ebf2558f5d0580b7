"""The functions that expressions may call. Pure: they see their arguments and the moment of the turn,
nothing else.

Dates and times go in and out as ISO text, because process data are JSON. Packages above add their own with
`register`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from workflows.engine.guards import Refused, bounded, checked_text
from workflows.engine.times import BRUSSELS, iso, parse_duration, parse_moment

MAX_DAYS = 40_000
MAX_WORKING_DAYS = 4_000  # they are counted one by one


def _len(value: Any) -> int:
    return len(value)


def _int(value: Any) -> int:
    if isinstance(value, str):
        checked_text(value, 80)
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, str):
        checked_text(value, 80)
    return float(value)


def _text(value: Any) -> str:
    # Of a list or an object the text may be far longer than the value.
    if value is None or isinstance(value, str | int | float):
        return str(bounded(value))
    raise Refused("str() takes a text, a number, true or false.")


def _round(value: float, digits: int = 0) -> float:
    if not -15 <= digits <= 15:
        raise Refused("round() takes from -15 to 15 digits.")
    return round(value, digits) if digits else round(value)


def _sum(values: list[Any]) -> Any:
    if any(isinstance(value, str | list | dict) for value in values):
        raise Refused("sum() takes numbers.")
    return sum(values)


def _sorted(values: list[Any]) -> list[Any]:
    return sorted(bounded(values))


def _lower(text: str) -> str:
    return _is_text(text).lower()


def _upper(text: str) -> str:
    return _is_text(text).upper()


def _strip(text: str) -> str:
    return _is_text(text).strip()


def _starts(text: str, start: str) -> bool:
    return _is_text(text).startswith(_is_text(start))


def _is_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Refused("This function takes a text.")


def _day(value: str | date) -> date:
    if isinstance(value, datetime):
        return value.astimezone(BRUSSELS).date()
    return value if isinstance(value, date) else parse_moment(value).astimezone(BRUSSELS).date()


def _add_days(day: str, days: int) -> str:
    if abs(days) > MAX_DAYS:
        raise Refused(f"add_days() takes at most {MAX_DAYS} days.")
    return (_day(day) + timedelta(days=days)).isoformat()


def few_working_days(days: int) -> None:
    """Refuse what would take long to count, for whoever offers a calendar of their own."""
    if not isinstance(days, int) or abs(days) > MAX_WORKING_DAYS:
        raise Refused(f"add_working_days() takes at most {MAX_WORKING_DAYS} days.")


def _add_working_days(day: str, days: int) -> str:
    """Count Monday to Friday; the product registers its own with the Belgian holidays."""
    few_working_days(days)
    at, step = _day(day), 1 if days >= 0 else -1
    for _ in range(abs(days)):
        at += timedelta(days=step)
        while at.weekday() > 4:
            at += timedelta(days=step)
    return at.isoformat()


def _days_between(start: str, end: str) -> int:
    return (_day(end) - _day(start)).days


def _after(moment: str, period: str) -> str:
    return iso(parse_duration(period).after(parse_moment(moment)))


TABLE: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "add_days": _add_days,
    "add_working_days": _add_working_days,
    "after": _after,
    "bool": bool,
    "days_between": _days_between,
    "float": _float,
    "int": _int,
    "len": _len,
    "lower": _lower,
    "max": max,
    "min": min,
    "round": _round,
    "sorted": _sorted,
    "starts_with": _starts,
    "str": _text,
    "strip": _strip,
    "sum": _sum,
    "upper": _upper,
}

# These depend on the turn: the engine gives them the moment and the data at every call.
OF_THE_TURN = ("get", "has", "now", "today")


def register(name: str, function: Callable[..., Any]) -> None:
    """Offer a pure function to expressions. A name may be given again, which replaces the former function."""
    if not name.isidentifier() or name.startswith("_") or name in OF_THE_TURN:
        raise ValueError(f"{name!r} cannot be the name of a function.")
    TABLE[name] = function


def names() -> frozenset[str]:
    """Return the names that expressions may call."""
    return frozenset(TABLE) | frozenset(OF_THE_TURN)


def of_the_turn(data: dict[str, Any], now: datetime) -> dict[str, Callable[..., Any]]:
    """Return the functions that see the moment and the data of this evaluation."""

    def get(*arguments: Any) -> Any:
        if len(arguments) in (1, 2) and isinstance(arguments[0], str):
            return data.get(arguments[0], arguments[1] if len(arguments) == 2 else None)
        if len(arguments) in (2, 3) and isinstance(arguments[0], dict):
            return arguments[0].get(arguments[1], arguments[2] if len(arguments) == 3 else None)
        raise Refused("get(name, default) or get(object, name, default).")

    return {
        "get": get,
        "has": lambda name: name in data,
        "now": lambda: now.astimezone(BRUSSELS).isoformat(),
        "today": lambda: now.astimezone(BRUSSELS).date().isoformat(),
    }
