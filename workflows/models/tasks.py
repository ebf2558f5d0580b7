"""The worklist: a row for each open step, enough to list and guard it from below (ADR 0016)."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, db_enum
from workflows.models.instances import TurnState

# Literal, because SQLite only matches a partial index with the very condition.
# Open rows lie in one index each by queue, taken or not, so that a list reads nothing that it does not show.
OPEN = "status = 'open'"
ASSIGNED = "status = 'open' AND assignee_id IS NOT NULL"
UNASSIGNED = "status = 'open' AND assignee_id IS NULL"
WAITING = "status = 'waiting'"
LIVE = "status IN ('open', 'waiting')"


class TaskStatus(StrEnum):
    """Open: the holder can do it now. Waiting: open, but somebody else is at turn."""

    OPEN = "open"
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"


def _partial(name: str, *columns: str, where: str) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


class Task(Base):
    """A step for people. `id` is the engine's; `lane` the code of the lane that may do it.

    `queue` is a team, or the tenant itself for the desk of the whole organization. `sort_at` is `due_at`,
    or far away when there is no term, so that the worklist has one order. `state` is the status code of
    the subject that the step stands for. `party` is seen from the owner of the subject. With `has_form` it
    is done on the page of its form, not on that of the subject.
    """

    __tablename__ = "task"
    subject_type = "task"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    instance_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("process_instance.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(sa.String(80))
    element_id: Mapped[str] = mapped_column(sa.String(120))
    lane: Mapped[str] = mapped_column(sa.String(80))
    state: Mapped[str] = mapped_column(sa.String(40))
    subject_type_: Mapped[str] = mapped_column("subject_type", sa.String(40))
    subject_id: Mapped[uuid.UUID]
    tenant_id: Mapped[uuid.UUID]
    queue: Mapped[uuid.UUID]
    assignee_id: Mapped[uuid.UUID | None]
    party: Mapped[TurnState] = mapped_column(db_enum(TurnState))
    turn_tenant_id: Mapped[uuid.UUID | None]
    due_at: Mapped[datetime | None]
    sort_at: Mapped[datetime]
    priority: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None]
    status: Mapped[TaskStatus] = mapped_column(db_enum(TaskStatus))
    has_form: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    version: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        _partial("ix_task_team", "tenant_id", "queue", "sort_at", "id", where=ASSIGNED),
        _partial("ix_task_desk", "tenant_id", "queue", "sort_at", "id", where=UNASSIGNED),
        _partial("ix_task_mine", "tenant_id", "assignee_id", "sort_at", "id", where=ASSIGNED),
        _partial("ix_task_waiting", "tenant_id", "queue", "opened_at", "id", where=WAITING),
        _partial("ix_task_waiting_mine", "tenant_id", "assignee_id", "opened_at", "id", where=WAITING),
        # The rows of one step among those of a queue or a person: without these, a list without any is walked
        # to its end, or PostgreSQL fears so and plans anew at every reading.
        _partial(
            "ix_task_step", "tenant_id", "queue", "key", "element_id", "sort_at", "id", where=UNASSIGNED
        ),
        _partial(
            "ix_task_step_mine",
            *("tenant_id", "assignee_id", "key", "element_id", "sort_at", "id"),
            where=ASSIGNED,
        ),
        _partial("ix_task_subject", "subject_type", "subject_id", where=LIVE),
        sa.Index("ix_task_instance", "instance_id"),
    )
