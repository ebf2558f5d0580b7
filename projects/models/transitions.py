"""The append-only history of every status: who, on what basis, why, when."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class ProjectTransition(Base):
    """One change of the status of a need, call, application, project, payment or report."""

    __tablename__ = "project_transition"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    subject_type: Mapped[str] = mapped_column(sa.String(20))
    subject_id: Mapped[uuid.UUID]
    from_status: Mapped[str] = mapped_column(sa.String(40))
    to_status: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[datetime]
    user_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    actor_name: Mapped[str]
    basis: Mapped[str] = mapped_column(default="")
    motivation: Mapped[str] = mapped_column(default="")

    __table_args__ = (sa.Index("ix_project_transition_subject", "subject_type", "subject_id", "id"),)
