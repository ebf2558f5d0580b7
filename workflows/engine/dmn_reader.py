"""Read DMN files (1.1 to 1.5) into tables; every fault is a finding, and all of them come at once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from workflows.engine import feel, xmlin
from workflows.engine.dmn_tables import (
    AGGREGATIONS,
    HIT_POLICIES,
    Definition,
    Input,
    Model,
    Output,
    Rule,
    Table,
)
from workflows.engine.feel_faults import faults
from workflows.engine.feel_values import FeelError
from workflows.engine.model import Finding, Level

OURS = "urn:draaischijf:dmn:1"
"""Namespace of our attributes: `unknown` on a table (`decides`) and on an output (its value then)."""
MAX_CELLS = 12_000
MAX_DECISIONS = 300

Element = etree._Element
_DECISIONS = ("decision", "businessKnowledgeModel")


@dataclass
class Reading:
    """A model while it is being read."""

    definitions: dict[str, Definition] = field(default_factory=dict)
    inputs: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    long_names: list[str] = field(default_factory=list)

    def note(self, code: str, element: Element | None, level: Level = "error", **args: object) -> None:
        """Add a finding."""
        name = "" if element is None else element.get("name") or element.get("id") or ""
        self.findings.append(
            Finding(
                code,
                level,
                None if element is None else element.get("id"),
                None if element is None else element.sourceline,
                {"name": name, **args},
            )
        )

    def expression(self, text: str, owner: Element, name: str) -> feel.Expression:
        """Compile an expression; one that cannot be read is a finding and stands as null."""
        try:
            return feel.expression(text or "null", self.long_names)
        except FeelError as error:
            self._unreadable(text, owner, name, error)
            return feel.expression("null")

    def cell(self, text: str, owner: Element, name: str) -> feel.Cell:
        """Compile a cell; one that cannot be read is a finding and fits nothing."""
        try:
            return feel.cell(text, self.long_names)
        except FeelError as error:
            self._unreadable(text, owner, name, error)
            return feel.cell("null")

    def _unreadable(self, text: str, owner: Element, name: str, error: FeelError) -> None:
        said = {"text": error.text, "values": error.values}
        self.note("dmn-cell", owner, text=text[:200], detail=str(error), said=said, name=name)


def local(element: Element) -> str:
    """Return the local name of an element, whatever version of DMN it is of."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _children(element: Element, name: str) -> list[Element]:
    return [item for item in element if local(item) == name]


def _child(element: Element, name: str) -> Element | None:
    return next(iter(_children(element, name)), None)


def _text(element: Element | None) -> str:
    """Return what stands in the `text` child."""
    inner = None if element is None else _child(element, "text")
    return "" if inner is None else "".join(inner.itertext()).strip()


def read(files: Sequence[bytes]) -> tuple[Model, list[Finding]]:
    """Return the model of one or more files and everything there is to say about it. Never raises."""
    reading = Reading()
    roots: list[Element] = []
    for data in files:
        try:
            root = xmlin.parse(data)
        except xmlin.Refused as refusal:
            reading.findings += refusal.findings
            continue
        if local(root) != "definitions" or "/DMN/" not in f"{etree.QName(root).namespace}/":
            reading.note("dmn-not-dmn", root)
            continue
        roots.append(root)
    for root in roots:
        reading.long_names += [
            name for item in root.iter() if (name := item.get("name")) and " " in name and _is_named(item)
        ]
    if sum(local(item) in _DECISIONS for root in roots for item in root) > MAX_DECISIONS:
        reading.note("dmn-too-many", roots[0], limit=MAX_DECISIONS)
        return Model(), reading.findings
    for root in roots:
        _read_root(reading, root)
    if roots and not reading.definitions:
        reading.note("dmn-no-decision", roots[0])
    digest = hashlib.sha256(b"\0".join(etree.tostring(root, method="c14n") for root in roots)).hexdigest()
    _requirements(reading)
    model = Model(reading.definitions, frozenset(reading.inputs), digest, _main(reading))
    return model, reading.findings


def _is_named(element: Element) -> bool:
    return local(element) in ("variable", "inputData", "formalParameter")


