"""Who did what to a signal, a case or a referral, when and on what ground: rows that are only ever added."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Transition(Base):
    """One step. `event` is a stable code; its texts lie in a table of their own, under `detail_id`."""

    __tablename__ = "intake_transition"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    subject_type: Mapped[str] = mapped_column(sa.String(20))
    subject_id: Mapped[uuid.UUID]
    case_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("intake_case.id"))
    tenant_id: Mapped[uuid.UUID]
    event: Mapped[str] = mapped_column(sa.String(40))
    from_status: Mapped[str | None] = mapped_column(sa.String(40))
    to_status: Mapped[str | None] = mapped_column(sa.String(40))
    basis_id: Mapped[uuid.UUID | None]
    detail_id: Mapped[uuid.UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)  # codes, names of services; never of citizens
    at: Mapped[datetime]
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str]
    actor_tenant_id: Mapped[uuid.UUID | None]
    actor_tenant: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        sa.Index("ix_intake_transition_case", "case_id", "id"),
        sa.Index("ix_intake_transition_subject", "subject_type", "subject_id", "id"),
    )
