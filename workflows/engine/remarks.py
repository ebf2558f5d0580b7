"""How the linter writes down a finding on an element."""

from __future__ import annotations

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.model import Finding, Level


def remark(code: str, element: Element, level: Level = "warning", **args: object) -> Finding:
    """Return a finding with the id, line and name of the element it is about."""
    return Finding(code, level, element.get("id"), element.sourceline, {"name": bpmn.label(element), **args})
