"""Shapes that cannot work: joins as loop-back targets, loops that never wait."""

from __future__ import annotations

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.model import Finding
from workflows.engine.reach import Graph, rings
from workflows.engine.remarks import remark

_WAITS = frozenset(["userTask", "manualTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"])


def graph_findings(root: Element) -> list[Finding]:
    """Return what is wrong with the shape of the flows."""
    found: list[Finding] = []
    for scope in bpmn.scopes(root):
        graph = Graph(scope)
        found += _joins(graph)
        found += _loops(graph)
    return found


def _joins(graph: Graph) -> list[Finding]:
    """A join that a loop comes back to waits for a token that only the join itself can send."""
    ring_of = {name: number for number, ring in enumerate(rings(graph.targets)) for name in ring}
    found: list[Finding] = []
    for name, node in graph.nodes.items():
        if bpmn.local(node) not in ("parallelGateway", "inclusiveGateway") or name not in ring_of:
            continue
        back = [source for source in graph.sources[name] if ring_of.get(source) == ring_of[name]]
        if back and len(back) < len(graph.sources[name]):
            found.append(remark("join-as-loop-target", node))
    return found


def _waits(node: Element) -> bool:
    return bpmn.local(node) in _WAITS or bool(bpmn.properties(node).get("job"))


def _loops(graph: Graph) -> list[Finding]:
    """A loop in which nothing waits runs in one go: without a way out it never ends."""
    automatic = {name for name, node in graph.nodes.items() if not _waits(node)}
    flows = {name: [target for target in graph.targets[name] if target in automatic] for name in automatic}
    found: list[Finding] = []
    for ring in rings({name: flows[name] for name in graph.nodes if name in automatic}):
        nodes = [graph.nodes[name] for name in graph.nodes if name in ring]
        if any(bpmn.local(node) in bpmn.SUBPROCESSES | {"callActivity"} for node in nodes):
            continue
        leaves = any(target not in ring for name in ring for target in graph.targets[name])
        code = "loop-without-wait" if leaves else "runaway-loop"
        text = ", ".join(sorted(ring))[:200]
        found.append(remark(code, nodes[0], "warning" if leaves else "error", nodes=text))
    return found
