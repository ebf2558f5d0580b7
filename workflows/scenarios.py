"""Tests of a process, as YAML beside its diagram: what is done, and what should then be open (tests.yaml).

    - name: a partner declines
      start: {case_id: "c1"}
      steps:
        - expect: {open: [judge_referral], turn: partner}
        - do: declined                      # with `data`, what its form asks
        - message: referral_answered        # with `correlation` and `payload`
        - wait: P14D                        # timers that are due then go off
        - expect: {end: true}

`do` completes the open step that knows the event, or delivers the message of that name. `expect` may name
`open` (all open steps), `states`, `turn` (of the first one), `out` (messages sent since the last check),
`end`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml  # type: ignore[import-untyped]

from core.errors import DomainError
from workflows import task_forms
from workflows.engine import bpmn, xmlin
from workflows.engine.api import Engine
from workflows.engine.model import Compiled, Data, EngineError, OutMessage, Turn
from workflows.engine.times import parse_duration

BEGIN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
MAX_CALLS = 50


class Failed(Exception):
    """A scenario did not go as written."""


class _Run:
    """One scenario on its way."""

    def __init__(self, engine: Engine, compiled: Compiled, data: Data) -> None:
        self.engine, self.compiled, self.now = engine, compiled, BEGIN
        self.sent: list[str] = []
        self.turn = self._settle(engine.start(compiled, data, self.now))

    def _settle(self, turn: Turn) -> Turn:
        """Give every local step and job an empty answer."""
        self.sent += [message.name for message in turn.out]
        for _round in range(MAX_CALLS):
            state, codec = turn.state, turn.codec
            if turn.calls:
                answers: dict[str, Any] = {call.task_id: {} for call in turn.calls}
                turn = self.engine.call_done(self.compiled, state, codec, answers, self.now)
            elif turn.jobs:
                turn = self.engine.job_done(self.compiled, state, codec, turn.jobs[0].task_id, {}, self.now)
            else:
                return turn
            self.sent += [message.name for message in turn.out]
        raise Failed("more local steps than a turn may take")

    def do(self, event: str, data: Data) -> None:
        task = next((task for task in self.turn.open_tasks if event in task.outcomes), None)
        if task is not None:
            answer = {**self._answers(task.element_id, data), "outcome": event}
            turn = self.engine.complete(
                self.compiled, self.turn.state, self.turn.codec, task.id, answer, self.now
            )
            self.turn = self._settle(turn)
            return
        wait = next((wait for wait in self.turn.waits if wait.name == event), None)
        if wait is None:
            raise Failed(f"nothing open takes {event!r}")
        self.message(event, dict(wait.correlation), {**data, "outcome": event})

    def _answers(self, element_id: str, data: Data) -> Data:
        """What the form of a step would hand over."""
        form = task_forms.of(self.compiled.tasks[element_id])
        if form is None:
            return data
        try:
            return task_forms.clean(form, data)
        except DomainError as refusal:
            raise Failed(f"the form of {element_id}: {refusal.field}: {refusal.message}") from refusal

    def message(self, name: str, correlation: dict[str, str], payload: Data) -> None:
        message = OutMessage(name, correlation, payload)
        self.turn = self._settle(
            self.engine.deliver(self.compiled, self.turn.state, self.turn.codec, message, self.now)
        )

    def wait(self, period: str) -> None:
        self.now = parse_duration(period).after(self.now) + timedelta(seconds=1)
        self.turn = self._settle(
            self.engine.timers(self.compiled, self.turn.state, self.turn.codec, self.now)
        )

    def expect(self, wanted: Mapping[str, Any]) -> None:
        infos = [self.compiled.tasks[task.element_id] for task in self.turn.open_tasks]
        seen: dict[str, Any] = {
            "open": sorted(task.element_id for task in self.turn.open_tasks),
            "states": sorted(info.properties.get("state", "") for info in infos),
            "turn": infos[0].turn if infos else "nobody",
            "end": self.turn.status == "completed",
            "out": self.sent,
        }
        for name, value in wanted.items():
            if name not in seen:
                raise Failed(f"unknown check {name!r}")
            want = sorted(value) if name in {"open", "states"} else value
            if seen[name] != want:
                raise Failed(f"{name} is {seen[name]!r}, not {want!r}")
        self.sent = []


def run(engine: Engine, compiled: Compiled, text: str) -> list[str]:
    """Play all scenarios; a line for each that fails, with the number of the step.

    Never raises for content.
    """
    failures = []
    try:
        scenarios = list(yaml.safe_load(text) or [])
    except (yaml.YAMLError, TypeError) as error:
        return [f"tests.yaml: {error}"]
    for number, scenario in enumerate(scenarios, 1):
        fault = _play(engine, compiled, scenario)
        if fault:
            name = scenario.get("name", number) if isinstance(scenario, dict) else number
            failures.append(f"{name}: {fault}")
    return failures


def _play(engine: Engine, compiled: Compiled, scenario: Any) -> str | None:
    number = 0
    try:
        running = _Run(engine, compiled, dict(scenario.get("start") or {}))
        for step in scenario.get("steps") or []:
            number += 1
            _step(running, step)
    except (Failed, EngineError) as fault:
        return f"step {number}: {fault}"
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        return f"step {number}: not a scenario ({fault!r})"
    return None


def _step(running: _Run, step: Mapping[str, Any]) -> None:
    if "do" in step:
        running.do(step["do"], dict(step.get("data") or {}))
    if "message" in step:
        running.message(step["message"], dict(step.get("correlation") or {}), dict(step.get("payload") or {}))
    if "wait" in step:
        running.wait(step["wait"])
    if "expect" in step:
        running.expect(step["expect"])


def processes_and_calls(diagram: bytes) -> tuple[set[str], set[str]]:
    """Ids of the processes in a diagram, and of those it calls. Empty for what cannot be read."""
    root = _parsed(diagram)
    if root is None:
        return set(), set()
    own = {found.get("id", "") for found in root.iter(bpmn.tag("process"))}
    called = {bpmn.called_process(found, own) for found in root.iter(bpmn.tag("callActivity"))}
    return own, called - {""}


def process_name(diagram: bytes, key: str) -> str:
    """The name that the diagram gives a process, else its key."""
    root = _parsed(diagram)
    named = [] if root is None else list(root.iter(bpmn.tag("process")))
    found = [each for each in named if each.get("id") == key]
    return (found[0].get("name") if found else None) or key


def _parsed(diagram: bytes) -> bpmn.Element | None:
    try:
        return xmlin.parse(diagram)
    except xmlin.Refused:
        return None
