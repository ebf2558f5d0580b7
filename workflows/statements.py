"""The statements of every turn, made once: building them anew costs more than the database takes for them."""

from typing import Any

import sqlalchemy as sa

from core.statements import Reading, Statement
from workflows.models.instances import Event, Instance, Lane, Timer, Wait
from workflows.models.tasks import Task, TaskStatus
from workflows.models.terms import Term, TermStatus


def _table(model: Any) -> sa.Table:
    table: sa.Table = model.__table__
    return table


task, lane, term, instance = _table(Task), _table(Lane), _table(Term), _table(Instance)

# The running instance of a subject, locked: subject_type, subject_id.
LOCK_LIVE = Reading(
    Instance,
    select=lambda *columns: (
        sa.select(*columns)
        .where(
            instance.c.subject_type == sa.bindparam("subject_type"),
            instance.c.subject_id == sa.bindparam("subject_id"),
            sa.text("process_instance.status IN ('running', 'suspended', 'incident')"),
        )
        .with_for_update()
    ),
)
# Who fills the lanes: instance_id.
LANES = Statement(
    sa.select(lane.c.lane, lane.c.tenant_id, lane.c.queue, lane.c.assignee_id).where(
        lane.c.instance_id == sa.bindparam("instance_id")
    )
)
# When running terms of these kinds end: subject_type, subject_id, kinds.
TERMS = sa.select(term.c.kind, term.c.due_at).where(
    term.c.subject_type == sa.bindparam("subject_type"),
    term.c.subject_id == sa.bindparam("subject_id"),
    term.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    term.c.status.in_([TermStatus.RUNNING, TermStatus.SUSPENDED]),
)


def _closing(status: TaskStatus, which: sa.ColumnElement[bool]) -> sa.Update:
    return (
        sa.update(task)
        .where(which)
        .values(
            status=status,
            closed_at=sa.bindparam("moment"),
            closed_by=sa.bindparam("user_id"),
            version=task.c.version + 1,
        )
        .execution_options(unanswered=True)
    )


def _inserting(model: Any) -> Statement:
    return Statement(sa.insert(_table(model)).inline().execution_options(unanswered=True))


# Close the row that a person did (task_id) or rows that went with it (ids): moment, user_id.
DONE = Statement(_closing(TaskStatus.DONE, task.c.id == sa.bindparam("task_id")))
CANCELLED = _closing(TaskStatus.CANCELLED, task.c.id.in_(sa.bindparam("ids", expanding=True)))
INSERT_TASKS, INSERT_TIMERS, INSERT_WAITS, INSERT_EVENTS = map(_inserting, (Task, Timer, Wait, Event))
