"""What tasks offer as outcomes and what gateways ask: they must speak of the same codes."""

from __future__ import annotations

import ast

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.draft import outgoing_flows
from workflows.engine.model import Finding
from workflows.engine.reach import Graph
from workflows.engine.remarks import remark

MAX_LOOK_BACK = 200
_TRANSPARENT = frozenset(
    [
        "exclusiveGateway",
        "inclusiveGateway",
        "parallelGateway",
        "serviceTask",
        "businessRuleTask",
        "intermediateThrowEvent",
    ]
)


def outcome_findings(root: Element) -> list[Finding]:
    """Return gateways that test outcomes which no task before them offers, and outcomes that lead nowhere."""
    found: list[Finding] = []
    for scope in bpmn.scopes(root):
        graph = Graph(scope)
        leaving = outgoing_flows(scope)
        for gateway in bpmn.children(scope, ("exclusiveGateway", "inclusiveGateway")):
            found += _gateway(gateway, leaving.get(bpmn.identity(gateway), []), graph)
    unique = {(item.code, item.element, str(item.args)): item for item in found}
    return list(unique.values())


def _gateway(gateway: Element, flows: list[Element], graph: Graph) -> list[Finding]:
    tested: dict[str, Element] = {}
    plain = True
    for flow in flows:
        text = bpmn.text_of(bpmn.child(flow, "conditionExpression"))
        codes = tested_outcomes(text) if text else set()
        tested.update(dict.fromkeys(codes, flow))
        plain = plain and (not text or bool(codes))
    if not tested:
        return []
    sources = _sources(gateway, graph)
    if sources is None:
        return []
    found = [
        remark("outcome-missing", task, gateway=gateway.get("id")) for task in sources if not _offered(task)
    ]
    offered = {code for task in sources for code in _offered(task)}
    if found or not sources:
        return found
    found += [
        remark("outcome-unknown", flow, outcome=code, offered=", ".join(sorted(offered)))
        for code, flow in tested.items()
        if code not in offered
    ]
    left = sorted(offered - set(tested))
    if left and plain and gateway.get("default") is None:
        found.append(remark("outcome-unhandled", gateway, outcomes=", ".join(left)))
    return found


def _offered(task: Element) -> list[str]:
    return bpmn.names_in(bpmn.properties(task).get("outcomes"))


def _sources(gateway: Element, graph: Graph) -> list[Element] | None:
    """Return the tasks whose outcome a gateway sees, None when it may come from anywhere else."""
    stack: list[str] = list(graph.sources[bpmn.identity(gateway)])
    seen: set[str] = set()
    tasks: list[Element] = []
    while stack:
        if len(seen) > MAX_LOOK_BACK:
            return None
        name = stack.pop()
        node = graph.nodes.get(name)
        if name in seen or node is None:
            continue
        seen.add(name)
        if bpmn.local(node) in ("userTask", "manualTask"):
            tasks.append(node)
        elif bpmn.local(node) in _TRANSPARENT and not _may_set_outcome(node):
            stack += graph.sources[name]
        else:
            return None
    return sorted(tasks, key=lambda task: task.sourceline or 0)


def _may_set_outcome(node: Element) -> bool:
    """A local step, job or decision may return an outcome of its own."""
    return bpmn.local(node) in ("serviceTask", "businessRuleTask")


def tested_outcomes(text: str) -> set[str]:
    """Return the codes that an expression compares `outcome` with."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    codes: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            continue
        sides = [node.left, *node.comparators]
        if not any(isinstance(side, ast.Name) and side.id == "outcome" for side in sides):
            continue
        if not isinstance(node.ops[0], ast.Eq | ast.In):
            continue
        codes |= {
            leaf.value
            for side in sides
            for leaf in ast.walk(side)
            if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
        }
    return codes
