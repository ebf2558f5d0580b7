"""Which names an expression needs from outside, and whether a cell speaks of its own value."""

from __future__ import annotations

from workflows.engine import feel_syntax as syntax
from workflows.engine.feel_functions import FUNCTIONS
from workflows.engine.feel_syntax import Node


def free_names(node: Node, bound: frozenset[str] = frozenset()) -> set[str]:
    """Return the names that a tree takes from outside; in filters these may be fields of the items."""
    if isinstance(node, syntax.Name):
        return set() if node.name in bound or node.name == "?" else {node.name}
    if isinstance(node, syntax.Call):
        found = set() if node.name in FUNCTIONS or node.name in bound else {node.name}
        return found.union(*(free_names(part, bound) for part in node.arguments))
    if isinstance(node, syntax.Loop):
        found, inside = set(), bound
        for name, source in node.variables:
            found |= free_names(source, inside)
            inside |= {name}
        return found | free_names(node.body, inside | {"partial"})
    if isinstance(node, syntax.Definition):
        return free_names(node.body, bound | set(node.parameters))
    if isinstance(node, syntax.Filter):
        return free_names(node.base, bound) | free_names(node.condition, bound | {"item"})
    if isinstance(node, syntax.Context):
        found, inside = set(), bound
        for name, part in node.entries:
            found |= free_names(part, inside)
            inside |= {name}
        return found
    return set().union(*(free_names(part, bound) for part in _parts(node)))


def _parts(node: Node) -> list[Node]:
    if isinstance(node, syntax.Path):
        return [node.base]
    if isinstance(node, syntax.Operation):
        return list(node.parts)
    if isinstance(node, syntax.If):
        return [node.condition, node.yes, node.no]
    if isinstance(node, syntax.Items):
        return list(node.items)
    if isinstance(node, syntax.Range):
        return [node.low, node.high]
    if isinstance(node, syntax.Member):
        return [node.value, node.tests]
    if isinstance(node, syntax.Tests):
        return list(node.tests)
    if isinstance(node, syntax.Against):
        return [node.value]
    return []


def uses_value(node: Node) -> bool:
    """Tell whether a test speaks of the value itself with `?`."""
    if isinstance(node, syntax.Name):
        return node.name == "?"
    if isinstance(node, syntax.Call):
        return any(uses_value(part) for part in node.arguments)
    if isinstance(node, syntax.Filter):
        return uses_value(node.base) or uses_value(node.condition)
    if isinstance(node, syntax.Loop):
        return uses_value(node.body) or any(uses_value(source) for _, source in node.variables)
    return any(uses_value(part) for part in _parts(node))
