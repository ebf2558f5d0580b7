"""What other products write beside the standard: taken over, or named; never an error, never silence."""

# ruff: noqa: E501 - XML of a case stays on one line
from __future__ import annotations

import pytest

from tests.factories.bpmn_files import chain, flow, node, process
from workflows.engine import bpmn
from workflows.engine.conformance import examine

ZEEBE = 'xmlns:z="http://camunda.org/schema/zeebe/1.0"'
FLOWABLE = 'xmlns:f="http://flowable.org/bpmn"'
ACTIVITI = 'xmlns:a="http://activiti.org/bpmn"'


def extension(inside: str) -> str:
    return f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"


def one(kind: str, inside: str = "", attributes: str = "", top: str = "") -> bytes:
    """A process of one step with something of another product on it."""
    step = f'<bpmn:{kind} id="step" name="step" {attributes}>{inside}</bpmn:{kind}>'
    return process(node("startEvent", "s") + step + node("endEvent", "e") + chain("s", "step", "e"), top=top)


def said(data: bytes, element: str | None = "step") -> dict[str, str]:
    """The level of each finding on an element, by code; nothing is an error and no node is lost."""
    examined = examine(data)
    assert not [found for found in examined.findings if found.level == "error"]
    assert examined.lost == []
    return {found.code: found.level for found in examined.findings if found.element == element}


FORMS = {
    "form of Camunda 8": one(
        "userTask",
        extension(f'<z:formDefinition {ZEEBE} formKey="camunda-forms:bpmn:utf"/>'),
    ),
    "form in the page of Camunda 7": one("userTask", attributes='camunda:formKey="embedded:app:x.html"'),
    "fields of Flowable": one(
        "userTask", extension(f'<f:formProperty {FLOWABLE} id="q" type="string" required="true"/>')
    ),
    "fields of Activiti": one("userTask", extension(f'<a:formProperty {ACTIVITI} id="q"/>')),
}


@pytest.mark.parametrize("case", FORMS)
def test_a_form_of_another_product_is_named_and_forbids_deploying(case):
    assert said(FORMS[case]) == {"vendor-form": "warning"}
    assert not examine(FORMS[case]).deployable


def test_a_form_of_the_start_or_of_the_whole_process_is_named_too():
    form = f"<z:userTaskForm {ZEEBE}>{{}}</z:userTaskForm>"
    assert said(process(extension(form) + node("startEvent", "s")), "main") == {"vendor-form": "warning"}
    begin = f'<bpmn:startEvent id="s" name="s" {FLOWABLE} f:formKey="f1"/>' + node("endEvent", "e")
    assert said(process(begin + chain("s", "e")), "s") == {"vendor-form": "warning"}


CODE = {
    "task listener": one(
        "userTask",
        extension(f'<f:taskListener {FLOWABLE} event="create" class="org.x.Y"/>'),
    ),
    "execution listener": one(
        "userTask",
        extension(
            '<camunda:executionListener event="start"><camunda:script scriptFormat="groovy">x</camunda:script></camunda:executionListener>'
        ),
    ),
    "script of jBPM": one(
        "userTask",
        extension(
            '<d:onEntry-script xmlns:d="http://www.jboss.org/drools" scriptFormat="java"><d:script>x</d:script></d:onEntry-script>'
        ),
    ),
    "listener of a product we do not know": one(
        "userTask", extension('<x:startListener xmlns:x="urn:x" class="a.B"/>')
    ),
}


@pytest.mark.parametrize("case", CODE)
def test_code_of_another_product_is_not_run_and_not_hidden(case):
    assert said(CODE[case]) == {"hidden-code-dropped": "warning"}


def test_settings_that_do_nothing_here_are_one_remark():
    data = one(
        "userTask",
        extension(f"<z:ioMapping {ZEEBE}/><z:taskSchedule {ZEEBE}/>"),
        'camunda:dueDate="${now()}"',
    )
    assert said(data) == {"vendor-setting-dropped": "info"}
    assert examine(data).deployable


@pytest.mark.parametrize(
    "kind", ["serviceTask", "sendTask", "receiveTask", "businessRuleTask", "scriptTask", "callActivity"]
)
@pytest.mark.parametrize(
    "how",
    [
        f'{FLOWABLE} f:class="org.x.Y" f:async="true"',
        f'{ACTIVITI} a:expression="${{x.y()}}"',
        'camunda:type="external" camunda:topic="t"',
        'camunda:decisionRef="d" camunda:delegateExpression="${b}"',
    ],
)
def test_work_of_another_product_is_a_step_of_a_person(kind, how):
    codes = said(one(kind, attributes=how))
    assert set(codes) == {"call-undefined" if kind == "callActivity" else "needs-implementation"}


