"""The traps of the library that are no gateways and no events: each shown on the library, and closed here."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, date, datetime
from decimal import Decimal
from inspect import signature

import pytest
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.util.task import BpmnTaskIterator
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG

from tests.workflows.engine.diagrams import (
    NOW,
    Case,
    both,
    compiled,
    edge,
    end,
    engine,
    message,
    script,
    start,
    sub,
    times,
    unchecked,
    user,
    xor,
)
from tests.workflows.engine.stock import stock_workflow
from workflows.engine import codec
from workflows.engine.model import EngineError, StaleTask

LOOP = [
    start(),
    xor("again"),
    user("work", outcomes="go,stop"),
    script("note", "n = get('n', 0) + 1"),
    xor("done"),
    end(),
]
LOOP_FLOW = """start > again > work > note > done
    done > again if outcome == "go"
    done > end if outcome == "stop\""""
ONE = [start(), user("work"), user("next"), end()]
ONE_FLOW = "start > work > next > end"


# ---------------------------------------------------------------- T2: depth
def test_a_loop_of_a_thousand_turns_goes_on_with_a_state_of_constant_size(is_long):
    most = 10_000 if is_long else 1_000
    case = Case(compiled(LOOP, LOOP_FLOW))
    sizes = {}
    for turn in range(1, most + 1):
        case.complete("work", outcome="go")
        sizes[turn] = len(case.turn.state)
    assert case.open == ["work"]
    assert case.data["n"] == most
    assert sizes[most] <= 1.1 * sizes[100]
    assert case.turn.n_tasks <= 5
    assert case.complete("work", outcome="stop").status == "completed"


def test_the_library_loses_sight_of_the_task_at_depth_1000(is_long):
    assert signature(BpmnTaskIterator).parameters["max_depth"].default == 1000
    if not is_long:
        return
    # Many steps a turn, to be deep soon.
    steps = [f"s{number}" for number in range(40)]
    nodes = [
        start(),
        xor("again"),
        *(script(name, "pass") for name in steps),
        user("work"),
        xor("done"),
        end(),
    ]
    path = " > ".join(["start", "again", *steps, "work", "done"])
    workflow = stock_workflow(nodes, f"{path}\ndone > again if go\ndone > end if not go")
    turns = 0
    while workflow.open and turns < 60:
        workflow.finish("work", go=True)
        turns += 1
    assert turns < 60  # nothing is open any more,
    assert not workflow.completed  # and it is not done either


# ---------------------------------------------------------------- T3: shared specs
def test_nothing_that_runs_changes_the_definition():
    nodes = [
        start(),
        user("work", times("2")),
        sub("inner", [start("s"), user("x"), end("e")], "s > x > e"),
        end(),
        edge("late", "inner", message("m"), interrupting=False, correlation="id"),
        end("end2"),
        user("y"),
        sub(
            "aside",
            [
                start("begin", message("m2"), properties={"correlation": "id"}, isInterrupting="false"),
                end("e2"),
            ],
            "begin > e2",
            triggeredByEvent="true",
        ),
    ]
    definition = unchecked(nodes, "start > work > inner > end\nlate > y > end2")

    def snapshot():
        specs = [definition.spec, *definition.subspecs.values()]
        return {
            (spec.name, step.name, name): repr(value)
            for spec in specs
            for step in spec.task_specs.values()
            for name, value in vars(step).items()
            if not name.endswith("_event")
        }

    before = snapshot()
    case = Case(definition, {"id": "1"})
    case.complete("work").complete("work").deliver("m", {"id": "1"}).deliver("m2", {"id": "1"})
    case.complete("y").complete("x")
    assert case.status == "completed"
    assert snapshot() == before


