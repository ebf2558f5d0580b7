"""Who stands in for whom while a colleague is away."""

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified
from core.models.accounts import User


class Absence(Identified, Base):
    """Days (Brussels, both included) on which a substitute follows the files of a colleague."""

    __tablename__ = "absence"
    subject_type = "absence"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    substitute_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    substitute: Mapped[User] = relationship(foreign_keys=[substitute_id])

    __table_args__ = (
        sa.Index("ix_absence_tenant", "tenant_id", "ends_on"),
        sa.CheckConstraint("starts_on <= ends_on", name="days_in_order"),
    )
