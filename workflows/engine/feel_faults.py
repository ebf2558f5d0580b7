"""FEEL that can never mean anything: functions that are not there, days that do not exist, empty ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from workflows.engine import feel_syntax as syntax
from workflows.engine.feel_functions import ARITY, FUNCTIONS, Run
from workflows.engine.feel_logic import compare, is_null
from workflows.engine.feel_syntax import Node
from workflows.engine.feel_values import Value

_TEMPORAL = frozenset(["date", "date and time", "duration"])
MAX_SHOWN = 40  # characters of a value
Fault = tuple[str, str]
"""The code of a finding, and the text that it is about."""


def faults(tree: Node, known: Iterable[str]) -> Iterator[Fault]:
    """Walk what is wrong with a tree; `known` are the names that may be functions of the model."""
    nodes = [node for node in _walk(tree) if not isinstance(node, syntax.Literal | syntax.Name)]
    functions = {*known, *(name for node in nodes for name in _bound(node))}
    for node in nodes:
        if isinstance(node, syntax.Range) and _is_empty(node):
            yield "dmn-range-empty", f"{_shown(node.low)}..{_shown(node.high)}"
        if not isinstance(node, syntax.Call):
            continue
        if node.name not in FUNCTIONS and node.name not in functions:
            yield "dmn-name-unknown", f"{node.name}()"
        elif node.name in ARITY and len(node.arguments) not in ARITY[node.name]:
            yield "dmn-arguments", f"{node.name}()"
        elif node.name in _TEMPORAL and is_null(_constant(node) or ""):
            yield "dmn-literal", ", ".join(_shown(part) for part in node.arguments)


def _walk(node: Node) -> Iterator[Node]:
    stack: list[Any] = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack += part
        elif isinstance(part, Node):
            yield part
            slots: tuple[str, ...] = type(part).__slots__
            stack += [getattr(part, name) for name in slots]


def _bound(node: Node) -> tuple[str, ...]:
    if isinstance(node, syntax.Definition):
        return node.parameters
    if isinstance(node, syntax.Loop):
        return tuple(name for name, _source in node.variables)
    return tuple(name for name, _part in node.entries) if isinstance(node, syntax.Context) else ()


def _constant(node: Node) -> Value | None:
    """Return what a literal says, or a day or duration made of literals; None for anything worked out."""
    if isinstance(node, syntax.Literal):
        return node.value
    if not isinstance(node, syntax.Call) or node.name not in _TEMPORAL:
        return None
    if not all(isinstance(part, syntax.Literal) for part in node.arguments):
        return None
    values = [part.value for part in node.arguments if isinstance(part, syntax.Literal)]
    return FUNCTIONS[node.name](Run(date(2000, 1, 1)), values)


def _is_empty(node: syntax.Range) -> bool:
    low, high = _constant(node.low), _constant(node.high)
    if low is None or high is None:
        return False
    both_in = node.low_in and node.high_in
    return compare("<=" if both_in else "<", low, high) is False


def _shown(node: Node) -> str:
    value = node.value if isinstance(node, syntax.Literal) else _constant(node)
    if value is None:
        return "…"
    text = "null" if is_null(value) else str(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
