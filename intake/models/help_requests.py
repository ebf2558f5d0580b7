"""One question of a citizen, in their own words (hulpvraag)."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified, Versioned, db_enum
from intake.models.cases import Case
from intake.models.vocabulary import CitizenSays, LifeDomain, Urgency


class Outcome(StrEnum):
    """How a question ended."""

    SOLVED = "solved"
    PARTLY_SOLVED = "partly_solved"
    HANDED_OVER = "handed_over"
    NOT_SOLVED = "not_solved"
    DROPPED = "dropped"


class HelpRequest(Identified, Versioned, Base):
    """A question. What the citizen said, what is known of it and their strengths are sealed (class C)."""

    __tablename__ = "help_request"
    subject_type = "help_request"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), index=True)
    life_domain: Mapped[LifeDomain] = mapped_column(db_enum(LifeDomain))
    own_words_sealed: Mapped[bytes | None]
    own_words = Sealed("own_words_sealed", owner="case_id")
    facts_sealed: Mapped[bytes | None]
    facts = Sealed("facts_sealed", owner="case_id")
    strengths_sealed: Mapped[bytes | None]
    strengths = Sealed("strengths_sealed", owner="case_id")
    urgency: Mapped[Urgency] = mapped_column(db_enum(Urgency), default=Urgency.U3)
    outcome: Mapped[Outcome | None] = mapped_column(db_enum(Outcome))
    citizen_says: Mapped[CitizenSays | None] = mapped_column(db_enum(CitizenSays))
    citizen_said_at: Mapped[datetime | None]
    asked_at: Mapped[datetime]
    asked_to_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    closed_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship(back_populates="help_requests")
