"""Starts and ends that a diagram leaves out, and nodes that no path reaches."""

from __future__ import annotations

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.draft import Draft, flows_of, outgoing
from workflows.engine.reach import reachable_in


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
        entries = _entries(scope)
        if not entries:
            if anchor is None:
                anchor = draft.add_node(scope, "startEvent", f"start_{bpmn.identity(scope)}")
                draft.note("implicit-start", scope, "info")
            continue
        if anchor is None:
            anchor = draft.add_node(scope, "startEvent", f"start_{bpmn.identity(scope)}")
            draft.note("implicit-start", scope, "info")
        else:
            found = reachable_in(scope)
            for node in bpmn.children(scope, bpmn.FLOW_NODES):
                if bpmn.identity(node) not in found:
                    draft.note("unreachable", node)
        for entry in entries:
            draft.add_flow(scope, bpmn.identity(anchor), entry)


def _entries(scope: Element) -> list[str]:
    """Return the nodes from which all that is not reached yet can be reached, in document order."""
    nodes = [
        node
        for node in bpmn.children(scope, bpmn.FLOW_NODES)
        if bpmn.local(node) not in ("startEvent", "boundaryEvent") and not bpmn.is_event_subprocess(node)
    ]
    entered = {flow.get("targetRef") for flow in flows_of(scope)}
    found = reachable_in(scope)
    entries = [
        bpmn.identity(node)
        for node in nodes
        if bpmn.identity(node) not in entered and bpmn.identity(node) not in found
    ]
    found = reachable_in(scope, tuple(entries))
    for node in nodes:
        # What is left lies on a cycle that nothing enters.
        if bpmn.identity(node) not in found:
            entries.append(bpmn.identity(node))
            found = reachable_in(scope, tuple(entries))
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
        for node in bpmn.children(scope, bpmn.FLOW_NODES - {"endEvent"}):
            if bpmn.is_event_subprocess(node) or outgoing(scope, bpmn.identity(node)):
                continue
            end = draft.add_node(scope, "endEvent", f"end_{bpmn.identity(node)}")
            draft.note("implicit-end", node, "info")
            draft.add_flow(scope, bpmn.identity(node), bpmn.identity(end))
