"""What went wrong in a process, for the process manager."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified, db_enum


class IncidentStatus(StrEnum):
    """Open until it was retried with success or resolved by hand."""

    OPEN = "open"
    RETRIED = "retried"
    RESOLVED = "resolved"


class Incident(Identified, Base):
    """A turn that failed and of which nothing was kept. `cause` names the fault, never data of persons.

    `source`: what to try again, such as {"job": id}; empty when a person has to.
    """

    __tablename__ = "process_incident"
    subject_type = "process_incident"

    instance_id: Mapped[uuid.UUID | None] = mapped_column(
        sa.ForeignKey("process_instance.id", ondelete="CASCADE"), index=True
    )
    tenant_id: Mapped[uuid.UUID | None]
    key: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[str] = mapped_column(sa.String(20))  # turn, timer, job, message, term
    element_id: Mapped[str | None] = mapped_column(sa.String(120))
    code: Mapped[str] = mapped_column(sa.String(80))
    cause: Mapped[str] = mapped_column(sa.String(500))
    source: Mapped[dict[str, Any]] = mapped_column(default=dict)
    times: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime]
    last_at: Mapped[datetime]
    user_id: Mapped[uuid.UUID | None]
    status: Mapped[IncidentStatus] = mapped_column(db_enum(IncidentStatus))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None]
    note: Mapped[str | None]

    __table_args__ = (sa.Index("ix_process_incident_status", "status", "at"),)
