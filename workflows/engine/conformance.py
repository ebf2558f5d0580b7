"""What a check of one BPMN file says: the text behind `process check FILE --json`. Needs no database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflows.engine import dmn, lint, normalise, xmlin
from workflows.engine import findings as texts
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


def report(path: str | Path, *, locale: str = "nl") -> dict[str, Any]:
    """Return the check of a BPMN (or DMN) file in the shape of design.md section 4, ready for JSON.

    `nodes` and `kept` count the flow nodes of all processes in the file, `lost` are the ids that are gone.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        found = Finding("file-unreadable", "error", None, None, {"detail": error.strerror or "?"})
        return as_dict(Examined(None, [], [], [found]), locale=locale)
    if b"/DMN/" in data[:4_000] and b"/BPMN/" not in data[:4_000]:
        return _tables(data, locale)
    return as_dict(examine(data), locale=locale)


def _tables(data: bytes, locale: str) -> dict[str, Any]:
    """Check a file of decision tables: there are no nodes to keep, the findings are what counts."""
    found = dmn.check(data)
    told = as_dict(Examined(None, [], [], found), locale=locale)
    return {**told, "deployable": texts.deployable(found)}


def as_dict(examined: Examined, *, locale: str = "nl") -> dict[str, Any]:
    """Return an examination as the JSON document of `process check`."""
    return {
        "nodes": len(examined.nodes),
        "kept": len(examined.nodes) - len(examined.lost),
        "lost": examined.lost,
        "deployable": examined.deployable,
        "findings": [
            {
                "code": found.code,
                "level": found.level,
                "element": found.element,
                "line": found.line,
                "message": texts.message(found, locale),
            }
            for found in examined.findings
        ],
    }
