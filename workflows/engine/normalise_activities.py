"""Activities of other vendors: tasks nobody implemented, calls, sub-processes, loops, multi-instances."""

from __future__ import annotations

from workflows.engine import bpmn, expressions
from workflows.engine.bpmn import Element
from workflows.engine.draft import Draft, remove

_BODY = frozenset(["documentation", "extensionElements", "incoming", "outgoing"])
_LOOPS = frozenset(["standardLoopCharacteristics", "multiInstanceLoopCharacteristics"])


def to_user_task(draft: Draft, node: Element, code: str = "needs-implementation", **args: str) -> None:
    """Make a step that a person does out of one that nobody has implemented."""
    draft.note(code, node, "warning", kind=bpmn.local(node), **args)
    for part in list(node):
        if bpmn.local(part) not in _BODY | _LOOPS:
            node.remove(part)
    for name in list(node.attrib):
        if name not in ("id", "name", "default"):
            del node.attrib[name]
    node.tag = bpmn.tag("userTask")


def subprocesses(draft: Draft) -> None:
    """Bring all kinds of sub-process to plain ones with contents."""
    for node in list(draft.root.iter(*(bpmn.tag(name) for name in sorted(bpmn.SUBPROCESSES)))):
        if next(bpmn.flow_nodes_below(node), None) is None:
            to_user_task(draft, node, "subprocess-empty")
            continue
        if bpmn.local(node) == "adHocSubProcess":
            draft.note("adhoc-as-parallel", node)
            for part in bpmn.children(node, ("completionCondition",)):
                node.remove(part)
            for name in ("ordering", "cancelRemainingInstances"):
                node.attrib.pop(name, None)
            node.tag = bpmn.tag("subProcess")
        if node.get("triggeredByEvent") == "true" and not any(
            bpmn.definitions_of(start) for start in bpmn.children(node, ("startEvent",))
        ):
            draft.note("event-subprocess-without-event", node)
            del node.attrib["triggeredByEvent"]


def activities(draft: Draft) -> None:
    """Keep the tasks that the engine can run; the rest becomes a step that a person does."""
    known = {bpmn.identity(process) for process in bpmn.processes(draft.root)} | (draft.called or frozenset())
    for node in list(bpmn.flow_nodes(draft.root)):
        name = bpmn.local(node)
        if name == "task":
            node.tag = bpmn.tag("userTask")
        elif name == "serviceTask":
            _service(draft, node)
        elif name in ("sendTask", "receiveTask"):
            _messaging(draft, node)
        elif name == "businessRuleTask":
            if not decision_of(node):
                to_user_task(draft, node)
        elif name == "scriptTask":
            _script(draft, node)
        elif name == "callActivity":
            _call(draft, node, known)


def decision_of(node: Element) -> str:
    """Return the decision id that a business rule task asks, `""` when none is named."""
    called = node.find(f"{bpmn.tag('extensionElements')}/{{{bpmn.SPIFF}}}calledDecisionId")
    return bpmn.properties(node).get("decision", "") or bpmn.text_of(called)


def _service(draft: Draft, node: Element) -> None:
    known = bpmn.properties(node)
    if not known.get("call") and not known.get("job"):
        to_user_task(draft, node)


def _messaging(draft: Draft, node: Element) -> None:
    known = bpmn.properties(node)
    if known.get("call") or known.get("job"):
        node.tag = bpmn.tag("serviceTask")
        node.attrib.pop("messageRef", None)
    elif not node.get("messageRef"):
        to_user_task(draft, node)


def _script(draft: Draft, node: Element) -> None:
    text = bpmn.text_of(bpmn.child(node, "script"))
    language = (node.get("scriptFormat") or "python").lower()
    if not text:
        to_user_task(draft, node)
    elif "python" not in language:
        to_user_task(draft, node, "script-not-python", language=language[:40])
    # Python that is refused stays as it is: the linter names every fault in it.


def _call(draft: Draft, node: Element, known: set[str]) -> None:
    target = node.get("calledElement") or ""
    if target not in known:
        to_user_task(draft, node, "call-unresolved" if target else "call-undefined", called=target)


def loops(draft: Draft) -> None:
    """Keep loops and multi-instances that say how often; the rest runs once."""
    for node in list(bpmn.flow_nodes(draft.root)):
        for loop in bpmn.children(node, ("standardLoopCharacteristics",)):
            _loop(draft, node, loop)
        for many in bpmn.children(node, ("multiInstanceLoopCharacteristics",)):
            _multi_instance(draft, node, many)


def _loop(draft: Draft, node: Element, loop: Element) -> None:
    maximum = (loop.get("loopMaximum") or "").strip()
    if not maximum.isascii() or not maximum.isdigit():
        loop.attrib.pop("loopMaximum", None)
        maximum = ""
    condition = bpmn.child(loop, "loopCondition")
    text = expressions.usable(bpmn.text_of(condition))
    if condition is not None and text is None:
        loop.remove(condition)
    elif condition is not None:
        condition.text = text
    if text is None and not maximum:
        draft.note("loop-undefined", node)
        remove(loop)


def _multi_instance(draft: Draft, node: Element, many: Element) -> None:
    camunda = many.get(f"{{{bpmn.CAMUNDA}}}collection")
    cardinality = bpmn.child(many, "loopCardinality")
    text = expressions.usable(bpmn.text_of(cardinality))
    collection = _collection(draft, many, camunda)
    for part in list(many):
        if bpmn.local(part) not in (
            "loopCardinality",
            "loopDataInputRef",
            "inputDataItem",
            "completionCondition",
        ):
            many.remove(part)
    if text is None and collection is None:
        draft.note("mi-undefined", node)
        remove(many)
        return
    if text is not None and cardinality is not None:
        cardinality.text = text
        _drop(many, "loopDataInputRef")
    else:
        _drop(many, "loopCardinality")
        _set_collection(many, collection or "", many.get(f"{{{bpmn.CAMUNDA}}}elementVariable"))
    done = bpmn.child(many, "completionCondition")
    if done is not None:
        usable = expressions.usable(bpmn.text_of(done))
        if usable is None:
            draft.note("condition-not-python", node, text=bpmn.text_of(done)[:200])
            many.remove(done)
        else:
            done.text = usable
    for name in list(many.attrib):
        if name not in ("id", "isSequential"):
            del many.attrib[name]


def _collection(draft: Draft, many: Element, camunda: str | None) -> str | None:
    """Return the name of the list to go through, when it is a plain variable."""
    name = bpmn.text_of(bpmn.child(many, "loopDataInputRef")) or (camunda or "").strip()
    name = name.removeprefix("${").removesuffix("}")
    return name if name.isidentifier() and name not in draft.ids else None


def _set_collection(many: Element, name: str, item: str | None) -> None:
    ref = bpmn.child(many, "loopDataInputRef")
    if ref is None:
        ref = many.makeelement(bpmn.tag("loopDataInputRef"))
        many.insert(0, ref)
    ref.text = name
    if bpmn.child(many, "inputDataItem") is None:
        entry = many.makeelement(bpmn.tag("inputDataItem"), {"id": item or "item", "name": item or "item"})
        many.insert(1, entry)


def _drop(parent: Element, name: str) -> None:
    part = bpmn.child(parent, name)
    if part is not None:
        parent.remove(part)