# ---------------------------------------------------------------- T4, T5, T6: data
def test_state_does_not_depend_on_the_order_of_keys():
    case = Case(compiled(ONE, ONE_FLOW), {"z": 1, "a": {"y": 1, "b": 2}})
    plain = json.loads(zlib.decompress(case.turn.state))
    case.turn = engine.view(
        case.definition, zlib.compress(json.dumps(plain, sort_keys=True).encode()), codec.CODEC, NOW
    )
    case.complete("work", m=1)
    assert case.data == {"z": 1, "a": {"y": 1, "b": 2}, "m": 1}


def test_the_library_loses_data_when_keys_are_sorted():
    workflow = stock_workflow([start(), user("a"), user("b"), user("c"), end()], "start > a > b > c > end")
    workflow.finish("a", x=1)
    workflow.finish("b", y=2)
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
    text = json.dumps(serializer.to_dict(workflow.workflow), sort_keys=True)
    # No promise of order survives a store like jsonb: either the library refuses or data are gone.
    try:
        restored = serializer.from_dict(json.loads(text))
    except Exception:
        return
    kept = [task.data for task in restored.get_tasks() if task.task_spec.bpmn_id == "c"]
    whole = [task.data for task in workflow.workflow.get_tasks() if task.task_spec.bpmn_id == "c"]
    lost = [task.data for task in restored.get_tasks()] != [
        task.data for task in workflow.workflow.get_tasks()
    ]
    assert kept != whole or lost


@pytest.mark.parametrize(
    "value",
    [
        Decimal("1"),
        date(2026, 1, 1),
        datetime(2026, 1, 1, tzinfo=UTC),
        {1, 2},
        b"x",
        object(),
        float("nan"),
        float("inf"),
        {1: "int key"},
        2**300,
        "x" * 100_001,
        lambda: 1,
    ],
)
def test_only_json_goes_into_process_data(value):
    definition = compiled(ONE, ONE_FLOW)
    with pytest.raises(EngineError) as caught:
        Case(definition, {"value": value})
    assert caught.value.code == "not-json"
    case = Case(definition)
    before = case.turn.state
    with pytest.raises(EngineError):
        case.complete("work", deep=[{"value": value}])
    assert case.turn.state == before
    assert case.complete("work").open == ["next"]


def test_data_nested_or_numbered_beyond_measure_are_refused():
    deep: list[object] = []
    for _ in range(50):
        deep = [deep]
    for value in (deep, list(range(30_000))):
        with pytest.raises(EngineError):
            Case(compiled(ONE, ONE_FLOW), {"value": value})


@pytest.mark.parametrize(
    "value", [0, -1, 2**200, 1.5, True, None, "", "\x00\ud800é€😀", [], {}, [[1, {"a": None}]]]
)
def test_json_comes_back_as_it_went_in(value):
    case = Case(compiled(ONE, ONE_FLOW), {"value": value}).complete("work")
    assert repr(case.data["value"]) == repr(value)


def test_the_word_typename_means_nothing_to_us():
    form = {"typename": "UUID", "nested": [{"typename": "x", "value": 1}]}
    case = Case(compiled(ONE, ONE_FLOW), form).complete("work", typename="datetime")
    assert case.data == {**form, "typename": "datetime"}
    assert case.complete("next").status == "completed"


def test_the_library_cannot_load_what_has_that_word():
    workflow = stock_workflow(ONE, ONE_FLOW)
    workflow.finish("work", form={"typename": "x"})
    serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
    text = serializer.serialize_json(workflow.workflow)
    with pytest.raises(Exception):  # noqa: B017, PT011 - it fails in ways of its own
        serializer.deserialize_json(text)


def test_no_value_is_shared_with_what_came_before():
    nodes = [
        start(),
        both("fork"),
        script("change", "case['who']['name'] = 'new'\nlog[0] = 9"),
        user("a"),
        user("b"),
        end(),
    ]
    given = {"case": {"who": {"name": "old"}}, "log": [1]}
    case = Case(compiled(nodes, "start > fork\nfork > change > a > end\nfork > b > end"), given)
    by_name = {task.element_id: task.data for task in case.turn.open_tasks}
    assert by_name["a"] == {"case": {"who": {"name": "new"}}, "log": [9]}
    assert by_name["b"] == given == {"case": {"who": {"name": "old"}}, "log": [1]}
    answer = {"list": [1]}
    case.complete("b", **answer)
    answer["list"].append(2)
    assert case.data["list"] == [1]


