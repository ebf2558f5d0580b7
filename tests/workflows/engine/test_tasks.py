"""People's tasks, local steps and jobs, repetition, and processes in processes."""

from __future__ import annotations

import pytest

from tests.workflows.engine.diagrams import (
    Case,
    both,
    bundle,
    call,
    compiled,
    each,
    edge,
    end,
    engine,
    job,
    message,
    node,
    script,
    start,
    sub,
    timer,
    times,
    unchecked,
    user,
    xor,
)
from tests.workflows.engine.tables import file, table
from workflows.engine.model import BpmnError, Bundle, EngineError, NotDeployable, StaleTask


# ---------------------------------------------------------------- views
def test_an_open_task_says_what_the_diagram_says():
    task = user(
        "triage",
        outcomes="take, refer",
        turn="us",
        formKey="triage",
        role="intake",
        dueIn="P3D",
        priority="2",
    )
    gate = xor("choose", default="f_choose_end_0")
    definition = compiled(
        [start(), task, gate, user("take"), end()],
        "start > triage > choose > end\nchoose > take if outcome == 'take'\ntake > end",
    )
    view = Case(definition, {"urgency": "high"}).turn.open_tasks[0]
    assert (view.element_id, view.name, view.outcomes, view.turn) == (
        "triage",
        "triage",
        ("take", "refer"),
        "us",
    )
    assert (view.form_key, view.role, view.due_in, view.priority) == ("triage", "intake", "P3D", 2)
    assert view.data == {"urgency": "high"}
    assert definition.texts["triage"] == "triage"


@pytest.mark.parametrize("answer", [{}, {"outcome": "other"}, {"outcome": None}, {"outcome": ["take"]}])
def test_a_task_is_completed_with_one_of_its_outcomes(answer):
    nodes = [
        start(),
        user("earlier", outcomes="take"),
        user("triage", outcomes="take,refer"),
        xor("g"),
        end(),
        end("e"),
    ]
    flow = "start > earlier > triage > g\ng > end if outcome == 'take'\ng > e if outcome == 'refer'"
    case = Case(compiled(nodes, flow)).complete("earlier")
    assert case.data == {"outcome": "take"}
    with pytest.raises(EngineError) as caught:
        case.complete("triage", **answer)
    assert (caught.value.code, caught.value.element_id) == ("unknown-outcome", "triage")
    assert case.complete("triage", outcome="refer").status == "completed"


def test_history_tells_steps_without_data():
    case = Case(compiled([start(), user("work"), end()], "start > work > end"), {"secret": "x"})
    assert [(event.kind, event.element_id) for event in case.turn.events] == [
        ("process.started", None),
        ("element.completed", "start"),
        ("task.opened", "work"),
    ]
    case.complete("work", more="y")
    assert [(event.kind, event.element_id) for event in case.turn.events] == [
        ("task.completed", "work"),
        ("element.completed", "end"),
        ("process.completed", None),
    ]
    assert all(event.data == {} for event in case.turn.events)


def test_the_same_bundle_is_compiled_once():
    made = bundle([start(), user("work"), end()], "start > work > end")
    assert engine.compile(made) is engine.compile(Bundle(made.key, made.bpmn))
    assert engine.compile(made).hash != engine.compile(Bundle("other", made.bpmn)).hash


# ---------------------------------------------------------------- calls and jobs
def test_several_calls_of_one_turn_are_fed_back_at_once():
    nodes = [
        start(),
        both("fork"),
        call("one", "a.one"),
        call("two", "b.two"),
        both("join"),
        user("after"),
        end(),
    ]
    case = Case(
        compiled(nodes, "start > fork\nfork > one > join\nfork > two > join\njoin > after > end"), {"x": 1}
    )
    assert [(item.name, item.data) for item in case.turn.calls] == [("a.one", {"x": 1}), ("b.two", {"x": 1})]
    case.called(**{"a.one": {"first": 1}, "b.two": None})
    assert (case.open, case.data) == (["after"], {"x": 1, "first": 1})