def _read_root(reading: Reading, root: Element) -> None:
    for item in root:
        kind = local(item)
        if kind == "inputData":
            variable = _child(item, "variable")
            reading.inputs.add(
                (variable.get("name") if variable is not None else None) or item.get("name") or ""
            )
        elif kind == "decision":
            _decision(reading, item)
        elif kind == "businessKnowledgeModel":
            _knowledge(reading, item)


def _add(reading: Reading, element: Element, definition: Definition) -> None:
    known = reading.definitions.get(definition.name)
    same = known is not None and known.expression is not None and known.expression == definition.expression
    if (known is not None and not same) or definition.name in reading.inputs:
        reading.note("dmn-duplicate", element)
    reading.definitions[definition.name] = definition


def _decision(reading: Reading, element: Element) -> None:
    variable = _child(element, "variable")
    own = element.get("id") or element.get("name") or f"decision_{element.sourceline}"
    name = (variable.get("name") if variable is not None else None) or own
    label = element.get("name") or own
    requires = tuple(
        (reference.get("href") or "").rpartition("#")[2]
        for requirement in element
        if local(requirement) in ("informationRequirement", "knowledgeRequirement")
        for reference in requirement
        if local(reference) in ("requiredDecision", "requiredKnowledge")
    )
    table, literal = _child(element, "decisionTable"), _child(element, "literalExpression")
    if table is not None:
        made = Definition(
            own, name, label, _table(reading, element, table), None, requires, element.sourceline
        )
    elif literal is not None and _text(literal):
        code = reading.expression(_text(literal), element, label)
        made = Definition(own, name, label, None, code, requires, element.sourceline)
    else:
        reading.note("dmn-no-logic", element)
        return
    _add(reading, element, made)


def _knowledge(reading: Reading, element: Element) -> None:
    """A business knowledge model is a function under its own name."""
    own = element.get("id") or element.get("name") or ""
    logic = _child(element, "encapsulatedLogic")
    literal = None if logic is None else _child(logic, "literalExpression")
    if logic is None or not _text(literal):
        reading.note("dmn-no-logic", element)
        return
    variable = _child(element, "variable")
    name = (variable.get("name") if variable is not None else None) or element.get("name") or own
    names = ", ".join(item.get("name") or "" for item in _children(logic, "formalParameter"))
    code = reading.expression(f"function({names}) {_text(literal)}", element, name)
    _add(reading, element, Definition(own, name, name, None, code, (), element.sourceline))


def _table(reading: Reading, decision: Element, element: Element) -> Table:
    name = decision.get("name") or decision.get("id") or ""
    policy = (element.get("hitPolicy") or "UNIQUE").upper().replace("_", " ")
    aggregation = (element.get("aggregation") or "").upper() or None
    if policy not in HIT_POLICIES or (aggregation is not None and aggregation not in AGGREGATIONS):
        reading.note("dmn-hit-policy", decision, policy=f"{policy} {aggregation or ''}".strip())
    inputs = tuple(_input(reading, decision, item) for item in _children(element, "input"))
    outputs = tuple(
        _output(reading, decision, item, number)
        for number, item in enumerate(_children(element, "output"), 1)
    )
    rows = _children(element, "rule")
    if not outputs:
        reading.note("dmn-no-output", decision)
    if not rows:
        reading.note("dmn-no-rules", decision)
    if len(rows) * max(1, len(inputs) + len(outputs)) > MAX_CELLS:
        reading.note("dmn-too-large", decision, limit=MAX_CELLS)
        rows = []
    rules = [
        _rule(reading, decision, row, number, len(inputs), len(outputs)) for number, row in enumerate(rows, 1)
    ]
    if policy in ("PRIORITY", "OUTPUT ORDER") and not any(output.order for output in outputs):
        reading.note("dmn-unused-policy", decision, "warning")
    return Table(
        decision.get("id") or name,
        name,
        policy if policy in HIT_POLICIES else "UNIQUE",
        aggregation if aggregation in AGGREGATIONS else None,
        inputs,
        outputs,
        tuple(rule for rule in rules if rule is not None),
        element.get(f"{{{OURS}}}unknown") == "decides",
        element.sourceline,
    )


