"""All findings at once: what a check reports and deploying refuses."""

# ruff: noqa: E501 - XML of a case stays on one line
import pytest

from tests.factories.bpmn_files import chain, flow, line, node, process, properties
from workflows.engine import conformance, findings, lint_expressions, tasks

MESSAGE = '<bpmn:message id="m" name="answer"/>'
SEND = '<bpmn:messageEventDefinition messageRef="m"/>'


def codes(data: bytes, **options) -> set[str]:
    return {found.code for found in conformance.examine(data, **options).findings}


def choice(
    first: str, second: str, task: str = properties(outcomes="yes,no"), default: str | None = None
) -> bytes:
    """Return a task, a gateway and two ends; conditions as given."""
    extra = {"default": default} if default else {}
    body = node("startEvent", "s") + node("userTask", "ask", task) + node("exclusiveGateway", "g", **extra)
    body += node("endEvent", "a") + node("endEvent", "b") + chain("s", "ask", "g")
    return process(body + flow("g", "a", first) + flow("g", "b", second or None))


def test_a_good_choice_has_no_findings():
    assert codes(choice('outcome == "yes"', 'outcome == "no"')) == set()
    assert codes(choice('outcome in ["yes", "no"]', "", default="g_b")) == set()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (choice('outcome == "maybe"', "", default="g_b"), "outcome-unknown"),
        (choice('outcome == "yes"', 'outcome == "yes"'), "outcome-unhandled"),
        (choice('outcome == "yes"', "", "", default="g_b"), "outcome-missing"),
        (line(node("userTask", "t", properties(outcomes="Yes please"))), "property-invalid"),
        (line(node("userTask", "t", properties(turn="boss"))), "property-invalid"),
        (line(node("userTask", "t", properties(dueIn="soon"))), "property-invalid"),
        (line(node("userTask", "t", properties(dueIn="P1.5D"))), "property-invalid"),
        (line(node("userTask", "t", properties(priority="high"))), "property-invalid"),
        (line(node("serviceTask", "t", properties(call="a.b", job="c"))), "step-double"),
        (line(node("serviceTask", "t", properties(call="a.b", payload="typename"))), "reserved-name"),
        (
            process(
                node("startEvent", "s") + node("intermediateThrowEvent", "t", SEND) + chain("s", "t"),
                top=MESSAGE,
            ),
            "correlation-missing",
        ),
        (process(node("callActivity", "c", calledElement="main")), "call-self"),
    ],
)
def test_a_check_warns_and_deploying_refuses(data, code):
    checked, deployed = conformance.examine(data), conformance.examine(data, deploying=True)
    assert next(found.level for found in checked.findings if found.code == code) == "warning"
    assert next(found.level for found in deployed.findings if found.code == code) == "error"
    assert not checked.deployable
    assert not deployed.deployable


def test_keys_are_compared_with_what_exists():
    task = line(
        node("userTask", "t", properties(formKey="f")), node("serviceTask", "c", properties(call="a.b"))
    )
    assert codes(task) == set()
    assert codes(task, forms={"f"}, steps={"a.b"}) == set()
    assert codes(task, forms=set(), steps=set()) == {"form-unknown", "step-unknown"}


def test_circles_of_calls_over_files_are_found():
    data = process(node("callActivity", "c", calledElement="other"))
    assert "call-cycle" in codes(data, called={"other": {"third"}, "third": {"main"}})
    assert "call-cycle" not in codes(data, called={"other": {"third"}, "third": set()})
    prefixed = process(node("callActivity", "c", calledElement="tns:other"))
    assert "call-cycle" in codes(prefixed, called={"other": {"main"}})


def test_the_start_of_a_process_needs_no_correlation():
    body = node("startEvent", "s", SEND) + node("endEvent", "e") + chain("s", "e")
    assert codes(process(body, top=MESSAGE)) == set()


def test_why_an_expression_is_refused_is_said_in_the_language_of_who_reads_it():
    report = conformance.examine(choice('outcome is "yes"', "", default="g_b"))
    found = next(each for each in report.findings if each.code == "expression-refused")
    assert "“is” vraagt naar None" in found.message("nl")
    assert "“is” asks for None" in found.message("en")