def test_a_call_that_interrupts_another_makes_its_result_moot():
    inner = [start("s"), both("fork"), call("bad", "bad"), call("good", "good"), end("e")]
    nodes = [
        start(),
        sub("inner", inner, "s > fork\nfork > bad > e\nfork > good > e"),
        user("repair"),
        end(),
        end("end2"),
        edge("edge", "inner", "<bpmn:errorEventDefinition/>"),
    ]
    case = Case(compiled(nodes, "start > inner > end\nedge > repair > end2"))
    case.called(bad=BpmnError("E"), good={"x": 1})
    assert case.open == ["repair"]


def test_a_call_that_fails_fails_the_turn():
    case = Case(compiled([start(), call("one", "a.one"), end()], "start > one > end"))
    with pytest.raises(EngineError, match="broken"):
        case.called(**{"a.one": EngineError("broken")})
    assert case.called(**{"a.one": {}}).status == "completed"


def test_a_result_comes_once_and_only_to_a_step_that_waits():
    case = Case(compiled([start(), job("one", "a"), user("work"), end()], "start > one > work > end"))
    task_id = case.turn.jobs[0].task_id
    with pytest.raises(StaleTask):
        case._do("complete", task_id, {})
    case.job({"x": 1})
    for wrong in (task_id, case.task("work")):
        with pytest.raises(StaleTask):
            case._do("job_done", wrong, {})


def test_a_job_waits_through_other_turns():
    nodes = [start(), both("fork"), job("print", "letters.print"), user("work"), both("join"), end()]
    case = Case(
        compiled(nodes, "start > fork\nfork > print > join\nfork > work > join\njoin > end")
    ).complete("work")
    assert ([item.name for item in case.turn.jobs], case.status) == (["letters.print"], "running")
    assert case.job({}).status == "completed"


def test_a_timer_takes_a_job_that_hangs_away():
    nodes = [
        start(),
        job("print", "letters.print"),
        user("by_hand"),
        end(),
        end("end2"),
        edge("late", "print", timer("PT1H")),
    ]
    case = Case(compiled(nodes, "start > print > end\nlate > by_hand > end2")).wait(hours=2)
    assert (case.open, case.turn.jobs) == (["by_hand"], [])


# ---------------------------------------------------------------- repetition
def test_instances_over_a_list_give_their_results_in_the_order_of_the_list():
    task = user("score", each("jurors", "juror", output="scores", result="score_given"))
    case = Case(
        unchecked([start(), task, user("after"), end()], "start > score > after > end"),
        {"jurors": ["a", "b", "c"]},
    )
    assert [view.data["juror"] for view in case.turn.open_tasks] == ["a", "b", "c"]
    for juror in ("c", "a", "b"):
        at = next(view.id for view in case.turn.open_tasks if view.data["juror"] == juror)
        case._do("complete", at, {"score_given": juror.upper()})
    assert case.data == {"jurors": ["a", "b", "c"], "scores": ["A", "B", "C"]}


def test_without_an_output_list_every_instance_keeps_what_it_said():
    task = user("vote", each("jurors", "juror"))
    case = Case(
        compiled([start(), task, user("after"), end()], "start > vote > after > end"),
        {"jurors": ["a", "b"], "votes": []},
    )
    for juror in ("b", "a"):
        at = next(view.id for view in case.turn.open_tasks if view.data["juror"] == juror)
        case._do("complete", at, {"votes": [juror], juror: 1})
    assert case.data == {"jurors": ["a", "b"], "votes": ["b", "a"], "a": 1, "b": 1}


def test_one_after_the_other():
    task = user("visit", each("houses", "house", sequential=True))
    case = Case(compiled([start(), task, end()], "start > visit > end"), {"houses": ["x", "y"]})
    assert [view.data["house"] for view in case.turn.open_tasks] == ["x"]
    case.complete("visit")
    assert [view.data["house"] for view in case.turn.open_tasks] == ["y"]
    assert case.complete("visit").status == "completed"


