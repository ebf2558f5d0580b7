"""What other vendors draw becomes what our engine parses; every loss has a finding."""

# ruff: noqa: E501 - XML of a case stays on one line
from collections import Counter

import pytest
from lxml import etree

from tests.factories.bpmn_files import chain, flow, line, node, process, properties
from workflows.engine import bpmn, compile, xmlin
from workflows.engine.conformance import examine
from workflows.engine.model import Bundle
from workflows.engine.normalise import normalise

MESSAGE = '<bpmn:message id="m" name="answer"/>'


def run(data: bytes, **options):
    return normalise(xmlin.parse(data), **options)


def codes(result) -> Counter[str]:
    return Counter(found.code for found in result.findings)


def element(result, name: str):
    return next(item for item in result.root.iter() if item.get("id") == name)


def kind(result, name: str) -> str:
    return bpmn.local(element(result, name))


def timer(text: str, name: str = "timeDuration") -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{name}>{text}</bpmn:{name}></bpmn:timerEventDefinition>"


def test_a_clean_process_stays_as_it_is():
    result = run(line(node("userTask", "ask", properties(outcomes="yes,no"))))
    assert result.findings == []
    assert result.dropped == []
    assert bpmn.properties(element(result, "ask")) == {"outcomes": "yes,no"}


def test_the_source_is_not_changed():
    root = xmlin.parse(line(node("serviceTask", "send")))
    before = len(list(root.iter()))
    normalise(root)
    assert len(list(root.iter())) == before
    assert root.find(".//{*}serviceTask") is not None


@pytest.mark.parametrize("name", ["serviceTask", "businessRuleTask", "scriptTask", "sendTask", "receiveTask"])
def test_a_task_nobody_implemented_becomes_a_step_of_a_person(name):
    result = run(line(node(name, "step")))
    assert codes(result) == {"needs-implementation": 1}
    assert kind(result, "step") == "userTask"


def test_our_own_steps_stay():
    result = run(line(node("serviceTask", "step", properties(call="intake.remind_worker"))))
    assert result.findings == []
    assert kind(result, "step") == "serviceTask"


def test_a_script_in_another_language_becomes_a_step_of_a_person():
    script = "<bpmn:script>execution.setVariable('a', 1)</bpmn:script>"
    assert codes(run(line(node("scriptTask", "step", script, scriptFormat="groovy")))) == {
        "script-not-python": 1
    }


def test_an_unconditioned_choice_is_made_by_a_person():
    body = node("startEvent", "s") + node("exclusiveGateway", "g-1") + node("task", "a") + node("task", "b")
    flows = chain("s", "g-1") + flow("g-1", "a", label='to "A"'.replace('"', "&quot;")) + flow("g-1", "b")
    result = run(process(body + flows))
    assert codes(result) == {"choice-by-label": 2, "implicit-end": 2}
    texts = [text.text for text in result.root.iter("{*}conditionExpression")]
    assert texts == ['choice_g_1 == "to \\"A\\""', 'choice_g_1 == "b"']


def test_one_flow_without_condition_is_the_default():
    body = (
        node("startEvent", "s")
        + node("exclusiveGateway", "g")
        + node("endEvent", "a")
        + node("endEvent", "b")
    )
    result = run(process(body + chain("s", "g") + flow("g", "a", "x == 1") + flow("g", "b")))
    assert codes(result) == {"implicit-default": 1}
    assert element(result, "g").get("default") == "g_b"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("${approved}", "approved"),
        ("${ !approved }", "not approved"),
        ("${a == 'x' &amp;&amp; b}", "a == 'x' and b"),
        ('= state = "a = b"', 'state == "a = b"'),
        ("#{done == true}", "done == True"),
    ],
)
def test_conditions_of_others_are_translated_when_their_meaning_is_plain(theirs, ours):
    body = (
        node("startEvent", "s")
        + node("exclusiveGateway", "g")
        + node("endEvent", "a")
        + node("endEvent", "b")
    )
    result = run(process(body + chain("s", "g") + flow("g", "a", theirs) + flow("g", "b")))
    assert codes(result)["condition-translated"] == 1
    assert next(result.root.iter("{*}conditionExpression")).text == ours


