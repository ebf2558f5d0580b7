"""Texts of findings in plain language, and which findings forbid deploying."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import replace

from workflows.engine.finding_texts_dmn import DMN_TEXTS
from workflows.engine.finding_texts_model import MODEL_TEXTS
from workflows.engine.finding_texts_xml import XML_TEXTS
from workflows.engine.languages import column
from workflows.engine.model import Finding
from workflows.engine.said import say

TEXTS: dict[str, tuple[str, str, str, str]] = {**XML_TEXTS, **MODEL_TEXTS, **DMN_TEXTS}

BLOCKING = frozenset(
    [
        "duplicate-id",
        "id-missing",
        "no-process",
        "choreography-as-process",
        "hidden-code-dropped",
        "needs-implementation",
        "script-not-python",
        "subprocess-empty",
        "adhoc-as-parallel",
        "event-subprocess-without-event",
        "call-undefined",
        "call-unresolved",
        "vendor-form",
        "loop-undefined",
        "mi-undefined",
        "condition-not-python",
        "condition-ignored",
        "condition-on-task-flow",
        "reference-unknown",
        "event-multiple",
        "event-degraded",
        "event-subprocess-degraded",
        "compensation-manual",
        "event-undefined",
        "message-undefined",
        "signal-undefined",
        "escalation-undefined",
        "error-undefined",
        "timer-undefined",
        "flow-dropped",
        "link-unmatched",
        "boundary-dropped",
        "complex-gateway",
        "event-gateway-degraded",
        "choice-by-label",
        "unreachable",
        "node-dropped",
        "timer-invalid",
        "naive-time",
        "correlation-missing",
        "form-unknown",
        "form-text",
        "form-field-invalid",
        "form-double",
        "step-unknown",
        "step-double",
        "decision-unknown",
        "call-cycle",
        "call-self",
        "join-as-loop-target",
        "outcome-missing",
        "outcome-unknown",
        "outcome-unhandled",
        "property-invalid",
        "reserved-name",
        "dmn-unused-policy",
        "dmn-overlap",
        "dmn-name-unknown",
        "dmn-arguments",
        "dmn-literal",
        "dmn-range-empty",
    ]
)
"""A check reports these as warnings, deploying as errors: the diagram would not do what is drawn."""


class _Lenient(string.Formatter):
    """Formats a text even when an argument is missing: a finding is never the cause of an error."""

    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, object]) -> object:
        return kwargs.get(key, "?") if isinstance(key, str) else "?"

    def format_field(self, value: object, format_spec: str) -> str:
        return str(value)


def message(finding: Finding, locale: str = "nl") -> str:
    """Return the text of a finding in nl, fr, en or de; English for any other language."""
    texts = TEXTS.get(finding.code)
    if texts is None:
        return finding.code
    arguments = {"name": finding.element or "", **finding.args}
    match finding.args.get("said"):
        case {"text": str(text), "values": dict(values)}:
            arguments["detail"] = say(text, values, locale)
    return _Lenient().vformat(texts[column(locale)], (), arguments)


def at_level(findings: Iterable[Finding], *, deploying: bool) -> list[Finding]:
    """Return the findings at the level of the occasion: deploying turns what blocks into errors."""
    if not deploying:
        return list(findings)
    return [replace(found, level="error") if found.code in BLOCKING else found for found in findings]


def deployable(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing in these findings forbids deploying, at whatever level they were made."""
    return not any(found.level == "error" or found.code in BLOCKING for found in findings)
