"""What happened, who looked, and the seals that show nothing was taken away since (ADR 0005)."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

# Trails count upwards and are never public, so a plain number does; SQLite numbers INTEGER columns only.
Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class AuditEntry(Base):
    """One act, one look or one refusal. Ids and names of fields only; triggers refuse change and removal."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(sa.String(80))
    tenant_id: Mapped[uuid.UUID | None]
    user_id: Mapped[uuid.UUID | None]
    membership_id: Mapped[uuid.UUID | None]
    on_behalf_of: Mapped[uuid.UUID | None]
    actor_kind: Mapped[str] = mapped_column(sa.String(20))
    subject_type: Mapped[str | None] = mapped_column(sa.String(40))
    subject_id: Mapped[str | None] = mapped_column(sa.String(64))
    changes: Mapped[dict[str, Any]]
    request_id: Mapped[str | None] = mapped_column(sa.String(32))

    __table_args__ = (
        sa.Index("ix_audit_subject", "subject_type", "subject_id", "id"),
        sa.Index("ix_audit_user", "user_id", "id"),
        sa.Index("ix_audit_tenant", "tenant_id", "id"),
        {"sqlite_autoincrement": True},
    )


class AuditSeal(Base):
    """A keyed hash over a batch of entries and the seal before it. `covered`, `open_gaps`: ranges of ids.

    Numbers are given out before commit, so a later commit can carry a lower number: such holes stay open
    for a day and a later seal takes in what appears there.
    """

    __tablename__ = "audit_seal"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    at: Mapped[datetime]
    count: Mapped[int]
    last_id: Mapped[int] = mapped_column(sa.BigInteger)
    covered: Mapped[list[list[int]]] = mapped_column(sa.JSON)
    open_gaps: Mapped[list[list[Any]]] = mapped_column(sa.JSON)
    key_id: Mapped[str] = mapped_column(sa.String(20))
    hash: Mapped[str] = mapped_column(sa.String(64))

    __table_args__ = ({"sqlite_autoincrement": True},)