@pytest.mark.parametrize(
    "text", ["no more items", "order.amount > 10", "Level == 'a' ?", "${list.size() > 1}"]
)
def test_a_condition_that_cannot_be_computed_is_left_to_a_person(text):
    text = text.replace(">", "&gt;")
    body = (
        node("startEvent", "s")
        + node("exclusiveGateway", "g")
        + node("endEvent", "a")
        + node("endEvent", "b")
    )
    result = run(process(body + chain("s", "g") + flow("g", "a", text) + flow("g", "b")))
    assert codes(result)["condition-not-python"] == 1


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("PT1H", "timeDuration", '"PT1H"'),
        (" P3D ", "timeDuration", '"P3D"'),
        ("2026-12-24T09:00:00Z", "timeDate", '"2026-12-24T09:00:00Z"'),
        ("R3/PT10M", "timeCycle", '"R3/PT10M"'),
        ('"PT5M"', "timeDuration", '"PT5M"'),
        ("due_at", "timeDate", "due_at"),
    ],
)
def test_timer_literals_are_quoted(text, name, expected):
    result = run(line(node("intermediateCatchEvent", "wait", timer(text, name))))
    assert result.findings == []
    assert element(result, "wait")[-1][0].text == expected


@pytest.mark.parametrize("text", ["", "tomorrow morning", "P"])
def test_a_timer_that_says_nothing_never_fires(text):
    result = run(line(node("intermediateCatchEvent", "wait", timer(text))))
    if text == "P":  # one word reads as a variable
        assert result.findings == []
    else:
        assert codes(result) == {"timer-undefined": 1}
        assert "P36500D" in element(result, "wait")[-1][0].text


def test_several_flows_out_of_a_task_are_drawn_as_a_gateway():
    body = node("startEvent", "s") + node("task", "t") + node("endEvent", "a") + node("endEvent", "b")
    result = run(process(body + chain("s", "t") + chain("t", "a") + chain("t", "b")))
    assert codes(result) == {"implicit-split": 1}
    assert kind(result, "split_t") == "parallelGateway"


def test_a_condition_on_a_flow_out_of_a_task_is_not_ignored():
    body = node("startEvent", "s") + node("task", "t") + node("endEvent", "a") + node("endEvent", "b")
    result = run(process(body + chain("s", "t") + flow("t", "a", "x == 1") + chain("t", "b")))
    assert codes(result) == {"condition-on-task-flow": 1}
    assert kind(result, "split_t") == "inclusiveGateway"


def test_a_process_without_start_and_end_gets_both():
    result = run(process(node("task", "a") + node("task", "b") + chain("a", "b")))
    assert codes(result) == {"implicit-start": 1, "implicit-end": 1}
    assert result.dropped == []


def test_an_unreachable_node_is_kept_and_named():
    result = run(
        process(node("startEvent", "s") + node("endEvent", "e") + chain("s", "e") + node("task", "lonely"))
    )
    assert ("unreachable", "lonely") in {(found.code, found.element) for found in result.findings}
    assert result.dropped == []


def test_a_circle_that_nothing_enters_is_named():
    body = (
        node("startEvent", "s")
        + node("endEvent", "e")
        + chain("s", "e")
        + node("task", "a")
        + node("task", "b")
    )
    result = run(process(body + chain("a", "b", "a")))
    assert codes(result)["unreachable"] == 2
    assert result.dropped == []


def test_links_become_flows():
    link = '<bpmn:linkEventDefinition name="on"/>'
    body = node("startEvent", "s") + node("intermediateThrowEvent", "out", link)
    body += node("intermediateCatchEvent", "in", link) + node("endEvent", "e")
    result = run(process(body + chain("s", "out") + chain("in", "e")))
    assert codes(result) == {"link-as-flow": 2}
    assert result.dropped == []


