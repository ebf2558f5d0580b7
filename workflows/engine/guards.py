"""Operators with limits: what `+`, `*` and the like become in expressions of diagrams.

Sources are short, so nothing can run long unless values grow; therefore no operator gives a value over
these sizes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from workflows.engine.model import EngineError

MAX_TEXT = 20_000
MAX_ITEMS = 5_000
MAX_BITS = 256


class Refused(EngineError):
    """An expression asked for something that our language does not do."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="expression-refused")


def checked_text(text: str, most: int = MAX_TEXT) -> str:
    """Return the text, or refuse it when it is too long."""
    if len(text) > most:
        raise Refused(f"A text of more than {most} characters.")
    return text


def size(value: Any, budget: int = MAX_ITEMS) -> int:
    """Return how many values there are in a value, itself included. Raises Refused above `budget`."""
    count, todo = 0, [value]
    while todo:
        item = todo.pop()
        count += 1
        if isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, list | tuple):
            todo.extend(item)
        if count + len(todo) > budget:
            raise Refused(f"A value of more than {budget} entries.")
    return count


def bounded(value: Any) -> Any:
    """Return the value, or refuse it when it is too large."""
    if isinstance(value, str):
        return checked_text(value)
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise Refused(f"A number of more than {MAX_BITS} bits.")
    if isinstance(value, list | tuple | dict):
        size(value)
    return value


def _number(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    raise Refused("This operator takes numbers.")


def add(left: Any, right: Any) -> Any:
    """`left + right` for numbers, texts and lists."""
    if isinstance(left, str) and isinstance(right, str) and len(left) + len(right) > MAX_TEXT:
        raise Refused(f"A text of more than {MAX_TEXT} characters.")
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        if size(left) + size(right) > MAX_ITEMS:
            raise Refused(f"A list of more than {MAX_ITEMS} entries.")
        return [*left, *right]
    return bounded(left + right)


def subtract(left: Any, right: Any) -> Any:
    """`left - right` for numbers."""
    return bounded(_number(left) - _number(right))


def multiply(left: Any, right: Any) -> Any:
    """`left * right` for numbers: text and lists do not multiply."""
    return bounded(_number(left) * _number(right))


def divide(left: Any, right: Any) -> Any:
    """`left / right` for numbers."""
    result = _number(left) / _number(right)
    if not math.isfinite(result):
        raise Refused("A number that is not finite.")
    return result


def floor(left: Any, right: Any) -> Any:
    """`left // right` for numbers."""
    return bounded(_number(left) // _number(right))


def modulo(left: Any, right: Any) -> Any:
    """`left % right` for numbers: text formatting is not a number."""
    return bounded(_number(left) % _number(right))


def make_list(*items: Any) -> list[Any]:
    """`[a, b]`."""
    result = list(items)
    size(result)
    return result


def make_dict(*pairs: Any) -> dict[str, Any]:
    """`{a: b}`, given as a, b, ... Names are text."""
    result = dict(zip(pairs[::2], pairs[1::2], strict=True))
    if not all(isinstance(name, str) for name in result):
        raise Refused("Names in an object are text.")
    size(result)
    return result


OPERATORS: dict[str, Callable[..., Any]] = {
    "_add": add,
    "_sub": subtract,
    "_mul": multiply,
    "_div": divide,
    "_floor": floor,
    "_mod": modulo,
    "_list": make_list,
    "_dict": make_dict,
}
