"""Which nodes a token can come to: along flows, boundary events and into sub-processes."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.engine import bpmn
from workflows.engine.bpmn import Element


class Graph:
    """The nodes of one scope and where a token goes from each; a boundary event follows its host."""

    def __init__(self, scope: Element) -> None:
        self.nodes = {bpmn.identity(node): node for node in bpmn.children(scope, bpmn.FLOW_NODES)}
        self.targets: dict[str, list[str]] = {name: [] for name in self.nodes}
        self.sources: dict[str, list[str]] = {name: [] for name in self.nodes}
        for flow in bpmn.children(scope, ("sequenceFlow",)):
            self._add(flow.get("sourceRef", ""), flow.get("targetRef", ""))
        for name, node in self.nodes.items():
            if bpmn.local(node) == "boundaryEvent":
                self._add(node.get("attachedToRef", ""), name)

    def _add(self, source: str, target: str) -> None:
        if source in self.nodes and target in self.nodes:
            self.targets[source].append(target)
            self.sources[target].append(source)

    def begins(self) -> list[str]:
        """Return where tokens appear by themselves: start events and event sub-processes."""
        return [
            name
            for name, node in self.nodes.items()
            if bpmn.local(node) == "startEvent" or bpmn.is_event_subprocess(node)
        ]

    def spread(self, begins: Iterable[str], found: set[str]) -> None:
        """Add everything that is reached from some nodes to what was found before."""
        stack = list(begins)
        while stack:
            name = stack.pop()
            if name not in found and name in self.nodes:
                found.add(name)
                stack += self.targets[name]


def reachable(root: Element) -> set[str]:
    """Return the ids of all flow nodes that some path from a start event reaches."""
    found: set[str] = set()
    scopes = list(bpmn.processes(root))
    while scopes:
        graph = Graph(scopes.pop())
        here: set[str] = set()
        graph.spread(graph.begins(), here)
        found |= here
        scopes += [graph.nodes[name] for name in here if bpmn.local(graph.nodes[name]) in bpmn.SUBPROCESSES]
    return found


def rings(graph: dict[str, list[str]]) -> list[set[str]]:
    """Return the sets of nodes that lead back to each other: Tarjan's strong components, no recursion.

    A single node counts only when it leads to itself.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[set[str]] = []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, targets = work[-1]
            for target in targets:
                if target not in graph:
                    continue
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(graph[target])))
                    break
                if target in on_stack:
                    low[name] = min(low[name], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    ring = _unstacked(stack, on_stack, name)
                    if len(ring) > 1 or name in graph[name]:
                        found.append(ring)
    return found


def _unstacked(stack: list[str], on_stack: set[str], last: str) -> set[str]:
    ring: set[str] = set()
    while True:
        name = stack.pop()
        on_stack.discard(name)
        ring.add(name)
        if name == last:
            return ring
