"""On what ground something of a file may be shared: consent is one kind (ADR 0005)."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified, Versioned, db_enum
from intake.models import consent_texts  # noqa: F401 - the table of the text that was told
from intake.models.cases import Case


class BasisKind(StrEnum):
    CONSENT = "consent"
    SHARED_SECRECY = "shared_secrecy"
    LAW = "law"
    NECESSITY = "necessity"  # the data protection officer looks afterwards


class ConsentChannel(StrEnum):
    ORAL = "oral"
    WRITTEN = "written"


class Capacity(StrEnum):
    """Who spoke for the citizen when the consent was given."""

    CITIZEN = "citizen"
    PARENT = "parent"
    GUARDIAN = "guardian"
    ADMINISTRATOR = "administrator"
    TRUST_PERSON = "trust_person"


class Purpose(StrEnum):
    REFERRAL = "referral"


class Basis(Identified, Versioned, Base):
    """What may go to whom, what for, and until when. Never wider than one service and one purpose."""

    __tablename__ = "basis"
    subject_type = "basis"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), index=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    kind: Mapped[BasisKind] = mapped_column(db_enum(BasisKind))
    purpose: Mapped[Purpose] = mapped_column(db_enum(Purpose), default=Purpose.REFERRAL)
    service_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service.id"))
    recipient: Mapped[str]  # organization and service as they were named to the citizen
    items: Mapped[list[str]] = mapped_column(default=list)
    channel: Mapped[ConsentChannel | None] = mapped_column(db_enum(ConsentChannel))
    capacity: Mapped[Capacity] = mapped_column(db_enum(Capacity), default=Capacity.CITIZEN)
    representative_sealed: Mapped[bytes | None]  # the name, where somebody spoke for the citizen
    representative = Sealed("representative_sealed", owner="case_id")
    interpreter_sealed: Mapped[bytes | None]  # name and language
    interpreter = Sealed("interpreter_sealed", owner="case_id")
    exclusions_sealed: Mapped[bytes | None]  # what the citizen does not want passed on, in own words
    exclusions = Sealed("exclusions_sealed", owner="case_id")
    witness_sealed: Mapped[bytes | None]
    witness = Sealed("witness_sealed", owner="case_id")
    motivation_sealed: Mapped[bytes | None]  # the reason, for every kind but consent
    motivation = Sealed("motivation_sealed", owner="case_id")
    text_version: Mapped[str | None] = mapped_column(sa.String(20))  # none where no text was told
    text_language: Mapped[str | None] = mapped_column(sa.String(8))
    text_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("consent_text.id"))
    given_on: Mapped[date]
    ends_on: Mapped[date | None]
    recorded_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    withdraw_reason_sealed: Mapped[bytes | None]
    withdraw_reason = Sealed("withdraw_reason_sealed", owner="case_id")
    case: Mapped[Case] = relationship()
    __table_args__ = (sa.CheckConstraint("ends_on IS NULL OR ends_on >= given_on", name="ends_after_given"),)

    def is_live(self, on: date) -> bool:
        """Whether it holds on a Brussels day."""
        return (
            self.withdrawn_at is None and self.given_on <= on and (self.ends_on is None or on <= self.ends_on)
        )

    def covers(
        self, case_id: uuid.UUID, service_id: uuid.UUID, items: set[str], purpose: Purpose, on: date
    ) -> bool:
        """Whether it lets `items` of this file go to this service for this purpose on that day."""
        return (
            self.case_id == case_id
            and self.service_id == service_id
            and self.purpose == purpose
            and items <= set(self.items)
            and self.is_live(on)
        )
