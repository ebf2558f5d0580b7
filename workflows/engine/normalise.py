"""Rewrite the BPMN of any vendor to what our engine parses, and say what was changed.

A model that cannot run as drawn becomes a runnable skeleton: its nodes stay, each loss is a finding.
The steps work on a copy, in an order that matters: what a step needs is in place before it.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from workflows.engine import bpmn, normalise_activities, normalise_events, normalise_flows, normalise_starts
from workflows.engine.bpmn import Element
from workflows.engine.draft import Draft, incoming_flows, outgoing_flows, remove
from workflows.engine.model import Finding
from workflows.engine.normalise_references import plain_references
from workflows.engine.normalise_vendors import take_over
from workflows.engine.own_forms import FORM_DATA
from workflows.engine.reach import reachable

MAX_FLOW_NODES = 3_000
_ARTEFACTS = frozenset(["textAnnotation", "association", "group"])
_DATA = frozenset(
    [
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "dataInputAssociation",
        "dataOutputAssociation",
        "ioSpecification",
        "property",
        "dataStore",
    ]
)
_HIDDEN_CODE = frozenset(["preScript", "postScript", "unitTests", "serviceTaskOperator"])
_UNUSED = frozenset(
    [
        "resourceRole",
        "performer",
        "humanPerformer",
        "potentialOwner",
        "rendering",
        "monitoring",
        "auditing",
        "ioBinding",
        "correlationSubscription",
        "supports",
        "supportedInterfaceRef",
    ]
)
_DRAFTS = frozenset(
    [
        "{http://schema.omg.org/spec/BPMN/2.0",
        "{http://www.omg.org/spec/BPMN/2.0",
        "{http://www.omg.org/bpmn20",
        "{http://www.omg.org/spec/BPMN/20100501/MODEL",
    ]
)
_GLOBAL = (
    "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask",
    "globalConversation", "globalChoreographyTask",
)  # fmt: skip
_SHAPE = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNShape"
_KEPT_AT_TOP = frozenset(["process", "message", "signal", "error", "escalation", "itemDefinition"])


@dataclass(frozen=True, slots=True)
class Normalised:
    """The rewritten diagram, the flow nodes of the source, and those of them that no path reaches now."""

    root: Element
    findings: list[Finding]
    nodes: list[str]
    dropped: list[str]


def normalise(root: Element, *, called: frozenset[str] | None = None) -> Normalised:
    """Rewrite a parsed BPMN file. `called` are the process ids that other files of the bundle bring along.

    The source tree is left alone. Never raises on odd diagrams: whatever cannot be kept is in `findings`.
    """
    draft = Draft(_current(deepcopy(root)), called=called)
    _choreographies(draft)
    if bpmn.local(draft.root) != "definitions":
        draft.note("not-bpmn", draft.root, "error", tag=str(draft.root.tag)[:100])
        return Normalised(draft.root, draft.findings, [], [])
    if _too_many(draft):
        return Normalised(draft.root, draft.findings, [], [])
    _give_ids(draft)
    nodes = list(dict.fromkeys(bpmn.identity(node) for node in bpmn.flow_nodes(draft.root)))
    _say_what_is_not_drawn(draft, nodes)
    plain_references(draft)
    normalise_events.inline_definitions(draft)
    _unsupported_nodes(draft)
    _drop_empty_processes(draft)
    take_over(draft)
    normalise_flows.compensation_flows(draft)
    _drop_data(draft)
    _strip(draft)
    normalise_activities.subprocesses(draft)
    normalise_activities.activities(draft)
    normalise_activities.loops(draft)
    normalise_flows.at_home(draft)
    normalise_flows.dangling(draft)
    normalise_events.events(draft)
    normalise_flows.links(draft)
    normalise_flows.boundaries(draft)
    normalise_starts.starts(draft)
    normalise_flows.event_gateways(draft)
    normalise_flows.splits(draft)
    normalise_starts.ends(draft)
    normalise_flows.conditions(draft)
    _finish(draft)
    kept = reachable(draft.root)
    dropped = [node for node in nodes if node not in kept]
    said = {found.element for found in draft.findings}
    by_id = {bpmn.identity(node): node for node in bpmn.flow_nodes(draft.root)}
    for node in dropped:
        if node not in said:
            draft.findings.append(_lost(node, by_id.get(node)))
    return Normalised(draft.root, draft.findings, nodes, dropped)


def _say_what_is_not_drawn(draft: Draft, nodes: list[str]) -> None:
    """A step without a shape is seen as text only; a diagram without any shape was never meant to be seen."""
    drawn = {(shape.get("bpmnElement") or "").rpartition(":")[2] for shape in draft.root.iter(_SHAPE)}
    left = [node for node in nodes if node not in drawn]
    if drawn and left:
        draft.note("not-drawn", draft.root, "info", count=len(left), elements=", ".join(left[:10]))


def _too_many(draft: Draft) -> bool:
    """No diagram that people read is this large; what is larger is refused before it costs anything."""
    count = sum(1 for _ in bpmn.flow_nodes(draft.root))
    if count > MAX_FLOW_NODES:
        draft.note("too-many-flow-nodes", draft.root, "error", count=count, limit=MAX_FLOW_NODES)
    return count > MAX_FLOW_NODES


def _current(root: Element) -> Element:
    """Bring drafts of BPMN 2.0 to the namespace of the standard; the elements have the same names."""
    name = str(root.tag)
    if name.rpartition("}")[2] != "definitions" or name.rpartition("}")[0] not in _DRAFTS:
        return root
    old = name.rpartition("}")[0] + "}"
    for element in root.iter():
        tag = str(element.tag)
        if tag.startswith(old):
            element.tag = bpmn.tag(tag[len(old) :])
    return root


def _lost(node: str, element: Element | None) -> Finding:
    line = None if element is None else element.sourceline
    return Finding("node-dropped", "warning", node, line, {"name": node})


def _give_ids(draft: Draft) -> None:
    """Every flow node, flow and process has one id of its own."""
    seen: set[str] = set()
    for element in draft.root.iter():
        name = bpmn.local(element)
        if name not in bpmn.FLOW_NODES and name not in ("sequenceFlow", "process"):
            continue
        own = element.get("id")
        if own is None or not own.strip():
            element.set("id", draft.fresh_id(f"{name}_{element.sourceline or 0}"))
            draft.note("id-missing", element, "info" if name == "sequenceFlow" else "warning")
        elif own in seen:
            draft.note("duplicate-id", element)
            element.set("id", draft.fresh_id(own))
        seen.add(bpmn.identity(element))
    if not bpmn.processes(draft.root):
        draft.note("no-process", draft.root, "warning" if _models_something(draft.root) else "error")


def _models_something(root: Element) -> bool:
    """Tell whether a file without process is a drawing all the same: of who talks to whom."""
    return bool(bpmn.children(root, ("collaboration", *_GLOBAL)))


def _choreographies(draft: Draft) -> None:
    """A choreography becomes a process in which people do every step: the nodes stay."""
    for choreography in bpmn.children(draft.root, ("choreography",)):
        draft.note("choreography-as-process", choreography)
        choreography.tag = bpmn.tag("process")
    for inner in list(draft.root.iter(bpmn.tag("subChoreography"))):
        draft.note("choreography-as-process", inner)
        inner.tag = bpmn.tag("subProcess")
    for name in ("participantRef", "messageFlowRef", "participant", "messageFlow", "correlationKey"):
        for part in [part for part in draft.root.iter(bpmn.tag(name)) if not _in_collaboration(part)]:
            remove(part)


def _in_collaboration(part: Element) -> bool:
    return any(bpmn.local(above) == "collaboration" for above in part.iterancestors())


def _unsupported_nodes(draft: Draft) -> None:
    for node in list(bpmn.flow_nodes(draft.root)):
        if bpmn.local(node) in bpmn.CHOREOGRAPHY or bpmn.local(node) == "implicitThrowEvent":
            draft.note("needs-implementation", node, kind=bpmn.local(node))
            for part in list(node):
                if bpmn.local(part) not in ("documentation", "extensionElements"):
                    node.remove(part)
            node.tag = bpmn.tag("userTask")


def _drop_empty_processes(draft: Draft) -> None:
    for process in bpmn.processes(draft.root):
        process.set("isExecutable", "true")
        if next(bpmn.flow_nodes(process), None) is None:
            draft.note("process-empty", process, "info")
            remove(process)


def _drop_data(draft: Draft) -> None:
    """Data objects, stores and associations go: case data belong in our tables, not in the process."""
    for element in list(draft.root.iter()):
        name = bpmn.local(element)
        parent = element.getparent()
        if name not in _DATA or parent is None:
            continue
        if bpmn.local(parent) in bpmn.FLOW_NODES or name == "dataStore":
            draft.note("data-dropped", parent if name != "dataStore" else element, "info", kind=name)
        elif name != "property" and name != "ioSpecification":
            draft.note("data-dropped", element, "info", kind=name)
        parent.remove(element)
    _only_once(draft, "data-dropped")


def _only_once(draft: Draft, code: str) -> None:
    seen: set[str | None] = set()
    kept: list[Finding] = []
    for found in draft.findings:
        if found.code == code:
            if found.element in seen:
                continue
            seen.add(found.element)
        kept.append(found)
    draft.findings[:] = kept


def _strip(draft: Draft) -> None:
    """Drop what the engine has no use for: drawing, artefacts, other vendors' extensions, hidden code."""
    for top in list(draft.root):
        if bpmn.local(top) not in _KEPT_AT_TOP:
            draft.root.remove(top)
    for element in list(draft.root.iter()):
        parent = element.getparent()
        if parent is None:
            continue
        name = bpmn.local(element)
        if name in _ARTEFACTS or name in _UNUSED:
            remove(element)
        elif name == "extensionElements":
            _strip_extensions(draft, element, parent)


