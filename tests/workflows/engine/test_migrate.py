"""Moving running instances to a new definition: what may, what may not; every instance stays loadable."""

from __future__ import annotations

import pytest

from tests.workflows.engine.diagrams import (
    NOW,
    Case,
    both,
    call,
    catch,
    compiled,
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
from workflows.engine import migrate
from workflows.engine.gateways import reach_of
from workflows.engine.migrate import Blocked

OLD = ([start(), user("one"), user("two"), user("three"), end()], "start > one > two > three > end")


def verdict(old, new, case):
    return [
        (at.code, at.element_id, at.kind) for at in engine.verdict(old, new, case.turn.state, case.turn.codec)
    ]


def move(old, new, case):
    turn = engine.migrate(old, new, case.turn.state, case.turn.codec, NOW)
    case.definition, case.turn = new, turn
    return case


@pytest.mark.parametrize(
    ("nodes", "flow"),
    [
        # The same, relabelled, in a lane, with a form.
        (
            [
                start(),
                user("one"),
                node("userTask", "two", "", {"formKey": "f", "outcomes": "a"}),
                user("three"),
                end(),
            ],
            "start > one > two > three > end",
        ),
        # A step after the one under way.
        (
            [start(), user("one"), user("two"), user("new"), user("three"), end()],
            "start > one > two > new > three > end",
        ),
        # The step after it gone, or replaced.
        ([start(), user("one"), user("two"), end()], "start > one > two > end"),
        ([start(), user("one"), user("two"), call("three", "x"), end()], "start > one > two > three > end"),
        # A choice after it.
        (
            [start(), user("one"), user("two"), xor("g", default="f_g_end_3"), user("three"), end()],
            "start > one > two > g > end\ng > three if x == 1\nthree > end",
        ),
        # What has passed is gone: it binds nothing.
        ([start(), user("two"), user("three"), end()], "start > two > three > end"),
    ],
    ids=["relabel", "insert-after", "remove-after", "replace-after", "choice-after", "remove-past"],
)
def test_what_is_safe(nodes, flow):
    old, new = compiled(*OLD), unchecked(nodes, flow)
    case = Case(old, {"x": 0}).complete("one", said=1)
    before = case.task("two")
    assert verdict(old, new, case) == []
    move(old, new, case)
    assert case.task("two") == before
    assert case.data == {"x": 0, "said": 1}
    assert case.turn.events[0].kind == "process.migrated"
    while case.open:
        case.complete(case.open[0])
    while case.turn.calls:
        case.called(x={})
    assert case.status == "completed"


@pytest.mark.parametrize(
    ("nodes", "flow", "blocker"),
    [
        (
            [start(), user("one"), user("three"), end()],
            "start > one > three > end",
            ("step-removed", "two", "refuse"),
        ),
        (
            [start(), user("one"), call("two", "x"), user("three"), end()],
            "start > one > two > three > end",
            ("step-kind-changed", "two", "refuse"),
        ),
        (
            [start(), user("one"), user("two", times("2")), user("three"), end()],
            "start > one > two > three > end",
            ("step-kind-changed", "two", "refuse"),
        ),
        (
            [start(), user("one"), user("new"), user("two"), user("three"), end()],
            "start > one > new > two > three > end",
            ("step-before", "two", "skip"),
        ),
    ],
)
def test_what_is_refused_and_what_a_manager_may_accept(nodes, flow, blocker):
    old, new = compiled(*OLD), unchecked(nodes, flow)
    case = Case(old).complete("one")
    assert verdict(old, new, case) == [blocker]
    if blocker[2] == "skip":
        assert move(old, new, case).open == ["two"]
    else:
        with pytest.raises(Blocked) as caught:
            move(old, new, case)
        assert [at.code for at in caught.value.blockers] == [blocker[0]]
        assert case.complete("two").open == ["three"]


def test_the_step_of_a_job_may_not_become_another_job():
    nodes = [start(), job("work", "letters.print"), end()]
    old, new = (
        compiled(nodes, "start > work > end"),
        compiled([start(), job("work", "mail.send"), end()], "start > work > end"),
    )
    assert verdict(old, new, Case(old)) == [("step-changed", "work", "refuse")]


def test_a_wait_may_not_begin_to_wait_for_something_else():
    def waiting(name, text):
        return compiled(
            [start(), catch("wait", message(name), correlation="id"), catch("late", timer(text)), end()],
            "start > wait > late > end",
        )

    old = waiting("answer", "PT1H")
    case = Case(old, {"id": "1"})
    assert verdict(old, waiting("other", "PT1H"), case) == [("step-changed", "wait", "refuse")]
    assert verdict(old, waiting("answer", "PT2H"), case) == []
    case.deliver("answer", {"id": "1"})
    assert verdict(old, waiting("answer", "PT2H"), case) == [("step-changed", "late", "refuse")]


def test_steps_inside_a_sub_process_count_too():
    def outer(*names):
        inner = [start("s"), *(user(name) for name in names), end("e")]
        return compiled(
            [start(), sub("inner", inner, " > ".join(["s", *names, "e"])), end()], "start > inner > end"
        )

    old = outer("a", "b")
    case = Case(old)
    assert verdict(old, outer("b"), case) == [("step-removed", "a", "refuse")]
    assert move(old, outer("a", "c"), case).complete("a").open == ["c"]


def test_tokens_at_a_join_keep_the_flow_they_came_by():
    nodes = [start(), both("fork"), user("a"), user("b"), both("join"), user("after"), end()]
    old = compiled(nodes, "start > fork\nfork > a > join\nfork > b > join\njoin > after > end")
    nodes.insert(3, user("c"))
    new = compiled(nodes, "start > fork\nfork > a > c > join\nfork > b > join\njoin > after > end")
    case = Case(old).complete("a")
    assert ("flow-removed", "join", "refuse") in verdict(old, new, case)
    case = Case(old).complete("b", x=1)
    assert move(old, new, case).complete("a", y=2).complete("c").open == ["after"]
    assert case.data == {"x": 1, "y": 2}


def test_a_join_that_would_wait_for_a_branch_that_was_never_begun_keeps_an_instance():
    """Each of these moved once, and then stood still without a word."""
    one = compiled([start(), user("a"), user("after"), end()], "start > a > after > end")
    nodes = [start(), both("fork"), user("a"), user("b"), both("join"), user("after"), end()]
    flow = "start > fork\nfork > a > join\nfork > b > join\njoin > after > end"
    two, three = compiled(nodes, flow), compiled([*nodes, user("c")], f"{flow}\nfork > c > join")
    starved = ("join-starved", "join", "refuse")
    assert starved in verdict(one, two, Case(one))
    assert verdict(two, three, Case(two)) == [starved]
    assert starved in verdict(two, three, Case(two).complete("a"))
    with pytest.raises(Blocked):
        move(two, three, Case(two))
    # Before the fork and after the join nothing is missed; nor where a new way leads to a branch.
    before = [start(), user("z"), *nodes[1:]]
    early = compiled(before, f"z > {flow[8:]}\nstart > z")
    later = compiled([*before, user("c")], f"z > {flow[8:]}\nstart > z\nfork > c > join")
    assert verdict(early, later, Case(early)) == []
    assert verdict(two, three, Case(two).complete("a").complete("b")) == []
    longer = compiled([*nodes, user("c")], flow.replace("b > join", "b > c > join"))
    assert move(two, longer, Case(two).complete("a")).complete("b").complete("c").open == ["after"]


def test_where_parts_of_many_can_come_to_is_reckoned_once(monkeypatch):
    asked = []
    monkeypatch.setattr(migrate, "reach_of", lambda join: asked.append(join.name) or reach_of(join))
    inner = [start("s"), both("fork"), user("a"), user("b"), both("join"), end("e")]
    part = sub("each", inner, "s > fork\nfork > a > join\nfork > b > join\njoin > e", inside=times("20"))
    one = compiled([start(), part, end()], "start > each > end")
    assert verdict(one, one, Case(one)) == []
    assert asked == ["join"]


def test_boundary_events_that_are_gone_stop_waiting_and_timers_keep_their_moment():
    def with_edges(*names):
        nodes = [
            start(),
            user("work"),
            end(),
            end("end2"),
            *(edge(name, "work", timer("PT1H"), interrupting=False) for name in names),
        ]
        return compiled(nodes, "start > work > end\n" + "\n".join(f"{name} > end2" for name in names))

    old = with_edges("first", "second")
    case = Case(old)
    due = case.turn.timers[0].due_at
    assert verdict(old, with_edges("first"), case) == []
    move(old, with_edges("first"), case)
    assert [(view.element_id, view.due_at) for view in case.turn.timers] == [("first", due)]
    assert case.complete("work").status == "completed"


def test_a_new_event_sub_process_begins_to_listen():
    nodes = [start(), user("work"), end()]
    old = compiled(nodes, "start > work > end")
    inside = sub(
        "aside",
        [start("begin", message("withdraw"), properties={"correlation": "id"}), end("e")],
        "begin > e",
        triggeredByEvent="true",
    )
    new = unchecked([*nodes, inside], "start > work > end")
    case = Case(old, {"id": "7"})
    assert verdict(old, new, case) == []
    move(old, new, case)
    assert [(wait.name, wait.correlation) for wait in case.turn.waits] == [("withdraw", {"id": "7"})]
    assert case.deliver("withdraw", {"id": "7"}).status == "completed"


def test_another_process_is_refused():
    old = compiled(*OLD)
    other = compiled([start(), user("one"), end()], "start > one > end", "other")
    assert verdict(old, other, Case(old)) == [("other-process", "process", "refuse")]


def test_an_instance_that_has_ended_may_go_anywhere():
    old, new = compiled(*OLD), compiled([start(), script("x", "pass"), end()], "start > x > end")
    case = Case(old).complete("one").complete("two").complete("three")
    assert verdict(old, new, case) == []
    assert move(old, new, case).status == "completed"
