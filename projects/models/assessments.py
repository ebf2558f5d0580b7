"""The jury: who judges what, who may not, and the scores with their reasons."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, Versioned, db_enum


class AssessmentStatus(StrEnum):
    ASSIGNED = "assigned"
    SUBMITTED = "submitted"
    RECUSED = "recused"


class Assessment(Identified, Versioned, Base):
    """One juror's judgement of one application; blind for the others until submitted."""

    __tablename__ = "assessment"
    subject_type = "assessment"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), index=True)
    juror_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"), index=True)
    status: Mapped[AssessmentStatus] = mapped_column(
        db_enum(AssessmentStatus), default=AssessmentStatus.ASSIGNED
    )
    advice: Mapped[str] = mapped_column(default="")
    submitted_at: Mapped[datetime | None]
    scores: Mapped[list["Score"]] = relationship(back_populates="assessment", cascade="all, delete-orphan")

    __table_args__ = (sa.UniqueConstraint("application_id", "juror_id"),)


class Score(Identified, Base):
    """Points on one criterion, with the reason."""

    __tablename__ = "assessment_score"

    assessment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("assessment.id"), index=True)
    criterion_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call_criterion.id"))
    points: Mapped[int]
    motivation: Mapped[str]
    assessment: Mapped[Assessment] = relationship(back_populates="scores")

    __table_args__ = (sa.UniqueConstraint("assessment_id", "criterion_id"),)


class InterestDeclaration(Identified, Base):
    """What somebody who judges, handles, decides or pays declares about their interests in a call."""

    __tablename__ = "interest_declaration"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"), index=True)
    declared_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(default="")

    __table_args__ = (sa.UniqueConstraint("call_id", "user_id"),)


class Affiliation(Identified, Base):
    """That a user has a tie with an organization; conflicts of interest are found through it."""

    __tablename__ = "affiliation"

    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"), index=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    kind: Mapped[str] = mapped_column(default="")
    declared_at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("user_id", "organization_id"),)


class Recusal(Identified, Base):
    """That someone does not see a file any more: no page, list, search, export or mail shows it to them."""

    __tablename__ = "recusal"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"), index=True)
    reason: Mapped[str]
    automatic: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]

    __table_args__ = (sa.UniqueConstraint("application_id", "user_id"),)
