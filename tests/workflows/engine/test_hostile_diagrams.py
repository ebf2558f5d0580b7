"""Hostile and odd diagrams: refused with all findings in one list, never a traceback, never half accepted."""

# ruff: noqa: E501 - XML of a case stays on one line
import json
import random

import pytest

from tests.factories.bpmn_files import HEAD, chain, flow, line, node, process, properties
from workflows.engine import conformance, files, findings

EXPRESSIONS = [
    "__import__('os').system('true')",
    "().__class__.__base__.__subclasses__()",
    "open('/etc/passwd').read()",
    "eval('1')",
    "exec('x=1')",
    "(lambda: 1)()",
    "[x for x in range(10**9)]",
    "2 ** 10 ** 10",
    "getattr(a, 'b')",
    "globals()",
    "f'{a.__class__}'",
    "a.__dict__",
]
SCRIPTS = [
    "import os",
    "from subprocess import run",
    "while True: pass",
    "def f(): pass",
    "x = open('/etc/passwd')",
    "x.__class__ = 1",
    "exec('import os')",
    "for x in range(10**9): pass",
    "class A: pass",
    "with open('a') as f: pass",
    "x = (yield)",
    "x ==== 1",
]


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def branch(condition: str) -> bytes:
    body = node("startEvent", "s") + node("exclusiveGateway", "g", default="g_b")
    body += node("endEvent", "a") + node("endEvent", "b") + chain("s", "g")
    return process(body + flow("g", "a", escaped(condition)) + flow("g", "b"))


def event(definition: str) -> bytes:
    return line(node("intermediateCatchEvent", "w", definition))


def repeated(loop: str) -> bytes:
    return line(node("userTask", "t", loop))


MI = "<bpmn:multiInstanceLoopCharacteristics><bpmn:{0}>{1}</bpmn:{0}></bpmn:multiInstanceLoopCharacteristics>"
DIAGRAMS = {
    **{f"condition {text}": branch(text) for text in EXPRESSIONS},
    **{
        f"script {text}": line(node("scriptTask", "t", f"<bpmn:script>{escaped(text)}</bpmn:script>"))
        for text in SCRIPTS
    },
    "hostile timer": event(
        "<bpmn:timerEventDefinition><bpmn:timeDuration>__import__('os')</bpmn:timeDuration></bpmn:timerEventDefinition>"
    ),
    "hostile conditional event": event(
        "<bpmn:conditionalEventDefinition><bpmn:condition>eval('1')</bpmn:condition></bpmn:conditionalEventDefinition>"
    ),
    "hostile cardinality": repeated(MI.format("loopCardinality", "eval('9')")),
    "huge multi-instance": repeated(MI.format("loopCardinality", "20000")),
    "huge loop": repeated('<bpmn:standardLoopCharacteristics loopMaximum="1000000"/>'),
    "hostile loop": repeated(
        "<bpmn:standardLoopCharacteristics><bpmn:loopCondition>open('x')</bpmn:loopCondition>"
        "</bpmn:standardLoopCharacteristics>"
    ),
    "self call": process(node("callActivity", "c", calledElement="main")),
    "mutual calls": process(
        node("callActivity", "c", calledElement="two"),
        more='<bpmn:process id="two"><bpmn:callActivity id="d" name="d" calledElement="main"/></bpmn:process>',
    ),
    "runaway loop": process(node("startEvent", "s") + node("exclusiveGateway", "m") + chain("s", "m", "m")),
    "no process": f"{HEAD}</bpmn:definitions>".encode(),
    "html": b"<html><body/></html>",
    "a DMN file": b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>',
    "service operator": line(
        node(
            "serviceTask",
            "t",
            '<bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="http/Get"/></bpmn:extensionElements>',
        )
    ),
    "hostile payload": process(
        node("startEvent", "s")
        + node(
            "intermediateThrowEvent",
            "t",
            '<bpmn:messageEventDefinition messageRef="m"><bpmn:extensionElements><spiffworkflow:messagePayload>'
            "__import__('os')</spiffworkflow:messagePayload></bpmn:extensionElements></bpmn:messageEventDefinition>"
            + properties(correlation="case_id"),
        )
        + chain("s", "t"),
        top='<bpmn:message id="m" name="m"/>',
    ),
    "typename": line(node("serviceTask", "t", properties(job="a.b", payload="typename"))),
    "same id everywhere": process("".join(node("task", "same") for _ in range(50))),
    "ten thousand tasks": process("<bpmn:task/>" * 10_000),
    "choreography": line(node("choreographyTask", "t")),
}


