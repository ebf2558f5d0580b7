"""Everything there is to say about a diagram before it may run: all findings at once.

Works on the normalised tree. A check reports, deploying refuses (`findings.at_level`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from workflows.engine import bpmn, timetexts
from workflows.engine.bpmn import Element
from workflows.engine.findings import at_level
from workflows.engine.lint_calls import call_findings, calls
from workflows.engine.lint_expressions import expression_findings
from workflows.engine.lint_graph import graph_findings
from workflows.engine.lint_outcomes import outcome_findings
from workflows.engine.model import Finding
from workflows.engine.normalise_activities import decision_of
from workflows.engine.own_forms import own_form_findings
from workflows.engine.remarks import remark

__all__ = ["calls", "lint"]

TURNS = frozenset(["us", "partner", "citizen", "nobody"])
PROPERTIES = frozenset(
    [
        "outcomes",
        "turn",
        "formKey",
        "role",
        "dueIn",
        "priority",
        "call",
        "job",
        "correlation",
        "payload",
        "decision",
        "result",
        "instructions",
        "state",
        "restart",
    ]
)
RESERVED = frozenset({"typename"})
_CODE = re.compile(r"^[a-z][a-z0-9_]*$")
_TERM = re.compile(r"^term:[a-z][a-z0-9_.]*$")


def lint(
    root: Element,
    *,
    deploying: bool = False,
    forms: Collection[str] | None = None,
    steps: Collection[str] | None = None,
    decisions: Collection[str] | None = None,
    called: Mapping[str, Collection[str]] | None = None,
) -> list[Finding]:
    """Return all findings on a normalised diagram.

    `forms`, `steps` (calls and jobs) and `decisions` are the keys that exist, None when unknown here.
    `called` is the call graph of the other files: process id to the process ids it calls (see `calls`).
    """
    found: list[Finding] = []
    for node in bpmn.flow_nodes(root):
        found += _properties(node)
        found += _keys(node, forms, steps, decisions)
        found += _messages(node)
        found += _names(node)
    found += expression_findings(root)
    found += graph_findings(root)
    found += outcome_findings(root)
    found += own_form_findings(root)
    found += call_findings(root, called or {})
    return at_level(found, deploying=deploying)


def _properties(node: Element) -> list[Finding]:
    known = bpmn.properties(node)
    found = [
        remark("property-unknown", node, "info", property=name) for name in known if name not in PROPERTIES
    ]
    wrong: list[str] = []
    if "turn" in known and known["turn"] not in TURNS:
        wrong.append("turn")
    if "dueIn" in known and not (timetexts.is_duration(known["dueIn"]) or _TERM.match(known["dueIn"])):
        wrong.append("dueIn")
    if "priority" in known and not re.match(r"^-?\d{1,4}$", known["priority"]):
        wrong.append("priority")
    for name in ("correlation", "payload"):
        values = bpmn.names_in(known.get(name))
        if any(not value.isidentifier() for value in values):
            wrong.append(name)
        if RESERVED & set(values):
            found.append(
                remark("reserved-name", node, property=name, value=", ".join(RESERVED & set(values)))
            )
    outcomes = bpmn.names_in(known.get("outcomes"))
    if any(not _CODE.match(code) for code in outcomes) or len(set(outcomes)) < len(outcomes):
        wrong.append("outcomes")
    found += [remark("property-invalid", node, property=name, value=known[name][:100]) for name in wrong]
    return found


def _keys(
    node: Element,
    forms: Collection[str] | None,
    steps: Collection[str] | None,
    decisions: Collection[str] | None,
) -> list[Finding]:
    known = bpmn.properties(node)
    found: list[Finding] = []
    form = known.get("formKey")
    if forms is not None and form and form not in forms:
        found.append(remark("form-unknown", node, form=form))
    if known.get("call") and known.get("job"):
        found.append(remark("step-double", node))
    for step in (known.get("call"), known.get("job")):
        if steps is not None and step and step not in steps:
            found.append(remark("step-unknown", node, step=step))
    if (
        bpmn.local(node) == "businessRuleTask"
        and decisions is not None
        and decision_of(node) not in decisions
    ):
        found.append(remark("decision-unknown", node, decision=decision_of(node)))
    return found


def _messages(node: Element) -> list[Finding]:
    """A message without correlation may wake the wrong case; only the start of a process needs none."""
    speaks = (
        bpmn.local(node) in ("sendTask", "receiveTask")
        or bpmn.child(node, "messageEventDefinition") is not None
    )
    parent = node.getparent()
    if not speaks or (
        bpmn.local(node) == "startEvent" and parent is not None and bpmn.local(parent) == "process"
    ):
        return []
    if bpmn.names_in(bpmn.properties(node).get("correlation")):
        return []
    return [remark("correlation-missing", node)]


def _names(node: Element) -> list[Finding]:
    if bpmn.local(node) in ("userTask", "manualTask") and not (node.get("name") or "").strip():
        return [remark("name-missing", node)]
    return []
