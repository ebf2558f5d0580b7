"""Timers, messages, signals, errors and event sub-processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.workflows.engine.diagrams import (
    NOW,
    Case,
    call,
    catch,
    compiled,
    condition,
    edge,
    end,
    error,
    escalation,
    first,
    job,
    message,
    script,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)
from tests.workflows.engine.stock import Stock, stock_workflow
from workflows.engine.model import BpmnError, EngineError, NotWaiting, OutMessage, StaleTask

MAIN = "start > work > end"


def with_edge(*boundary, flow="", main=None):
    nodes = [start(), main or user("work"), user("other"), end(), end("end2"), *boundary]
    return compiled(nodes, f"{MAIN}\nedge > other > end2{flow}")


# ---------------------------------------------------------------- timers
def test_an_interrupting_timer_takes_the_task_away():
    case = Case(with_edge(edge("edge", "work", timer("PT1H"))))
    assert [(view.element_id, view.due_at, view.kind) for view in case.turn.timers] == [
        ("edge", NOW + timedelta(hours=1), "duration")
    ]
    work = case.task("work")
    case.wait(minutes=59)
    assert case.open == ["work"]
    case.wait(minutes=1)
    assert case.open == ["other"]
    with pytest.raises(StaleTask):
        case._do("complete", work, {})
    assert case.turn.timers == []


def test_a_timer_is_gone_when_its_task_is_done():
    case = Case(with_edge(edge("edge", "work", timer("PT1H")))).complete("work")
    assert (case.status, case.turn.timers) == ("completed", [])


def test_an_overslept_cycle_fires_once_and_uses_up_what_it_slept_through():
    case = Case(with_edge(edge("edge", "work", timer("R5/PT1H", "Cycle"), interrupting=False)))
    case.wait(hours=3, minutes=30)
    assert case.open == ["other", "work"]
    assert [view.due_at for view in case.turn.timers] == [NOW + timedelta(hours=4)]
    case.wait(hours=1)
    assert case.open == ["other", "other", "work"]
    case.wait(hours=1)
    assert case.open == ["other", "other", "other", "work"]
    assert case.turn.timers == []
    case.wait(hours=9)
    assert case.open == ["other", "other", "other", "work"]


def test_a_cycle_without_end_keeps_the_state_of_constant_size():
    nodes = [
        start(),
        user("work"),
        script("remind", "n = get('n', 0) + 1"),
        end(),
        end("end2"),
        edge("edge", "work", timer("R/P1D", "Cycle"), interrupting=False),
    ]
    case = Case(compiled(nodes, "start > work > end\nedge > remind > end2"))
    sizes = []
    for _ in range(60):
        case.wait(days=1)
        sizes.append((len(case.turn.state), case.turn.n_tasks))
    assert max(size for size, _ in sizes[5:]) <= min(size for size, _ in sizes[5:]) + 8
    assert len({count for _, count in sizes[5:]}) == 1


def test_days_are_counted_on_the_brussels_calendar_over_summer_time():
    before = datetime(2027, 3, 27, 8, 0, tzinfo=UTC)  # 09:00 in Brussels, the day before summer time
    case = Case(with_edge(edge("edge", "work", timer("P1D"))), now=before)
    assert case.turn.timers[0].due_at == datetime(2027, 3, 28, 7, 0, tzinfo=UTC)  # 09:00 summer time
    case = Case(with_edge(edge("edge", "work", timer("PT24H"))), now=before)
    assert case.turn.timers[0].due_at == datetime(2027, 3, 28, 8, 0, tzinfo=UTC)


def test_a_day_over_the_end_of_summer_time_has_25_hours():
    before = datetime(2026, 10, 24, 7, 0, tzinfo=UTC)  # 09:00 summer time in Brussels
    case = Case(with_edge(edge("edge", "work", timer("P1D"))), now=before)
    assert case.turn.timers[0].due_at == datetime(2026, 10, 25, 8, 0, tzinfo=UTC)  # 09:00 winter time


def test_a_daily_cycle_keeps_its_hour_in_brussels_over_both_changes():
    for began, due in (
        (datetime(2027, 3, 26, 8, 0, tzinfo=UTC), datetime(2027, 3, 28, 7, 0, tzinfo=UTC)),
        (datetime(2026, 10, 23, 7, 0, tzinfo=UTC), datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
    ):
        case = Case(with_edge(edge("edge", "work", timer("R/P1D", "Cycle"), interrupting=False)), now=began)
        case.wait(days=1, minutes=1)
        assert [view.due_at for view in case.turn.timers] == [due]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("2027-07-01T09:00", datetime(2027, 7, 1, 7, 0, tzinfo=UTC)),
        ("2027-01-15T09:00", datetime(2027, 1, 15, 8, 0, tzinfo=UTC)),
        ("2027-07-01T09:00:00Z", datetime(2027, 7, 1, 9, 0, tzinfo=UTC)),
        ("2027-07-01T09:00:00+05:00", datetime(2027, 7, 1, 4, 0, tzinfo=UTC)),
        ("2027-07-01", datetime(2027, 6, 30, 22, 0, tzinfo=UTC)),
        ("2027-03-28T02:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # skipped: an hour later, 03:30
        ("2027-10-31T02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # there twice: the first
    ],
)
def test_a_local_time_is_brussels_time_whatever_the_process_runs_in(text, due, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    nodes = [start(), catch("until", timer("moment", "Date")), end()]
    case = Case(compiled(nodes, "start > until > end"), {"moment": text})
    assert case.turn.timers[0].due_at == due


def test_a_moment_that_has_passed_does_not_wait():
    nodes = [start(), catch("until", timer("moment", "Date")), end()]
    assert Case(compiled(nodes, "start > until > end"), {"moment": "2020-01-01"}).status == "completed"


@pytest.mark.parametrize(
    "text", ["tomorrow", "P", "PT", "-P1D", "P1000Y", "2027-13-01", "", 5, None, "R3/PT0S"]
)
def test_a_time_that_is_none_is_an_error_with_its_place(text):
    nodes = [start(), catch("until", timer("moment", "Duration")), end()]
    with pytest.raises(EngineError) as caught:
        Case(compiled(nodes, "start > until > end"), {"moment": text})
    assert (caught.value.code, caught.value.element_id) == ("bad-time", "until")


# ---------------------------------------------------------------- event-based gateways
def gateway():
    nodes = [
        start(),
        first("wait"),
        catch("late", timer("P3D")),
        catch("sooner", timer("P2D")),
        catch("answer", message("answer"), correlation="case_id"),
        user("a"),
        user("b"),
        user("c"),
        end(),
    ]
    flow = "start > wait\nwait > late > a > end\nwait > answer > b > end\nwait > sooner > c > end"
    return compiled(nodes, flow)


def test_the_first_event_after_an_event_gateway_takes_the_others_away():
    case = Case(gateway(), {"case_id": "7"})
    assert sorted(view.element_id for view in case.turn.timers) == ["late", "sooner"]
    assert [(wait.name, wait.correlation) for wait in case.turn.waits] == [("answer", {"case_id": "7"})]
    case.deliver("answer", {"case_id": "7"})
    assert (case.open, case.turn.timers, case.turn.waits) == (["b"], [], [])


def test_only_the_earliest_of_two_overdue_timers_of_a_gateway_fires():
    assert Case(gateway(), {"case_id": "7"}).wait(days=9).open == ["c"]


# ---------------------------------------------------------------- messages and signals
def receiver():
    nodes = [start(), catch("wait", message("answer"), correlation="case_id"), user("after"), end()]
    return compiled(nodes, "start > wait > after > end")


def test_a_message_reaches_only_the_instance_it_correlates_with():
    case = Case(receiver(), {"case_id": "c1"})
    for wrong in ({"case_id": "c2"}, {}, {"other": "c1"}):
        with pytest.raises(NotWaiting):
            case.deliver("answer", wrong)
    with pytest.raises(NotWaiting):
        case.deliver("question", {"case_id": "c1"})
    case.deliver("answer", {"case_id": "c1", "more": "x"}, said="yes")
    assert (case.open, case.data["said"]) == (["after"], "yes")


def test_a_message_is_taken_once():
    case = Case(receiver(), {"case_id": "c1"}).deliver("answer", {"case_id": "c1"})
    with pytest.raises(NotWaiting):
        case.deliver("answer", {"case_id": "c1"})


def test_waiting_without_the_data_to_correlate_by_is_an_error():
    with pytest.raises(EngineError) as caught:
        Case(receiver(), {})
    assert caught.value.code == "correlation-missing"


def test_a_thrown_message_carries_its_correlation_and_no_more_data_than_its_payload():
    nodes = [start(), throw("tell", message("news"), correlation="case_id", payload="urgency"), end()]
    case = Case(compiled(nodes, "start > tell > end"), {"case_id": 7, "urgency": "high", "secret": "x"})
    assert case.turn.out == [OutMessage("news", {"case_id": "7"}, {"urgency": "high"})]


def test_an_instance_starts_by_the_message_that_is_meant():
    nodes = [
        start("plain"),
        start("by_message", message("news"), properties={"correlation": "case_id"}),
        user("a"),
        user("b"),
        end(),
    ]
    definition = compiled(nodes, "plain > a > end\nby_message > b > end")
    assert definition.message_starts == ["news"]
    assert Case(definition).open == ["a"]
    case = Case(definition, {}, message=OutMessage("news", {"case_id": "1"}, {"x": 1}))
    assert (case.open, case.data) == (["b"], {"case_id": "1", "x": 1})
    assert case.complete("b").status == "completed"
    with pytest.raises(NotWaiting):
        Case(definition, {}, message=OutMessage("other"))


def test_a_signal_reaches_every_branch_that_waits_and_goes_out():
    nodes = [
        start(),
        sub("inner", [start("s"), user("w"), end("e")], "s > w > e"),
        user("one"),
        user("two"),
        end(),
        edge("edge", "inner", signal("stop")),
        edge("edge2", "one", signal("stop"), interrupting=False),
        end("end2"),
        user("three"),
    ]
    case = Case(compiled(nodes, "start > inner > one > end\nedge > two > end2\nedge2 > three > end2"))
    case.signal("stop")
    assert case.open == ["two"]
    nodes = [start(), throw("shout", signal("stop"), payload="x"), end()]
    case = Case(compiled(nodes, "start > shout > end"), {"x": 1})
    assert case.turn.out == [OutMessage("stop", {}, {"x": 1}, "signal")]


def test_a_signal_end_event_sends_its_signal():
    nodes = [start(), end("end", signal("done"))]
    case = Case(compiled(nodes, "start > end"))
    assert [item.name for item in case.turn.out] == ["done"]
    assert (
        Stock(
            __import__("tests.workflows.engine.diagrams", fromlist=["document"]).document(
                nodes, "start > end"
            )
        ).workflow.get_events()
        == []
    )


def test_a_message_edge_that_does_not_interrupt_fires_each_time():
    case = Case(
        with_edge(edge("edge", "work", message("note"), interrupting=False, correlation="id")), {"id": "1"}
    )
    case.deliver("note", {"id": "1"}, n=1).deliver("note", {"id": "1"}, n=2)
    assert case.open == ["other", "other", "work"]
    assert [task.data["n"] for task in case.turn.open_tasks if task.element_id == "other"] == [1, 2]


# ---------------------------------------------------------------- errors, escalations
def test_a_bpmn_error_of_a_job_reaches_its_boundary_event():
    case = Case(with_edge(edge("edge", "work", error("refused")), main=job("work", "letters.print")))
    assert [(item.name, item.element_id) for item in case.turn.jobs] == [("letters.print", "work")]
    assert case.turn.calls == []
    case.job(BpmnError("refused", {"why": "paper"}))
    assert (case.open, case.data["why"], case.data["error_code"]) == (["other"], "paper", "refused")


def test_an_error_that_nothing_catches_fails_the_turn_and_keeps_the_job():
    case = Case(with_edge(edge("edge", "work", error("refused")), main=job("work", "letters.print")))
    with pytest.raises(EngineError) as caught:
        case.job(BpmnError("other"))
    assert (caught.value.code, caught.value.element_id) == ("error-uncaught", "work")
    assert case.job({"printed": True}).status == "completed"


def test_the_event_that_names_the_code_goes_before_the_one_that_catches_all():
    nodes = [
        start(),
        call("work", "step"),
        user("named"),
        user("any"),
        end(),
        end("end2"),
        edge("all", "work", error()),
        edge("exact", "work", error("E1")),
    ]
    definition = compiled(nodes, "start > work > end\nall > any > end2\nexact > named > end2")
    assert Case(definition).called(step=BpmnError("E1")).open == ["named"]
    assert Case(definition).called(step=BpmnError("E2")).open == ["any"]


def test_an_error_end_goes_up_to_the_sub_process_and_stops_all_in_it():
    inner = [start("s"), user("decide"), end("bad", error("E1"))]
    nodes = [
        start(),
        sub("inner", inner, "s > decide > bad"),
        user("repair"),
        end(),
        end("end2"),
        edge("edge", "inner", error("E1")),
    ]
    case = Case(compiled(nodes, "start > inner > end\nedge > repair > end2"))
    case.complete("decide")
    assert case.open == ["repair"]
    assert case.complete("repair").status == "completed"


def test_an_escalation_may_go_uncaught_and_does_not_stop_its_thrower():
    inner = [start("s"), throw("warn", escalation("late")), user("decide"), end("e")]
    nodes = [
        start(),
        sub("inner", inner, "s > warn > decide > e"),
        user("note"),
        end(),
        end("end2"),
        edge("edge", "inner", escalation("late"), interrupting=False),
    ]
    assert Case(compiled(nodes, "start > inner > end\nedge > note > end2")).open == ["decide", "note"]


def test_a_terminate_end_stops_its_own_scope_only():
    inner = [
        start("s"),
        user("x"),
        user("y"),
        sub("dummy", [start("s2"), end("e2")], "s2 > e2"),
        end("stop", "<bpmn:terminateEventDefinition/>"),
        end("e"),
    ]
    inner.append('<bpmn:parallelGateway id="fork"/>')
    nodes = [
        start(),
        sub("inner", inner, "s > fork\nfork > x > stop\nfork > y > dummy > e"),
        user("after"),
        end(),
    ]
    case = Case(compiled(nodes, "start > inner > after > end"))
    assert case.open == ["x", "y"]
    assert case.complete("x", seen=1).open == ["after"]
    assert case.data["seen"] == 1


# ---------------------------------------------------------------- event sub-processes
def listening(event, *, interrupting, **properties):
    opening = start("begin", event, properties=properties, isInterrupting=str(interrupting).lower())
    inside = sub("aside", [opening, user("extra"), end("e")], "begin > extra > e", triggeredByEvent="true")
    return [start(), user("work"), end(), inside]


def test_an_interrupting_event_sub_process_ends_all_else():
    definition = compiled(listening(message("withdraw"), interrupting=True, correlation="id"), MAIN)
    case = Case(definition, {"id": "1"})
    assert (case.open, [wait.name for wait in case.turn.waits]) == (["work"], ["withdraw"])
    case.deliver("withdraw", {"id": "1"}, why="moved")
    assert (case.open, case.data["why"]) == (["extra"], "moved")
    assert case.complete("extra").status == "completed"


def test_one_that_does_not_interrupt_runs_beside_and_again():
    definition = compiled(listening(message("note"), interrupting=False, correlation="id"), MAIN)
    case = Case(definition, {"id": "1"}).deliver("note", {"id": "1"}).deliver("note", {"id": "1"})
    assert case.open == ["extra", "extra", "work"]
    case.complete("work").complete("extra")
    assert case.status == "running"
    assert case.complete("extra").status == "completed"


def test_it_does_not_start_by_itself_nor_hold_up_the_end():
    definition = compiled(listening(timer("P3D"), interrupting=True), MAIN)
    assert Case(definition).complete("work").status == "completed"
    assert Case(definition).wait(days=3).open == ["extra"]


def test_instances_of_one_definition_do_not_touch_each_other():
    # Trap T3: the library connects the event sub-process to the shared spec when it is triggered.
    definition = compiled(listening(message("withdraw"), interrupting=True, correlation="id"), MAIN)
    Case(definition, {"id": "1"}).deliver("withdraw", {"id": "1"}).complete("extra")
    case = Case(definition, {"id": "2"})
    assert case.open == ["work"]
    assert case.complete("work").status == "completed"


def test_an_error_event_sub_process_catches_errors_of_its_scope():
    nodes = [
        start(),
        call("work", "step"),
        end(),
        sub(
            "aside",
            [start("begin", error("E1")), user("repair"), end("e")],
            "begin > repair > e",
            triggeredByEvent="true",
        ),
    ]
    case = Case(compiled(nodes, MAIN))
    assert [item.name for item in case.turn.calls] == ["step"]
    case.called(step=BpmnError("E1"))
    assert case.open == ["repair"]
    assert case.complete("repair").status == "completed"


def test_the_library_starts_an_error_event_sub_process_with_the_process():
    nodes = [
        start(),
        user("work"),
        end(),
        sub(
            "aside",
            [start("begin", error("E1")), user("repair"), end("e")],
            "begin > repair > e",
            triggeredByEvent="true",
        ),
    ]
    assert "repair" in stock_workflow(nodes, MAIN).open


def test_a_condition_sees_what_other_branches_do():
    nodes = [
        start(),
        '<bpmn:parallelGateway id="fork"/>',
        user("a"),
        user("more"),
        catch("until", condition("has('ready')")),
        user("b"),
        end(),
    ]
    case = Case(compiled(nodes, "start > fork\nfork > a > more > end\nfork > until > b > end"))
    assert case.open == ["a"]
    assert case.complete("a", ready=True).open == ["b", "more"]
