"""What pages show of a process: where one file stands, and where all of them stand. Reads only."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from core import clock
from core.access import Actor
from core.db import session
from core.i18n import process_text
from workflows import definitions, filling, tasks
from workflows.engine.model import Compiled, TaskInfo
from workflows.models.definitions import Definition
from workflows.models.incidents import Incident, IncidentStatus
from workflows.models.instances import Event, Instance
from workflows.models.tasks import Task

SHOWN_EVENTS = 200
DONE, CANCELLED = ("element.completed", "task.completed"), "task.cancelled"


@dataclass(frozen=True)
class StepShown:
    """A step as the text beside the diagram tells it. `state`: done | now | late."""

    element_id: str
    text: str
    state: str
    at: datetime | None
    lane: str = ""
    holder: str = ""
    due_on: date | None = None
    address: str | None = None


@dataclass(frozen=True)
class Standing:
    """Where one subject stands in its process: marks for the diagram, steps for the text."""

    instance: Instance
    name: str
    marks: dict[str, str]
    steps: list[StepShown]


def standing(instance: Instance, by: Actor) -> Standing:
    """The way one subject has gone, all its instances together, and what is open.

    At most four statements, that for the record included.
    """
    subject = _Subject(instance.subject_type_, instance.subject_id)
    found = definitions.compiled(instance.definition_id)
    definition, events = _way_of(instance)
    marks = {event.element_id: "done" for event in events if event.element_id and event.kind in DONE}
    steps = [_done(found, event) for event in events if event.kind == "task.completed"]
    open_tasks = {task.id: task for task in tasks.open_tasks(subject)}
    for row in tasks.rows(list(open_tasks.values()), by):
        state = "late" if row.is_late else "now"
        marks[row.task.element_id] = state
        info = found.tasks.get(row.task.element_id)
        steps.append(
            StepShown(
                row.task.element_id,
                row.name,
                state,
                row.task.opened_at,
                lane_name(found, info),
                row.turn.label,
                row.due_on,
                _form_of(row, open_tasks[row.task.id], by),
            )
        )
    if instance.ended_at is not None:
        steps += [_done(found, event) for event in events if _is_end(found, event)]
    return Standing(instance, name_of(definition), marks, steps)


def _way_of(instance: Instance) -> tuple[Definition, list[Event]]:
    """The process of an instance, and the last things that happened to its subject, oldest first."""
    same = sa.select(Instance.id).where(
        Instance.subject_type_ == instance.subject_type_, Instance.subject_id == instance.subject_id
    )
    query = (
        sa.select(Definition, Event)
        .outerjoin(Event, sa.and_(Event.instance_id.in_(same), Event.kind.in_((*DONE, CANCELLED))))
        .where(Definition.id == instance.definition_id)
        .order_by(Event.id.desc())
        .limit(SHOWN_EVENTS)
    )
    rows = session.execute(query).all()
    return rows[0][0], [event for _definition, event in reversed(rows) if event is not None]


def _form_of(row: tasks.Row, task: Task, by: Actor) -> str | None:
    return row.address if task.has_form and filling.can_fill_task(by, task) else None


@dataclass(frozen=True)
class _Subject:
    subject_type: str
    id: uuid.UUID


def _is_end(found: Compiled, event: Event) -> bool:
    info = found.tasks.get(event.element_id or "")
    return info is not None and info.kind == "EndEvent" and event.kind == "element.completed"


def _done(found: Compiled, event: Event) -> StepShown:
    info = found.tasks.get(event.element_id or "")
    return StepShown(
        event.element_id or "",
        step_text(found, event.element_id or ""),
        "done",
        event.at,
        lane_name(found, info),
    )


def step_text(found: Compiled, element_id: str) -> str:
    """The name of an element in the reader's language."""
    return process_text(found.key, element_id, found.texts.get(element_id) or element_id)


def lane_name(found: Compiled, info: TaskInfo | None) -> str:
    """The name of a lane in the reader's language."""
    if info is None or not info.lane:
        return ""
    lane = next((key for key, text in found.texts.items() if text == info.lane), "")
    return process_text(found.key, lane, info.lane)


def lanes_of(instance: Instance, found: Compiled) -> list[tuple[str, str]]:
    """The lanes of the open steps of an instance that its owner fills: code and name."""
    open_rows = session.scalars(
        sa.select(Task).where(
            Task.instance_id == instance.id,
            Task.tenant_id == instance.tenant_id,
            sa.text("task.status IN ('open', 'waiting')"),
        )
    )
    names = {row.lane: lane_name(found, found.tasks.get(row.element_id)) or row.lane for row in open_rows}
    return sorted(names.items())


