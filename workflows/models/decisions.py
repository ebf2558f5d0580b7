"""Decision tables that were deployed since the product was installed: versions that never change."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified


class DecisionVersion(Identified, Base):
    """One version of a decision of the product; the highest number is in use."""

    __tablename__ = "decision_version"
    subject_type = "decision_version"

    name: Mapped[str] = mapped_column(sa.String(80))
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64))
    content: Mapped[bytes]
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))

    __table_args__ = (sa.UniqueConstraint("name", "number"),)
