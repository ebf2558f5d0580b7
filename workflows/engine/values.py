"""Process data: which values may be in it, how it is copied, and how two branches' data come together.

Data are JSON types only, so that what is saved is what comes back; sizes are capped, so that no diagram and
no form can fill the store. Values are copied at every hand-over: no token shares a nested value with
another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from workflows.engine.model import Data, EngineError

MAX_NODES = 20_000
MAX_DEPTH = 20
MAX_TEXT = 100_000
MAX_BITS = 256
MISSING: Any = object()


class NotData(EngineError):
    """A value that process data may not hold."""

    def __init__(self, message: str, *, element_id: str | None = None) -> None:
        super().__init__(message, element_id=element_id, code="not-json")


def checked(data: object) -> Data:
    """Return a deep copy of `data` as process data.

    Raises NotData for anything but JSON types within the caps.
    """
    if not isinstance(data, Mapping):
        raise NotData(f"Process data must be an object, not {type(data).__name__}.")
    budget = [MAX_NODES]
    return {_name(key): _checked(value, budget, 1) for key, value in data.items()}


def checked_value(value: object) -> Any:
    """Return a deep copy of one value, by the same rule."""
    return _checked(value, [MAX_NODES], 1)


def copied(data: Data) -> Data:
    """Return a copy of process data that shares no list or object with the original."""
    return {
        key: value if value.__class__ not in _NESTED else copied_value(value) for key, value in data.items()
    }


def copied_value(value: Any) -> Any:
    """Return a deep copy of a value known to be JSON."""
    if isinstance(value, dict):
        return {key: copied_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied_value(item) for item in value]
    return value


_NESTED = (dict, list)


def _checked(value: Any, budget: list[int], depth: int) -> Any:
    budget[0] -= 1
    if budget[0] < 0:
        raise NotData(f"Process data hold more than {MAX_NODES} values.")
    kind = value.__class__
    if kind is bool or value is None:
        return value
    if kind is str:
        return _text(value)
    if kind is int:
        return _number(value)
    if kind is float:
        if math.isfinite(value):
            return value
        raise NotData("Process data hold finite numbers only.")
    return _checked_container(value, budget, depth)


def _checked_container(value: Any, budget: list[int], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise NotData(f"Process data are nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, dict):
        return {_name(key): _checked(item, budget, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_checked(item, budget, depth + 1) for item in value]
    # Enumerations of text and numbers are a courtesy to callers: they are stored as what they stand for.
    for plain in (str, int):
        if isinstance(value, plain):
            return _checked(plain(value), budget, depth)
    raise NotData(
        f"Process data hold text, numbers, true, false, null, lists and objects, not {type(value).__name__}."
    )


def _text(value: str) -> str:
    if len(value) > MAX_TEXT:
        raise NotData(f"A text in process data is longer than {MAX_TEXT} characters.")
    return value


def _number(value: int) -> int:
    if value.bit_length() > MAX_BITS:
        raise NotData(f"A number in process data has more than {MAX_BITS} bits.")
    return value


def _name(key: object) -> str:
    if isinstance(key, str):
        return _text(str(key))
    raise NotData(f"Names in process data are text, not {type(key).__name__}.")


def merged(base: Data, mine: Data, theirs: Data, later: Mapping[str, bool] | None = None) -> Data:
    """Bring the data of two branches together, knowing the data they started from.

    A value that only one branch changed is taken from that branch; changed by both, the branch that arrived
    later (`theirs`) wins. Objects are merged by this rule at every depth. A list keeps all its entries: what
    either branch added is there, what either branch took out is not. `later` overrules this for plain values
    that `theirs` wrote: true where it wrote last, false where the other did.
    """
    out = _three_ways(base, mine, theirs)
    for name, theirs_wins in (later or {}).items():
        values = mine.get(name, MISSING), theirs.get(name, MISSING)
        if MISSING not in values and not any(isinstance(value, list | dict) for value in values):
            out[name] = values[theirs_wins]
    return out


def _three_ways(base: Data, mine: Data, theirs: Data) -> Data:
    names = dict.fromkeys([*mine, *theirs])
    out = {
        name: _merged(base.get(name, MISSING), mine.get(name, MISSING), theirs.get(name, MISSING))
        for name in names
    }
    return {name: value for name, value in out.items() if value is not MISSING}


def _merged(base: Any, mine: Any, theirs: Any) -> Any:
    if same(theirs, base):
        return mine
    if same(mine, base):
        return copied_value(theirs)
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return merged(base if isinstance(base, dict) else {}, mine, theirs)
    if isinstance(mine, list) and isinstance(theirs, list):
        return _merged_lists(base if isinstance(base, list) else [], mine, theirs)
    # Lists first: what both branches added stands twice, for each of them added it.
    return mine if theirs is MISSING else copied_value(theirs)


def _merged_lists(base: list[Any], mine: list[Any], theirs: list[Any]) -> list[Any]:
    added, removed = _difference(theirs, base), _difference(base, theirs)
    kept = []
    for entry in mine:
        if (place := _place(removed, entry)) is None:
            kept.append(entry)
        else:
            del removed[place]
    return kept + [copied_value(entry) for entry in added]


def _difference(entries: list[Any], without: list[Any]) -> list[Any]:
    rest, out = list(without), []
    for entry in entries:
        if (place := _place(rest, entry)) is None:
            out.append(entry)
        else:
            del rest[place]
    return out


def _place(entries: list[Any], entry: Any) -> int | None:
    return next((place for place, other in enumerate(entries) if same(other, entry)), None)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON; true is not 1 and 1 is not 1.0."""
    if one is other:
        return True
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
