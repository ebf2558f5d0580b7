"""Which nodes a token can come to: along flows, boundary events and into sub-processes."""

from __future__ import annotations

from workflows.engine import bpmn
from workflows.engine.bpmn import Element


def reachable(root: Element) -> set[str]:
    """Return the ids of all flow nodes that some path from a start event reaches."""
    found: set[str] = set()
    for process in bpmn.processes(root):
        found |= reachable_in(process)
    return found


def reachable_in(scope: Element, extra: tuple[str, ...] = ()) -> set[str]:
    """Return what is reached inside one scope and its sub-processes, from its starts and from `extra`."""
    nodes = {bpmn.identity(node): node for node in bpmn.children(scope, bpmn.FLOW_NODES)}
    targets: dict[str, list[str]] = {}
    for flow in bpmn.children(scope, ("sequenceFlow",)):
        targets.setdefault(flow.get("sourceRef", ""), []).append(flow.get("targetRef", ""))
    attached: dict[str, list[str]] = {}
    for name, node in nodes.items():
        if bpmn.local(node) == "boundaryEvent":
            attached.setdefault(node.get("attachedToRef", ""), []).append(name)
    stack = [name for name, node in nodes.items() if bpmn.local(node) == "startEvent"]
    stack += [name for name, node in nodes.items() if bpmn.is_event_subprocess(node)]
    stack += extra
    found: set[str] = set()
    while stack:
        name = stack.pop()
        if name in found or name not in nodes:
            continue
        found.add(name)
        if bpmn.local(nodes[name]) in bpmn.SUBPROCESSES:
            found |= reachable_in(nodes[name])
        stack += targets.get(name, []) + attached.get(name, [])
    return found
