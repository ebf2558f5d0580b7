"""What processes are about: packages above say how to name, find and guard their subjects (ADR 0016)."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from core.access import Actor
from core.db import once_while_reading


class Ref(Protocol):
    """Anything that a process can run for: a record with an id and the noun of its kind."""

    @property
    def id(self) -> uuid.UUID: ...

    @property
    def subject_type(self) -> str: ...


@dataclass(frozen=True)
class Reference:
    """A subject by its key alone, where the record itself is not needed."""

    subject_type: str
    id: uuid.UUID


@dataclass(frozen=True)
class Subject:
    """How one kind of subject shows itself.

    load_many: ids -> records by id, in few statements. title: what a colleague calls it. address: its page.
    visible_to: the rule that guards its page, reads only. entered: told in the same transaction, with the
    status code of each step that opens (a person's act or a message), for who keeps that code in a column.
    lock: takes the row of the aggregate root before its instance, for turns that no operation began
    (messages, timers, terms); needed where `entered` or a local step writes to the aggregate.
    """

    load_many: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Any]]
    title: Callable[[Any, Actor], str]
    address: Callable[[Any], str]
    visible_to: Callable[[Actor, Any], bool]
    entered: Callable[[uuid.UUID, str, Actor], None] | None = None
    lock: Callable[[uuid.UUID], object] | None = None


class Label(NamedTuple):
    """What a worklist shows of a subject; without `record` it is gone or not for this reader."""

    title: str
    address: str | None
    record: Any = None


_subjects: dict[str, Subject] = {}


def register(subject_type: str, subject: Subject) -> None:
    """Hand in a kind of subject; called by wiring, safe to repeat."""
    _subjects[subject_type] = subject


def find(subject_type: str) -> Subject | None:
    """The registered kind, None when no package knows it."""
    return _subjects.get(subject_type)


def load(subject_type: str, subject_id: uuid.UUID) -> Any | None:
    """One record, None when it is gone or its kind is unknown."""
    kind = _subjects.get(subject_type)
    return _records(subject_type, kind, {subject_id}).get(subject_id) if kind else None


def _records(subject_type: str, kind: Subject, ids: set[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
    """The records with these ids: a page that its guard, its title and its steps ask for reads them once."""
    key = ("subjects", subject_type, frozenset(ids))
    found: Mapping[uuid.UUID, Any] | None = once_while_reading(key, lambda: kind.load_many(ids))
    return kind.load_many(ids) if found is None else found


def lock(subject_type: str, subject_id: uuid.UUID) -> None:
    """Lock the aggregate root, where its package asks for that: always before the instance (ADR 0002)."""
    kind = _subjects.get(subject_type)
    if kind is not None and kind.lock is not None:
        kind.lock(subject_id)


def entered(subject_type: str, subject_id: uuid.UUID, state: str, by: Actor) -> None:
    """Tell the package above which status the process has reached."""
    kind = _subjects.get(subject_type)
    if kind is not None and kind.entered is not None:
        kind.entered(subject_id, state, by)


def labels(
    keys: Iterable[tuple[str, uuid.UUID]], by: Actor, *, guarded: bool = True
) -> dict[tuple[str, uuid.UUID], Label]:
    """Titles and addresses of many subjects, one batch per kind; only of what this actor may see."""
    wanted: dict[str, set[uuid.UUID]] = {}
    for subject_type, subject_id in keys:
        wanted.setdefault(subject_type, set()).add(subject_id)
    found: dict[tuple[str, uuid.UUID], Label] = {}
    for subject_type, ids in wanted.items():
        kind = _subjects.get(subject_type)
        if kind is None:
            continue
        for subject_id, record in _records(subject_type, kind, ids).items():
            if not guarded or kind.visible_to(by, record):
                label = Label(kind.title(record, by), kind.address(record), record)
                found[subject_type, subject_id] = label
    return found
