"""Terms are rows, not timers of the engine (ADR 0016)."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified, db_enum


class TermStatus(StrEnum):
    """How a term stands; the last three are final."""

    RUNNING = "running"
    SUSPENDED = "suspended"
    MET = "met"
    REACHED = "reached"
    CANCELLED = "cancelled"


class Term(Identified, Base):
    """A term of one kind for one subject. Ends at `due_at`, the first moment after its last Brussels day.

    `suspensions`: [{"from": date, "to": date or null, "reason": code}]. `rule_version`: the rule used.
    """

    __tablename__ = "term"

    subject_type: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[uuid.UUID]
    tenant_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(sa.String(80))
    started_on: Mapped[date]
    days: Mapped[int]
    calendar: Mapped[str] = mapped_column(sa.String(10))  # working or calendar
    due_at: Mapped[datetime]
    suspensions: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    status: Mapped[TermStatus] = mapped_column(db_enum(TermStatus))
    ended_at: Mapped[datetime | None]
    rule_version: Mapped[str] = mapped_column(sa.String(80))
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)

    __table_args__ = (
        sa.Index(
            "uq_term_live",
            "subject_type",
            "subject_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("status IN ('running', 'suspended')"),
            postgresql_where=sa.text("status IN ('running', 'suspended')"),
        ),
        sa.Index(
            "ix_term_due",
            "due_at",
            sqlite_where=sa.text("status = 'running'"),
            postgresql_where=sa.text("status = 'running'"),
        ),
        sa.Index("ix_term_subject", "subject_type", "subject_id"),
    )
