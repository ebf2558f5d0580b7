"""A token: one visit of the process to one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine.values import copied

if TYPE_CHECKING:
    from workflows.engine.scope import Scope

FUTURE, WAITING, READY = TaskState.FUTURE, TaskState.WAITING, TaskState.READY
STARTED, COMPLETED, CANCELLED = TaskState.STARTED, TaskState.COMPLETED, TaskState.CANCELLED
FINISHED = TaskState.FINISHED_MASK
# Which names were written, and how many tokens there had been by then. Never changed in place: it is shared.
NOTHING: dict[str, int] = {}


class Token(Task):  # type: ignore[misc]
    """The library's task, with small numbers for ids, nothing predicted, nothing logged and nothing shared.

    The future of a token is not stored: its children come into being when it completes. That makes the
    state of an instance as large as what is going on in it, not as large as its diagram or its age.
    """

    def __init__(self, scope: Scope, spec: Any, parent: Token | None = None, state: int = FUTURE) -> None:
        self.id = scope.top.next_id()
        self.workflow = scope
        self._parent = None
        self._children: list[int] = []
        self._state = FUTURE
        self.triggered = False
        self.task_spec = spec
        self.thread_id = 0
        self.data: dict[str, Any] = {}
        self.wrote: dict[str, int] = NOTHING
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0.0
        scope.tasks[self.id] = self
        if parent is not None:
            self._parent = parent.id
            parent._children.append(self.id)
        if state != FUTURE:
            self._set_state(state)

    @property
    def finished(self) -> bool:
        """Whether this token is done with: completed or cancelled."""
        return bool(self._state & FINISHED)

    def _add_child(self, task_spec: Any, state: int = FUTURE) -> Token:
        return Token(self.workflow, task_spec, self, state)

    def _set_state(self, value: int) -> None:
        before = self._state
        if value == before:
            return
        self._state = value
        self.task_spec.moved(self, before, value)

    def collect_log_extras(self, dct: dict[str, Any] | None = None) -> dict[str, Any]:
        """Log nothing: process data stay out of logs."""
        return {}

    def _inherit_data(self) -> None:
        own = self.data
        parent = self.parent
        self.data = copied(parent.data)
        self.wrote = parent.wrote
        if own:
            self.data.update(own)

    def write(self, values: Mapping[str, Any]) -> None:
        """Set data on purpose. When that was counts at a join, also where the value was the same before."""
        self.data.update(values)
        self.wrote = {**self.wrote, **dict.fromkeys(values, self.workflow.top.serial)}

    def _ready(self) -> None:
        if not self._state & FINISHED:
            self._set_state(READY)

    def run(self) -> bool | None:
        """Execute this step; a step that takes its time stays STARTED."""
        done: bool | None = self.task_spec._run(self)
        if self.finished:  # it took its own scope with it, as an error end does
            self.workflow.top.record(self, "completed")
        elif done is None:
            self._set_state(STARTED)
        else:
            self.complete()
        return done

    def cancel(self) -> None:
        """Take back this token and, where it is done already, what has come from it."""
        todo = [self]
        while todo:
            token = todo.pop()
            if token._state & FINISHED:
                todo.extend(token.children)
                continue
            token._set_state(CANCELLED)
            token.task_spec._on_cancel(token)
            todo.extend(token.children)

    def moved_to(self, parent: Token) -> None:
        """Hang this token under another one."""
        self.parent._children.remove(self.id)
        self._parent = parent.id
        parent._children.append(self.id)


def later(base: Token, mine: Mapping[str, int], theirs: Mapping[str, int]) -> dict[str, bool]:
    """Tell for each name written since the fork at `base` whether `theirs` wrote it last."""
    return {name: at >= mine.get(name, 0) for name, at in theirs.items() if at != base.wrote.get(name)}


def latest(mine: Mapping[str, int], theirs: Mapping[str, int]) -> dict[str, int]:
    """Return for each name when it was written last."""
    return {name: max(mine.get(name, 0), theirs.get(name, 0)) for name in {**mine, **theirs}}
