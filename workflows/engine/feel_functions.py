"""The functions that FEEL expressions may call. All pure; the clock is the reference date of the decision."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from workflows.engine.feel_logic import compare, contains, either, equal, every, negate, stepwise, truth
from workflows.engine.feel_values import (
    MAX_TEXT,
    NULL,
    Duration,
    FeelError,
    Listing,
    Member,
    Unknown,
    Value,
    parse_date,
    parse_duration,
    parse_moment,
    plain,
    whole_years,
    wrap,
)

Parameters = Callable[[str, date], Any]
"""Gives the value of a parameter on a date, None when it has none. May have a method `known(key)`."""

MAX_STEPS = 100_000


@dataclass
class Run:
    """One evaluation: the reference date, the parameters, what was looked at, and how much work was done.

    `from_json`: the inputs have their days as text, so a text that is tested against a day is read as one.
    """

    on: date
    parameters: Parameters | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    steps: int = 0
    from_json: bool = False

    def tick(self, count: int = 1) -> None:
        """Count work. Raises FeelError when an evaluation takes too much of it."""
        self.steps += count
        if self.steps > MAX_STEPS:
            raise FeelError("too much work for one decision")

    def parameter(self, key: Value) -> Value:
        """Return a dated parameter; one without a value on the date is unknown as `parameters.KEY`."""
        if not isinstance(key, str):
            return key if isinstance(key, Unknown) else NULL
        raw = None if self.parameters is None else self.parameters(key, self.on)
        path = f"parameters.{key}"
        if not isinstance(raw, dict | list):
            self.inputs[path] = raw
        return wrap(raw, path)

    def exists(self, key: Value) -> Value:
        """Tell whether a parameter has a value on any date."""
        if not isinstance(key, str):
            return key if isinstance(key, Unknown) else NULL
        known = getattr(self.parameters, "known", None)
        return bool(known(key)) if callable(known) else not isinstance(self.parameter(key), Unknown)


Builtin = Callable[[Run, list[Value]], Value]


def _strict(function: Callable[..., Value], *kinds: type | tuple[type, ...]) -> Builtin:
    """Return a function of known arguments: unknown ones make the result unknown, wrong kinds null."""

    def call(run: Run, arguments: list[Value]) -> Value:
        unknown = [value for value in arguments if isinstance(value, Unknown)]
        if unknown:
            return Unknown(frozenset().union(*(value.missing for value in unknown)))
        if len(arguments) != len(kinds):
            return NULL
        for value, kind in zip(arguments, kinds, strict=True):
            if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
                return NULL
        return function(*arguments)

    return call


def _date(run: Run, arguments: list[Value]) -> Value:
    if len(arguments) == 3:
        return _strict(_ymd, Fraction, Fraction, Fraction)(run, arguments)
    value = arguments[0] if len(arguments) == 1 else NULL
    if isinstance(value, str):
        return parse_date(value)
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date | Unknown) else NULL


def _ymd(year: Fraction, month: Fraction, day: Fraction) -> Value:
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        return NULL


def _months(count: Fraction) -> Value:
    return Duration(int(count)) if count.denominator == 1 else NULL


def _days(count: Fraction) -> Value:
    return Duration(0, count * 86_400)


def _months_between(first: date, second: date) -> Value:
    months = (second.year - first.year) * 12 + second.month - first.month
    return Duration(months - (second.day < first.day) if months >= 0 else months)


def _years_between(first: date, second: date) -> Value:
    return Fraction(whole_years(first, second))


def _listing(arguments: list[Value]) -> Value:
    """Return the list that a function works on: its one list argument, or all its arguments."""
    if len(arguments) == 1 and isinstance(arguments[0], Listing | Unknown):
        return arguments[0]
    return Listing.of(arguments)


def _known_items(arguments: list[Value]) -> Value:
    """Return the items of a list, or Unknown with all that is missing to know them."""
    items = _listing(arguments)
    if isinstance(items, Unknown):
        return items
    missing = [value for value in items.certain if isinstance(value, Unknown)]
    if items.uncertainty is not None:
        missing.append(items.uncertainty)
    if missing:
        return Unknown(frozenset().union(*(value.missing for value in missing)))
    return items.certain


def _count(run: Run, arguments: list[Value]) -> Value:
    items = _listing(arguments)
    if isinstance(items, Unknown):
        return items
    return items.uncertainty or Fraction(len(items.members))


def _known_count(run: Run, arguments: list[Value]) -> Value:
    items = _listing(arguments)
    return items if isinstance(items, Unknown) else Fraction(len(items.certain))


def _aggregate(reduce: Callable[[list[Value]], Value], empty: Value) -> Builtin:
    def call(run: Run, arguments: list[Value]) -> Value:
        items = _known_items(arguments)
        if isinstance(items, Unknown):
            return items
        return reduce(items) if items else empty

    return call


def _sum(items: list[Value]) -> Value:
    if not all(isinstance(item, Fraction) for item in items):
        return NULL
    return sum(items, Fraction(0))


def _extreme(operator: str) -> Callable[[list[Value]], Value]:
    def reduce(items: list[Value]) -> Value:
        best = items[0]
        for item in items[1:]:
            better = compare(operator, item, best)
            if isinstance(better, Unknown):
                return NULL
            best = item if better else best
        return best

    return reduce


def _mean(items: list[Value]) -> Value:
    total = _sum(items)
    return total if isinstance(total, Unknown) else total / len(items)


def _all(run: Run, arguments: list[Value]) -> Value:
    items = _listing(arguments)
    values = [member.value for member in items.members] if isinstance(items, Listing) else []
    return every(items, values)


def _any(run: Run, arguments: list[Value]) -> Value:
    items = _listing(arguments)
    if isinstance(items, Unknown):
        return items
    return either([member.value for member in items.members])


def _concatenate(run: Run, arguments: list[Value]) -> Value:
    members: list[Member] = []
    open_parts: list[frozenset[str]] = []
    for part in arguments:
        if isinstance(part, Unknown):
            return part
        if isinstance(part, Listing):
            members += part.members
            open_parts += [part.open] if part.open is not None else []
        else:
            members.append(Member(part))
    return Listing(tuple(members), frozenset().union(*open_parts) if open_parts else None)


def _distinct(items: list[Value]) -> Value:
    found: list[Value] = []
    work = 0
    for item in items:
        work += len(found)
        if work > MAX_STEPS:
            raise FeelError("too much work for one decision")
        if not any(equal(item, other) is True for other in found):
            found.append(item)
    return Listing.of(found)


def _index_of(run: Run, arguments: list[Value]) -> Value:
    items = _known_items(arguments[:1])
    if isinstance(items, Unknown) or len(arguments) != 2:
        return items if isinstance(items, Unknown) else NULL
    return Listing.of([Fraction(at) for at, item in enumerate(items, 1) if equal(item, arguments[1]) is True])


def _number(text: str) -> Value:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return NULL


def _string(run: Run, arguments: list[Value]) -> Value:
    if len(arguments) != 1 or isinstance(arguments[0], Unknown):
        return arguments[0] if arguments else NULL
    value = plain(arguments[0])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)[:MAX_TEXT] if not isinstance(value, list | dict) else NULL


def _half_up(value: Fraction, digits: Fraction = Fraction(0)) -> Value:
    if digits.denominator != 1 or abs(digits) > 12:
        return NULL
    scale = Fraction(10) ** int(digits)
    scaled = value * scale
    rounded = math.floor(abs(scaled) + Fraction(1, 2))
    return Fraction(rounded if scaled >= 0 else -rounded) / scale


def _round(run: Run, arguments: list[Value]) -> Value:
    kinds = (Fraction,) * len(arguments)
    return _strict(_half_up, *kinds)(run, arguments) if len(arguments) in (1, 2) else NULL


def _modulo(value: Fraction, divisor: Fraction) -> Value:
    return NULL if divisor == 0 else value - divisor * math.floor(value / divisor)


def _substring(run: Run, arguments: list[Value]) -> Value:
    kinds = (str, Fraction, Fraction)[: len(arguments)]

    def cut(text: str, start: Fraction, length: Fraction | None = None) -> Value:
        at = int(start) - 1 if start > 0 else len(text) + int(start)
        return text[at:] if length is None else text[at : at + int(length)]

    return _strict(cut, *kinds)(run, arguments) if len(arguments) in (2, 3) else NULL


# ---------------------------------------------------------------------------------- ours
def _stepwise(run: Run, arguments: list[Value]) -> Value:
    return stepwise(arguments)


def _unless(run: Run, arguments: list[Value]) -> Value:
    """`unless(x, condition)`: x when the condition is false or not known, else null."""
    return NULL if truth(arguments[1]) is True else arguments[0]


def _when(run: Run, arguments: list[Value]) -> Value:
    """`when(x, condition)`: x when the condition is true, else null."""
    return arguments[0] if truth(arguments[1]) is True else NULL


def _needs(run: Run, arguments: list[Value]) -> Value:
    """`needs(x, result)`: the result once x is known."""
    return arguments[0] if isinstance(arguments[0], Unknown) else arguments[1]


def _open_list(run: Run, arguments: list[Value]) -> Value:
    """`open list(items, complete, path)`: a list that may have more items unless `complete` is true."""
    items, complete, path = arguments
    if not isinstance(items, Listing) or truth(complete) is True:
        return items
    if not isinstance(path, str):
        raise FeelError("open list() needs a path")
    return Listing(items.members, (items.open or frozenset()) | {path})


def _exactly(count: int, function: Builtin) -> Builtin:
    def call(run: Run, arguments: list[Value]) -> Value:
        if len(arguments) != count:
            raise FeelError("expected {wanted} arguments", wanted=count)
        return function(run, arguments)

    return call


_ONE_OR_MORE = range(1, 1_000)
ARITY: dict[str, Collection[int]] = {
    **dict.fromkeys(
        ["duration", "date and time", "months", "days", "number", "abs", "floor", "ceiling"], (1,)
    ),
    **dict.fromkeys(["string", "string length", "upper case", "lower case", "not", "parameter"], (1,)),
    **dict.fromkeys(["years between", "years and months duration", "list contains", "index of"], (2,)),
    **dict.fromkeys(["modulo", "contains", "starts with", "ends with", "unless", "when", "needs"], (2,)),
    **dict.fromkeys(["count", "known count", "sum", "min", "max", "mean", "all", "any"], _ONE_OR_MORE),
    **dict.fromkeys(["concatenate", "append", "distinct values", "stepwise"], _ONE_OR_MORE),
    "date": (1, 3),
    "today": (0,),
    "open list": (3,),
    "parameter exists": (1,),
    "round half up": (1, 2),
    "substring": (2, 3),
}
"""How many values a function takes; the check of a table compares, so that no rule fails when it is asked."""

FUNCTIONS: dict[str, Builtin] = {
    # dates
    "date": _date,
    "date and time": _strict(parse_moment, str),
    "duration": _strict(parse_duration, str),
    "today": lambda run, arguments: run.on,
    "years between": _strict(_years_between, date, date),
    "years and months duration": _strict(_months_between, date, date),
    "months": _strict(_months, Fraction),
    "days": _strict(_days, Fraction),
    # lists
    "count": _count,
    "known count": _known_count,
    "sum": _aggregate(_sum, Fraction(0)),
    "min": _aggregate(_extreme("<"), NULL),
    "max": _aggregate(_extreme(">"), NULL),
    "mean": _aggregate(_mean, NULL),
    "all": _all,
    "any": _any,
    "list contains": _exactly(2, lambda run, arguments: contains(arguments[0], arguments[1])),
    "concatenate": _concatenate,
    "append": _concatenate,
    "distinct values": _aggregate(_distinct, Listing()),
    "index of": _index_of,
    "open list": _exactly(3, _open_list),
    # numbers
    "number": _strict(_number, str),
    "abs": _strict(abs, Fraction),
    "floor": _strict(lambda value: Fraction(math.floor(value)), Fraction),
    "ceiling": _strict(lambda value: Fraction(math.ceil(value)), Fraction),
    "modulo": _strict(_modulo, Fraction, Fraction),
    "round half up": _round,
    # texts
    "string": _string,
    "string length": _strict(lambda text: Fraction(len(text)), str),
    "upper case": _strict(str.upper, str),
    "lower case": _strict(str.lower, str),
    "contains": _strict(lambda text, part: part in text, str, str),
    "starts with": _strict(str.startswith, str, str),
    "ends with": _strict(str.endswith, str, str),
    "substring": _substring,
    # logic
    "not": _exactly(1, lambda run, arguments: negate(arguments[0])),
    "stepwise": _stepwise,
    "unless": _exactly(2, _unless),
    "when": _exactly(2, _when),
    "needs": _exactly(2, _needs),
    # parameters
    "parameter": _exactly(1, lambda run, arguments: run.parameter(arguments[0])),
    "parameter exists": _exactly(1, lambda run, arguments: run.exists(arguments[0])),
}
