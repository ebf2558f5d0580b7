"""Cost of one step of a process through the public engine, against the bare library in memory.

One step is one transaction on SQLite (WAL, synchronous=NORMAL): BEGIN IMMEDIATE, read state and version,
restore, complete the user task, run on, build the whole Turn, write the state back WHERE version, COMMIT. No
instance cache. Bare is the library's own parser and workflow, resident, without any store. Both run the same
diagram in interleaved rounds; the ratios of the medians count.

usage: python -m benchmarks.engine [--quick]      prints one JSON object per line
"""

from __future__ import annotations

import gc
import json
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.util.task import TaskState

from workflows.engine.api import Engine
from workflows.engine.model import Bundle, Compiled

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="http://x">'
    '<bpmn:process id="process" isExecutable="true"><bpmn:startEvent id="start"/>'
)
TAIL = "</bpmn:process></bpmn:definitions>"
OUTCOMES = (
    "<bpmn:extensionElements><spiffworkflow:properties>"
    '<spiffworkflow:property name="outcomes" value="on,off"/>'
    "</spiffworkflow:properties></bpmn:extensionElements>"
)
engine = Engine()


def sequence(count: int) -> bytes:
    """Make a process of `count` user tasks in a row."""
    names = ["start", *(f"task_{number}" for number in range(count)), "end"]
    nodes = "".join(f'<bpmn:userTask id="{name}" name="{name}"/>' for name in names[1:-1])
    flows = "".join(_flow(one, other) for one, other in pairwise(names))
    return (HEAD + nodes + '<bpmn:endEvent id="end"/>' + flows + TAIL).encode()


def loop() -> bytes:
    """Make a process of four nodes that goes round."""
    nodes = (
        '<bpmn:exclusiveGateway id="again"/>'
        f'<bpmn:userTask id="work" name="work">{OUTCOMES}</bpmn:userTask>'
        '<bpmn:scriptTask id="count"><bpmn:script>n = n + 1</bpmn:script></bpmn:scriptTask>'
        '<bpmn:exclusiveGateway id="done" default="done_end"/><bpmn:endEvent id="end"/>'
    )
    back = '<bpmn:conditionExpression>outcome == "on"</bpmn:conditionExpression>'
    flows = (
        _flow("start", "again")
        + _flow("again", "work")
        + _flow("work", "count")
        + _flow("count", "done")
        + _flow("done", "again", back)
        + _flow("done", "end")
    )
    return (HEAD + nodes + flows + TAIL).encode()


def _flow(one: str, other: str, inside: str = "") -> str:
    ends = f'id="{one}_{other}" sourceRef="{one}" targetRef="{other}"'
    return f"<bpmn:sequenceFlow {ends}>{inside}</bpmn:sequenceFlow>"


class Bare:
    """The library, resident in memory."""

    def __init__(self, spec: Any) -> None:
        self.workflow = BpmnWorkflow(spec)
        self.workflow.task_tree.data["n"] = 0
        self.workflow.do_engine_steps()

    def step(self) -> None:
        """Complete the next user task."""
        task = self.workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data["outcome"] = "on"
        task.run()
        self.workflow.do_engine_steps()


class Stored:
    """Our engine, with the instance in a table."""

    def __init__(self, store: sqlite3.Connection, definition: Compiled) -> None:
        self.store = store
        self.definition = definition
        turn = engine.start(definition, {"n": 0}, datetime.now(UTC))
        self.task = turn.open_tasks[0].id
        cursor = store.execute("insert into instance(version, state) values(1, ?)", (turn.state,))
        self.id = cursor.lastrowid
        self.bytes = len(turn.state)

    def step(self) -> None:
        """Complete the open user task in a transaction of its own."""
        execute = self.store.execute
        execute("begin immediate")
        version, state = execute("select version, state from instance where id = ?", (self.id,)).fetchone()
        turn = engine.complete(self.definition, state, 1, self.task, {"outcome": "on"}, datetime.now(UTC))
        changed = execute(
            "update instance set state = ?, version = ? where id = ? and version = ?",
            (turn.state, version + 1, self.id, version),
        )
        assert changed.rowcount == 1
        execute("commit")
        self.bytes = len(turn.state)
        if turn.open_tasks:
            self.task = turn.open_tasks[0].id


