"""Being in touch: the register of the desk and the attempts within a file."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Encrypted, Sealed
from core.db import Base, Identified, db_enum
from intake.models.vocabulary import Channel, LifeDomain
from socialmap.models.directory import Service


class ContactOutcome(StrEnum):
    """What became of a contact at the desk."""

    OPEN = "open"
    ANSWERED = "answered"
    INTAKE = "intake"
    SIGNAL = "signal"


class ContactMoment(Identified, Base):
    """One line of the contact register; no name needed."""

    __tablename__ = "contact_moment"
    subject_type = "contact"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    channel: Mapped[Channel] = mapped_column(db_enum(Channel))
    nis: Mapped[str | None] = mapped_column(sa.String(5))
    theme: Mapped[LifeDomain | None] = mapped_column(db_enum(LifeDomain))
    line_sealed: Mapped[bytes | None]
    line = Encrypted("line_sealed")
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    outcome: Mapped[ContactOutcome] = mapped_column(db_enum(ContactOutcome), default=ContactOutcome.OPEN)
    case_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("intake_case.id"))
    signal_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("signal.id"))
    service_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("service.id"))  # the address given
    service: Mapped[Service | None] = relationship()

    __table_args__ = (sa.Index("ix_contact_moment_tenant_at", "tenant_id", "at"),)


class AttemptResult(StrEnum):
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    LEFT_MESSAGE = "left_message"
    REFUSED = "refused"


class ToldHow(StrEnum):
    """How the citizen heard what kind of source the notice came from (GDPR art. 14)."""

    ORALLY = "orally"
    IN_WRITING = "in_writing"
    BY_REPORTER = "by_reporter"  # the reporter told it before
    NOT_YET = "not_yet"


class ContactAttempt(Identified, Base):
    """One try to reach the citizen of a file, or one talk with them."""

    __tablename__ = "contact_attempt"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), index=True)
    channel: Mapped[Channel] = mapped_column(db_enum(Channel))
    result: Mapped[AttemptResult] = mapped_column(db_enum(AttemptResult))
    note_sealed: Mapped[bytes | None]
    note = Sealed("note_sealed", owner="case_id")
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    told_source: Mapped[bool] = mapped_column(default=False)  # the citizen heard where the notice came from
    told_how: Mapped[ToldHow | None] = mapped_column(db_enum(ToldHow))
