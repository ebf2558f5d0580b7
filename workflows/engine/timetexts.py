"""The texts of timers: ISO 8601 dates, durations and cycles, and the literals among expressions."""

from __future__ import annotations

import ast
import re
from datetime import datetime

_DURATION = re.compile(
    r"^P(?!$)(\d+(?:\.\d+)?Y)?(\d+(?:\.\d+)?M)?(\d+(?:\.\d+)?W)?(\d+(?:\.\d+)?D)?"
    r"(T(?=\d)(\d+(?:\.\d+)?H)?(\d+(?:\.\d+)?M)?(\d+(?:\.\d+)?S)?)?$"
)
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$")


def is_duration(text: str) -> bool:
    """Tell whether a text is an ISO 8601 duration such as `P3D` or `PT1H30M`."""
    return bool(_DURATION.match(text))


def is_moment(text: str) -> bool:
    """Tell whether a text is a date or a date with a time that exists."""
    if not _MOMENT.match(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_naive(text: str) -> bool:
    """Tell whether a moment has a time of day without saying in which time zone."""
    return is_moment(text) and len(text) > 10 and datetime.fromisoformat(text).tzinfo is None


def is_cycle(text: str) -> bool:
    """Tell whether a text is an ISO 8601 repetition such as `R3/PT10M` or `R/2026-01-01T09:00Z/P1D`."""
    head, _, rest = text.partition("/")
    if not re.match(r"^R\d*$", head) or not rest:
        return False
    parts = rest.split("/")
    return len(parts) <= 2 and all(is_duration(part) or is_moment(part) for part in parts)


CHECKS = {"timeDate": is_moment, "timeDuration": is_duration, "timeCycle": is_cycle}


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