@pytest.mark.parametrize("name", DIAGRAMS)
def test_hostile_diagrams_are_refused(name):
    examined = conformance.examine(DIAGRAMS[name])
    assert not examined.deployable
    assert not conformance.examine(DIAGRAMS[name], deploying=True).deployable
    assert "internal" not in {found.code for found in examined.findings}
    for found in examined.findings:
        assert found.code in findings.TEXTS
        assert "{" not in found.message("nl").replace("{a.__class__}", "")


def report_on(path):
    return files.as_document(files.check_file(path))


def test_there_are_enough_of_them():
    assert len(DIAGRAMS) >= 42


def test_the_report_has_the_shape_that_others_rely_on(tmp_path):
    path = tmp_path / "a.bpmn"
    path.write_bytes(DIAGRAMS["script import os"])
    report = report_on(path)
    assert set(report) == {"nodes", "kept", "lost", "deployable", "findings"}
    assert (report["nodes"], report["kept"], report["lost"], report["deployable"]) == (3, 3, [], False)
    assert {*report["findings"][0]} == {"code", "level", "element", "line", "message"}
    json.dumps(report)


def test_a_file_that_is_not_there_or_too_large_is_a_finding(tmp_path):
    report = report_on(tmp_path / "nowhere.bpmn")
    assert [found["code"] for found in report["findings"]] == ["file-unreadable"]
    big = tmp_path / "big.bpmn"
    big.write_bytes(b"<a>" + b" " * 3_000_000)
    assert [found["code"] for found in report_on(big)["findings"]] == ["xml-too-large"]


def test_decision_tables_may_be_checked_the_same_way(tmp_path):
    path = tmp_path / "a.dmn"
    path.write_bytes(b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>')
    report = report_on(path)
    assert ([found["code"] for found in report["findings"]], report["deployable"]) == (
        ["dmn-no-decision"],
        False,
    )


def test_a_table_beside_a_diagram_counts_only_when_the_diagram_names_it(tmp_path):
    (tmp_path / "broken.dmn").write_text("<not-a-table>")
    path = tmp_path / "main.bpmn"
    plain = line(node("userTask", "work", properties(outcomes="done")))
    path.write_bytes(plain)
    assert report_on(path)["deployable"]
    rule = node("businessRuleTask", "rule", properties(decision="broken"))
    path.write_bytes(line(rule))
    assert "xml-broken" in [found["code"] for found in report_on(path)["findings"]]


KINDS = [
    "task",
    "userTask",
    "serviceTask",
    "scriptTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "complexGateway",
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
]
BODIES = (
    "",
    *(
        f"<bpmn:{kind}EventDefinition/>"
        for kind in ["message", "signal", "timer", "error", "escalation", "link", "cancel"]
    ),
    "<bpmn:compensateEventDefinition/><bpmn:terminateEventDefinition/>",
    "<bpmn:standardLoopCharacteristics/>",
    "<bpmn:multiInstanceLoopCharacteristics/>",
    "<bpmn:conditionalEventDefinition><bpmn:condition>x &gt;</bpmn:condition></bpmn:conditionalEventDefinition>",
    "<bpmn:ioSpecification/><bpmn:dataInputAssociation/>",
)


def odd(seed: int) -> bytes:
    """Return a diagram that no modeller would draw."""
    dice = random.Random(seed)
    names = [f"n{number}" for number in range(dice.randint(1, 12))]
    parts = []
    for name in names:
        kind = dice.choice(KINDS)
        body = dice.choice(BODIES)
        if kind in ("subProcess", "transaction", "adHocSubProcess"):
            body += node(dice.choice(KINDS), f"{name}_i") + node("task", f"{name}_j")
            body += flow(f"{name}_i", dice.choice(names))
        extra = {"attachedToRef": dice.choice(names)} if kind == "boundaryEvent" else {}
        if dice.random() < 0.2:
            extra["triggeredByEvent"] = "true"
        if dice.random() < 0.2:
            extra["default"] = "f0"
        parts.append(node(kind, name, body, **extra))
    for number in range(dice.randint(0, 20)):
        condition = dice.choice([None, None, "x == 1", "not python at all", ""])
        parts.append(flow(dice.choice(names), dice.choice([*names, "gone"]), condition, name=f"f{number}"))
    return process("".join(parts))


@pytest.mark.parametrize("seed", range(150))
def test_odd_diagrams_never_surprise_us(seed):
    examined = conformance.examine(odd(seed))
    assert "internal" not in {found.code for found in examined.findings}
    said = {found.element for found in examined.findings}
    assert set(examined.lost) <= said
