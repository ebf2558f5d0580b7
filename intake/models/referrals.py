"""A question from one organization to a service of the social map (doorverwijzing), as a FHIR Task."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified, Versioned, db_enum
from core.models.accounts import Tenant, User
from intake.models.bases import Basis
from intake.models.cases import Case
from intake.models.help_requests import HelpRequest
from intake.models.vocabulary import CitizenSays, Urgency


class ReferralStatus(StrEnum):
    """States, named after what happened; `fhir` gives the Task status."""

    DRAFT = "draft"
    SENT = "sent"
    SEEN = "seen"
    QUESTION_ASKED = "question_asked"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    DECLINED = "declined"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @property
    def fhir(self) -> str:
        return _FHIR[self]

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def is_undecided(self) -> bool:
        """Sent, and the partner has neither accepted nor declined."""
        return self in UNDECIDED

    @property
    def is_agreed(self) -> bool:
        """The partner accepted, and so may see the whole package."""
        return self in AGREED


FINAL = frozenset(
    {
        ReferralStatus.COMPLETED,
        ReferralStatus.DECLINED,
        ReferralStatus.FAILED,
        ReferralStatus.WITHDRAWN,
        ReferralStatus.EXPIRED,
    }
)
UNDECIDED = frozenset({ReferralStatus.SENT, ReferralStatus.SEEN, ReferralStatus.QUESTION_ASKED})
AGREED = frozenset(
    {
        ReferralStatus.ACCEPTED,
        ReferralStatus.WAITLISTED,
        ReferralStatus.IN_PROGRESS,
        ReferralStatus.COMPLETED,
        ReferralStatus.FAILED,
    }
)
_FHIR = {
    ReferralStatus.DRAFT: "draft",
    ReferralStatus.SENT: "requested",
    ReferralStatus.SEEN: "received",
    ReferralStatus.QUESTION_ASKED: "on-hold",
    ReferralStatus.ACCEPTED: "accepted",
    ReferralStatus.WAITLISTED: "on-hold",
    ReferralStatus.IN_PROGRESS: "in-progress",
    ReferralStatus.COMPLETED: "completed",
    ReferralStatus.DECLINED: "rejected",
    ReferralStatus.FAILED: "failed",
    ReferralStatus.WITHDRAWN: "cancelled",
    ReferralStatus.EXPIRED: "cancelled",
}


class ReferralKind(StrEnum):
    """How warm: information and own contact send nothing to the service."""

    INFORMATION = "information"
    OWN_CONTACT = "own_contact"
    ANNOUNCED = "announced"
    WARM = "warm"

    @property
    def sends_data(self) -> bool:
        return self in {self.ANNOUNCED, self.WARM}


class DeclineReason(StrEnum):
    NO_CAPACITY = "no_capacity"
    NOT_TARGET_GROUP = "not_target_group"
    OUTSIDE_AREA = "outside_area"
    NOT_COMPETENT = "not_competent"
    CITIZEN_DECLINES = "citizen_declines"
    OTHER = "other"


class DeclinedBy(StrEnum):
    ORGANIZATION = "organization"
    CITIZEN = "citizen"


class FailReason(StrEnum):
    """Why an accepted referral came to nothing."""

    UNREACHABLE = "unreachable"
    CITIZEN_STOPPED = "citizen_stopped"
    NOT_SUITED = "not_suited"
    OTHER = "other"


class Referral(Identified, Versioned, Base):
    """A referral. `package` is what the partner may see: frozen at sending, sealed with the case's key."""

    __tablename__ = "referral"
    subject_type = "referral"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"))
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    receiving_tenant_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenant.id"))
    number: Mapped[str] = mapped_column(sa.String(16), unique=True)
    help_request_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("help_request.id"))
    basis_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("basis.id"), index=True)
    service_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service.id"), index=True)
    service_snapshot: Mapped[dict[str, Any]] = mapped_column(default=dict)
    kind: Mapped[ReferralKind] = mapped_column(db_enum(ReferralKind))
    urgency: Mapped[Urgency] = mapped_column(db_enum(Urgency), default=Urgency.U3)
    items: Mapped[list[str]] = mapped_column(default=list)
    package_sealed: Mapped[bytes | None]
    package = Sealed("package_sealed", owner="case_id")
    withheld_sealed: Mapped[bytes | None]  # what the citizen excluded after it was sent
    withheld = Sealed("withheld_sealed", owner="case_id")

    status: Mapped[ReferralStatus] = mapped_column(db_enum(ReferralStatus), default=ReferralStatus.SENT)
    status_since: Mapped[datetime]
    made_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    sent_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    nudged_at: Mapped[datetime | None]  # when the sender last reminded the partner
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    answer_due_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    decline_reason: Mapped[DeclineReason | None] = mapped_column(db_enum(DeclineReason))
    declined_by: Mapped[DeclinedBy | None] = mapped_column(db_enum(DeclinedBy))
    fail_reason: Mapped[FailReason | None] = mapped_column(db_enum(FailReason))
    remark_sealed: Mapped[bytes | None]  # words with a decline, an outcome or a withdrawal
    remark = Sealed("remark_sealed", owner="case_id")
    citizen_says: Mapped[CitizenSays | None] = mapped_column(db_enum(CitizenSays))
    citizen_said_at: Mapped[datetime | None]
    better_service_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("service.id"))
    better_address: Mapped[str] = mapped_column(default="")
    partner_case_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("intake_case.id"))

    case: Mapped[Case] = relationship(foreign_keys=[case_id])
    partner_case: Mapped[Case | None] = relationship(foreign_keys=[partner_case_id])
    tenant: Mapped[Tenant] = relationship(foreign_keys=[tenant_id])
    receiving_tenant: Mapped[Tenant | None] = relationship(foreign_keys=[receiving_tenant_id])
    help_request: Mapped[HelpRequest | None] = relationship()
    basis: Mapped[Basis | None] = relationship()
    made_by: Mapped[User | None] = relationship(foreign_keys=[made_by_id])
    messages: Mapped[list["ReferralMessage"]] = relationship(
        back_populates="referral", order_by="ReferralMessage.id"
    )

    __table_args__ = (
        sa.Index("ix_referral_case", "case_id", "id"),
        sa.Index("ix_referral_receiver", "receiving_tenant_id", "status", "id"),
        sa.Index("ix_referral_sender", "tenant_id", "status", "id"),
        sa.Index("ix_referral_due", "status", "answer_due_at"),
        sa.CheckConstraint("(decline_reason IS NULL) = (status <> 'declined')", name="declined_with_reason"),
    )

    @property
    def is_contradicted(self) -> bool:
        """The partner reported that it is finished; the citizen says that help did not wholly come."""
        unhelped = {CitizenSays.PARTLY, CitizenSays.NO}
        return self.status == ReferralStatus.COMPLETED and self.citizen_says in unhelped

    @property
    def service_name(self) -> str:
        return str(self.service_snapshot.get("name", ""))

    @property
    def organization_name(self) -> str:
        return str(self.service_snapshot.get("organization", ""))


class MessageKind(StrEnum):
    QUESTION = "question"
    ANSWER = "answer"


class ReferralMessage(Identified, Base):
    """A question of the partner or the answer of the sender, sealed with the key of the sender's case."""

    __tablename__ = "referral_message"

    referral_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("referral.id"), index=True)
    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"))  # whose key seals it
    kind: Mapped[MessageKind] = mapped_column(db_enum(MessageKind))
    text_sealed: Mapped[bytes]
    text = Sealed("text_sealed", owner="case_id")
    at: Mapped[datetime]
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    by_name: Mapped[str]
    by_tenant_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenant.id"))
    referral: Mapped[Referral] = relationship(back_populates="messages")
