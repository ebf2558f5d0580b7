"""Sequence flows: dangling ends, links, boundary events, compensation, undrawn splits, conditions."""

from __future__ import annotations

import json

from lxml import etree

from workflows.engine import bpmn, expressions
from workflows.engine.bpmn import Element
from workflows.engine.draft import Draft, flows_of, identifier, outgoing_flows, remove
from workflows.engine.normalise_events import signal_definition

_DECIDING = ("exclusiveGateway", "inclusiveGateway")


def compensation_flows(draft: Draft) -> None:
    """Compensation cannot run: its boundary events and handlers stay as a skeleton, and each is named."""
    by_id = {bpmn.identity(node): node for node in bpmn.flow_nodes(draft.root)}
    links: dict[str, list[str]] = {}
    for item in draft.root.iter(bpmn.tag("association")):
        links.setdefault(item.get("sourceRef", ""), []).append(item.get("targetRef", ""))
    for node in list(by_id.values()):
        if bpmn.local(node) == "boundaryEvent" and "compensate" in _kinds(node):
            for definition in bpmn.definitions_of(node):
                node.remove(definition)
            draft.note("compensation-manual", node)
            signal_definition(draft, node, f"compensate:{node.get('attachedToRef') or bpmn.identity(node)}")
            node.set("cancelActivity", "false")
            handlers = links.get(bpmn.identity(node), [])
            _lead_to(draft, node, [by_id[name] for name in handlers if name in by_id])
    for node in by_id.values():
        if node.attrib.pop("isForCompensation", "false") == "true":
            draft.note("compensation-manual", node)


def _kinds(event: Element) -> set[str]:
    return {bpmn.definition_kind(definition) for definition in bpmn.definitions_of(event)}


def _lead_to(draft: Draft, source: Element, targets: list[Element]) -> None:
    scope = source.getparent()
    for target in targets:
        if scope is not None and target.getparent() is scope:
            draft.add_flow(scope, bpmn.identity(source), bpmn.identity(target))


def at_home(draft: Draft) -> None:
    """Move flows and boundary events that a vendor wrote in another scope to the scope of their nodes."""
    home = {
        bpmn.identity(node): scope
        for scope in bpmn.scopes(draft.root)
        for node in bpmn.children(scope, bpmn.FLOW_NODES)
        if bpmn.local(node) != "boundaryEvent"
    }
    for event in list(draft.root.iter(bpmn.tag("boundaryEvent"))):
        scope = home.get(event.get("attachedToRef", ""), event.getparent())
        if scope is not None and event.getparent() is not scope:
            scope.append(event)
        if scope is not None:
            home[bpmn.identity(event)] = scope
    for flow in list(draft.root.iter(bpmn.tag("sequenceFlow"))):
        source, target = home.get(flow.get("sourceRef", "")), home.get(flow.get("targetRef", ""))
        if source is not None and source is target and flow.getparent() is not source:
            source.append(flow)


def dangling(draft: Draft) -> None:
    """Drop flows whose ends are missing, in another scope, or where no flow may begin or end."""
    for scope in bpmn.scopes(draft.root):
        nodes = {bpmn.identity(node): bpmn.local(node) for node in bpmn.children(scope, bpmn.FLOW_NODES)}
        for flow in flows_of(scope):
            source, target = nodes.get(flow.get("sourceRef", "")), nodes.get(flow.get("targetRef", ""))
            wrong = source is None or target is None or source == "endEvent"
            if wrong or target in ("startEvent", "boundaryEvent"):
                code = "flow-dropped"
                draft.note(code, flow, source=flow.get("sourceRef"), target=flow.get("targetRef"))
                scope.remove(flow)


