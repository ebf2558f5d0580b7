"""What a worker writes in a file."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.crypto import Sealed
from core.db import Base, Identified, db_enum


class Visibility(StrEnum):
    INTERNAL = "internal"
    SHAREABLE = "shareable"


class Note(Identified, Base):
    """A note, sealed with the key of the case. Internal notes never leave the organization."""

    __tablename__ = "case_note"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), index=True)
    visibility: Mapped[Visibility] = mapped_column(db_enum(Visibility), default=Visibility.INTERNAL)
    text_sealed: Mapped[bytes]
    text = Sealed("text_sealed", owner="case_id")
    at: Mapped[datetime]
    by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