def test_a_signal_at_the_end_stays():
    signal = '<bpmn:signalEventDefinition signalRef="sig"/>'
    body = node("startEvent", "s") + node("endEvent", "e", signal) + chain("s", "e")
    result = run(process(body, top='<bpmn:signal id="sig" name="done"/>'))
    assert codes(result) == {}
    assert kind(result, "e") == "endEvent"


@pytest.mark.parametrize(
    ("event", "expected"),
    [("error", {}), ("escalation", {}), ("compensate", {"event-subprocess-degraded": 1})],
)
def test_an_event_subprocess_waits_for_its_event(event, expected):
    reference = "" if event == "compensate" else f' {event}Ref="x"'
    inner = node("startEvent", "is", f"<bpmn:{event}EventDefinition{reference}/>") + node("endEvent", "ie")
    body = node("startEvent", "s") + node("endEvent", "e") + chain("s", "e")
    body += node("subProcess", "sub", inner + chain("is", "ie"), triggeredByEvent="true")
    top = "" if event == "compensate" else f'<bpmn:{event} id="x" name="x" {event}Code="1"/>'
    result = run(process(body, top=top))
    assert codes(result) == expected
    assert bpmn.definitions_of(element(result, "is"))


def test_a_boundary_event_without_host_goes_with_a_finding():
    body = node("startEvent", "s") + node("endEvent", "e") + chain("s", "e")
    body += node("boundaryEvent", "b", timer("PT1H"), attachedToRef="nowhere") + node("endEvent", "late")
    result = run(process(body + chain("b", "late")))
    assert result.dropped == ["b"]
    assert set(codes(result)) >= {"boundary-dropped", "flow-dropped", "unreachable"}


def test_dangling_flows_go_with_a_finding():
    body = (
        node("startEvent", "s")
        + node("endEvent", "e")
        + chain("s", "e")
        + flow("s", "nowhere")
        + flow("e", "s")
    )
    assert codes(run(process(body))) == {"flow-dropped": 2}


def test_a_call_to_nothing_becomes_a_step_of_a_person():
    call = node("callActivity", "c", calledElement="other")
    assert codes(run(line(call))) == {"call-unresolved": 1}
    assert codes(run(line(call), called=frozenset({"other"}))) == {}


@pytest.mark.parametrize(
    ("loop", "code"),
    [
        ("<bpmn:standardLoopCharacteristics/>", "loop-undefined"),
        ("<bpmn:multiInstanceLoopCharacteristics/>", "mi-undefined"),
        (
            "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>many</bpmn:loopCardinality>"
            "</bpmn:multiInstanceLoopCharacteristics>",
            None,
        ),
        ('<bpmn:standardLoopCharacteristics loopMaximum="3"/>', None),
        (
            '<bpmn:multiInstanceLoopCharacteristics camunda:collection="${people}" camunda:elementVariable="p"/>',
            None,
        ),
    ],
)
def test_repetition_without_a_number_happens_once(loop, code):
    result = run(line(node("userTask", "t", loop)))
    assert codes(result) == ({code: 1} if code else {})


def test_forms_and_groups_of_camunda_are_taken_over():
    task = '<bpmn:userTask id="t" name="T" camunda:formKey="f1" camunda:candidateGroups="desk"/>\n'
    assert bpmn.properties(element(run(line(task)), "t")) == {"formKey": "f1", "role": "desk"}


def test_data_and_hidden_code_are_left_out():
    body = "<bpmn:extensionElements><spiffworkflow:preScript>import os</spiffworkflow:preScript></bpmn:extensionElements>"
    result = run(
        line(
            node("userTask", "t", body),
        )
    )
    assert codes(result) == {"hidden-code-dropped": 1}
    assert b"import os" not in etree.tostring(result.root)


def test_a_subprocess_gets_one_start_and_an_end():
    inner = node("startEvent", "s1") + node("startEvent", "s2") + node("task", "a") + node("task", "b")
    result = run(line(node("subProcess", "sub", inner + chain("s1", "a") + chain("s2", "b"))))
    assert result.dropped == []
    assert len(element(result, "sub").findall("{*}startEvent")) == 1
    assert element(result, "sub").findall("{*}endEvent")


