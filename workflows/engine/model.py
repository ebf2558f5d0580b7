"""What goes into the engine and what comes out of it: plain data, no SpiffWorkflow, no Flask, no database.

Process data are small routing values of JSON types (ids, codes, numbers, booleans, dates as text); never
personal data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

Data: TypeAlias = dict[str, Any]
Level: TypeAlias = Literal["error", "warning", "info"]
Status: TypeAlias = Literal["running", "completed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is deployed together: a BPMN file, its decision tables by decision id, the processes it calls."""

    key: str
    bpmn: bytes
    dmn: dict[str, bytes] = field(default_factory=dict)
    called: dict[str, Bundle] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on a bundle.

    `code` and `args` are stable; the text comes from `findings.py` in nl, fr, en and de.
    """

    code: str
    level: Level
    element: str | None = None
    line: int | None = None
    args: dict[str, Any] = field(default_factory=dict)

    def message(self, locale: str = "nl") -> str:
        """Return the text of this finding for a person, in one of our four languages."""
        from workflows.engine import findings

        return findings.message(self, locale)


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: flow nodes in the file and kept, ids lost, and everything to say about it."""

    nodes: int
    kept: int
    lost: list[str]
    findings: list[Finding]
    deployable: bool


@dataclass(frozen=True, slots=True)
class FormField:
    """A value that a step asks of a person. No kind holds free text: text may be about somebody, and that
    has no place in process data.

    `least` and `most` are for numbers; `choices` are codes and what they are called.
    """

    name: str
    kind: Literal["choice", "yes_no", "number", "date"]
    label: Any = ""
    required: bool = True
    choices: tuple[tuple[str, Any], ...] = ()
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class TaskInfo:
    """A step as the diagram describes it; `properties` holds all spiffworkflow:property values."""

    element_id: str
    name: str = ""
    lane: str | None = None
    role: str | None = None
    form_key: str | None = None
    outcomes: tuple[str, ...] = ()
    turn: str | None = None
    due_in: str | None = None
    priority: int = 0
    properties: dict[str, str] = field(default_factory=dict)
    kind: str = "userTask"
    fields: tuple[FormField, ...] = ()
    outcome_names: dict[str, str] = field(default_factory=dict)

    @property
    def has_form(self) -> bool:
        """Whether a person fills in a form here, instead of doing the step on a page of the product."""
        return bool(self.form_key or self.fields)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A bundle made ready to run. Shared between instances and threads, hence never changed.

    `spec` and `subspecs` are sealed and opaque outside this package; `hash` is the sha256 of what was
    deployed.
    """

    key: str
    hash: str
    engine_version: str
    spec: Any
    subspecs: dict[str, Any] = field(default_factory=dict)
    tasks: dict[str, TaskInfo] = field(default_factory=dict)
    message_starts: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    plan: Any = None


@dataclass(frozen=True, slots=True)
class TaskView:
    """An open user task."""

    id: str
    element_id: str
    name: str
    lane: str | None
    role: str | None
    form_key: str | None
    outcomes: tuple[str, ...]
    turn: str | None
    due_in: str | None
    priority: int
    data: Data


@dataclass(frozen=True, slots=True)
class TimerView:
    """A moment at which the instance wants a turn.

    Each timer waits on a token of its own, those of an event-based gateway too, so `slot` is 0; `task_id`
    names the timer for as long as it waits. A cycle keeps its `task_id` and moves its `due_at`.
    """

    task_id: str
    element_id: str
    slot: int
    due_at: datetime
    kind: Literal["date", "duration", "cycle"]


@dataclass(frozen=True, slots=True)
class Wait:
    """A message or signal that the instance waits for."""

    task_id: str
    element_id: str
    kind: Literal["message", "signal"]
    name: str
    correlation: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutMessage:
    """A message or signal on its way between instances; `start` when it may start a new one.

    A message that is thrown always goes out, also when the instance itself waits for it: whoever carries it
    looks for the one instance that waits. A signal has reached all branches of its own instance in the same
    turn; the carrier gives it to every *other* instance that waits for it.
    """

    name: str
    correlation: dict[str, str] = field(default_factory=dict)
    payload: Data = field(default_factory=dict)
    kind: Literal["message", "signal"] = "message"
    start: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A local step: the driver runs it in the same transaction and feeds the result back with `call_done`."""

    task_id: str
    element_id: str
    name: str
    data: Data


@dataclass(frozen=True, slots=True)
class Job:
    """An external job: a worker does it later, outside the transaction, and reports with `job_done`."""

    task_id: str
    element_id: str
    name: str
    data: Data


@dataclass(frozen=True, slots=True)
class Event:
    """A line of history, without personal data. Kinds are stable codes.

    `process.` started, completed, cancelled, migrated; `task.` (people's) opened, completed, cancelled;
    `element.` (other steps) completed, started and cancelled (what takes its time), fired, sent, decided.
    """

    kind: str
    element_id: str | None = None
    task_id: str | None = None
    data: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """The instance after one step: everything is the full set, the caller compares it with its rows."""

    state: bytes
    codec: int
    status: Status
    open_tasks: list[TaskView] = field(default_factory=list)
    timers: list[TimerView] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    out: list[OutMessage] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    variables: Data = field(default_factory=dict)
    n_tasks: int = 0


@dataclass(frozen=True, slots=True)
class BpmnError:
    """A business error of a job or call; an error event with this code (or without one) catches it."""

    code: str
    data: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why a running instance may not move to another definition as it is.

    `kind` is `refuse` (never) or `skip` (possible when the manager accepts that new steps are passed over).
    """

    code: str
    element_id: str
    kind: Literal["refuse", "skip"] = "refuse"
    args: dict[str, str] = field(default_factory=dict)


class EngineError(Exception):
    """The turn failed and nothing of it may be kept. `element_id` is the place in the diagram, when known."""

    def __init__(self, message: str, *, element_id: str | None = None, code: str = "engine-error") -> None:
        super().__init__(message)
        self.element_id = element_id
        self.code = code


class StaleTask(EngineError):
    """The task is not open (any more): completed before, cancelled, or never there."""


class NotWaiting(EngineError):
    """The instance does not wait for this message, or not with this correlation."""


class NotDeployable(EngineError):
    """The bundle has findings of level error."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(
            f"{len(findings)} findings: " + ", ".join(sorted({found.code for found in findings}))
        )
        self.findings = findings
