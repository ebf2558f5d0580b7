"""A diagram while it is being rewritten: the tree, its findings, and fresh ids."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.model import Finding, Level


@dataclass
class Draft:
    """The tree under the normaliser's hands; every rewrite that changes meaning is put in `findings`."""

    root: Element
    findings: list[Finding] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    said: set[str | None] = field(default_factory=set)
    stems: dict[str, int] = field(default_factory=dict)
    tops: dict[str, set[str]] = field(default_factory=dict)
    called: frozenset[str] | None = None

    def __post_init__(self) -> None:
        self.ids = {value for element in self.root.iter() if (value := element.get("id"))}

    def note(self, code: str, element: Element | None, level: Level = "warning", **args: object) -> None:
        """Add a finding about an element."""
        self.said.add(None if element is None else element.get("id"))
        self.findings.append(
            Finding(
                code,
                level,
                None if element is None else element.get("id"),
                None if element is None else element.sourceline,
                {"name": "" if element is None else bpmn.label(element), **args},
            )
        )

    def fresh_id(self, stem: str) -> str:
        """Return an id that nothing in the file has, readable from `stem`, the same at every run."""
        base = identifier(stem)
        number = self.stems.get(base, 1)
        candidate = base if number == 1 else f"{base}_{number}"
        while candidate in self.ids:
            number += 1
            candidate = f"{base}_{number}"
        self.stems[base] = number
        self.ids.add(candidate)
        return candidate

    def add_node(self, scope: Element, name: str, stem: str) -> Element:
        """Append a flow node to a scope."""
        return etree.SubElement(scope, bpmn.tag(name), id=self.fresh_id(stem))

    def add_flow(self, scope: Element, source: str, target: str, *, stem: str | None = None) -> Element:
        """Append a sequence flow."""
        flow = etree.SubElement(
            scope,
            bpmn.tag("sequenceFlow"),
            id=self.fresh_id(stem or f"flow_{source}_{target}"),
            sourceRef=source,
            targetRef=target,
        )
        return flow


def identifier(text: str) -> str:
    """Return a text as an identifier that both XML and an expression accept."""
    cleaned = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "node"
    return cleaned if cleaned[0].isalpha() else f"n_{cleaned}"


def remove(element: Element) -> None:
    """Take an element out of the tree, its tail text with it."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def flows_of(scope: Element) -> list[Element]:
    """Return the sequence flows that lie directly in a scope."""
    return bpmn.children(scope, ("sequenceFlow",))


def outgoing_flows(scope: Element) -> dict[str, list[Element]]:
    """Return the flows that leave each node of a scope, in document order."""
    return _grouped(scope, "sourceRef")


def incoming_flows(scope: Element) -> dict[str, list[Element]]:
    """Return the flows that enter each node of a scope, in document order."""
    return _grouped(scope, "targetRef")


def _grouped(scope: Element, end: str) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for flow in flows_of(scope):
        found.setdefault(flow.get(end, ""), []).append(flow)
    return found
