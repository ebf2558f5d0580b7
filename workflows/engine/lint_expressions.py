"""Every expression in a diagram, checked by the rules the engine runs it under."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from workflows.engine import bpmn, expressions, times, timetexts
from workflows.engine.bpmn import Element
from workflows.engine.model import Finding
from workflows.engine.remarks import remark
from workflows.engine.said import TEXTS

MI_CAP = 500
"""So many instances may one multi-instance activity have; the engine enforces the same at run time."""

_PLACES = {
    "conditionExpression": "condition",
    "condition": "condition",
    "loopCondition": "loop",
    "loopCardinality": "cardinality",
    "completionCondition": "completion",
    "timeDate": "timer",
    "timeDuration": "timer",
    "timeCycle": "timer",
}
_SPIFF_EXPRESSIONS = frozenset(["messagePayload", "payloadExpression", "expression"])


def expression_findings(root: Element) -> list[Finding]:
    """Return what is wrong with conditions, timers, cardinalities, payloads and scripts."""
    found: list[Finding] = []
    for owner, name, place, text in _expressions(root):
        for problem in expressions.problems(text):
            said = _said(problem)
            found.append(remark("expression-refused", owner, "error", place=place, text=text[:200], **said))
        if place == "timer":
            found += _timer(owner, name, text)
        elif place == "cardinality":
            found += _cardinality(owner, text)
    for task in root.iter(bpmn.tag("scriptTask")):
        text = bpmn.text_of(bpmn.child(task, "script"))
        found += [
            remark("script-refused", task, "error", **_said(problem))
            for problem in expressions.script_problems(text)
        ]
    for loop in root.iter(bpmn.tag("standardLoopCharacteristics")):
        maximum = loop.get("loopMaximum")
        if maximum and int(maximum) > MI_CAP:
            found.append(remark("mi-too-many", _owner(loop), "error", count=maximum, limit=MI_CAP))
    return found


def _said(problem: str) -> dict[str, Any]:
    """What is wrong in English, and where we have it in the other languages its key there."""
    return {"detail": problem} | ({"said": {"text": problem, "values": {}}} if problem in TEXTS else {})


def _owner(element: Element) -> Element:
    """Return the flow node or flow that an expression belongs to."""
    current: Element | None = element
    while current is not None:
        if bpmn.local(current) in bpmn.FLOW_NODES or bpmn.local(current) == "sequenceFlow":
            return current
        current = current.getparent()
    return element


def _expressions(root: Element) -> Iterator[tuple[Element, str, str, str]]:
    for element in root.iter():
        place = _PLACES.get(bpmn.local(element))
        name = str(element.tag)
        if (
            place is None
            and name.startswith(f"{{{bpmn.SPIFF}}}")
            and name.rpartition("}")[2] in _SPIFF_EXPRESSIONS
        ):
            place = "payload"
        if place is not None:
            yield _owner(element), bpmn.local(element), place, bpmn.text_of(element)


def _timer(owner: Element, name: str, text: str) -> list[Finding]:
    literal = timetexts.literal_of(text)
    if literal is None:
        return []
    try:
        times.READERS[name](literal)
    except times.BadTime:
        return [remark("timer-invalid", owner, text=literal[:100])]
    return [remark("naive-time", owner, text=moment) for moment in timetexts.naive_moments(literal)]


def _cardinality(owner: Element, text: str) -> list[Finding]:
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError):
        return []
    if isinstance(value, int) and value > MI_CAP:
        return [remark("mi-too-many", owner, "error", count=value, limit=MI_CAP)]
    return []
