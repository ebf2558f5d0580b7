"""Running processes: the state of the engine and what it projects beside the worklist.

The state is bytes of the engine's own codec, never read by the database. Nothing here holds personal data.
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified, Versioned, db_enum
from core.models.trail import Serial

LIVE = "status IN ('running', 'suspended', 'incident')"


class InstanceStatus(StrEnum):
    """Incident: something in the background keeps failing; people can still act."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    INCIDENT = "incident"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class TurnState(StrEnum):
    """The party at turn, seen from the owner of the subject."""

    US = "us"
    PARTNER = "partner"
    CITIZEN = "citizen"
    NOBODY = "nobody"


class Instance(Identified, Versioned, Base):
    """A process that runs for one subject. `work` repeats what is open, so that a turn reads one row.

    `work`: {"tasks": {task id: element id}, "timers": ["task id/slot/moment"], "jobs": [task id],
    "waits": [{"task", "element", "kind", "name", "correlation"}]}.
    """

    __tablename__ = "process_instance"
    subject_type = "process_instance"

    definition_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("process_definition.id"))
    key: Mapped[str] = mapped_column(sa.String(80))
    subject_type_: Mapped[str] = mapped_column("subject_type", sa.String(40))
    subject_id: Mapped[uuid.UUID]
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    status: Mapped[InstanceStatus] = mapped_column(db_enum(InstanceStatus))
    state: Mapped[bytes]
    codec: Mapped[int] = mapped_column(sa.SmallInteger)
    n_tasks: Mapped[int]
    work: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    started_by: Mapped[uuid.UUID | None]
    ended_at: Mapped[datetime | None]
    turn_state: Mapped[TurnState] = mapped_column(db_enum(TurnState))
    turn_tenant_id: Mapped[uuid.UUID | None]
    turn_user_id: Mapped[uuid.UUID | None]
    turn_since: Mapped[datetime]

    __table_args__ = (
        sa.Index(
            "uq_process_instance_live",
            "subject_type",
            "subject_id",
            unique=True,
            sqlite_where=sa.text(LIVE),
            postgresql_where=sa.text(LIVE),
        ),
        sa.Index("ix_process_instance_subject", "subject_type", "subject_id", "started_at"),
        sa.Index("ix_process_instance_definition", "definition_id", "status"),
    )


class Lane(Base):
    """Who fills a lane of an instance: an organization, a queue in it, a person."""

    __tablename__ = "process_lane"

    instance_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("process_instance.id", ondelete="CASCADE"), primary_key=True
    )
    lane: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    tenant_id: Mapped[uuid.UUID | None]
    queue: Mapped[uuid.UUID | None]
    assignee_id: Mapped[uuid.UUID | None]


class Timer(Base):
    """A moment at which an instance wants a turn."""

    __tablename__ = "process_timer"

    instance_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("process_instance.id", ondelete="CASCADE"), primary_key=True
    )
    task_id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    slot: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    element_id: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(20))
    due_at: Mapped[datetime] = mapped_column(index=True)
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)


class Job(Identified, Base):
    """Work for a worker, done outside the transaction; its result is fed back to the instance."""

    __tablename__ = "process_job"

    instance_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("process_instance.id", ondelete="CASCADE"))
    task_id: Mapped[str] = mapped_column(sa.String(40))
    element_id: Mapped[str] = mapped_column(sa.String(120))
    name: Mapped[str] = mapped_column(sa.String(120))
    data: Mapped[dict[str, Any]]
    due_at: Mapped[datetime] = mapped_column(index=True)
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)

    __table_args__ = (sa.UniqueConstraint("instance_id", "task_id"),)


class Wait(Base):
    """A message or signal that an instance waits for. `corr_hash` is of name and correlation values."""

    __tablename__ = "process_wait"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    instance_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("process_instance.id", ondelete="CASCADE"), index=True
    )
    task_id: Mapped[str] = mapped_column(sa.String(40))
    element_id: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(120))
    corr_hash: Mapped[str] = mapped_column(sa.String(64))

    __table_args__ = (sa.Index("ix_process_wait_name", "name", "corr_hash"),)


class HeldMessage(Base):
    """A message that came while nobody waited for it, kept until somebody does or until it is too old."""

    __tablename__ = "process_held_message"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    corr_hash: Mapped[str] = mapped_column(sa.String(64))
    correlation: Mapped[dict[str, Any]]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    keep_until: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (sa.Index("ix_process_held_message_name", "name", "corr_hash"),)


class Event(Base):
    """A line of the history of an instance, append only."""

    __tablename__ = "process_event"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    instance_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("process_instance.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    user_id: Mapped[uuid.UUID | None]
    kind: Mapped[str] = mapped_column(sa.String(60))
    element_id: Mapped[str | None] = mapped_column(sa.String(120))
    task_id: Mapped[str | None] = mapped_column(sa.String(40))
    data: Mapped[dict[str, Any]]

    __table_args__ = (sa.Index("ix_process_event_instance", "instance_id", "id"),)


class Snapshot(Base):
    """The whole state before something that may have to be undone: a migration, the repair of an incident."""

    __tablename__ = "process_snapshot"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    instance_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("process_instance.id", ondelete="CASCADE"), index=True
    )
    definition_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("process_definition.id"))
    version: Mapped[int]
    state: Mapped[bytes]
    codec: Mapped[int] = mapped_column(sa.SmallInteger)
    n_tasks: Mapped[int]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(sa.String(40))