def test_a_local_time_without_zone_is_named():
    text = "<bpmn:timerEventDefinition><bpmn:timeDate>2030-07-01T09:00</bpmn:timeDate></bpmn:timerEventDefinition>"
    assert codes(line(node("intermediateCatchEvent", "w", text))) == {"naive-time"}
    assert codes(line(node("intermediateCatchEvent", "w", text.replace("09:00", "09:00Z")))) == set()


def test_a_loop_back_to_a_join_is_named():
    body = node("startEvent", "s") + node("parallelGateway", "j") + node("userTask", "t")
    body += node("exclusiveGateway", "x", default="x_e") + node("endEvent", "e")
    flows = chain("s", "j", "t", "x") + flow("x", "j", "again") + flow("x", "e")
    assert codes(process(body + flows)) == {"join-as-loop-target"}


def test_a_loop_that_never_waits_is_named():
    script = "<bpmn:script>n = n + 1</bpmn:script>"
    body = node("startEvent", "s") + node("scriptTask", "t", script) + node("exclusiveGateway", "m")
    body += node("exclusiveGateway", "x", default="x_e") + node("endEvent", "e")
    around = chain("s", "m", "t", "x") + flow("x", "m", "n &lt; 3")
    assert codes(process(body + around + flow("x", "e"))) == {"loop-without-wait"}
    endless = node("startEvent", "s") + node("scriptTask", "t", script) + node("exclusiveGateway", "m")
    assert codes(process(endless + chain("s", "m", "t", "m"))) == {"runaway-loop"}


def test_findings_know_their_element_and_line():
    found = conformance.examine(choice('outcome == "maybe"', "", default="g_b")).findings[0]
    assert (found.element, found.line) == ("g_a", 10)


def test_all_findings_come_in_one_list():
    data = line(
        node("serviceTask", "a"),
        node("userTask", "b", properties(turn="boss")),
        node("scriptTask", "c", "<bpmn:script>import os</bpmn:script>"),
        node("callActivity", "d", calledElement="nowhere"),
    )
    assert codes(data) == {"needs-implementation", "property-invalid", "script-refused", "call-unresolved"}


def test_every_code_has_a_text_in_four_languages():
    for code, texts in findings.TEXTS.items():
        assert len(texts) == 4, code
        assert len(set(texts)) == 4, code
    assert set(findings.TEXTS) >= findings.BLOCKING


def test_a_text_never_fails_on_missing_arguments():
    from workflows.engine.model import Finding

    for code in findings.TEXTS:
        for locale in ("nl", "fr", "en", "de", "es"):
            assert "{" not in Finding(code, "error").message(locale)


def test_the_linter_knows_the_cap_of_the_engine():
    assert lint_expressions.MI_CAP == tasks.MAX_INSTANCES


@pytest.mark.parametrize(
    ("form", "text", "fits"),
    [
        ("Duration", "PT1.5H", True),
        ("Duration", "R3/P1D", False),
        ("Duration", "P10000Y", False),
        ("Duration", "P1.5D", False),
        ("Duration", "-P1D", False),
        ("Date", "2026-W13-7", True),
        ("Date", "2026-13-01", False),
        ("Cycle", "R3/2026-03-28T10:00:00+01:00/P1D", True),
        ("Cycle", "P1D", False),
        ("Cycle", "R0/P1D", False),
        ("Cycle", "R3/PT0S", False),
        ("Cycle", "R3/P1D/2026-04-01T00:00:00Z", False),
        ("Date", "2026-04-01", True),
        ("Date", "P1D", False),
    ],
)
def test_a_timer_that_the_clock_cannot_read_is_found_before_deploying(form, text, fits):
    inside = (
        f"<bpmn:timerEventDefinition><bpmn:time{form}>{text}</bpmn:time{form}></bpmn:timerEventDefinition>"
    )
    data = line(node("intermediateCatchEvent", "wait", inside))
    assert codes(data) == (set() if fits else {"timer-invalid"})
    assert conformance.examine(data, deploying=True).deployable is fits