def name_of(definition: Definition) -> str:
    """The name of a process in the reader's language."""
    return process_text(definition.key, definition.key, definition.name)


# ---------------------------------------------------------------- all of them
def names() -> dict[str, str]:
    """Every process by its key, in the reader's language, as its newest version calls it."""
    query = sa.select(Definition.key, Definition.name).order_by(Definition.key, Definition.version)
    return {key: process_text(key, key, name) for key, name in session.execute(query)}


@dataclass(frozen=True)
class ProcessRow:
    """A process in the manager's list."""

    definition: Definition
    name: str
    running: int
    incidents: int


def processes() -> list[ProcessRow]:
    """Every process in use, with how many run and how many incidents are open.

    Three statements and cached specs.
    """
    active = session.scalars(
        sa.select(Definition).where(sa.text("process_definition.status = 'active'")).order_by(Definition.key)
    ).all()
    running = _counted(
        sa.select(Instance.key, sa.func.count())
        .where(sa.text("process_instance.status IN ('running', 'suspended', 'incident')"))
        .group_by(Instance.key)
    )
    failing = _counted(
        sa.select(Incident.key, sa.func.count())
        .where(Incident.status == IncidentStatus.OPEN)
        .group_by(Incident.key)
    )
    return [
        ProcessRow(
            definition,
            name_of(definition),
            running.get(definition.key, 0),
            failing.get(definition.key, 0),
        )
        for definition in active
    ]


def _counted(query: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(query)}


@dataclass(frozen=True)
class StepCount:
    """How many files stand in a step, and the oldest of them."""

    element_id: str
    text: str
    lane: str
    count: int
    oldest: datetime
    late: int

    @property
    def age(self) -> int:
        return tasks.age(self.oldest)


def steps_of(definition: Definition) -> list[StepCount]:
    """Where the files of a process stand now, over all versions. One statement."""
    found = definitions.compiled(definition.id)
    late = sa.func.count().filter(Task.due_at < clock.now())
    query = (
        sa.select(Task.element_id, sa.func.count(), sa.func.min(Task.opened_at), late)
        .where(Task.key == definition.key, sa.text("task.status IN ('open', 'waiting')"))
        .group_by(Task.element_id)
    )
    counted = {row[0]: row for row in session.execute(query)}
    order = {element: place for place, element in enumerate(found.tasks)}
    return [
        StepCount(
            element,
            step_text(found, element),
            lane_name(found, found.tasks.get(element)),
            counted[element][1],
            counted[element][2],
            counted[element][3],
        )
        for element in sorted(counted, key=lambda element: order.get(element, len(order)))
    ]


def versions_of(key: str) -> list[tuple[Definition, int]]:
    """The versions of a process that are in use or still run, newest first, with how many run."""
    running = (
        sa.select(Instance.definition_id, sa.func.count().label("running"))
        .where(sa.text("process_instance.status IN ('running', 'suspended', 'incident')"))
        .group_by(Instance.definition_id)
        .subquery()
    )
    query = (
        sa.select(Definition, sa.func.coalesce(running.c.running, 0))
        .outerjoin(running, running.c.definition_id == Definition.id)
        .where(Definition.key == key)
        .order_by(Definition.version.desc())
        .limit(20)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def instances_of(
    key: str | None = None, status: str | None = None, *, after: uuid.UUID | None = None, limit: int = 50
) -> list[Instance]:
    """Instances for the manager, newest first; ids and codes only."""
    query: Any = sa.select(Instance).options(sa.orm.defer(Instance.state)).order_by(Instance.id.desc())
    if key:
        query = query.where(Instance.key == key)
    if status:
        query = query.where(Instance.status == status)
    if after:
        query = query.where(Instance.id < after)
    return list(session.scalars(query.limit(limit)))


def steps_of_incidents(found: list[Incident]) -> dict[uuid.UUID, str]:
    """Where in its diagram each incident happened: the name of the step. One statement."""
    wanted = {each.instance_id for each in found if each.instance_id and each.element_id}
    query = sa.select(Instance.id, Instance.definition_id).where(Instance.id.in_(wanted))
    pinned = {row[0]: row[1] for row in session.execute(query)}
    return {
        each.id: step_text(definitions.compiled(pinned[each.instance_id]), each.element_id)
        for each in found
        if each.element_id and each.instance_id in pinned
    }


def history_of(instance: Instance) -> list[Event]:
    """The last lines of the history of one instance, newest first."""
    query = sa.select(Event).where(Event.instance_id == instance.id).order_by(Event.id.desc())
    return list(session.scalars(query.limit(SHOWN_EVENTS)))