def test_an_event_gateway_with_a_task_behind_it_becomes_a_choice():
    body = node("startEvent", "s") + node("eventBasedGateway", "g") + node("task", "t")
    body += node("intermediateCatchEvent", "w", timer("P1D")) + chain("s", "g", "t") + chain("g", "w")
    result = run(process(body))
    assert codes(result)["event-gateway-degraded"] == 1
    assert kind(result, "g") == "exclusiveGateway"


def test_a_receive_task_behind_an_event_gateway_waits():
    body = node("startEvent", "s") + node("eventBasedGateway", "g") + node("receiveTask", "r", messageRef="m")
    body += node("intermediateCatchEvent", "w", timer("P1D")) + chain("s", "g", "r") + chain("g", "w")
    result = run(process(body, top=MESSAGE))
    assert kind(result, "r") == "intermediateCatchEvent"
    assert set(codes(result)) == {"implicit-end"}


def test_ids_are_given_and_kept_apart():
    body = (
        node("startEvent", "s")
        + "<bpmn:task name='x'/>"
        + node("task", "s")
        + node("endEvent", "e")
        + chain("s", "e")
    )
    result = run(process(body))
    assert codes(result)["id-missing"] == 1
    assert codes(result)["duplicate-id"] == 1
    assert len(result.nodes) == 4


def test_compensation_stays_as_a_skeleton():
    body = node("startEvent", "s") + node("task", "book") + node("endEvent", "e") + chain("s", "book", "e")
    body += node("boundaryEvent", "undo", "<bpmn:compensateEventDefinition/>", attachedToRef="book")
    body += node("serviceTask", "cancel", isForCompensation="true")
    body += '<bpmn:association id="a" sourceRef="undo" targetRef="cancel"/>'
    result = run(process(body))
    assert result.dropped == []
    assert {found.element for found in result.findings if found.code == "compensation-manual"} == {
        "undo",
        "cancel",
    }


