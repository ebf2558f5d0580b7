"""What a check of one file says: the text behind `process check FILE --json`. Needs no database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workflows.engine import dmn
from workflows.engine.compile import check
from workflows.engine.conformance import MAX_BYTES
from workflows.engine.findings import deployable
from workflows.engine.model import Bundle, Finding, Report


def check_file(path: Path) -> Report:
    """Check a BPMN file, with the decision tables beside it that it names, or a DMN file. Never raises."""
    try:
        data = _read(path)
    except OSError as error:
        found = Finding("file-unreadable", "error", args={"detail": error.strerror or "?"})
        return Report(0, 0, [], [found], deployable=False)
    if b"/DMN/" in data[:4_000] and b"/BPMN/" not in data[:4_000]:
        findings = dmn.check(data)
        return Report(0, 0, [], findings, deployable=deployable(findings))
    return check(Bundle(path.stem, data, _tables(path, data)))


def _read(path: Path) -> bytes:
    """The file, or so much of it that it is surely too large."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _tables(path: Path, data: bytes) -> dict[str, bytes]:
    beside = sorted(path.parent.glob("*.dmn"))
    return {each.stem: _read(each) for each in beside if each.stem.encode() in data}


def as_document(report: Report, locale: str = "nl") -> dict[str, Any]:
    """A report as its `--json` document."""
    return {
        "nodes": report.nodes,
        "kept": report.kept,
        "lost": list(report.lost),
        "deployable": report.deployable,
        "findings": [
            {
                "code": found.code,
                "level": found.level,
                "element": found.element,
                "line": found.line,
                "message": found.message(locale),
            }
            for found in report.findings
        ],
    }
