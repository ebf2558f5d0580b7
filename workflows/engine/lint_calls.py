"""Which process calls which: a circle of calls never ends and may not be deployed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.model import Finding
from workflows.engine.remarks import remark


def calls(root: Element) -> dict[str, set[str]]:
    """Return for each process of a file the ids of the processes it calls."""
    own = {bpmn.identity(process) for process in bpmn.processes(root)}
    return {
        bpmn.identity(process): {
            target
            for activity in process.iter(bpmn.tag("callActivity"))
            if (target := bpmn.called_process(activity, own))
        }
        for process in bpmn.processes(root)
    }


def call_findings(root: Element, called: Mapping[str, Collection[str]]) -> list[Finding]:
    """Return the call activities through which a process comes back to itself."""
    graph: dict[str, set[str]] = {key: set(targets) for key, targets in called.items()}
    for key, targets in calls(root).items():
        graph.setdefault(key, set()).update(targets)
    found: list[Finding] = []
    reached: dict[str, set[str]] = {}
    for process in bpmn.processes(root):
        own = bpmn.identity(process)
        for activity in process.iter(bpmn.tag("callActivity")):
            target = activity.get("calledElement") or ""
            if target == own:
                found.append(remark("call-self", activity, called=target))
                continue
            if target not in reached:
                reached[target] = _all_called(graph, target)
            if own in reached[target]:
                found.append(remark("call-cycle", activity, called=target))
    return found


def _all_called(graph: Mapping[str, Collection[str]], start: str) -> set[str]:
    stack, found = [start], set()
    while stack:
        name = stack.pop()
        for target in graph.get(name, ()):
            if target not in found:
                found.add(target)
                stack.append(target)
    return found