def test_what_is_not_bpmn_is_an_error():
    assert codes(run(b"<html/>")) == {"not-bpmn": 1}
    assert codes(run(b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>')) == {
        "no-process": 1
    }


def test_a_drawing_without_process_is_no_fault_but_cannot_run():
    head = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d">'
    talk = head + b'<collaboration id="c"><conversation id="cv"/></collaboration></definitions>'
    assert [(found.code, found.level) for found in run(talk).findings] == [("no-process", "warning")]
    assert not examine(talk).deployable


def test_a_choreography_keeps_its_steps():
    head = b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d"><choreography id="ch">'
    steps = (
        b'<participant id="pa"/><startEvent id="s"/><choreographyTask id="ask" initiatingParticipantRef="pa">'
        b'<participantRef>pa</participantRef></choreographyTask><subChoreography id="sub">'
        b'<choreographyTask id="inner"/></subChoreography><callChoreography id="call"/><endEvent id="e"/>'
        b'<sequenceFlow id="f1" sourceRef="s" targetRef="ask"/><sequenceFlow id="f2" sourceRef="ask" '
        b'targetRef="sub"/><sequenceFlow id="f3" sourceRef="sub" targetRef="call"/>'
        b'<sequenceFlow id="f4" sourceRef="call" targetRef="e"/></choreography></definitions>'
    )
    result = examine(head + steps)
    assert (len(result.nodes), result.lost, result.deployable) == (6, [], False)
    assert {found.level for found in result.findings} <= {"warning", "info"}
    assert {found.element for found in result.findings if found.code == "choreography-as-process"} == {
        "ch",
        "sub",
    }


def test_the_same_file_gives_the_same_tree():
    data = process(node("task", "a") + node("task", "b"))
    assert etree.tostring(run(data).root) == etree.tostring(run(data).root)


def test_flows_and_boundary_events_of_another_scope_are_brought_home():
    inner = node("startEvent", "is") + node("task", "it") + node("endEvent", "ie")
    body = (
        node("startEvent", "s")
        + node("subProcess", "sub", inner)
        + node("endEvent", "e")
        + chain("s", "sub", "e")
    )
    body += chain("is", "it", "ie") + node("boundaryEvent", "late", timer("P1D"), attachedToRef="it")
    result = run(process(body))
    assert codes(result) == {"implicit-end": 1}
    assert result.dropped == []


def test_a_draft_of_the_standard_is_read():
    data = line(node("userTask", "t")).replace(
        b"http://www.omg.org/spec/BPMN/20100524/MODEL", b"http://schema.omg.org/spec/BPMN/2.0"
    )
    assert run(data).nodes == ["start", "t", "end"]


TOP = (
    '<bpmn:message id="m" name="m"/><bpmn:signal id="g" name="g"/><bpmn:error id="r" errorCode="1"/>'
    '<bpmn:escalation id="c" escalationCode="1"/>'
)
KINDS = {
    "none": "",
    "message": '<bpmn:messageEventDefinition messageRef="m"/>',
    "signal": '<bpmn:signalEventDefinition signalRef="g"/>',
    "error": '<bpmn:errorEventDefinition errorRef="r"/>',
    "escalation": '<bpmn:escalationEventDefinition escalationRef="c"/>',
    "timer": timer("PT1H"),
    "conditional": "<bpmn:conditionalEventDefinition><bpmn:condition>x == 1</bpmn:condition></bpmn:conditionalEventDefinition>",
    **{name: f"<bpmn:{name}EventDefinition/>" for name in ("cancel", "compensate", "terminate")},
    "link": '<bpmn:linkEventDefinition name="a"/>',
}
KINDS["multiple"] = KINDS["message"] + KINDS["signal"] + KINDS["timer"]


def placed(place: str, event: str) -> bytes:
    """Return a diagram with an event `v` of one kind at one place."""
    start, end, task = node("startEvent", "s"), node("endEvent", "e"), node("userTask", "t")
    if place == "start":
        return process(node("startEvent", "v", event) + task + end + chain("v", "t", "e"), top=TOP)
    if place == "end":
        return process(start + task + node("endEvent", "v", event) + chain("s", "t", "v"), top=TOP)
    if place.startswith("intermediate"):
        return process(start + node(place, "v", event) + end + chain("s", "v", "e"), top=TOP)
    inner = (
        node("startEvent", "is") + node("userTask", "it") + node("endEvent", "ie") + chain("is", "it", "ie")
    )
    if place == "event sub-process":
        inner = inner.replace(
            '<bpmn:startEvent id="is" name="is">', f'<bpmn:startEvent id="is" name="is">{event}'
        )
        sub = node("subProcess", "sub", inner, triggeredByEvent="true")
        return process(start + task + end + chain("s", "t", "e") + sub, top=TOP)
    host = node(place, "t", "" if place in ("userTask", "callActivity") else inner)
    body = (
        start + host + end + node("boundaryEvent", "v", event, attachedToRef="t") + node("endEvent", "late")
    )
    return process(body + chain("s", "t", "e") + chain("v", "late"), top=TOP)


PLACES = """
    start/end/intermediateCatchEvent/intermediateThrowEvent/event sub-process/userTask/subProcess/transaction/callActivity/adHocSubProcess
"""


@pytest.mark.parametrize("event", KINDS)
@pytest.mark.parametrize("place", PLACES.strip().split("/"))
def test_every_event_at_every_place_is_kept(place, event):
    data = placed(place, KINDS[event])
    result = run(data)
    compiled = compile.built({"main": Bundle("main", data)}, "x", [result.root], [])
    assert result.dropped == []
    assert set(result.nodes) <= set(compiled.tasks)


def test_a_step_without_a_place_in_the_drawing_is_told():
    shapes = (
        '<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI"><di:BPMNPlane>'
        '<di:BPMNShape bpmnElement="a"/></di:BPMNPlane></di:BPMNDiagram>'
    )
    body = node("startEvent", "a") + node("task", "t") + node("endEvent", "e")
    told = [found for found in run(process(body, more=shapes)).findings if found.code == "not-drawn"]
    assert [(found.level, found.args["elements"]) for found in told] == [("info", "t, e")]
    assert [found for found in run(process(body)).findings if found.code == "not-drawn"] == []
