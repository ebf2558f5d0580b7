"""Small tables of the ground: drafts, commands, dated parameters, keys of files, signs of life."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified


class Draft(Base):
    """What someone was typing about a subject; sealed, and given back to nobody else."""

    __tablename__ = "draft"

    user_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("app_user.id", ondelete="CASCADE"), primary_key=True
    )
    subject_key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    sealed: Mapped[bytes]
    saved_at: Mapped[datetime] = mapped_column(index=True)


class Command(Base):
    """A command that was carried out, by the id its form or API call gave it; a repeat finds the result."""

    __tablename__ = "command"

    owner: Mapped[str] = mapped_column(
        sa.String(40), primary_key=True
    )  # user id, so ids of others do not collide
    key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    fingerprint: Mapped[str | None] = mapped_column(sa.String(64))
    result: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    at: Mapped[datetime] = mapped_column(index=True)


class Parameter(Identified, Base):
    """An amount, term or text that holds from a day to a day, everywhere or for one tenant."""

    __tablename__ = "parameter"

    key: Mapped[str] = mapped_column(sa.String(120))
    tenant_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenant.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    value: Mapped[Any] = mapped_column(sa.JSON)
    source: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        sa.Index(
            "uq_parameter_everywhere",
            "key",
            "valid_from",
            unique=True,
            sqlite_where=sa.text("tenant_id IS NULL"),
            postgresql_where=sa.text("tenant_id IS NULL"),
        ),
        sa.Index(
            "uq_parameter_tenant",
            "key",
            "tenant_id",
            "valid_from",
            unique=True,
            sqlite_where=sa.text("tenant_id IS NOT NULL"),
            postgresql_where=sa.text("tenant_id IS NOT NULL"),
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_start"),
    )


class ContentKey(Base):
    """The key of one file (a case, an application), wrapped by its tenant's key; gone after a purge."""

    __tablename__ = "content_key"

    owner_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    wrapped: Mapped[str | None]
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


class Heartbeat(Base):
    """The last sign of life of a worker process."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    started_at: Mapped[datetime]
    at: Mapped[datetime]
