"""Writes the states that later versions must load and finish: one JSON file for each kind of instance.

Run once for each codec, by hand: `python -m tests.workflows.engine.states.make`. Files that exist stay as
they are, for they stand for instances of years ago.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from tests.workflows.engine.diagrams import (
    Case,
    both,
    bundle,
    call,
    catch,
    condition,
    each,
    edge,
    end,
    first,
    job,
    message,
    node,
    script,
    signal,
    some,
    start,
    sub,
    timer,
    unchecked,
    user,
    xor,
)

FOLDER = Path(__file__).resolve().parent
# name: nodes, flows, data at the start, acts before the state is kept, acts that finish it
Plan = tuple[list[str], str, dict[str, Any], list[list[Any]], list[list[Any]]]


def plans() -> dict[str, Plan]:
    fork = "start > fork\nfork > a > join\nfork > b > join\njoin > after > end"
    return {
        "user_task": (
            [start(), user("work"), end()],
            "start > work > end",
            {"text": "é€", "n": 1, "typename": "x", "deep": {"list": [1, None, True, 1.5]}},
            [],
            [["complete", "work", {"y": 2}]],
        ),
        "parallel_join_half": (
            [start(), both("fork"), user("a"), user("b"), both("join"), user("after"), end()],
            fork,
            {"notes": ["n0"]},
            [["complete", "a", {"notes": ["n0", "a"]}]],
            [["complete", "b", {"notes": ["n0", "b"]}], ["complete", "after", {}]],
        ),
        "inclusive_join_half": (
            [start(), some("fork"), user("a"), user("b"), some("join"), user("after"), end()],
            "start > fork\nfork > a if x > 0\nfork > b if x > 1\na > join\nb > join\njoin > after > end",
            {"x": 2},
            [["complete", "b", {}]],
            [["complete", "a", {}], ["complete", "after", {}]],
        ),
        "rework_loop": (
            [
                start(),
                xor("again"),
                both("fork"),
                user("a"),
                user("b"),
                both("join"),
                user("review"),
                xor("done"),
                end(),
            ],
            "start > again > fork\nfork > a > join\nfork > b > join\njoin > review > done\n"
            "done > again if more\ndone > end if not more",
            {},
            [
                ["complete", "a", {}],
                ["complete", "b", {}],
                ["complete", "review", {"more": True}],
                ["complete", "b", {}],
            ],
            [["complete", "a", {}], ["complete", "review", {"more": False}]],
        ),
        "boundary_timer": (
            [
                start(),
                sub("inner", [start("s"), user("work"), end("e")], "s > work > e"),
                user("late"),
                end(),
                edge("edge", "inner", timer("'PT1H'")),
            ],
            "start > inner > end\nedge > late > end",
            {},
            [],
            [["wait", 2], ["complete", "late", {}]],
        ),
        "reminders": (
            [
                start(),
                user("work"),
                call("remind", "case.remind"),
                end(),
                end("end2"),
                edge("edge", "work", timer("'R/P1D'", "Cycle"), interrupting=False),
            ],
            "start > work > end\nedge > remind > end2",
            {},
            [["wait", 50]],
            [
                ["called", {"case.remind": {"n": 1}}],
                ["wait", 24],
                ["called", {"case.remind": {}}],
                ["complete", "work", {}],
            ],
        ),
        "event_gateway": (
            [
                start(),
                first("wait"),
                catch("late", timer("'P3D'")),
                catch("answer", message("answer"), correlation="id"),
                user("a"),
                user("b"),
                end(),
            ],
            "start > wait\nwait > late > a > end\nwait > answer > b > end",
            {"id": "7"},
            [],
            [["deliver", "answer", {"id": "7"}], ["complete", "b", {}]],
        ),
        "event_sub_process": (
            [
                start(),
                user("work"),
                end(),
                sub(
                    "aside",
                    [
                        start(
                            "begin", message("note"), properties={"correlation": "id"}, isInterrupting="false"
                        ),
                        user("extra"),
                        end("e"),
                    ],
                    "begin > extra > e",
                    triggeredByEvent="true",
                ),
            ],
            "start > work > end",
            {"id": "7"},
            [["deliver", "note", {"id": "7"}]],
            [["complete", "work", {}], ["complete", "extra", {}]],
        ),
        "many_instances": (
            [
                start(),
                user("vote", each("jurors", "juror", output="votes", result="vote_given")),
                user("after"),
                end(),
            ],
            "start > vote > after > end",
            {"jurors": ["a", "b", "c"]},
            [["complete", "vote", {"vote_given": 1}]],
            [
                ["complete", "vote", {"vote_given": 2}],
                ["complete", "vote", {"vote_given": 3}],
                ["complete", "after", {}],
            ],
        ),
        "one_by_one": (
            [start(), user("visit", each("houses", "house", sequential=True)), end()],
            "start > visit > end",
            {"houses": ["x", "y"]},
            [["complete", "visit", {"seen": 1}]],
            [["complete", "visit", {}]],
        ),
        "standard_loop": (
            [
                start(),
                user(
                    "ask",
                    "<bpmn:standardLoopCharacteristics><bpmn:loopCondition>more</bpmn:loopCondition>"
                    "</bpmn:standardLoopCharacteristics>",
                ),
                end(),
            ],
            "start > ask > end",
            {"more": True},
            [["complete", "ask", {}]],
            [["complete", "ask", {"more": False}]],
        ),
        "job": (
            [start(), both("fork"), job("print", "letters.print"), user("b"), both("join"), end()],
            "start > fork\nfork > print > join\nfork > b > join\njoin > end",
            {},
            [["complete", "b", {}]],
            [["job", {"printed": True}]],
        ),
        "signal_and_condition": (
            [
                start(),
                both("fork"),
                catch("sig", signal("go")),
                catch("until", condition("has('ready')")),
                user("b"),
                script("note", "y = 1"),
                end(),
            ],
            "start > fork\nfork > sig > end\nfork > until > note > end\nfork > b > end",
            {},
            [],
            [["signal", "go"], ["complete", "b", {"ready": True}]],
        ),
        "nested_sub_processes": (
            [
                start(),
                sub(
                    "outer",
                    [
                        start("s"),
                        sub("inner", [start("s2"), user("work"), end("e2")], "s2 > work > e2"),
                        end("e"),
                    ],
                    "s > inner > e",
                ),
                user("after"),
                end(),
            ],
            "start > outer > after > end",
            {"x": 1},
            [],
            [["complete", "work", {"y": 1}], ["complete", "after", {}]],
        ),
        "uncommon_names": (
            [start(), node("userTask", "a.b-c_1", "", {}), end()],
            "start > a.b-c_1 > end",
            {"": 1, "key with spaces": 2, "__class__": 3, "sum": 4},
            [],
            [["complete", "a.b-c_1", {}]],
        ),
    }


def act(case: Case, what: list[Any]) -> None:
    """Do one act of a plan."""
    verb, *arguments = what
    if verb == "complete":
        case.complete(arguments[0], **arguments[1])
    elif verb == "wait":
        case.wait(hours=arguments[0])
    elif verb == "called":
        case.called(**arguments[0])
    elif verb == "job":
        case.job(arguments[0])
    elif verb == "signal":
        case.signal(arguments[0])
    else:
        case.deliver(*arguments)


def write() -> None:
    for name, (nodes, flow, data, before, after) in plans().items():
        definition = unchecked(nodes, flow)
        case = Case(definition, data)
        for each_act in before:
            act(case, each_act)
        path = FOLDER / f"codec{case.turn.codec}" / f"{name}.json"
        if path.exists():
            continue
        path.parent.mkdir(exist_ok=True)
        kept = {
            "bpmn": bundle(nodes, flow).bpmn.decode(),
            "codec": case.turn.codec,
            "state": base64.b64encode(case.turn.state).decode(),
            "now": case.now.isoformat(),
            "open": case.open,
            "variables": case.data,
            "acts": after,
        }
        for each_act in after:
            act(case, each_act)
        kept["result"] = case.data
        path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