def test_a_completion_condition_takes_the_rest_away():
    task = user("vote", each("jurors", "juror", until="nrOfCompletedInstances >= 2"))
    case = Case(
        compiled([start(), task, user("after"), end()], "start > vote > after > end"),
        {"jurors": ["a", "b", "c"]},
    )
    case.complete("vote").complete("vote")
    assert case.open == ["after"]


@pytest.mark.parametrize("items", [[], {}])
def test_an_empty_list_is_done_at_once(items):
    task = user("vote", each("jurors", "juror"))
    assert (
        Case(compiled([start(), task, end()], "start > vote > end"), {"jurors": items}).status == "completed"
    )


@pytest.mark.parametrize("count", ["20000", "x", "-1"])
def test_too_many_instances_are_refused(count):
    definition = compiled([start(), script("many", "pass", times("n")), end()], "start > many > end")
    values = {"20000": 20000, "x": "x", "-1": -1}
    with pytest.raises(EngineError) as caught:
        Case(definition, {"n": values[count]})
    assert caught.value.code in ("too-many-instances", "bad-cardinality")
    assert caught.value.element_id == "many"


def test_a_standard_loop_goes_on_while_its_condition_holds():
    holds = "<bpmn:loopCondition>n &lt; 3</bpmn:loopCondition>"
    loop = f'<bpmn:standardLoopCharacteristics loopMaximum="5">{holds}</bpmn:standardLoopCharacteristics>'
    case = Case(
        compiled(
            [start(), script("count", "n = n + 1", loop), user("after"), end()], "start > count > after > end"
        ),
        {"n": 0},
    )
    assert case.data["n"] == 3


def test_sub_processes_may_be_repeated_too():
    inner = [start("s"), user("ask"), script("note", "answers = answers + [item]"), end("e")]
    task = sub("inner", inner, "s > ask > note > e", inside=each("items", "item"))
    case = Case(
        compiled([start(), task, user("after"), end()], "start > inner > after > end"),
        {"items": [1, 2], "answers": []},
    )
    assert case.open == ["ask", "ask"]
    case.complete("ask").complete("ask")
    assert case.data == {"items": [1, 2], "answers": [1, 2]}


# ---------------------------------------------------------------- processes in processes
def test_a_called_process_gets_the_data_and_gives_them_back():
    inner = bundle(
        [start(), script("add", "y = x + 1"), user("check"), end()], "start > add > check > end", "inner"
    )
    outer = bundle(
        [start(), node("callActivity", "go", calledElement="inner"), user("after"), end()],
        "start > go > after > end",
        "outer",
        called={"inner": inner},
    )
    case = Case(engine.compile(outer), {"x": 1})
    assert case.open == ["check"]
    assert case.complete("check", z=3).data == {"x": 1, "y": 2, "z": 3}
    assert case.complete("after").status == "completed"


def test_processes_that_call_each_other_are_refused():
    one = bundle([start(), node("callActivity", "go", calledElement="two"), end()], "start > go > end", "one")
    two = bundle(
        [start(), node("callActivity", "go", calledElement="one"), end()],
        "start > go > end",
        "two",
        called={"one": one},
    )
    with pytest.raises(NotDeployable):
        engine.compile(Bundle("one", one.bpmn, called={"two": two}))
    assert not engine.check(Bundle("one", one.bpmn, called={"two": two})).deployable


def test_a_process_in_circles_is_stopped():
    nodes = [start(), xor("again"), script("spin", "n = n + 1"), xor("done"), end()]
    definition = compiled(nodes, "start > again > spin > done\ndone > again if n > 0\ndone > end if n < 0")
    with pytest.raises(EngineError) as caught:
        Case(definition, {"n": 1})
    assert caught.value.code == "step-budget"


def test_a_fork_bomb_is_stopped():
    nodes = [start(), xor("again"), both("fork"), end()]
    definition = compiled(nodes, "start > again > fork\nfork > again\nfork > again\nfork > end")
    with pytest.raises(EngineError) as caught:
        Case(definition)
    assert caught.value.code in ("step-budget", "too-many-tokens")