def stored_in(folder: str) -> sqlite3.Connection:
    """Open the table of instances."""
    store = sqlite3.connect(str(Path(folder) / "bench.db"), isolation_level=None)
    store.execute("pragma journal_mode = wal")
    store.execute("pragma synchronous = normal")
    store.execute("create table instance(id integer primary key, version int not null, state blob not null)")
    return store


def timed(case: Bare | Stored, first: int, last: int) -> list[float]:
    """Return the milliseconds of steps `first` to `last`, doing all before them."""
    times = []
    for number in range(last):
        began = perf_counter()
        case.step()
        if number >= first:
            times.append(1_000 * (perf_counter() - began))
    return times


def _stock_spec(xml: bytes) -> Any:
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(xml))
    return parser.get_spec("process")


def _steps(store: sqlite3.Connection, count: int, first: int, last: int, rounds: int) -> dict[str, Any]:
    xml = sequence(count)
    spec, definition = _stock_spec(xml), engine.compile(Bundle("process", xml))
    bare: list[float] = []
    ours: list[float] = []
    for number in range(rounds + 1):
        # The first round warms up; else the collector would charge one side for the garbage of the other.
        gc.collect()
        one = timed(Bare(spec), first, last)
        gc.collect()
        other = timed(Stored(store, definition), first, last)
        if number:
            bare += one
            ours += other
    middle = statistics.median(ours)
    return {
        "name": f"engine.step{count}_vs_bare",
        "value": round(middle / statistics.median(bare), 3),
        "unit": "ratio",
        "detail": {
            "ours_ms": round(middle, 4),
            "bare_ms": round(statistics.median(bare), 4),
            "ours_p95_ms": round(sorted(ours)[int(len(ours) * 0.95)], 4),
            "steps_per_second": round(1_000 / middle),
            "steps": [first, last],
            "measured": len(ours),
        },
    }


def _loops(store: sqlite3.Connection, rounds: int) -> dict[str, Any]:
    definition = engine.compile(Bundle("process", loop()))
    early: list[float] = []
    late: list[float] = []
    for _ in range(rounds):
        young, old = Stored(store, definition), Stored(store, definition)
        timed(old, 100, 100)
        gc.collect()
        # Turn by turn side by side, so that what else the machine does hits both alike.
        for _ in range(40):
            early += timed(young, 0, 1)
            late += timed(old, 0, 1)
    value = statistics.median(late) / statistics.median(early)
    detail = {"turns_0_40_ms": statistics.median(early), "turns_100_140_ms": statistics.median(late)}
    detail = {name: round(number, 4) for name, number in detail.items()}
    return {"name": "engine.loop_growth", "value": round(value, 3), "unit": "ratio", "detail": detail}


def _loop_state(store: sqlite3.Connection) -> dict[str, Any]:
    case = Stored(store, engine.compile(Bundle("process", loop())))
    sizes = []
    for _ in range(1_000):
        case.step()
        sizes.append(case.bytes)
    return {
        "name": "engine.loop1000_state_growth",
        "value": round(sizes[999] / sizes[99], 3),
        "unit": "ratio",
        "detail": {"bytes_at_100": sizes[99], "bytes_at_1000": sizes[999]},
    }


def run(quick: bool) -> Iterable[dict[str, Any]]:
    """Yield the figures of issue 4's `bench engine`."""
    with tempfile.TemporaryDirectory() as folder:
        store = stored_in(folder)
        try:
            yield from _figures(store, quick)
        finally:
            store.close()


def _figures(store: sqlite3.Connection, quick: bool) -> Iterator[dict[str, Any]]:
    yield _steps(store, 30, 0, 30, 8 if quick else 40)
    yield _steps(store, 200, 100, 160, 2 if quick else 8)
    yield _loops(store, 3 if quick else 12)
    yield _loop_state(store)


if __name__ == "__main__":
    for figure in run("--quick" in sys.argv):
        print(json.dumps(figure), flush=True)