@pytest.mark.parametrize(
    "text",
    [
        "=contains(lower case(name), &quot;x&quot;)",
        "= if a then b else c",
        "${execution.getVariable('x') == 'y'}",
        "${order.items.size() &gt; 3}",
        "#{not empty list}",
        "return x;",
        "some x in y satisfies x &gt; 1",
    ],
)
def test_a_condition_that_is_not_ours_is_for_a_person(text):
    body = node("startEvent", "s") + node("exclusiveGateway", "g", default="g_b")
    body += node("endEvent", "a") + node("endEvent", "b")
    data = process(body + flow("s", "g") + flow("g", "a", text) + flow("g", "b"))
    assert said(data, "g_a")["condition-not-python"] == "warning"


def test_groups_and_keys_of_kindred_products_are_taken_over():
    for names, prefix in ((FLOWABLE, "f"), (ACTIVITI, "a")):
        step = one("userTask", attributes=f'{names} {prefix}:candidateGroups="clerk" {prefix}:formKey="k"')
        root = examine(step).root
        assert root is not None
        task = next(root.iter(bpmn.tag("userTask")))
        assert bpmn.properties(task) == {"role": "clerk", "formKey": "k"}
    assigned = extension(f'<z:assignmentDefinition {ZEEBE} candidateGroups="clerk" assignee="=x"/>')
    root = examine(one("userTask", assigned)).root
    assert root is not None
    assert bpmn.properties(next(root.iter(bpmn.tag("userTask")))) == {"role": "clerk"}


@pytest.mark.parametrize(
    ("inside", "attributes", "lost"),
    [
        ("", 'camunda:assignee="maria"', "Camunda 7: assignee"),
        ("", 'camunda:candidateGroups="clerk,boss"', "Camunda 7: candidateGroups"),
        ("", 'camunda:candidateGroups="${group}"', "Camunda 7: candidateGroups"),
        (f'<z:assignmentDefinition {ZEEBE} assignee="maria"/>', "", "Camunda 8: assignee"),
        (f'<z:assignmentDefinition {ZEEBE} candidateGroups="a, b"/>', "", "Camunda 8: candidateGroups"),
    ],
)
def test_a_person_or_several_groups_are_no_role_and_the_lane_stays(inside, attributes, lost):
    step = one("userTask", extension(inside) if inside else "", attributes)
    lanes = '<bpmn:laneSet><bpmn:lane id="l" name="desk"><bpmn:flowNodeRef>step</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
    examined = examine(step.replace(b"<bpmn:startEvent", lanes.encode() + b"<bpmn:startEvent", 1))
    assert examined.root is not None
    assert "role" not in bpmn.properties(next(examined.root.iter(bpmn.tag("userTask"))))
    found = [each for each in examined.findings if each.code == "vendor-setting-dropped"]
    assert [(each.level, each.args["kind"]) for each in found] == [("warning", lost)]
    assert examined.deployable


def test_references_may_carry_the_prefix_of_their_namespace():
    """As IBM and MID write them: qualified names, event definitions at the top, elements of no namespace."""
    top = (
        '<bpmn:message id="m" name="answer"/><bpmn:timerEventDefinition id="clock"><bpmn:timeDuration>PT1H'
        "</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )
    body = (
        '<bpmn:laneSet><bpmn:lane id="l" name="clerk"><bpmn:flowNodeRef> P:t </bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>'
        + node("startEvent", "s")
        + node("userTask", "t", '<geometry x="1" y="2"/>')
        + node("boundaryEvent", "b", "<bpmn:eventDefinitionRef>P:clock</bpmn:eventDefinitionRef>", attachedToRef="P:t")
        + node("callActivity", "c", calledElement="P:two")
        + node("endEvent", "e")
        + node("endEvent", "late")
        + flow("P:s", "P:t", name="f1")
        + flow("P:t", "P:c", name="f2")
        + flow("P:c", "P:e", name="f3")
        + flow("P:b", "P:late", name="f4")
    )  # fmt: skip
    two = '<bpmn:process id="two"><bpmn:startEvent id="s2"/><bpmn:endEvent id="e2"/>' + chain("s2", "e2")
    examined = examine(process(body, top=top, more=two + "</bpmn:process>"))
    assert {found.code for found in examined.findings} <= {"call-unused", "name-missing", "not-drawn"}
    assert examined.lost == []
    assert examined.root is not None
    assert next(examined.root.iter(bpmn.tag("flowNodeRef"))).text == "t"
    assert next(examined.root.iter(bpmn.tag("boundaryEvent"))).get("attachedToRef") == "t"
    assert [bpmn.local(each) for each in bpmn.definitions_of(next(examined.root.iter(bpmn.tag("boundaryEvent"))))] == [
        "timerEventDefinition"
    ]  # fmt: skip


def test_a_file_in_the_code_page_of_a_mac_is_read():
    data = one("userTask").decode().replace('name="step"', 'name="Prüfen é"')
    examined = examine(f'<?xml version="1.0" encoding="MacRoman"?>{data}'.encode("mac_roman"))
    assert examined.root is not None
    assert next(examined.root.iter(bpmn.tag("userTask"))).get("name") == "Prüfen é"
