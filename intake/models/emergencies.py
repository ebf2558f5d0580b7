"""Emergency access (noodtoegang): a short look at a file that its reader may not see otherwise."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified, Versioned, db_enum
from core.models.accounts import Tenant, User
from intake.models.cases import Case


class EmergencyGround(StrEnum):
    """Why secrecy may give way; the words beside it say what happens now."""

    VITAL_INTEREST = "vital_interest"  # somebody's life or health (422bis, GDPR 6(1)(d))
    NECESSITY = "necessity"  # noodtoestand: a grave, certain and near harm that nothing else prevents
    VULNERABLE = "vulnerable"  # a crime against a minor or a vulnerable person (458bis)


class Verdict(StrEnum):
    """What the data protection officer thinks of it afterwards."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


class EmergencyAccess(Identified, Versioned, Base):
    """One reader, one file, a few hours. It never opens more than its own page, and ends by itself."""

    __tablename__ = "emergency_access"
    subject_type = "emergency"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), index=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))  # whose file it is
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    by_tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    ground: Mapped[EmergencyGround] = mapped_column(db_enum(EmergencyGround))
    reason_sealed: Mapped[bytes | None]
    reason = Sealed("reason_sealed", owner="case_id")
    opened_at: Mapped[datetime]
    ends_at: Mapped[datetime]  # brought forward when the reader is done
    verdict: Mapped[Verdict | None] = mapped_column(db_enum(Verdict))
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    remark_sealed: Mapped[bytes | None]
    remark = Sealed("remark_sealed", owner="case_id")

    case: Mapped[Case] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    by_tenant: Mapped[Tenant] = relationship(foreign_keys=[by_tenant_id])
    reviewed_by: Mapped[User | None] = relationship(foreign_keys=[reviewed_by_id])

    __table_args__ = (
        sa.Index("ix_emergency_access_tenant", "tenant_id", "verdict", "id"),
        sa.Index("ix_emergency_access_reader", "user_id", "case_id"),
        sa.CheckConstraint("(verdict IS NULL) = (reviewed_at IS NULL)", name="reviewed_with_verdict"),
    )

    def is_live(self, at: datetime) -> bool:
        return at < self.ends_at

    @property
    def is_own(self) -> bool:
        """A restricted file of the reader's own organization; otherwise one of another."""
        return self.tenant_id == self.by_tenant_id
