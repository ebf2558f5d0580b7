"""Shapes that cannot work: joins as loop-back targets, loops that never wait."""

from __future__ import annotations

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.model import Finding
from workflows.engine.remarks import remark

_WAITS = frozenset(["userTask", "manualTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"])


def graph_findings(root: Element) -> list[Finding]:
    """Return what is wrong with the shape of the flows."""
    found: list[Finding] = []
    for scope in bpmn.scopes(root):
        graph = _graph(scope)
        found += _joins(scope, graph)
        found += _loops(scope, graph)
    return found


def _graph(scope: Element) -> dict[str, set[str]]:
    """Return the followers of each node; a boundary event follows its host."""
    graph: dict[str, set[str]] = {
        bpmn.identity(node): set() for node in bpmn.children(scope, bpmn.FLOW_NODES)
    }
    for flow in bpmn.children(scope, ("sequenceFlow",)):
        graph.setdefault(flow.get("sourceRef", ""), set()).add(flow.get("targetRef", ""))
    for node in bpmn.children(scope, ("boundaryEvent",)):
        graph.setdefault(node.get("attachedToRef", ""), set()).add(bpmn.identity(node))
    return graph


def _reach(graph: dict[str, set[str]], start: str) -> set[str]:
    stack, found = list(graph.get(start, ())), set()
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += graph.get(name, ())
    return found


def _joins(scope: Element, graph: dict[str, set[str]]) -> list[Finding]:
    """A join that a loop comes back to waits for a token that only the join itself can send."""
    found: list[Finding] = []
    for gateway in bpmn.children(scope, ("parallelGateway", "inclusiveGateway")):
        sources = [
            flow.get("sourceRef", "")
            for flow in bpmn.children(scope, ("sequenceFlow",))
            if flow.get("targetRef") == gateway.get("id")
        ]
        after = _reach(graph, bpmn.identity(gateway))
        back = [source for source in sources if source in after or source == gateway.get("id")]
        if back and len(back) < len(sources):
            found.append(remark("join-as-loop-target", gateway))
    return found


def _waits(node: Element) -> bool:
    return bpmn.local(node) in _WAITS or bool(bpmn.properties(node).get("job"))


def _loops(scope: Element, graph: dict[str, set[str]]) -> list[Finding]:
    """A loop in which nothing waits runs in one go: without a way out it never ends."""
    nodes = {bpmn.identity(node): node for node in bpmn.children(scope, bpmn.FLOW_NODES)}
    automatic = {
        name: {target for target in targets if target in nodes and not _waits(nodes[target])}
        for name, targets in graph.items()
        if name in nodes and not _waits(nodes[name])
    }
    found: list[Finding] = []
    done: set[str] = set()
    reach = {name: _reach(automatic, name) for name in automatic}
    for name in automatic:
        if name in done or name not in reach[name]:
            continue
        ring = {other for other in reach[name] if name in reach.get(other, ())}
        done |= ring
        if any(bpmn.local(nodes[item]) in bpmn.SUBPROCESSES | {"callActivity"} for item in ring):
            continue
        leaves = any(target not in ring for item in ring for target in graph[item])
        code = "loop-without-wait" if leaves else "runaway-loop"
        found.append(
            remark(code, nodes[name], "warning" if leaves else "error", nodes=", ".join(sorted(ring))[:200])
        )
    return found
