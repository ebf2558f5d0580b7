"""The rights review of a file: what was answered, what the tables say, what a person made of it."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified, Versioned, db_enum
from intake.models.cases import Case

RULE_LENGTH = 20  # of the id of the rule that decided


class Right(StrEnum):
    """The rights that are screened, in the order in which they read each other's outcome."""

    VT = "vt"
    IGO = "igo"
    SOCIAL_ENERGY_TARIFF = "social_energy_tariff"
    SOCIAL_SUPPLEMENT = "social_supplement"
    SCHOOL_ALLOWANCE = "school_allowance"
    UITPAS = "uitpas"


class RightOutcome(StrEnum):
    """Software never says "entitled": probable, to check, no, or already has."""

    PROBABLE = "probable"
    CHECK = "check"
    NO = "no"
    HAS = "has"


class RightStep(StrEnum):
    """How far a right is: screened by the table, confirmed by a person, applied for, realised or not."""

    SCREENED = "screened"
    CONFIRMED = "confirmed"
    APPLIED = "applied"
    REALISED = "realised"
    REFUSED = "refused"
    NOT_TAKEN_UP = "not_taken_up"
    SET_ASIDE = "set_aside"


class NonTakeUp(StrEnum):
    """Why a right is not taken up (the types of non-take-up)."""

    NOT_KNOWN = "not_known"
    NOT_ASKED = "not_asked"
    NOT_RECEIVED = "not_received"
    NOT_PROPOSED = "not_proposed"
    EXCLUDED = "excluded"
    NOT_WANTED = "not_wanted"


class RightEnd(StrEnum):
    """What is said of a right that is not settled yet when its file closes."""

    REALISED = "realised"
    REFUSED = "refused"
    NOT_WANTED = "not_wanted"
    DOES_NOT_APPLY = "does_not_apply"
    STILL_OPEN = "still_open"  # the citizen or the body goes on with it; a look afterwards asks


class RightsAnswers(Versioned, Base):
    """What is known of a household for the review, asked once; sealed with the key of the case."""

    __tablename__ = "rights_answers"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), primary_key=True)
    document_sealed: Mapped[bytes]
    document = Sealed("document_sealed", owner="case_id")
    changed_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))

    @property
    def id(self) -> uuid.UUID:
        """One per case: the case's own id binds the seal."""
        return self.case_id


class RightReview(Identified, Versioned, Base):
    """One right of one file: the outcome with its rule and version, and what was done about it."""

    __tablename__ = "right_review"
    subject_type = "right"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"))
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    right: Mapped[Right] = mapped_column(db_enum(Right))
    outcome: Mapped[RightOutcome] = mapped_column(db_enum(RightOutcome))
    rule: Mapped[str] = mapped_column(sa.String(RULE_LENGTH))
    table_version: Mapped[str] = mapped_column(sa.String(64), default="")
    parameters_version: Mapped[str] = mapped_column(sa.String(60), default="")
    missing: Mapped[list[str]] = mapped_column(default=list)
    blockers: Mapped[list[str]] = mapped_column(default=list)
    automatic: Mapped[bool] = mapped_column(default=False)
    euro_per_year: Mapped[int | None]
    inputs_sealed: Mapped[bytes | None]
    inputs = Sealed("inputs_sealed", owner="case_id")
    screened_at: Mapped[datetime]
    step: Mapped[RightStep] = mapped_column(db_enum(RightStep), default=RightStep.SCREENED)
    step_at: Mapped[datetime]
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    applied_on: Mapped[date | None]
    realised_on: Mapped[date | None]
    realised_euro: Mapped[int | None]
    non_take_up: Mapped[NonTakeUp | None] = mapped_column(db_enum(NonTakeUp))
    case: Mapped[Case] = relationship()

    __table_args__ = (sa.UniqueConstraint("case_id", "right"),)


Document = dict[str, Any]
