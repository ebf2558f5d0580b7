"""A file of one organization on a citizen or household, from first contact to closing."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified, Versioned, db_enum
from core.models.accounts import Tenant, User
from core.models.records import ContentKey
from intake.models.households import Household
from intake.models.persons import Person
from intake.models.vocabulary import CitizenSays, Urgency

if TYPE_CHECKING:
    from intake.models.help_requests import HelpRequest


class CaseStatus(StrEnum):
    """Phases. Reopening returns to a phase."""

    CONTACTING = "contacting"
    INTAKE = "intake"
    CLARIFYING = "clarifying"
    RIGHTS_REVIEW = "rights_review"
    PLANNING = "planning"
    IN_SUPPORT = "in_support"
    AWAITING_PARTNER = "awaiting_partner"
    AWAITING_CITIZEN = "awaiting_citizen"
    FOLLOW_UP = "follow_up"
    CLOSED = "closed"


class ClosingReason(StrEnum):
    """Why a file ends."""

    ANSWERED = "answered"
    RIGHT_REALISED = "right_realised"
    HANDED_OVER = "handed_over"
    WITHDREW = "withdrew"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    MOVED = "moved"
    NOT_COMPETENT = "not_competent"
    ADMITTED = "admitted"
    DECEASED = "deceased"
    MERGED = "merged"
    UNFOUNDED = "unfounded"


class Case(Identified, Versioned, Base):
    """A file. Its class C texts are sealed with a key of its own (`core.crypto`), destroyed at purge."""

    __tablename__ = "intake_case"
    subject_type = "case"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    number: Mapped[str] = mapped_column(sa.String(16), unique=True)
    holder_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    is_provisional: Mapped[bool] = mapped_column(default=True)
    team_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("team.id"))
    is_restricted: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    household_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("household.id"), index=True)
    nis: Mapped[str] = mapped_column(sa.String(5))
    status: Mapped[CaseStatus] = mapped_column(db_enum(CaseStatus), default=CaseStatus.CONTACTING)
    status_since: Mapped[datetime]
    urgency: Mapped[Urgency] = mapped_column(db_enum(Urgency), default=Urgency.U3)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closing_reason: Mapped[ClosingReason | None] = mapped_column(db_enum(ClosingReason))
    closing_note_sealed: Mapped[bytes | None]
    closing_note = Sealed("closing_note_sealed", owner="id")
    copied_from_id: Mapped[
        uuid.UUID | None
    ]  # the accepted referral it was copied from; referrals point here too

    tenant: Mapped[Tenant] = relationship()
    holder: Mapped[User | None] = relationship()
    person: Mapped[Person | None] = relationship()
    household: Mapped[Household | None] = relationship()
    content_key: Mapped[ContentKey | None] = relationship(
        primaryjoin=lambda: ContentKey.owner_id == foreign(Case.id), viewonly=True, uselist=False
    )
    help_requests: Mapped[list["HelpRequest"]] = relationship(
        back_populates="case", order_by="HelpRequest.id"
    )

    __table_args__ = (
        sa.Index("ix_intake_case_tenant_status", "tenant_id", "status", "id"),
        sa.Index("ix_intake_case_holder_status", "holder_id", "status", "id"),
        sa.CheckConstraint("(closed_at IS NULL) = (closing_reason IS NULL)", name="closed_with_reason"),
    )

    @property
    def is_closed(self) -> bool:
        return self.status == CaseStatus.CLOSED

    @property
    def erased_at(self) -> datetime | None:
        """When a selection rule erased it: its words and the key to them are gone."""
        return self.content_key.destroyed_at if self.content_key is not None else None


class FollowUpKind(StrEnum):
    PLAN = "todo"
    LOOK_BACK = "look_back"  # at 2 weeks, 6 weeks, 3 months: the citizen is asked whether help came


class FollowUp(Identified, Base):
    """Something to do for a file on a day: a second call, a visit, a look after two weeks."""

    __tablename__ = "follow_up"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), index=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    kind: Mapped[FollowUpKind] = mapped_column(
        db_enum(FollowUpKind), default=FollowUpKind.PLAN, server_default="todo"
    )
    due_on: Mapped[date]
    what_sealed: Mapped[bytes | None]
    what = Sealed("what_sealed", owner="case_id")
    made_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    citizen_says: Mapped[CitizenSays | None] = mapped_column(db_enum(CitizenSays))
    words_sealed: Mapped[bytes | None]
    words = Sealed("words_sealed", owner="case_id")
    case: Mapped[Case] = relationship()

    __table_args__ = (sa.Index("ix_follow_up_assignee", "assignee_id", "done_at", "due_on"),)

    @property
    def is_look_back(self) -> bool:
        return self.kind == FollowUpKind.LOOK_BACK


class CaseGlance(Base):
    """Up to where a user has seen the timeline of a file: what came later is news."""

    __tablename__ = "case_glance"

    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"), primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), primary_key=True)
    seen_id: Mapped[int] = mapped_column(sa.BigInteger)
