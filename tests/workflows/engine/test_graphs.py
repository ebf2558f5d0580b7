"""Random graphs without any structure: only errors of ours, and only states that can be read again."""

from __future__ import annotations

import random
from typing import Any

from tests.workflows.engine import diagrams as draw
from tests.workflows.engine.diagrams import Case, engine, unchecked
from workflows.engine.model import BpmnError, Compiled, EngineError, NotDeployable, OutMessage

KINDS = ["user", "user", "script", "xor", "some", "both", "call", "job", "sub", "many", "first"]
KINDS += ["signal", "escalation"]
BUGS = ("engine-error", "library-error")
BOUNDS = ("step-budget", "too-many-tokens")
EDGES = [
    draw.timer("'PT1H'"),
    draw.timer("'R3/PT1H'", "Cycle"),
    draw.signal("S"),
    draw.message("M"),
    draw.error("E"),
    draw.error(),
    draw.escalation("X"),
    draw.condition("get('v1', 0) > 1"),
]


class Graph:
    """Draws nodes of all kinds with flows to anywhere."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.count = chance.randint(3, 9)
        self.nodes = [draw.start(), draw.end()]
        self.flows = ["start > n0"]
        for number in range(self.count):
            self._add(f"n{number}", chance.choice(KINDS), number)
        if chance.random() < 0.4:
            self._add_event_sub_process()

    def compiled(self) -> Compiled:
        return unchecked(self.nodes, "\n".join(self.flows))

    def _to(self, name: str, guard: str = "") -> None:
        there = f"n{self.chance.randrange(self.count)}" if self.chance.random() < 0.75 else "end"
        self.flows.append(f"{name} > {there}" + (f" if {guard}" if guard else ""))

    def _add(self, name: str, kind: str, number: int) -> None:
        if kind in ("xor", "some"):
            self.nodes.append(getattr(draw, kind)(name))
            self._to(name, f"get('v{number}', 0) < {self.chance.randint(0, 3)}")
            self._to(name, "True")
        elif kind == "both":
            self.nodes.append(draw.both(name))
            self._to(name)
            self._to(name)
        elif kind == "first":
            self.nodes.append(draw.first(name))
            for place, event in enumerate([draw.timer("'PT2H'"), draw.signal("S"), draw.message("M")]):
                self.nodes.append(draw.catch(f"{name}_{place}", event, correlation="id"))
                self.flows.append(f"{name} > {name}_{place}")
                self._to(f"{name}_{place}")
        else:
            self.nodes.append(self._step(name, kind, number))
            self._to(name)
            if kind in ("user", "call", "job", "sub") and self.chance.random() < 0.6:
                self._add_edge(name)

    def _step(self, name: str, kind: str, number: int) -> str:
        if kind == "sub":
            end = self.chance.choice(["", draw.error("E"), draw.escalation("X")])
            inner = [draw.start(f"{name}s"), draw.user(f"{name}u"), draw.end(f"{name}e", end)]
            return draw.sub(name, inner, f"{name}s > {name}u > {name}e")
        return {
            "user": draw.user(name),
            "script": draw.script(name, f"v{number} = get('v{number}', 0) + 1"),
            "call": draw.call(name, "step"),
            "job": draw.job(name, "job"),
            "many": draw.user(name, draw.times("2", sequential=self.chance.random() < 0.5)),
            "signal": draw.throw(name, draw.signal("S")),
            "escalation": draw.throw(name, draw.escalation("X")),
        }[kind]

    def _add_edge(self, name: str) -> None:
        event = self.chance.choice(EDGES)
        interrupting = "error" in event or self.chance.random() < 0.5
        self.nodes.append(draw.edge(f"b{name}", name, event, interrupting=interrupting, correlation="id"))
        self._to(f"b{name}")

    def _add_event_sub_process(self) -> None:
        event = self.chance.choice(EDGES[:-1])
        wanted = str("error" in event or self.chance.random() < 0.5).lower()
        opening = draw.start("as", event, properties={"correlation": "id"}, isInterrupting=wanted)
        inner = [opening, draw.user("au"), draw.end("ae")]
        self.nodes.append(draw.sub("aside", inner, "as > au > ae", triggeredByEvent="true"))


def acts(case: Case) -> list[tuple[str, Any]]:
    """Return what can be done with an instance now."""
    turn = case.turn
    if case.status != "running":
        return []
    found: list[tuple[str, Any]] = [("complete", task.element_id) for task in turn.open_tasks]
    found += [
        ("deliver", OutMessage(wait.name, wait.correlation, {"p": 1}, wait.kind)) for wait in turn.waits
    ]
    found += [("called", None)] * bool(turn.calls) + [("job", None)] * bool(turn.jobs)
    return found + [("wait", None)] * bool(turn.timers)


def do(case: Case, what: str, value: Any, chance: random.Random) -> None:
    if what == "complete":
        case.complete(value, **{value: 1})
    elif what == "called":
        results = {item.task_id: chance.choice([{}, {"q": 1}, BpmnError("E")]) for item in case.turn.calls}
        case._do("call_done", results)
    elif what == "job":
        case.job(chance.choice([{}, BpmnError("E")]))
    elif what == "wait":
        case.wait(hours=chance.choice([1, 2, 10]))
    else:
        case._do("deliver", value)


def ours(error: EngineError, seed: int) -> str:
    """Return the code of an error that a diagram may give. Raises for one that only a fault of ours gives."""
    if error.code in BUGS:
        raise AssertionError(f"seed {seed}: {error}") from error
    return error.code


def walk(seed: int) -> str:
    """Run a random graph; return how it ended. Raises for what must not happen."""
    chance = random.Random(seed)
    try:
        definition = Graph(chance).compiled()
        case = Case(definition, {"id": "1"})
    except NotDeployable:
        return "not deployable"
    except EngineError as error:
        return ours(error, seed)
    for _ in range(20):
        state = case.turn.state
        assert engine.view(definition, state, 1, case.now).state == state, f"seed {seed}"
        assert engine.verdict(definition, definition, state, 1) == [], f"seed {seed}"
        if not (possible := acts(case)):
            break
        try:
            do(case, *chance.choice(possible), chance)
        except EngineError as error:
            if ours(error, seed) in BOUNDS:
                break
    return case.status


def test_a_wild_graph_gives_errors_of_ours_or_states_that_load(is_long):
    ends = [walk(seed) for seed in range(1_500 if is_long else 30)]
    assert {"completed", "running"} <= set(ends)
