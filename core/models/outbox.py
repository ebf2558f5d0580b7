"""What has to happen after a commit: written in the same transaction, done later, once (ADR 0002)."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.models.trail import Serial

WAITING = "done_at IS NULL AND dead_at IS NULL"


class OutboxMessage(Base):
    """One message. The payload holds ids and codes only; `last_error` the class of the failure."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(80))
    payload: Mapped[dict[str, Any]]
    dedup: Mapped[str | None] = mapped_column(sa.String(120))
    tenant_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(sa.String(200))

    __table_args__ = (
        sa.Index("uq_outbox_kind_dedup", "kind", "dedup", unique=True),
        sa.Index(
            "ix_outbox_waiting",
            "due_at",
            "id",
            sqlite_where=sa.text(WAITING),
            postgresql_where=sa.text(WAITING),
        ),
        {"sqlite_autoincrement": True},
    )