def _input(reading: Reading, decision: Element, element: Element) -> Input:
    expression = _child(element, "inputExpression")
    values = _child(element, "inputValues")
    name = decision.get("name") or ""
    label = element.get("label") or _text(expression)
    allowed = reading.cell(_text(values), decision, name) if values is not None and _text(values) else None
    return Input(label, reading.expression(_text(expression), decision, name), allowed)


def _output(reading: Reading, decision: Element, element: Element, number: int) -> Output:
    name = element.get("name") or element.get("label") or f"output_{number}"
    title = decision.get("name") or ""
    values = _text(_child(element, "outputValues"))
    listed = reading.expression(f"[{values}]", decision, title) if values else None
    order: tuple[feel.Expression, ...] = (listed,) if listed is not None else ()
    default = _text(_child(element, "defaultOutputEntry"))
    unknown = element.get(f"{{{OURS}}}unknown") or ""
    return Output(
        name,
        element.get("label") or name,
        order,
        reading.expression(default, decision, title) if default else None,
        reading.expression(unknown, decision, title) if unknown else None,
    )


def _rule(
    reading: Reading, decision: Element, element: Element, number: int, inputs: int, outputs: int
) -> Rule | None:
    name = decision.get("name") or ""
    conditions, results = _children(element, "inputEntry"), _children(element, "outputEntry")
    own = element.get("id") or str(number)
    if len(conditions) != inputs or len(results) != outputs:
        reading.note(
            "dmn-columns",
            decision,
            rule=own,
            found=len(conditions) + len(results),
            expected=inputs + outputs,
        )
        return None
    description = _child(element, "description")
    note = _text(_child(element, "annotationEntry"))
    if not note and description is not None:
        note = "".join(description.itertext())
    return Rule(
        own,
        tuple(reading.cell(_text(item), decision, name) for item in conditions),
        tuple(reading.expression(_text(item), decision, name) for item in results),
        note.strip(),
        element.sourceline,
    )


def _requirements(reading: Reading) -> None:
    """Name what is required but absent, names that nothing declares, and circles."""
    by_id = {item.id: item.name for item in reading.definitions.values()}
    for item in reading.definitions.values():
        for reference in item.requires:
            if reference not in by_id:
                reading.findings.append(
                    Finding(
                        "dmn-requirement",
                        "error",
                        item.id,
                        item.line,
                        {"name": item.label, "reference": reference},
                    )
                )
        _names_and_faults(reading, item)
        if item.name in _all_uses(reading.definitions, item.name):
            reading.findings.append(Finding("dmn-cycle", "error", item.id, item.line, {"name": item.label}))


def _names_and_faults(reading: Reading, item: Definition) -> None:
    """Name what nothing declares and what can never mean anything, once for a decision."""
    known = reading.inputs | set(reading.definitions)
    found = dict.fromkeys(fault for tree in item.trees for fault in faults(tree, known))
    called = {text.removesuffix("()") for code, text in found if code == "dmn-name-unknown"}
    if reading.inputs:
        unknown = sorted(item.uses - known - called - {"on"})
        found.update(dict.fromkeys(("dmn-name-unknown", name) for name in unknown))
    for code, text in found:
        arguments = {"name": item.label, "unknown": text}
        reading.findings.append(Finding(code, "warning", item.id, item.line, arguments))


def _all_uses(definitions: dict[str, Definition], start: str) -> set[str]:
    stack, found = [start], set()
    while stack:
        for name in definitions[stack.pop()].uses:
            if name in definitions and name not in found:
                found.add(name)
                stack.append(name)
    return found


def _main(reading: Reading) -> str:
    """Return the decision that a file is about: the last table that no other decision uses."""
    used = {name for item in reading.definitions.values() for name in item.uses}
    free = [item for item in reading.definitions.values() if item.name not in used]
    tables = [item for item in free if item.table is not None]
    return next((item.name for item in [*tables[::-1], *free[::-1]]), "")
