"""Ranking and decision: the jury advises, the body decides, and every deviation has its reasons."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified, Versioned, db_enum


class Outcome(StrEnum):
    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    RESERVE = "reserve"
    REFUSED = "refused"


class Ranking(Identified, Versioned, Base):
    """The order of a round as it goes to the body, frozen: application, score, advice, running total."""

    __tablename__ = "ranking"

    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call_round.id"), unique=True)
    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    rows: Mapped[list[Any]] = mapped_column(sa.JSON)
    made_at: Mapped[datetime]
    made_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))


class Award(Identified, Base):
    """The decision of the body on one application. Amount in cents; zero when nothing is granted."""

    __tablename__ = "award"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), unique=True)
    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    outcome: Mapped[Outcome] = mapped_column(db_enum(Outcome))
    advised: Mapped[Outcome] = mapped_column(db_enum(Outcome))
    amount_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    body: Mapped[str]
    decided_on: Mapped[date]
    decided_at: Mapped[datetime]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    motivation: Mapped[str]
    deviation: Mapped[str] = mapped_column(default="")
    remedies: Mapped[str]