def links(draft: Draft) -> None:
    """Join link events by name with a flow; both stay as events without meaning of their own."""
    for scope in bpmn.scopes(draft.root):
        catches: dict[str, Element] = {}
        throws: list[tuple[str, Element]] = []
        for node in bpmn.children(scope, ("intermediateCatchEvent", "intermediateThrowEvent")):
            for definition in bpmn.children(node, ("linkEventDefinition",)):
                name = (definition.get("name") or node.get("name") or "").strip()
                if bpmn.local(node) == "intermediateCatchEvent":
                    catches.setdefault(name, node)
                    node.tag = bpmn.tag("intermediateThrowEvent")
                else:
                    throws.append((name, node))
                node.remove(definition)
        heard: set[str] = set()
        for name, node in throws:
            catch = catches.get(name)
            if catch is None:
                draft.note("link-unmatched", node, link=name)
                continue
            heard.add(name)
            draft.note("link-as-flow", node, "info", link=name)
            draft.add_flow(scope, bpmn.identity(node), bpmn.identity(catch))
        for name, catch in catches.items():
            if name in heard:
                draft.note("link-as-flow", catch, "info", link=name)
            else:
                draft.note("link-unmatched", catch, link=name)


def boundaries(draft: Draft) -> None:
    """A boundary event without a host in its scope goes, and its flows with it."""
    for scope in bpmn.scopes(draft.root):
        hosts = {bpmn.identity(node) for node in bpmn.children(scope, bpmn.ACTIVITIES)}
        leaving = outgoing_flows(scope)
        for node in bpmn.children(scope, ("boundaryEvent",)):
            if node.get("attachedToRef") in hosts:
                continue
            draft.note("boundary-dropped", node, host=node.get("attachedToRef"))
            for flow in leaving.get(bpmn.identity(node), []):
                draft.note("flow-dropped", flow, source=flow.get("sourceRef"), target=flow.get("targetRef"))
                remove(flow)
            remove(node)


def event_gateways(draft: Draft) -> None:
    """An event-based gateway leads to catching events only; with anything else a person chooses."""
    for node in list(draft.root.iter(bpmn.tag("complexGateway"))):
        draft.note("complex-gateway", node)
        for part in bpmn.children(node, ("activationCondition",)):
            node.remove(part)
        node.tag = bpmn.tag("inclusiveGateway")
    for scope in bpmn.scopes(draft.root):
        nodes = {bpmn.identity(node): node for node in bpmn.children(scope, bpmn.FLOW_NODES)}
        hosts = {node.get("attachedToRef") for node in nodes.values()}
        leaving = outgoing_flows(scope)
        for gateway in bpmn.children(scope, ("eventBasedGateway",)):
            flows = leaving.get(bpmn.identity(gateway), [])
            targets = [nodes[flow.get("targetRef", "")] for flow in flows]
            for name in ("eventGatewayType", "instantiate"):
                gateway.attrib.pop(name, None)
            for target in targets:
                if bpmn.local(target) == "receiveTask" and target.get("id") not in hosts:
                    _receive_as_catch(target)
            if not targets or any(bpmn.local(target) != "intermediateCatchEvent" for target in targets):
                draft.note("event-gateway-degraded", gateway)
                gateway.tag = bpmn.tag("exclusiveGateway")


def _receive_as_catch(task: Element) -> None:
    message = task.attrib.pop("messageRef", "")
    task.attrib.pop("instantiate", None)
    task.tag = bpmn.tag("intermediateCatchEvent")
    etree.SubElement(task, bpmn.tag("messageEventDefinition"), messageRef=message)


def splits(draft: Draft) -> None:
    """Draw the gateway that several flows out of one task or event imply."""
    for scope in bpmn.scopes(draft.root):
        leaving = outgoing_flows(scope)
        for node in bpmn.children(scope, bpmn.FLOW_NODES - bpmn.GATEWAYS):
            flows = leaving.get(bpmn.identity(node), [])
            conditional = [flow for flow in flows if bpmn.child(flow, "conditionExpression") is not None]
            default = node.attrib.pop("default", None)
            if conditional:
                draft.note("condition-on-task-flow", conditional[0])
                _split(draft, scope, node, flows, "inclusiveGateway", default)
            elif len(flows) > 1:
                draft.note("implicit-split", node, "info")
                _split(draft, scope, node, flows, "parallelGateway", None)


