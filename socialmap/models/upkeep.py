"""Keeping the map current: notices to the source, answers on duplicates, what referrals teach."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, db_enum
from socialmap.models.directory import Organization


class CorrectionState(StrEnum):
    """A notice to the source is sent, answered, and closed by the next delivery or by an editor."""

    SENT = "sent"
    ANSWERED = "answered"
    CLOSED = "closed"


class Correction(Identified, Base):
    """A *melding aan de bron*: what someone says is wrong with a field that the source owns."""

    __tablename__ = "map_correction"
    subject_type = "correction"

    service_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("service.id"), index=True)
    organization_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    field: Mapped[str] = mapped_column(sa.String(60), default="")
    text: Mapped[str]
    state: Mapped[CorrectionState] = mapped_column(db_enum(CorrectionState), default=CorrectionState.SENT)
    answer: Mapped[str | None]
    made_by_id: Mapped[uuid.UUID | None]
    made_by_name: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class ConfirmationRequest(Identified, Base):
    """What was asked of the keeper of some services: by mail to `email`, else at the organization's desk.

    The link in the mail is signed and made when the mail is sent, so that it lies nowhere.
    """

    __tablename__ = "map_confirmation_request"
    subject_type = "confirmation_request"

    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    email: Mapped[str | None]
    service_ids: Mapped[list[str]]
    made_at: Mapped[datetime]

    organization: Mapped[Organization] = relationship()


class DuplicateVerdict(Base):
    """What a person decided about two organizations that look alike; `a` is the smaller id."""

    __tablename__ = "duplicate_verdict"

    a_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    b_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), primary_key=True)
    same: Mapped[bool]
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime]


class Observation(Base):
    """A fact that a referral left behind: answered or accepted or declined, without any person."""

    __tablename__ = "service_observation"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    service_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("service.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(20))  # sent, accepted, declined, waitlisted
    at: Mapped[datetime]
    hours: Mapped[float | None]
