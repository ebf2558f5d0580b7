"""Events of other vendors: missing references, kinds that the engine does not know."""

from __future__ import annotations

from copy import deepcopy

from lxml import etree

from workflows.engine import bpmn, expressions
from workflows.engine.bpmn import Element
from workflows.engine.draft import Draft, remove
from workflows.engine.normalise_activities import to_user_task
from workflows.engine.normalise_timers import timer

# What may stand on which event; anything else would silently be read as "nothing".
ALLOWED = {
    "startEvent": frozenset(["message", "signal", "timer", "conditional"]),
    "intermediateCatchEvent": frozenset(["message", "signal", "timer", "conditional", "link"]),
    "intermediateThrowEvent": frozenset(["message", "signal", "escalation", "link"]),
    "endEvent": frozenset(["message", "error", "escalation", "terminate", "cancel", "signal"]),
    "boundaryEvent": frozenset(
        ["message", "signal", "timer", "conditional", "error", "escalation", "cancel"]
    ),
}
_TOP = {"message": "messageRef", "signal": "signalRef", "error": "errorRef", "escalation": "escalationRef"}
_MUST_REFER = frozenset(["message", "signal", "escalation"])


def inline_definitions(draft: Draft) -> None:
    """Copy event definitions that stand at the top of the file into the events that refer to them."""
    shared = {bpmn.identity(item): item for item in bpmn.children(draft.root, bpmn.EVENT_DEFINITIONS)}
    for ref in list(draft.root.iter(bpmn.tag("eventDefinitionRef"))):
        event = ref.getparent()
        found = shared.get(bpmn.text_of(ref))
        if event is None:
            continue
        if found is not None:
            copy = deepcopy(found)
            copy.attrib.pop("id", None)
            event.append(copy)
        event.remove(ref)


def top_elements(draft: Draft) -> None:
    """Messages, signals, errors and escalations have one id and a name."""
    seen: set[str] = set()
    for element in [item for item in draft.root if bpmn.local(item) in _TOP]:
        own = bpmn.identity(element)
        if not own or own in seen:
            draft.note("reference-unknown", element, reference=own)
            remove(element)
            continue
        seen.add(own)
        if not (element.get("name") or "").strip():
            element.set("name", own)
        if bpmn.local(element) == "escalation" and not element.get("escalationCode"):
            element.set("escalationCode", element.get("name", own))


def events(draft: Draft) -> None:
    """Leave on each event one definition that the engine understands as drawn."""
    top_elements(draft)
    transactions = {bpmn.identity(item) for item in draft.root.iter(bpmn.tag("transaction"))}
    draft.tops = {kind: {bpmn.identity(item) for item in bpmn.children(draft.root, (kind,))} for kind in _TOP}
    for task in draft.root.iter(bpmn.tag("sendTask"), bpmn.tag("receiveTask")):
        _reference(draft, task, task, "message")
    for node in list(bpmn.flow_nodes(draft.root)):
        if bpmn.local(node) in ALLOWED:
            _event(draft, node, transactions)


def _event(draft: Draft, node: Element, transactions: set[str]) -> None:
    name = bpmn.local(node)
    usable: list[Element] = []
    allowed = ALLOWED[name]
    if name == "startEvent" and _starts_event_subprocess(node):
        allowed |= {"error", "escalation"}
    for definition in bpmn.definitions_of(node):
        if bpmn.definition_kind(definition) in allowed and not _misplaced_cancel(
            node, definition, transactions
        ):
            usable.append(definition)
        else:
            _degrade(draft, node, definition)
    for extra in usable[1:]:
        draft.note("event-multiple", node, kind=bpmn.definition_kind(extra))
        remove(extra)
    node.attrib.pop("parallelMultiple", None)
    definitions = bpmn.definitions_of(node)
    if not definitions:
        _without_definition(draft, node)
        return
    _definition(draft, node, definitions[0])


def _misplaced_cancel(node: Element, definition: Element, transactions: set[str]) -> bool:
    if bpmn.definition_kind(definition) != "cancel":
        return False
    parent = node.getparent()
    if bpmn.local(node) == "endEvent":
        return parent is None or bpmn.local(parent) != "transaction"
    return node.get("attachedToRef") not in transactions


def _starts_event_subprocess(start: Element) -> bool:
    parent = start.getparent()
    return parent is not None and bpmn.is_event_subprocess(parent)


def _degrade(draft: Draft, node: Element, definition: Element) -> None:
    """Take a definition away that the engine would silently ignore."""
    kind = bpmn.definition_kind(definition)
    remove(definition)
    if bpmn.local(node) == "startEvent" and _starts_event_subprocess(node):
        # Without a definition it would run with the process at once: it waits for a signal of its own.
        draft.note("event-subprocess-degraded", node, kind=kind)
        signal_definition(draft, node, f"{kind}:{bpmn.identity(node)}")
    elif kind == "compensate":
        draft.note("compensation-manual", node)
    else:
        draft.note("event-degraded", node, kind=kind)


def _without_definition(draft: Draft, node: Element) -> None:
    name = bpmn.local(node)
    if name == "intermediateCatchEvent":
        if node.get("id") in draft.said:
            node.tag = bpmn.tag("intermediateThrowEvent")
        else:
            to_user_task(draft, node, "event-undefined")
    elif name == "boundaryEvent":
        draft.note("event-undefined", node, kind="boundaryEvent")
        signal_definition(draft, node, f"boundary:{bpmn.identity(node)}")


def signal_definition(draft: Draft, node: Element, name: str) -> None:
    """Give an event a signal of its own."""
    signal = etree.Element(bpmn.tag("signal"), id=draft.fresh_id(f"signal_{name}"), name=name)
    draft.root.insert(0, signal)
    draft.tops.setdefault("signal", set()).add(bpmn.identity(signal))
    etree.SubElement(node, bpmn.tag("signalEventDefinition"), signalRef=bpmn.identity(signal))


def _definition(draft: Draft, node: Element, definition: Element) -> None:
    kind = bpmn.definition_kind(definition)
    if kind == "timer":
        timer(draft, node, definition)
    elif kind == "conditional":
        _condition(draft, node, definition)
    elif kind in _TOP:
        _reference(draft, node, definition, kind)


def _condition(draft: Draft, node: Element, definition: Element) -> None:
    condition = bpmn.child(definition, "condition")
    text = bpmn.text_of(condition)
    usable = expressions.usable(text)
    if usable is None:
        draft.note("condition-not-python", node, text=text[:200])
        usable = "False"
    if condition is None:
        condition = etree.SubElement(definition, bpmn.tag("condition"))
    condition.text = usable


def _reference(draft: Draft, node: Element, holder: Element, kind: str) -> None:
    """Let a message, signal, error or escalation reference point to something with a name."""
    attribute = _TOP[kind]
    known = draft.tops[kind]
    target = holder.get(attribute)
    if target in known:
        return
    if target is not None:
        draft.note("reference-unknown", node, reference=target[:200])
        del holder.attrib[attribute]
    if kind in _MUST_REFER or (kind == "error" and bpmn.local(node) == "endEvent"):
        if target is None:
            draft.note(f"{kind}-undefined", node)
        new = etree.Element(
            bpmn.tag(kind), id=draft.fresh_id(f"{kind}_{bpmn.identity(node)}"), name=bpmn.label(node)
        )
        if kind in ("error", "escalation"):
            new.set(f"{kind}Code", bpmn.identity(node))
        draft.root.insert(0, new)
        known.add(bpmn.identity(new))
        holder.set(attribute, bpmn.identity(new))
