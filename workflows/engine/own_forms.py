"""Simple forms that a diagram brings along (`camunda:formData`), and what outcomes are called in it.

    <camunda:formData>
      <camunda:formField id="visits" type="long" label="Hoeveel bezoeken?">
        <camunda:validation><camunda:constraint name="required"/><camunda:constraint name="max" config="9"/>
    </camunda:validation></camunda:formField></camunda:formData>

Types: `enum` (with `camunda:value`), `boolean`, `long` and `date`. There is no text: what people write may be
about somebody, and process data are never personal.
"""

from __future__ import annotations

import re

from workflows.engine import bpmn
from workflows.engine.bpmn import Element
from workflows.engine.draft import outgoing_flows
from workflows.engine.lint_outcomes import tested_outcomes
from workflows.engine.model import Finding, FormField
from workflows.engine.remarks import remark

KINDS = {"enum": "choice", "boolean": "yes_no", "long": "number", "integer": "number", "date": "date"}
TEXT = frozenset({"string", "text", "textarea", "textfield"})
FORM_DATA = f"{{{bpmn.CAMUNDA}}}formData"
FORM_FIELD = f"{{{bpmn.CAMUNDA}}}formField"
MAX_FIELDS = 30
MAX_CHOICES = 50
MAX_LABEL = 200
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_WHOLE = re.compile(r"-?\d{1,12}")
# The engine's own names. What ends in `_id` says which record the process is about.
RESERVED = frozenset({"typename", "outcome"})


def usable_name(name: str) -> bool:
    """Whether a form may write process data of this name."""
    return bool(NAME.fullmatch(name)) and name not in RESERVED and not name.endswith("_id")


def own_fields(task: Element) -> tuple[FormField, ...]:
    """Return the fields of a task's own form; what is wrong with it is in `own_form_findings`."""
    return _read(task)[0]


def own_form_findings(root: Element) -> list[Finding]:
    """Return what is wrong with the forms of a diagram."""
    found: list[Finding] = []
    for task in root.iter(bpmn.tag("userTask")):
        found += _read(task)[1]
        if _elements(task) and bpmn.properties(task).get("formKey"):
            found.append(remark("form-double", task))
    return found


def _elements(task: Element) -> list[Element]:
    return task.findall(f"{bpmn.tag('extensionElements')}/{FORM_DATA}/{FORM_FIELD}")


def _read(task: Element) -> tuple[tuple[FormField, ...], list[Finding]]:
    fields: dict[str, FormField] = {}
    found: list[Finding] = []
    elements = _elements(task)
    if len(elements) > MAX_FIELDS:
        return (), [_wrong(task, "", f"> {MAX_FIELDS}")]
    for element in elements:
        name, kind = element.get("id") or "", (element.get("type") or "").strip().lower()
        if kind in TEXT:
            found.append(remark("form-text", task, field=name[:40]))
        elif not usable_name(name) or name in fields:
            found.append(_wrong(task, name, "id"))
        elif kind not in KINDS:
            found.append(_wrong(task, name, f"type {kind[:40]!r}"))
        else:
            field, fault = _field(element, name, KINDS[kind])
            fields[name] = field
            found += [_wrong(task, name, fault)] if fault else []
    return tuple(fields.values()), found


def _wrong(task: Element, name: str, what: str) -> Finding:
    return remark("form-field-invalid", task, field=name[:40], what=what)


def _field(element: Element, name: str, kind: str) -> tuple[FormField, str]:
    """Return the field, and in a word what is wrong with it."""
    limits = {
        item.get("name", ""): (item.get("config") or "").strip()
        for item in element.iterfind(f"{{{bpmn.CAMUNDA}}}validation/{{{bpmn.CAMUNDA}}}constraint")
    }
    choices = tuple(
        (item.get("id") or "", (item.get("name") or item.get("id") or "")[:MAX_LABEL])
        for item in element.iterfind(f"{{{bpmn.CAMUNDA}}}value")
    )
    least, most = _whole(limits.get("min")), _whole(limits.get("max"))
    label = " ".join((element.get("label") or name).split())[:MAX_LABEL]
    required = limits.get("required", "false").lower() in ("", "true")
    field = FormField(name, kind, label, required, choices, least, most)  # type: ignore[arg-type]
    return field, _fault(field, limits)


def _fault(field: FormField, limits: dict[str, str]) -> str:
    if any(_whole(limits[name]) is None for name in ("min", "max") if name in limits):
        return "min, max"
    if field.least is not None and field.most is not None and field.least > field.most:
        return "min > max"
    codes = [code for code, _label in field.choices]
    if field.kind == "choice" and not 0 < len(codes) <= MAX_CHOICES:
        return "camunda:value"
    if len(set(codes)) < len(codes) or not all(CODE.fullmatch(code) for code in codes):
        return "camunda:value id"
    return ""


def _whole(text: str | None) -> int | None:
    return int(text) if text and _WHOLE.fullmatch(text) else None


def outcome_names(root: Element) -> dict[str, dict[str, str]]:
    """Return what a diagram calls the outcomes of its tasks: the names of the arrows of the gateway after it.

    By task and code. The arrow without condition bears the name of the one outcome that no other one tests.
    """
    names: dict[str, dict[str, str]] = {}
    for scope in bpmn.scopes(root):
        nodes = {bpmn.identity(node): node for node in bpmn.children(scope, bpmn.FLOW_NODES)}
        leaving = outgoing_flows(scope)
        for name, task in nodes.items():
            codes = bpmn.names_in(bpmn.properties(task).get("outcomes"))
            flows = leaving.get(name, [])
            if bpmn.local(task) != "userTask" or len(codes) < 2 or len(flows) != 1:
                continue
            gateway = nodes.get(flows[0].get("targetRef", ""))
            if gateway is not None and bpmn.local(gateway) == "exclusiveGateway":
                names[name] = _named(codes, leaving.get(bpmn.identity(gateway), []))
    return names


def _named(codes: list[str], flows: list[Element]) -> dict[str, str]:
    named: dict[str, str] = {}
    tested: set[str] = set()
    rest = ""
    for flow in flows:
        text = bpmn.text_of(bpmn.child(flow, "conditionExpression"))
        label = " ".join((flow.get("name") or "").split())
        found = tested_outcomes(text) if text else set()
        tested |= found
        if len(found) == 1 and label:
            named.setdefault(found.pop(), label)
        elif not text:
            rest = label
    left = [code for code in codes if code not in tested]
    if rest and len(left) == 1:
        named[left[0]] = rest
    return {code: named[code] for code in codes if code in named}
