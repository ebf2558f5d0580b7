"""The worklist for programs, and whose turn it is on one record."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from flask.typing import ResponseReturnValue

from core import api
from core.access import Actor, requires, signed_in
from core.i18n import _
from core.shapes import Invalid, Told
from workflows import instances, policy, subjects, task_forms, tasks
from workflows.models.instances import Instance


class TaskList(StrEnum):
    """What can be done now, or what waits for somebody else."""

    OPEN = "open"
    WAITING = "waiting"


class TaskScope(StrEnum):
    """Of the account and what nobody took yet, or of everybody in its queues."""

    ME = "me"
    TEAM = "team"


@dataclass(frozen=True)
class TaskQuery:
    """What the worklist can be asked for."""

    list: Annotated[TaskList, Told("Which rows.")] = TaskList.OPEN
    scope: Annotated[TaskScope, Told("Whose rows.")] = TaskScope.ME
    limit: Annotated[int, Told("Rows on a page.", least=1, limit=100)] = api.PAGE
    after: Annotated[str | None, Told("`next` of the page before.")] = None

    def __post_init__(self) -> None:
        if self.after is not None and not tasks.is_cursor(self.after):
            raise Invalid([("after", _("The value of next on an earlier page is expected."))])


@dataclass(frozen=True)
class TurnHolder:
    """The party at turn, seen by the account behind the token."""

    state: Annotated[str, Told("me, us, partner, citizen or nobody.")]
    name: Annotated[str, Told("The person or organization.")]
    since: datetime | None


@dataclass(frozen=True)
class TaskRow:
    """One step that is open."""

    id: uuid.UUID
    process: str
    element: Annotated[str, Told("The id of the step in the diagram.")]
    name: Annotated[str, Told("The step in the language of the account.")]
    subject_type: str
    subject_id: uuid.UUID
    due_at: datetime | None
    opened_at: datetime
    turn: TurnHolder


@dataclass(frozen=True)
class InstanceDetail:
    """Where one record stands in its process."""

    process: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    turn: TurnHolder
    tasks: tuple[TaskRow, ...]
    events: Annotated[tuple[str, ...], Told("What the process takes now.")]


def _turn(found: tasks.TurnHolder) -> TurnHolder:
    return TurnHolder(found.state, str(found.label), found.since)


def _row(row: tasks.Row) -> TaskRow:
    task = row.task
    return TaskRow(
        task.id,
        task.key,
        task.element_id,
        str(row.name),
        task.subject_type_,
        task.subject_id,
        task.due_at,
        task.opened_at,
        _turn(row.turn),
    )


@api.operation(
    "GET", "/tasks", tag="tasks", summary="List tasks", answers=TaskRow, asks=TaskQuery, paged=True
)
@signed_in
def list_tasks(*, by: Actor) -> ResponseReturnValue:
    """What can be done by due moment; what waits, the longest first."""
    asked = api.parameters(TaskQuery)
    wanted = tasks.waiting if asked.list == TaskList.WAITING else tasks.worklist
    page = wanted(by, scope=asked.scope, after=asked.after, limit=asked.limit)
    return api.show_page([_row(row) for row in page.rows], page.next)


@api.operation(
    "GET", "/instances/<subject:subject>", tag="tasks", summary="Whose turn it is", answers=InstanceDetail
)
@requires(policy.can_see_process, instances.find)
def show_instance(instance: Instance, *, by: Actor) -> ResponseReturnValue:
    """By kind and id of the record, such as `case-0197c3…`: the party at turn and the steps that are open."""
    subject = subjects.Reference(instance.subject_type_, instance.subject_id)
    return api.show(
        InstanceDetail(
            instance.key,
            instance.status,
            instance.started_at,
            instance.ended_at,
            _turn(tasks.turn_holder(subject, by)),
            tuple(_row(row) for row in tasks.rows(tasks.open_tasks(subject), by)),
            tuple(sorted(tasks.outcomes(subject))),
        )
    )


@dataclass(frozen=True)
class FormFieldDetail:
    """A value that a form asks."""

    name: Annotated[str, Told("The name of the process variable.")]
    kind: Annotated[str, Told("choice, yes_no, number or date.")]
    label: str
    required: bool
    choices: Annotated[tuple[str, ...], Told("Codes, for a choice.")]


@dataclass(frozen=True)
class FormDetail:
    """A form that a step of a process may name."""

    key: Annotated[str, Told("The value of the property formKey.")]
    title: str
    fields: tuple[FormFieldDetail, ...]


def _form(form: task_forms.TaskForm) -> FormDetail:
    fields = tuple(
        FormFieldDetail(
            each.name, each.kind, str(each.label), each.required, tuple(code for code, _label in each.choices)
        )
        for each in form.fields
    )
    return FormDetail(form.key, str(form.title), fields)


@api.operation(
    "GET", "/process-forms", tag="tasks", summary="List forms of processes", answers=FormDetail, paged=True
)
@signed_in
def list_process_forms(*, by: Actor) -> ResponseReturnValue:
    """The forms that a diagram may name as formKey; all on one page."""
    return api.show_page([_form(form) for form in task_forms.registered()], None)
