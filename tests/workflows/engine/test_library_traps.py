"""What the library does by itself where the other tests of this folder ask better of us.

Each test fails on the day the library has the trap no longer; our answer can go then. All traps are in
docs/engine-traps.md.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.util.diff import diff_workflow, migrate_workflow
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG

from tests.workflows.engine.diagrams import both, document, end, script, signal, start, sub, user
from tests.workflows.engine.stock import Stock, stock_workflow

ONE = ([start(), user("work"), user("next"), end()], "start > work > next > end")


def aside(event: str, *, interrupting: bool) -> list[str]:
    """A process with an event sub-process."""
    begin = start("begin", event, isInterrupting=str(interrupting).lower())
    inside = sub("aside", [begin, user("extra"), end("e")], "begin > extra > e", triggeredByEvent="true")
    return [start(), user("work"), end(), inside]


def parsed(nodes: list[str], flow: str) -> tuple[Any, Any]:
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(etree.fromstring(document(nodes, flow)))
    return parser.get_spec("process"), parser.get_subprocess_specs("process")


def begun(specs: tuple[Any, Any]) -> Stock:
    stock = Stock.__new__(Stock)
    stock.workflow = BpmnWorkflow(*specs)
    stock.workflow.do_engine_steps()
    return stock


def serializer() -> BpmnWorkflowSerializer:
    return BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))


def triggered(*, interrupting: bool) -> tuple[Stock, Any]:
    """An instance whose event sub-process was just triggered, and the definition it shares."""
    spec, subs = parsed(aside(signal("s"), interrupting=interrupting), "start > work > end")
    stock = begun((spec, subs))
    stock.workflow.catch(BpmnEvent(subs["aside"].task_specs["begin"].event_definition))
    stock.workflow.do_engine_steps()
    return stock, spec


# ---------------------------------------------------------------- T3
def test_t3_a_triggered_event_sub_process_changes_the_definition_of_everybody():
    _stock, spec = triggered(interrupting=False)
    assert [step.name for step in spec.start.outputs] == ["start", "aside"]


# ---------------------------------------------------------------- T5
@pytest.mark.parametrize("value", [Decimal("1.5"), {1, 2}])
def test_t5_values_that_are_not_json_stop_the_serializer(value):
    stock = stock_workflow(*ONE)
    stock.finish("work", value=value)
    with pytest.raises(TypeError):
        json.dumps(serializer().to_dict(stock.workflow))


def test_t5_keys_that_are_numbers_come_back_as_text():
    stock = stock_workflow(*ONE)
    stock.finish("work", value={1: "one"})
    again = serializer().deserialize_json(serializer().serialize_json(stock.workflow))
    assert again.get_next_task(spec_name="next").data["value"] == {"1": "one"}


# ---------------------------------------------------------------- T7
def test_t7_a_condition_on_the_flow_of_a_task_is_ignored():
    stock = stock_workflow(
        [start(), user("work"), user("never"), end()], "start > work\nwork > never if False\nnever > end"
    )
    stock.finish("work")
    assert stock.open == ["never"]


def test_t7_a_signal_end_event_sends_nothing():
    stock = stock_workflow([start(), end("end", signal("s"))], "start > end")
    assert stock.completed
    assert stock.workflow.get_events() == []


def test_t7_an_interrupting_event_sub_process_does_not_interrupt():
    stock, _spec = triggered(interrupting=True)
    assert stock.open == ["extra", "work"]


def test_t7_a_step_that_no_path_reaches_vanishes_without_a_word():
    spec, _subs = parsed([start(), end(), user("island")], "start > end")
    assert "island" not in {step.bpmn_id for step in spec.task_specs.values()}


# ---------------------------------------------------------------- T9
def test_t9_an_instance_moved_away_from_its_step_is_saved_and_never_loaded():
    stock = stock_workflow(*ONE)
    spec, subs = parsed([start(), user("other"), end()], "start > other > end")
    registry = BpmnWorkflowSerializer.configure(SPIFF_CONFIG)
    changes, _of_subprocesses = diff_workflow(registry, stock.workflow, spec, subs)
    migrate_workflow(changes, stock.workflow, spec)
    text = serializer().serialize_json(stock.workflow)
    # It takes the missing step for a root, and stumbles over the module of that name.
    with pytest.raises(TypeError, match="'module' object is not callable"):
        serializer().deserialize_json(text)


# ---------------------------------------------------------------- joins and sharing
def test_lists_lose_entries_at_a_join():
    nodes = [start(), both("fork"), user("a"), user("b"), both("join"), user("after"), end()]
    flow = "start > fork\nfork > a > join\nfork > b > join\njoin > after > end"
    stock = stock_workflow(nodes, flow, data={"notes": ["n0"]})
    stock.finish("a", notes=["n0", "a"])
    stock.finish("b", notes=["n0", "b"])
    notes = stock.tasks()[0].data["notes"]
    assert "n0" in notes
    assert {"a", "b"} - set(notes), "the library joins lists now"


def test_a_script_rewrites_what_was_known_before_it():
    nodes = [start(), user("first"), script("change", "case['who']['name'] = 'new'"), user("last"), end()]
    stock = stock_workflow(nodes, "start > first > change > last > end")
    stock.finish("first", case={"who": {"name": "old"}})
    before = stock.workflow.get_next_task(spec_name="first")
    assert before.data["case"]["who"]["name"] == "new"
