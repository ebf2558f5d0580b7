"""The texts of timers: which are meant as a date, duration or cycle, and the literals among expressions.

Whether such a text says something is for `times` to tell, which reads it when it runs.
"""

from __future__ import annotations

import ast
import re
from datetime import datetime

from workflows.engine import times

_MEANT = re.compile(r"[-+]?P(?=T?\d)[\dTYMWDHS.,]+|\d{4}-\S*( \d\d:\S*)?|R\d*/[-+\dP].*")
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$")


def is_meant(text: str) -> bool:
    """Tell whether a text is meant as ISO 8601, right or wrong.

    Without quotes `-P1D` and `2026-W13-7` are sums to the engine, and fail only when the timer begins.
    """
    return bool(_MEANT.fullmatch(text))


def is_duration(text: str) -> bool:
    """Tell whether a text is a duration such as `P3D` or `PT1H30M` that the clock can count."""
    try:
        times.parse_duration(text)
    except times.BadTime:
        return False
    return True


def is_naive(text: str) -> bool:
    """Tell whether a moment has a time of day without saying in which time zone."""
    if not _MOMENT.match(text) or len(text) == 10:
        return False
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def literal_of(expression: str) -> str | None:
    """Return the text inside a quoted literal, None for any other expression."""
    try:
        value = ast.literal_eval(expression.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError):
        return None
    return value if isinstance(value, str) else None


def naive_moments(text: str) -> list[str]:
    """Return the moments in a timer text that leave the time zone open."""
    return [part for part in text.split("/") if is_naive(part)]