def _strip_extensions(draft: Draft, holder: Element, owner: Element) -> None:
    for extension in list(holder):
        name = str(extension.tag)
        if name == FORM_DATA:
            continue
        if not name.startswith(f"{{{bpmn.SPIFF}}}"):
            holder.remove(extension)
        elif name.rpartition("}")[2] in _HIDDEN_CODE:
            draft.note("hidden-code-dropped", owner, kind=name.rpartition("}")[2])
            holder.remove(extension)
    if len(holder) == 0:
        remove(holder)


def _finish(draft: Draft) -> None:
    """Write `incoming` and `outgoing` afresh, and keep only lane members that exist."""
    for scope in bpmn.scopes(draft.root):
        leaving, entering = outgoing_flows(scope), incoming_flows(scope)
        for node in bpmn.children(scope, bpmn.FLOW_NODES):
            for old in bpmn.children(node, ("incoming", "outgoing")):
                node.remove(old)
            refs = [("incoming", flow) for flow in entering.get(bpmn.identity(node), [])]
            refs += [("outgoing", flow) for flow in leaving.get(bpmn.identity(node), [])]
            _write_refs(node, refs)
    known = {bpmn.identity(node) for node in bpmn.flow_nodes(draft.root)}
    for ref in list(draft.root.iter(bpmn.tag("flowNodeRef"))):
        ref.text = (ref.text or "").strip()
        if ref.text not in known:
            remove(ref)


def _write_refs(node: Element, refs: list[tuple[str, Element]]) -> None:
    """Put references to flows where the standard wants them: after documentation and extensions."""
    heads = bpmn.children(node, ("documentation", "extensionElements"))
    before = heads[-1] if heads else None
    for name, flow in refs:
        ref = node.makeelement(bpmn.tag(name))
        ref.text = flow.get("id")
        if before is None:
            node.insert(0, ref)
        else:
            before.addnext(ref)
        before = ref
