"""Gateways count tokens, in loops too (trap T1), and joins lose nothing."""

from __future__ import annotations

import pytest

from tests.workflows.engine.diagrams import Case, both, compiled, end, some, start, user, xor
from tests.workflows.engine.stock import stock_workflow


def rework(gateway):
    nodes = [
        start(),
        xor("again"),
        gateway("split"),
        user("a"),
        user("b"),
        gateway("join"),
        user("review", outcomes="again,ok"),
        xor("done"),
        end(),
    ]
    flow = """start > again > split
        split > a
        split > b
        a > join
        b > join
        join > review > done
        done > again if outcome == "again"
        done > end if outcome == "ok\""""
    if gateway is some:
        flow = flow.replace("split > a\n", "split > a if True\n").replace(
            "split > b\n", "split > b if True\n"
        )
    return nodes, flow


@pytest.mark.parametrize("gateway", [both, some])
def test_a_join_in_a_rework_loop_waits_for_both_branches_every_time(gateway):
    case = Case(compiled(*rework(gateway)))
    for turn in range(30):
        assert case.open == ["a", "b"]
        case.complete("a" if turn % 2 else "b")
        assert case.open == ["b" if turn % 2 else "a"]
        case.complete("b" if turn % 2 else "a")
        assert case.open == ["review"]
        case.complete("review", outcome="again")
    case.complete("a").complete("b").complete("review", outcome="ok")
    assert case.status == "completed"


@pytest.mark.parametrize("gateway", [both, some])
def test_the_library_alone_fires_the_join_after_one_branch(gateway):
    workflow = stock_workflow(*rework(gateway))
    early = 0
    for turn in range(6):
        one, other = ("a", "b") if turn % 2 else ("b", "a")
        workflow.finish(one)
        early += "review" in workflow.open  # the other branch is still to be done: the trap
        workflow.finish(other)
        workflow.finish("review", outcome="again")
    assert early


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_lists_at_a_join_keep_every_entry(order):
    nodes = [start(), both("split"), user("a"), user("b"), both("join"), user("last"), end()]
    case = Case(
        compiled(nodes, "start > split\nsplit > a > join\nsplit > b > join\njoin > last > end"),
        {"notes": ["n0"]},
    )
    for name in order:
        case.complete(name, notes=["n0", name])
    assert case.data["notes"] == ["n0", *order]


def test_a_value_that_one_branch_changed_is_not_undone_by_the_other():
    nodes = [start(), both("split"), user("a"), user("b"), both("join"), user("last"), end()]
    case = Case(
        compiled(nodes, "start > split\nsplit > a > join\nsplit > b > join\njoin > last > end"),
        {"state": "old", "both": 0, "deep": {"x": 1, "y": 1}},
    )
    case.complete("a", state="new", both=1, deep={"x": 2, "y": 1}).complete(
        "b", both=2, deep={"x": 1, "y": 3}
    )
    assert case.data == {"state": "new", "both": 2, "deep": {"x": 2, "y": 3}}


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_branches_that_wrote_a_value_the_last_to_write_wins(order):
    # Also when it wrote what was there before, and also when it is not the last to arrive.
    nodes = [start(), both("split"), user("a"), user("b"), both("join"), user("last"), end()]
    flow = "start > split\nsplit > a > join\nsplit > b > join\njoin > last > end"
    case = Case(compiled(nodes, flow), {"outcome": "old"})
    case.complete(order[0], outcome="new").complete(order[1], outcome="old")
    assert case.data == {"outcome": "old"}
    nodes.insert(3, user("more"))
    flow = "start > split\nsplit > a > more > join\nsplit > b > join\njoin > last > end"
    case = Case(compiled(nodes, flow), {"outcome": "old"})
    case.complete("a", outcome="first").complete("b", outcome="second").complete("more")
    assert case.data == {"outcome": "second"}


def test_an_inclusive_join_waits_only_for_what_can_still_come():
    nodes = [
        start(),
        some("split", default="f_split_c_2"),
        user("a"),
        user("b"),
        user("c"),
        some("join"),
        user("last"),
        end(),
    ]
    flow = """split > a if x
        split > b if y
        split > c
        start > split
        a > join
        b > join
        c > join
        join > last > end"""
    definition = compiled(nodes, flow)
    assert Case(definition, {"x": True, "y": False}).complete("a").open == ["last"]
    case = Case(definition, {"x": True, "y": True}).complete("b")
    assert case.open == ["a"]
    assert case.complete("a").open == ["last"]
    assert Case(definition, {"x": False, "y": False}).complete("c").open == ["last"]


def test_two_empty_branches_of_a_choice_come_together_once():
    nodes = [start(), some("fork"), some("join"), user("after"), end()]
    flow = "start > fork\nfork > join if x\nfork > join if y\njoin > after > end"
    definition = compiled(nodes, flow)
    assert Case(definition, {"x": True, "y": True}).open == ["after"]
    assert Case(definition, {"x": True, "y": False}).open == ["after"]
    both_ways = compiled(
        [start(), both("fork"), both("join"), user("after"), end()],
        "start > fork\nfork > join\nfork > join\njoin > after > end",
    )
    assert Case(both_ways).open == ["after"]


def test_a_parallel_join_takes_one_token_of_each_flow_and_leaves_the_rest():
    # Two tokens come in by the flow of `a`: the second has to wait for a second one of `b`.
    nodes = [
        start(),
        both("split"),
        user("a1"),
        user("a2"),
        xor("a"),
        user("b"),
        both("join"),
        user("after"),
        end(),
    ]
    flow = """start > split
        split > a1 > a
        split > a2 > a
        split > b > join
        a > join
        join > after > end"""
    case = Case(compiled(nodes, flow)).complete("a1").complete("a2")
    assert case.open == ["b"]
    case.complete("b").complete("after")
    assert (case.status, case.open) == ("running", [])


def test_no_condition_and_no_default_is_an_error_with_its_place():
    from workflows.engine.model import EngineError

    definition = compiled(
        [start(), xor("choose"), user("a"), user("b"), end()],
        "start > choose\nchoose > a if x == 1\nchoose > b if x == 2\na > end\nb > end",
    )
    with pytest.raises(EngineError) as caught:
        Case(definition, {"x": 3})
    assert (caught.value.code, caught.value.element_id) == ("no-flow", "choose")