# ---------------------------------------------------------------- T8: stale tasks
def test_a_task_is_completed_once():
    case = Case(compiled(ONE, ONE_FLOW))
    old = case.task("work")
    case.complete("work")
    for wrong in (old, case.task("next")[:-1] + "f", "", "nonsense", "0" * 36):
        with pytest.raises(StaleTask):
            case._do("complete", wrong, {})
    assert case.open == ["next"]


def test_a_task_of_another_instance_is_stale():
    definition = compiled(ONE, ONE_FLOW)
    one, other = Case(definition), Case(definition)
    assert one.task("work") != other.task("work")
    with pytest.raises(StaleTask):
        one._do("complete", other.task("work"), {})


def test_the_library_accepts_a_completed_task_again():
    workflow = stock_workflow(ONE, ONE_FLOW)
    task = workflow.tasks()[0]
    task.run()
    task.run()  # no error: the trap


def test_a_failed_turn_leaves_the_state_usable():
    nodes = [start(), user("work"), script("oops", "x = missing + 1"), end()]
    case = Case(compiled(nodes, "start > work > oops > end"))
    with pytest.raises(EngineError) as caught:
        case.complete("work")
    assert caught.value.element_id == "oops"
    assert case.complete("work", missing=1).status == "completed"


# ---------------------------------------------------------------- codec
def test_a_state_of_other_steps_is_not_loaded():
    case = Case(compiled(ONE, ONE_FLOW))
    other = compiled([start(), user("else"), end()], "start > else > end")
    with pytest.raises(codec.UnknownStep):
        engine.view(other, case.turn.state, case.turn.codec, NOW)


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"x",
        zlib.compress(b""),
        zlib.compress(b"[]"),
        zlib.compress(b"{}"),
        zlib.compress(b"[1,2,3,4,5,6,7]"),
        zlib.compress(b'[1,"ff",1,0,["process"],[],[[0,0,0,0,0,[[1,5,0,8,0]]]]]'),
        zlib.compress(b"[" * 100_000),
    ],
)
def test_other_bytes_are_refused_plainly(state):
    with pytest.raises(codec.BadState):
        engine.view(compiled(ONE, ONE_FLOW), state, codec.CODEC, NOW)


def test_every_cut_of_a_state_is_refused():
    case = Case(compiled(ONE, ONE_FLOW), {"x": 1})
    for length in range(len(case.turn.state)):
        with pytest.raises(codec.BadState):
            engine.view(case.definition, case.turn.state[:length], case.turn.codec, NOW)


def test_an_unknown_codec_is_refused():
    case = Case(compiled(ONE, ONE_FLOW))
    with pytest.raises(codec.BadState):
        engine.view(case.definition, case.turn.state, 99, NOW)


def test_looking_changes_nothing():
    case = Case(compiled(ONE, ONE_FLOW), {"x": 1}).complete("work")
    seen = engine.view(case.definition, case.turn.state, case.turn.codec, NOW)
    assert (seen.state, seen.open_tasks, seen.variables) == (case.turn.state, case.turn.open_tasks, case.data)


def test_a_repeated_sub_process_leaves_nothing_behind():
    nodes = [
        start(),
        xor("again"),
        sub("inner", [start("s"), user("x", outcomes="go,stop"), end("e")], "s > x > e"),
        xor("done"),
        end(),
    ]
    case = Case(
        compiled(
            nodes,
            "start > again > inner > done\ndone > again if outcome == 'go'\ndone > end if outcome == 'stop'",
        )
    )
    sizes = [len(case.complete("x", outcome="go").turn.state) for _ in range(100)]
    assert sizes[-1] <= sizes[5] + 6