def _split(
    draft: Draft, scope: Element, node: Element, flows: list[Element], kind: str, default: str | None
) -> None:
    gateway = draft.add_node(scope, kind, f"split_{bpmn.identity(node)}")
    for flow in flows:
        flow.set("sourceRef", bpmn.identity(gateway))
        if (
            kind == "inclusiveGateway"
            and bpmn.child(flow, "conditionExpression") is None
            and flow.get("id") != default
        ):
            # A flow without a condition is always taken; the library wants that in words.
            etree.SubElement(flow, bpmn.tag("conditionExpression")).text = "True"
    if default is not None and default in {flow.get("id") for flow in flows}:
        gateway.set("default", default)
    draft.add_flow(scope, bpmn.identity(node), bpmn.identity(gateway))


def conditions(draft: Draft) -> None:
    """Give every flow out of a deciding gateway a condition that the engine can evaluate."""
    for scope in bpmn.scopes(draft.root):
        nodes = {bpmn.identity(node): node for node in bpmn.children(scope, bpmn.FLOW_NODES)}
        for flow in flows_of(scope):
            source = nodes.get(flow.get("sourceRef", ""))
            if source is None or bpmn.local(source) not in _DECIDING:
                for condition in bpmn.children(flow, ("conditionExpression",)):
                    draft.note("condition-ignored", flow, text=bpmn.text_of(condition)[:200])
                    flow.remove(condition)
        leaving = outgoing_flows(scope)
        for gateway in bpmn.children(scope, _DECIDING):
            _decide(draft, gateway, leaving.get(bpmn.identity(gateway), []), nodes)


def _decide(draft: Draft, gateway: Element, flows: list[Element], nodes: dict[str, Element]) -> None:
    default = gateway.get("default")
    if default is not None and default not in {flow.get("id") for flow in flows}:
        del gateway.attrib["default"]
        default = None
    open_flows: list[Element] = []
    labels: set[str] = set()
    for flow in flows:
        condition = bpmn.child(flow, "conditionExpression")
        text = bpmn.text_of(condition)
        if condition is not None and (flow.get("id") == default or not text):
            flow.remove(condition)
            condition = None
        if flow.get("id") == default:
            continue
        if condition is None:
            open_flows.append(flow)
        else:
            _condition(draft, gateway, flow, condition, text, nodes, labels)
    if len(flows) > 1 and len(open_flows) == 1 and default is None and len(flows) > len(open_flows):
        draft.note("implicit-default", open_flows[0], "info")
        gateway.set("default", bpmn.identity(open_flows[0]))
    elif len(flows) > 1:
        for flow in open_flows:
            draft.note("choice-by-label", flow, gateway=bpmn.identity(gateway))
            _by_label(gateway, flow, nodes, labels)


def _condition(
    draft: Draft,
    gateway: Element,
    flow: Element,
    condition: Element,
    text: str,
    nodes: dict[str, Element],
    labels: set[str],
) -> None:
    for name in list(condition.attrib):
        if name != bpmn.XSI_TYPE:
            del condition.attrib[name]
    usable = expressions.usable(text)
    if usable is not None:
        if usable != text:
            draft.note("condition-translated", flow, "info", text=text[:200], translated=usable[:200])
        condition.text = usable
        return
    draft.note("condition-not-python", flow, text=text[:200])
    flow.remove(condition)
    _by_label(gateway, flow, nodes, labels)


def _by_label(gateway: Element, flow: Element, nodes: dict[str, Element], labels: set[str]) -> None:
    """Let a person decide: the flow is taken when `choice_<gateway>` equals its label."""
    target = nodes.get(flow.get("targetRef", ""))
    text = " ".join((flow.get("name") or "").split()) or ("" if target is None else bpmn.label(target))
    if text in labels or not text:
        text = f"{text} ({bpmn.identity(flow)})".strip()
    labels.add(text)
    condition = etree.SubElement(flow, bpmn.tag("conditionExpression"))
    condition.text = f"{choice_variable(gateway)} == {json.dumps(text, ensure_ascii=False)}"


def choice_variable(gateway: Element) -> str:
    """Return the name of the process variable in which the choice of a person at a gateway is put."""
    return f"choice_{identifier(bpmn.identity(gateway))}"
