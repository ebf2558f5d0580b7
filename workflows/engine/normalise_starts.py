"""Starts and ends that a diagram leaves out, and nodes that no path reaches."""

from __future__ import annotations

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.draft import Draft, outgoing_flows
from workflows.engine.reach import Graph


def starts(draft: Draft) -> None:
    """Give every process and sub-process a beginning from which all its nodes are reached.

    A node that only a mistake can have cut off is hung on the first start, so that the skeleton keeps it,
    and is reported as `unreachable`: deploying refuses it.
    """
    for scope in bpmn.scopes(draft.root):
        if bpmn.local(scope) != "process":
            _one_start(draft, scope)
        begins = bpmn.children(scope, ("startEvent",))
        anchor = next(iter(begins), None)
        graph = Graph(scope)
        reached: set[str] = set()
        graph.spread(graph.begins(), reached)
        entries = _entries(graph, reached)
        if not entries:
            if anchor is None:
                anchor = draft.add_node(scope, "startEvent", f"start_{bpmn.identity(scope)}")
                draft.note("implicit-start", scope, "info")
            continue
        if anchor is None:
            anchor = draft.add_node(scope, "startEvent", f"start_{bpmn.identity(scope)}")
            draft.note("implicit-start", scope, "info")
        else:
            for name, node in graph.nodes.items():
                if name not in reached:
                    draft.note("unreachable", node)
        for entry in entries:
            draft.add_flow(scope, bpmn.identity(anchor), entry)


def _entries(graph: Graph, reached: set[str]) -> list[str]:
    """Return the nodes from which all that is not reached yet can be reached, in document order."""
    left = [
        name
        for name, node in graph.nodes.items()
        if name not in reached and bpmn.local(node) not in ("startEvent", "boundaryEvent")
    ]
    entries = [name for name in left if not graph.sources[name]]
    found = set(reached)
    graph.spread(entries, found)
    for name in left:
        # What is left lies on a cycle that nothing enters.
        if name not in found:
            entries.append(name)
            graph.spread([name], found)
    return entries


def _one_start(draft: Draft, scope: Element) -> None:
    """An embedded sub-process has exactly one start; further ones become steps behind a new one."""
    begins = bpmn.children(scope, ("startEvent",))
    if not bpmn.is_event_subprocess(scope):
        for start in begins:
            for definition in bpmn.definitions_of(start):
                draft.note("event-degraded", start, kind=bpmn.definition_kind(definition))
                start.remove(definition)
    if len(begins) < 2:
        return
    keep = begins[0] if bpmn.is_event_subprocess(scope) else None
    for start in begins:
        if start is keep:
            continue
        draft.note("implicit-start", start)
        for definition in bpmn.definitions_of(start):
            start.remove(definition)
        start.attrib.pop("isInterrupting", None)
        start.tag = bpmn.tag("intermediateThrowEvent")


def ends(draft: Draft) -> None:
    """Every path ends in an end event; the library needs one in each sub-process."""
    for scope in bpmn.scopes(draft.root):
        leaving = outgoing_flows(scope)
        for node in bpmn.children(scope, bpmn.FLOW_NODES - {"endEvent"}):
            if bpmn.is_event_subprocess(node) or bpmn.identity(node) in leaving:
                continue
            end = draft.add_node(scope, "endEvent", f"end_{bpmn.identity(node)}")
            draft.note("implicit-end", node, "info")
            draft.add_flow(scope, bpmn.identity(node), bpmn.identity(end))
