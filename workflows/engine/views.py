"""What the world sees of an instance after a turn."""

from __future__ import annotations

from typing import Literal

from workflows.engine.codec import CODEC, dump
from workflows.engine.definitions import CORRELATION, LEFT, Message, Signal, Timer, due_at
from workflows.engine.model import (
    Call,
    Compiled,
    Data,
    EngineError,
    Job,
    Status,
    TaskInfo,
    TaskView,
    TimerView,
    Turn,
    Wait,
)
from workflows.engine.prune import prune
from workflows.engine.scope import MAX_TOKENS, Instance
from workflows.engine.tasks import Step
from workflows.engine.token import READY, STARTED, WAITING, Token
from workflows.engine.values import copied

Kind = Literal["date", "duration", "cycle"]


def turn(compiled: Compiled, top: Instance) -> Turn:
    """Save an instance and describe it in full. The instance is not used after this."""
    variables = _variables(top)
    prune(top)
    if top.count() > MAX_TOKENS:
        raise EngineError(f"More than {MAX_TOKENS} tokens.", code="too-many-tokens")
    views = _Views(compiled)
    if not top.completed:
        for scope in top.scopes():
            for token in scope.tasks.values():
                views.add(token)
    return Turn(
        state=dump(top),
        codec=CODEC,
        status=_status(top),
        open_tasks=views.open_tasks,
        timers=views.timers,
        waits=views.waits,
        calls=views.calls,
        jobs=views.jobs,
        out=top.out,
        events=top.events,
        variables=variables,
        n_tasks=top.count(),
    )


def _status(top: Instance) -> Status:
    if top.cancelled:
        return "cancelled"
    return "completed" if top.completed else "running"


def _variables(top: Instance) -> Data:
    return copied(top.result) if top.completed else top.variables()


class _Views:
    def __init__(self, compiled: Compiled) -> None:
        self.infos = compiled.tasks
        self.open_tasks: list[TaskView] = []
        self.timers: list[TimerView] = []
        self.waits: list[Wait] = []
        self.calls: list[Call] = []
        self.jobs: list[Job] = []

    def add(self, token: Token) -> None:
        """Describe a token that the world has something to do with."""
        spec, state = token.task_spec, token._state
        if state == READY and spec.manual:
            self.open_tasks.append(self._task(token))
        elif state == STARTED and isinstance(spec, Step):
            self._step(token, spec)
        elif state == WAITING:
            self._event(token)

    def _task(self, token: Token) -> TaskView:
        element = token.task_spec.element_id
        info = self.infos.get(element) or TaskInfo(element)
        return TaskView(
            id=token.workflow.top.public_id(token),
            element_id=element,
            name=info.name,
            lane=info.lane,
            role=info.role,
            form_key=info.form_key,
            outcomes=info.outcomes,
            turn=info.turn,
            due_in=info.due_in,
            priority=info.priority,
            data=copied(token.data),
        )

    def _step(self, token: Token, spec: Step) -> None:
        number = token.workflow.top.public_id(token)
        if spec.call:
            self.calls.append(Call(number, spec.element_id or "", spec.call, copied(token.data)))
        elif spec.job:
            self.jobs.append(Job(number, spec.element_id or "", spec.job, copied(token.data)))

    def _event(self, token: Token) -> None:
        definition = getattr(token.task_spec, "event_definition", None)
        number, element = token.workflow.top.public_id(token), token.task_spec.element_id
        if isinstance(definition, Timer):
            kind: Kind = "cycle" if LEFT in token.internal_data else definition.form  # type: ignore[assignment]
            self.timers.append(TimerView(number, element, 0, due_at(token), kind))
        elif isinstance(definition, Message):
            self.waits.append(
                Wait(number, element, "message", definition.name, dict(token.internal_data[CORRELATION]))
            )
        elif isinstance(definition, Signal):
            self.waits.append(Wait(number, element, "signal", definition.name))
