"""Conditions and results of a table in plain words: `[1..5]` is "from 1 to 5", `not("x")` is "not: x"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import reduce
from typing import Any

from workflows.engine import feel_syntax as syntax
from workflows.engine.languages import column

Codes = Mapping[str, Any]
_WORDS: dict[str, tuple[str, str, str, str]] = {
    "or": ("{} of {}", "{} ou {}", "{} or {}", "{} oder {}"),
    "and": ("{} en {}", "{} et {}", "{} and {}", "{} und {}"),
    "not": ("niet: {}", "pas\u00a0: {}", "not: {}", "nicht: {}"),
    "<": ("minder dan {}", "moins de {}", "less than {}", "weniger als {}"),
    "<=": ("hoogstens {}", "au plus {}", "at most {}", "höchstens {}"),
    ">": ("meer dan {}", "plus de {}", "more than {}", "mehr als {}"),
    ">=": ("minstens {}", "au moins {}", "at least {}", "mindestens {}"),
    "before": ("vóór {}", "avant le {}", "before {}", "vor dem {}"),
    "until": ("tot en met {}", "jusqu’au {} inclus", "up to and including {}", "bis einschließlich {}"),
    "after": ("na {}", "après le {}", "after {}", "nach dem {}"),
    "from": ("vanaf {}", "à partir du {}", "from {}", "ab {}"),
    "=": ("{}", "{}", "{}", "{}"),
    "!=": ("niet: {}", "pas\u00a0: {}", "not: {}", "nicht: {}"),
    "between": ("van {} tot en met {}", "de {} à {} inclus", "from {} to {}", "von {} bis {}"),
    "contains": ("{}: {}", "{}\u00a0: {}", "{}: {}", "{}: {}"),
    "yes": ("ja", "oui", "yes", "ja"),
    "no": ("nee", "non", "no", "nein"),
    "nothing": ("niets", "rien", "nothing", "nichts"),
}
_DAYS = {"<": "before", "<=": "until", ">": "after", ">=": "from"}


def asked_in_words(tests: syntax.Tests, locale: str, codes: Codes | None = None) -> str | None:
    """Return what a cell asks; None when it is more than comparisons with fixed values.

    `codes` says what codes are called.
    """
    parts = [_test(test, locale, codes or {}) for test in tests.tests]
    if not parts or None in parts:
        return None
    text = parts[0] or ""
    for part in parts[1:]:
        text = _say("or", locale, text, part)
    return _say("not", locale, text) if tests.negated else text


def value_in_words(node: syntax.Node, locale: str, codes: Codes | None = None) -> str | None:
    """Return a fixed value as people read it, None for anything that is worked out."""
    if isinstance(node, syntax.Call) and node.name == "date" and len(node.arguments) == 1:
        argument = node.arguments[0]
        return _day(argument.value) if isinstance(argument, syntax.Literal) else None
    return _plain(node.value, locale, codes or {}) if isinstance(node, syntax.Literal) else None


def _say(word: str, locale: str, *values: Any) -> str:
    return _WORDS[word][column(locale)].format(*values)


def _plain(value: Any, locale: str, codes: Codes) -> str | None:
    if isinstance(value, bool):
        return _say("yes" if value else "no", locale)
    if isinstance(value, Fraction):
        return _number(value, locale)
    if isinstance(value, str):
        return str(codes.get(value, value)) or None
    if isinstance(value, date):
        return _day(value)
    return _say("nothing", locale) if value is None else None


def _number(value: Fraction, locale: str) -> str | None:
    scaled = value * 10_000
    if scaled.denominator != 1 or abs(value) > 10**15:
        return None
    text = (
        f"{int(scaled) / 10_000:.4f}".rstrip("0").rstrip(".") if value.denominator != 1 else str(int(value))
    )
    return text if locale[:2] == "en" else text.replace(".", ",")


def _day(value: Any) -> str | None:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            return None
    return f"{value:%d/%m/%Y}" if isinstance(value, date) and not isinstance(value, datetime) else None


def _is_day(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Call) or (
        isinstance(node, syntax.Literal) and isinstance(node.value, date)
    )


def _compared(operator: str, node: syntax.Node, locale: str, codes: Codes) -> str | None:
    value = value_in_words(node, locale, codes)
    word = _DAYS.get(operator, operator) if _is_day(node) else operator
    return _say(word, locale, value) if value is not None and word in _WORDS else None


def _test(node: syntax.Node, locale: str, codes: Codes) -> str | None:
    if isinstance(node, syntax.Against):
        return _compared(node.operator, node.value, locale, codes)
    if isinstance(node, syntax.Range):
        return _range(node, locale, codes)
    return condition_in_words(node, locale, codes) or value_in_words(node, locale, codes)


def condition_in_words(node: syntax.Node, locale: str, codes: Codes | None = None) -> str | None:
    """Return what a condition asks of names: a fact that holds, a value it has, several of these together."""
    codes = codes or {}
    match node:
        case syntax.Name(name=name) if name in codes:
            return str(codes[name])
        case syntax.Call(name="list contains", arguments=(syntax.Name() as listed, item)):
            return _has(listed, value_in_words(item, locale, codes), locale, codes)
        case syntax.Operation(operator="=", parts=(syntax.Name() as name, value)):
            return _has(name, value_in_words(value, locale, codes), locale, codes)
        case syntax.Member(value=syntax.Name() as name, tests=tests):
            return _has(name, asked_in_words(tests, locale, codes), locale, codes)
        case syntax.Operation(operator="and" | "or" as word, parts=parts):
            texts = [condition_in_words(part, locale, codes) for part in parts]
            return None if None in texts else reduce(lambda one, other: _say(word, locale, one, other), texts)
    return None


def _has(name: syntax.Name, value: str | None, locale: str, codes: Codes) -> str | None:
    return None if value is None else _say("contains", locale, codes.get(name.name, name.name), value)


def _range(node: syntax.Range, locale: str, codes: Codes) -> str | None:
    low, high = value_in_words(node.low, locale, codes), value_in_words(node.high, locale, codes)
    if low is None or high is None:
        return None
    if node.low_in and node.high_in:
        return _say("between", locale, low, high)
    first = _compared(">=" if node.low_in else ">", node.low, locale, codes)
    last = _compared("<=" if node.high_in else "<", node.high, locale, codes)
    return _say("and", locale, first, last)
