"""The examination of one BPMN file: parsed, normalised, linted, all findings in one list."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from workflows.engine import findings as texts
from workflows.engine import lint, normalise, xmlin
from workflows.engine.bpmn import Element
from workflows.engine.model import Finding

MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Examined:
    """A file after the check: `root` is the normalised tree, None when the file was refused."""

    root: Element | None
    nodes: list[str]
    lost: list[str]
    findings: list[Finding]

    @property
    def deployable(self) -> bool:
        """Tell whether nothing stands in the way of deploying."""
        return self.root is not None and texts.deployable(self.findings)


def examine(
    data: bytes,
    *,
    deploying: bool = False,
    forms: Collection[str] | None = None,
    steps: Collection[str] | None = None,
    decisions: Collection[str] | None = None,
    called: Mapping[str, Collection[str]] | None = None,
) -> Examined:
    """Parse, normalise and lint a BPMN file; all findings in one list, whatever the input. Never raises.

    `called` is the call graph of the files that come along: process id to the process ids it calls.
    """
    try:
        source = xmlin.parse(data, limit=MAX_BYTES)
    except xmlin.Refused as refusal:
        return Examined(None, [], [], refusal.findings)
    try:
        normal = normalise.normalise(source, called=None if called is None else frozenset(called))
        if any(found.level == "error" for found in normal.findings):
            return Examined(None, normal.nodes, normal.dropped, normal.findings)
        found = normal.findings + lint.lint(
            normal.root, forms=forms, steps=steps, decisions=decisions, called=called
        )
    except Exception as error:
        # An odd diagram may surprise us; the person who sent it gets a finding, not a traceback.
        return Examined(
            None, [], [], [Finding("internal", "error", None, None, {"detail": repr(error)[:200]})]
        )
    return Examined(normal.root, normal.nodes, normal.dropped, texts.at_level(found, deploying=deploying))
