"""What a warm referral agrees on, and the link for a service that has no account."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified
from intake.models.referrals import Referral


class Appointment(Identified, Base):
    """A talk of citizen, sender and partner together; it stands when both organizations confirmed it."""

    __tablename__ = "appointment"

    referral_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"))  # whose key seals it
    at: Mapped[datetime]
    place_sealed: Mapped[bytes]
    place = Sealed("place_sealed", owner="case_id")
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    sender_confirmed_at: Mapped[datetime | None]
    partner_confirmed_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]  # another moment was proposed
    referral: Mapped[Referral] = relationship()

    @property
    def is_confirmed(self) -> bool:
        return self.sender_confirmed_at is not None and self.partner_confirmed_at is not None


class ReferralLink(Identified, Base):
    """A link that opens once, for a service without account; only the hash of its token is kept."""

    __tablename__ = "referral_link"
    subject_type = "referral_link"

    referral_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    referral: Mapped[Referral] = relationship()
