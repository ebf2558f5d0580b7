"""Filling in the form of an open step: who may, what it asks, and handing the answers to the process."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core import audit
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError
from core.i18n import _, process_text
from workflows import definitions, instances, subjects, task_forms, tasks
from workflows.engine.model import TaskInfo
from workflows.models.instances import Instance
from workflows.models.tasks import Task, TaskStatus
from workflows.queues import queues_of
from workflows.subjects import Reference
from workflows.task_forms import TaskForm

DONE = "done"


@dataclass(frozen=True)
class FormShown:
    """The form of one step in the reader's language: `outcomes` are codes and what they are called."""

    form: TaskForm
    info: TaskInfo
    name: str
    instructions: str
    outcomes: tuple[tuple[str, str], ...]


def can_fill_task(by: Actor, task: Task) -> bool:
    """Who holds the step, or has it in a queue, and may see the file that it is about."""
    if task.tenant_id != by.tenant_id:
        return False
    if task.assignee_id != by.user_id and task.queue not in queues_of(by):
        return False
    kind = subjects.find(task.subject_type_)
    record = subjects.load(task.subject_type_, task.subject_id)
    return kind is not None and record is not None and kind.visible_to(by, record)


def shown(task: Task) -> FormShown | None:
    """What a step asks; None for a step that is done on a page of the product."""
    instance = session.get_one(Instance, task.instance_id)
    info = definitions.compiled(instance.definition_id).tasks.get(task.element_id)
    form = task_forms.of(info) if info is not None else None
    if info is None or form is None:
        return None
    outcomes = tuple((code, _outcome(task.key, info, code)) for code in info.outcomes or (DONE,))
    said = info.properties.get("instructions", "")
    instructions = process_text(task.key, f"{task.element_id}.instructions", said) if said else ""
    return FormShown(form, info, tasks.name_of(task), instructions, outcomes)


def _outcome(key: str, info: TaskInfo, code: str) -> str:
    text = info.outcome_names.get(code) or code.replace("_", " ").capitalize()
    return process_text(key, f"{info.element_id}.{code}", text)


def form_on(subject_type: str, subject_id: Any, by: Actor) -> sa.ScalarSelect[Any]:
    """The first open step with a form of a subject, as a column for a list of subjects of this actor."""
    first = (
        sa.select(Task.id)
        .where(
            sa.text("task.status IN ('open', 'waiting') AND task.status = 'open' AND task.has_form"),
            Task.subject_type_ == subject_type,
            Task.subject_id == subject_id,
            Task.tenant_id == by.tenant_id,
            sa.or_(Task.assignee_id == by.user_id, Task.queue.in_(queues_of(by))),
        )
        .order_by(Task.sort_at, Task.id)
        .limit(1)
    )
    return first.scalar_subquery()


def fill_task(task: Task, outcome: str, values: Mapping[str, Any], *, by: Actor) -> Instance:
    """Hand the answers to the process and go on with this outcome, in the running transaction.

    Raises Conflict when the step is gone or has no form, DomainError on the field that is wrong.
    """
    found = shown(task)
    if found is None or task.status is not TaskStatus.OPEN:
        raise Conflict(_("This was done already or is no longer possible. Look at how it stands now."))
    if outcome not in dict(found.outcomes):
        raise DomainError(_("Choose how this step ends."), field="outcome")
    data = task_forms.clean(found.form, values)
    subject = Reference(task.subject_type_, task.subject_id)
    subjects.lock(subject.subject_type, subject.id)
    instance = instances.complete(task, outcome, by=by, data=data)
    changes = {"process": task.key, "step": task.element_id, "outcome": outcome}
    audit.record("process.form_filled", subject, by=by, changes=changes, tenant_id=task.tenant_id)
    return instance
