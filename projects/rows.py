"""Rows of a table inside a record: replaced as a whole, which counts as a change of the record itself."""

from collections.abc import Callable, Sequence
from typing import Any

from core.db import session, touch


def replace(
    record: Any, current: list[Any], rows: Sequence[dict[str, Any]], make: Callable[..., Any]
) -> bool:
    """Put `rows` (columns by name) in the place of `current`; False when they say the same already.

    A form of before this change is then older than `record`, also when only a row differs.
    """
    if _say_the_same(current, rows):
        return False
    current.clear()
    session.flush()
    current.extend(make(position=number, **row) for number, row in enumerate(rows, 1))
    touch(record)
    session.flush()
    return True


def _say_the_same(current: list[Any], rows: Sequence[dict[str, Any]]) -> bool:
    return len(current) == len(rows) and all(
        getattr(held, name) == value
        for held, row in zip(current, rows, strict=True)
        for name, value in row.items()
    )
