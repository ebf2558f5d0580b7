"""The engine as a whole: large diagrams, threads, checks, and what hangs together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.workflows.engine.diagrams import (
    NOW,
    Case,
    both,
    bundle,
    call,
    catch,
    compiled,
    condition,
    edge,
    end,
    engine,
    error,
    job,
    node,
    start,
    sub,
    times,
    unchecked,
    user,
)
from workflows.engine.model import BpmnError, Bundle, EngineError, NotDeployable


def test_a_diagram_of_a_thousand_steps_is_compiled_and_run():
    names = [f"t{number}" for number in range(1_000)]
    definition = unchecked(
        [start(), *(user(name) for name in names), end()], " > ".join(["start", *names, "end"])
    )
    case = Case(definition)
    for name in names:
        case.complete(name)
    assert case.status == "completed"


def test_threads_share_a_definition_and_keep_their_instances_apart():
    nodes = [start(), both("fork"), user("a"), user("many", times("2")), both("join"), user("last"), end()]
    definition = compiled(nodes, "start > fork\nfork > a > join\nfork > many > join\njoin > last > end")

    def one(number: int) -> tuple[str, dict[str, Any]]:
        case = Case(definition, {"n": number})
        case.complete("many", x=number).complete("a", y=number).complete("many").complete("last")
        return case.status, case.data

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one, range(200)))
    assert results == [("completed", {"n": number, "x": number, "y": number}) for number in range(200)]


def test_bundles_are_compiled_by_many_threads_at_once():
    names = [f"t{number}" for number in range(150)]

    def one(number: int) -> str:
        made = bundle(
            [start(), *(user(name) for name in names), end()],
            " > ".join(["start", *names, "end"]),
            f"p{number}",
        )
        return engine.start(engine.compile(made), {}, NOW).status

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, range(8))) == {"running"}


def test_ids_of_tasks_differ_between_instances_and_stay_the_same_between_turns():
    definition = compiled(
        [start(), both("fork"), user("a"), user("b"), end()], "start > fork\nfork > a > end\nfork > b > end"
    )
    one, other = Case(definition), Case(definition)
    assert not {view.id for view in one.turn.open_tasks} & {view.id for view in other.turn.open_tasks}
    before = one.task("b")
    assert one.complete("a").task("b") == before


def test_an_error_in_an_instance_of_many_is_caught_around_all_of_them():
    inner = [start("s"), call("work", "step"), end("e")]
    nodes = [
        start(),
        sub("inner", inner, "s > work > e", inside=times("2")),
        user("repair"),
        end(),
        end("end2"),
        edge("edge", "inner", error("E1")),
    ]
    case = Case(compiled(nodes, "start > inner > end\nedge > repair > end2"))
    assert len(case.turn.calls) == 2
    case._do("call_done", {case.turn.calls[0].task_id: BpmnError("E1")})
    assert (case.open, case.turn.calls) == (["repair"], [])


def test_a_transaction_that_is_cancelled_leaves_by_its_cancel_event():
    inner = [start("s"), user("work"), end("stop", "<bpmn:cancelEventDefinition/>")]
    nodes = [
        start(),
        sub("inner", inner, "s > work > stop", tag="transaction"),
        user("undo"),
        end(),
        end("end2"),
        edge("edge", "inner", "<bpmn:cancelEventDefinition/>"),
    ]
    case = Case(unchecked(nodes, "start > inner > end\nedge > undo > end2"))
    assert case.complete("work").open == ["undo"]
    assert case.complete("undo").status == "completed"


def test_a_condition_is_met_by_what_happens_in_a_sub_process():
    nodes = [
        start(),
        both("fork"),
        sub("inner", [start("s"), user("x"), user("y"), end("e")], "s > x > y > e"),
        catch("until", condition("has('ready')")),
        user("b"),
        end(),
    ]
    case = Case(compiled(nodes, "start > fork\nfork > inner > end\nfork > until > b > end"))
    assert case.complete("x", ready=1).open == ["b", "y"]


def test_one_turn_makes_only_so_many_tokens():
    inner = [start("s"), user("x", times("n")), end("e")]
    definition = unchecked(
        [start(), sub("inner", inner, "s > x > e", inside=times("n")), end()], "start > inner > end"
    )
    with pytest.raises(EngineError) as caught:
        Case(definition, {"n": 400})
    assert caught.value.code == "too-many-tokens"


def test_a_state_over_the_limit_is_not_kept():
    case = Case(compiled([start(), user("a"), end()], "start > a > end"))
    import random

    noise = random.Random(1)
    data = {f"k{n}": "".join(chr(noise.randrange(32, 0x3000)) for _ in range(90_000)) for n in range(8)}
    with pytest.raises(EngineError) as caught:
        case.complete("a", **data)
    assert caught.value.code == "state-too-large"


def test_one_file_may_bring_several_called_processes():
    two = b"".join(
        bundle([start(f"s{key}"), user(f"u{key}"), end(f"e{key}")], f"s{key} > u{key} > e{key}", key)
        .bpmn.split(b'targetNamespace="http://x">')[1]
        .split(b"</bpmn:definitions>")[0]
        for key in ("one", "two")
    )
    head = bundle([start(), end()], "start > end").bpmn.split(b"<bpmn:process")[0]
    called = Bundle("one", head + two + b"</bpmn:definitions>")
    outer = bundle(
        [
            start(),
            node("callActivity", "a", calledElement="one"),
            node("callActivity", "b", calledElement="two"),
            end(),
        ],
        "start > a > b > end",
        "outer",
        called={"one": called, "two": called},
    )
    case = Case(engine.compile(outer))
    assert case.complete("uone").open == ["utwo"]
    assert case.complete("utwo").status == "completed"


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"x",
        b"<a/>",
        b"<!DOCTYPE x><a/>",
        b"\xff\xfe",
        b"<bpmn:definitions/>",
        b"<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'/>",
    ],
)
def test_a_broken_file_has_findings_and_no_traceback(broken):
    report = engine.check(Bundle("x", broken))
    assert not report.deployable
    assert report.findings
    with pytest.raises(NotDeployable) as caught:
        engine.compile(Bundle("x", broken))
    assert caught.value.findings


def test_a_check_counts_nodes_and_says_whether_it_can_be_deployed():
    made = bundle([start(), user("a"), job("b", "x.y"), end()], "start > a > b > end")
    report = engine.check(made, steps=frozenset({"x.y"}))
    assert (report.nodes, report.kept, report.lost, report.deployable) == (4, 4, [], True)
    assert not engine.check(made, deploying=True, steps=frozenset()).deployable
