"""Local steps: what a service task `call` runs, inside the transaction of the turn (ADR 0016)."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from core.access import Actor


class Step(Protocol):
    """A function of the subject and the data of the task; what it returns is merged into the process data."""

    def __call__(
        self, subject_type: str, subject_id: uuid.UUID, data: dict[str, Any], *, by: Actor
    ) -> dict[str, Any] | None: ...


Work = Callable[[dict[str, Any]], dict[str, Any] | None]

_steps: dict[str, Step] = {}
_jobs: dict[str, Work] = {}


class BusinessError(Exception):
    """Raised by a step or job for an outcome that the diagram deals with: a boundary event catches `code`.

    `data` are merged into the process data on the way out. What a step wrote before raising stays written.
    """

    def __init__(self, code: str, data: dict[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code, self.data = code, data or {}


class UnknownStep(LookupError):
    """A diagram names a step that no package has registered."""


def register(named: Mapping[str, Step]) -> None:
    """Hand in local steps by name, such as `projects.begin_settlement`; called by wiring, safe to repeat.

    A step writes in the running transaction only: no commit, no mail, no network. It may raise
    BusinessError for the process to deal with.
    """
    _steps.update(named)


def register_jobs(named: Mapping[str, Work]) -> None:
    """Hand in external jobs by name: done by a worker outside any transaction, and maybe twice."""
    _jobs.update(named)


def find(name: str) -> Step:
    """The step of this name. Raises UnknownStep."""
    if name not in _steps:
        raise UnknownStep(name)
    return _steps[name]


def find_job(name: str) -> Work:
    """The job of this name. Raises UnknownStep."""
    if name not in _jobs:
        raise UnknownStep(name)
    return _jobs[name]


def names() -> frozenset[str]:
    """All names a diagram may use, for the check at deploy."""
    return frozenset(_steps) | frozenset(_jobs)
