"""Requests for aid at an OCMW: the register that the law asks for."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified, Versioned, db_enum
from intake.models.cases import Case


class AidStatus(StrEnum):
    REGISTERED = "registered"
    DECIDING = "deciding"
    DECIDED = "decided"
    FORWARDED = "forwarded"
    NOTIFIED = "notified"
    WITHDRAWN = "withdrawn"

    @property
    def is_final(self) -> bool:
        return self in {AidStatus.FORWARDED, AidStatus.NOTIFIED, AidStatus.WITHDRAWN}


class AidKind(StrEnum):
    """What is asked; the words of the citizen stand beside it."""

    LIVING_WAGE = "living_wage"
    EXTRA_AID = "extra_aid"
    ENERGY = "energy"
    DEPOSIT = "deposit"
    DEBT_MEDIATION = "debt_mediation"
    INSTALLATION = "installation"
    URGENT_MEDICAL = "urgent_medical"
    OTHER = "other"


class AidOutcome(StrEnum):
    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    REFUSED = "refused"


class AidRequest(Identified, Versioned, Base):
    """One request, counted from the first word, also a spoken one. Its terms are statutory: calendar days."""

    __tablename__ = "aid_request"
    subject_type = "aid_request"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), index=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(16), unique=True)
    status: Mapped[AidStatus] = mapped_column(db_enum(AidStatus), default=AidStatus.REGISTERED)
    kind: Mapped[AidKind] = mapped_column(db_enum(AidKind))
    spoken: Mapped[bool] = mapped_column(default=True)
    asked_on: Mapped[date]
    registered_at: Mapped[datetime]
    registered_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    words_sealed: Mapped[bytes | None]
    words = Sealed("words_sealed", owner="case_id")
    receipt_given_at: Mapped[datetime | None]
    forwarded_to: Mapped[str] = mapped_column(default="")
    forwarded_on: Mapped[date | None]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed("reason_sealed", owner="case_id")
    is_urgent: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str] = mapped_column(default="")
    outcome: Mapped[AidOutcome | None] = mapped_column(db_enum(AidOutcome))
    decided_on: Mapped[date | None]
    ratified_on: Mapped[date | None]
    notified_on: Mapped[date | None]
    appeal_until: Mapped[date | None]
    reminded_until: Mapped[datetime | None]  # the last end of a term that the holder was reminded of
    case: Mapped[Case] = relationship()

    __table_args__ = (sa.Index("ix_aid_request_register", "tenant_id", "registered_at", "id"),)