def test_cancelling_stops_everything():
    nodes = [
        start(),
        both("fork"),
        user("a"),
        sub("inner", [start("s"), job("j", "x"), end("e")], "s > j > e"),
        end(),
        edge("m", "a", message("note"), correlation="id"),
    ]
    case = Case(compiled(nodes, "start > fork\nfork > a > end\nfork > inner > end\nm > end"), {"id": "1"})
    old = case.task("a")
    case._do("cancel")
    assert case.status == "cancelled"
    assert (case.turn.open_tasks, case.turn.jobs, case.turn.waits) == ([], [], [])
    assert [event.kind for event in case.turn.events].count("task.cancelled") == 1
    with pytest.raises(StaleTask):
        case._do("complete", old, {})


# ---------------------------------------------------------------- decisions
TRIAGE = b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="http://x">
<decision id="triage" name="triage"><decisionTable id="t" hitPolicy="FIRST">
<input id="i1"><inputExpression id="e1" typeRef="number"><text>days</text></inputExpression></input>
<output id="o1" name="urgency" typeRef="string"/>
<rule id="r1"><inputEntry id="c1"><text>&lt; 3</text></inputEntry>
<outputEntry id="u1"><text>"high"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="c2"><text>-</text></inputEntry>
<outputEntry id="u2"><text>"low"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def decided(table=TRIAGE, **properties):
    nodes = [
        start(),
        node("businessRuleTask", "decide", "", {"decision": "triage", **properties}),
        user("after"),
        end(),
    ]
    return compiled(nodes, "start > decide > after > end", dmn={"triage": table})


@pytest.mark.parametrize(("days", "urgency", "rule"), [(1, "high", "r1"), (5, "low", "r2")])
def test_a_decision_in_a_process_leaves_its_result_and_its_reason(days, urgency, rule):
    case = Case(decided(), {"days": days})
    assert case.data == {"days": days, "urgency": urgency}
    reason = next(event.data for event in case.turn.events if event.kind == "element.decided")
    assert (reason["table"], reason["rules"]) == ("triage", [rule])
    assert Case(decided(result="answer"), {"days": days}).data["answer"] == {"urgency": urgency}


@pytest.mark.parametrize(
    ("cell", "fits", "fits_not"),
    [
        ('< date("2026-03-29")', "2026-03-28", "2026-03-29"),
        ('[date("2026-01-01")..date("2026-12-31")]', "2026-12-31", "2027-01-01"),
        ('date("2026-03-29")', "2026-03-29", "2026-3-29"),
        ('>= duration("P2D")', "P3D", "P1D"),
        (
            '>= date and time("2026-03-29T01:00:00Z")',
            "2026-03-29T03:00:00+02:00",
            "2026-03-29T02:59:59+02:00",
        ),
    ],
)
def test_days_in_the_data_of_a_process_are_text_and_days_in_a_table(cell, fits, fits_not):
    rows = [(cell, '"high"'), ("-", '"low"')]
    made = table(rows, inputs=("days",), outputs=("urgency",), policy="FIRST", name="triage")
    definition = decided(file(made))
    assert Case(definition, {"days": fits}).data["urgency"] == "high"
    assert Case(definition, {"days": fits_not}).data["urgency"] == "low"


def test_a_table_that_is_wrong_is_not_deployed():
    with pytest.raises(NotDeployable):
        decided(TRIAGE.replace(b"&lt; 3", b"&lt; &lt;"))
    with pytest.raises(NotDeployable):
        compiled(
            [start(), node("businessRuleTask", "decide", "", {"decision": "other"}), end()],
            "start > decide > end",
            dmn={"triage": TRIAGE},
        )


def test_the_engine_decides_by_itself_too():
    answer = engine.decide(TRIAGE, {"days": 2})
    assert (answer.outputs, answer.matched) == ({"urgency": "high"}, ("r1",))
