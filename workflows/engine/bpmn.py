"""Names of BPMN elements and small look-ups in a diagram, shared by normaliser, linter and parser."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from lxml import etree

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

Element = etree._Element

PLAIN_TASKS = frozenset(
    [
        "task",
        "userTask",
        "manualTask",
        "scriptTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "businessRuleTask",
    ]
)
SUBPROCESSES = frozenset(["subProcess", "transaction", "adHocSubProcess"])
ACTIVITIES = PLAIN_TASKS | SUBPROCESSES | {"callActivity"}
GATEWAYS = frozenset(
    ["exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway"]
)
EVENTS = frozenset(
    [
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "implicitThrowEvent",
    ]
)
CHOREOGRAPHY = frozenset(["choreographyTask", "subChoreography", "callChoreography"])
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS | CHOREOGRAPHY
EVENT_DEFINITIONS = frozenset(
    f"{kind}EventDefinition"
    for kind in [
        "message",
        "signal",
        "timer",
        "conditional",
        "error",
        "escalation",
        "cancel",
        "compensate",
        "link",
        "terminate",
    ]
)


def tag(name: str) -> str:
    """Return the qualified name of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def local(element: Element) -> str:
    """Return the local name of a BPMN element, and `""` for anything of another namespace."""
    return _local(str(element.tag))


@lru_cache(maxsize=4_096)
def _local(name: str) -> str:
    if not name.startswith(f"{{{BPMN}}}"):
        return ""
    return name[len(BPMN) + 2 :]


def children(element: Element, names: Iterable[str]) -> list[Element]:
    """Return the direct children that carry one of these BPMN names."""
    wanted = names if isinstance(names, frozenset) else frozenset(names)
    return [child for child in element if _local(str(child.tag)) in wanted]


def child(element: Element, name: str) -> Element | None:
    """Return the first direct child of this BPMN name."""
    return element.find(tag(name))


def flow_nodes(element: Element) -> Iterator[Element]:
    """Walk all flow nodes below an element, those inside sub-processes included."""
    return (node for node in element.iter() if _local(str(node.tag)) in FLOW_NODES)


def scopes(root: Element) -> list[Element]:
    """Return every process and sub-process of the file, outer ones first."""
    return [node for node in root.iter() if local(node) == "process" or local(node) in SUBPROCESSES]


def processes(root: Element) -> list[Element]:
    """Return the processes of the file."""
    return root.findall(tag("process"))


def identity(element: Element) -> str:
    """Return the id of an element, `""` when it has none."""
    return element.get("id") or ""


def label(element: Element) -> str:
    """Return the name a person sees, on one line, or the id."""
    return " ".join((element.get("name") or "").split()) or identity(element)


def definitions_of(event: Element) -> list[Element]:
    """Return the event definitions of an event."""
    return children(event, EVENT_DEFINITIONS)


def definition_kind(definition: Element) -> str:
    """Return `timer` for a timerEventDefinition, and so on."""
    return local(definition).removesuffix("EventDefinition")


def is_event_subprocess(element: Element) -> bool:
    """Tell whether this is a sub-process that an event starts."""
    return local(element) in SUBPROCESSES and element.get("triggeredByEvent") == "true"


def text_of(element: Element | None) -> str:
    """Return the stripped text of an element, `""` when there is none."""
    if element is None:
        return ""
    return "".join(element.itertext()).strip()


def properties(element: Element) -> dict[str, str]:
    """Return the `spiffworkflow:property` values of an element."""
    found = element.iterfind(f"{tag('extensionElements')}/{{{SPIFF}}}properties/{{{SPIFF}}}property[@name]")
    return {item.get("name", ""): item.get("value", "") for item in found}


def called_process(activity: Element, known: Collection[str] = ()) -> str:
    """Return the id of the process that an activity calls, `""` for none.

    It may be a qualified name: the prefix goes, except where the whole is one of the `known` ids.
    """
    target = (activity.get("calledElement") or "").strip()
    zeebe = activity.find(f"{tag('extensionElements')}/{{{ZEEBE}}}calledElement")
    if not target and zeebe is not None:
        target = (zeebe.get("processId") or "").strip()
    return target if target in known else target.rpartition(":")[2]


def set_property(element: Element, name: str, value: str) -> None:
    """Add or replace one `spiffworkflow:property`."""
    holder = child(element, "extensionElements")
    if holder is None:
        holder = etree.Element(tag("extensionElements"))
        documentation = child(element, "documentation")
        element.insert(0 if documentation is None else element.index(documentation) + 1, holder)
    bag = holder.find(f"{{{SPIFF}}}properties")
    if bag is None:
        bag = etree.SubElement(holder, f"{{{SPIFF}}}properties", nsmap={"spiffworkflow": SPIFF})
    for item in bag.iterfind(f"{{{SPIFF}}}property"):
        if item.get("name") == name:
            item.set("value", value)
            return
    etree.SubElement(bag, f"{{{SPIFF}}}property", name=name, value=value)


def names_in(value: str | None) -> list[str]:
    """Split a comma list, without blanks."""
    return [part.strip() for part in (value or "").split(",") if part.strip()]


def flow_nodes_below(element: Element) -> Iterator[Element]:
    """Walk the flow nodes inside a sub-process, itself left out."""
    return (node for node in flow_nodes(element) if node is not element)
