"""Changes of a published call that one officer proposed and a second one has to make."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, db_enum
from projects.models.calls import Call


class ChangeKind(StrEnum):
    TEXTS = "texts"
    CLOSING = "closing"
    ROUND = "round"


class ChangeStatus(StrEnum):
    WAITING = "waiting"
    MADE = "made"
    DECLINED = "declined"


class CallChange(Identified, Base):
    """What would change, and what it said before: made only while that still holds.

    `after` are columns of `Call` (texts), of a `Round` with its id (closing), or of a new `Round`.
    """

    __tablename__ = "call_change"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(db_enum(ChangeKind))
    status: Mapped[ChangeStatus] = mapped_column(db_enum(ChangeStatus), default=ChangeStatus.WAITING)
    after: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any]]
    reason: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    proposer_name: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    answer: Mapped[str] = mapped_column(default="")
    call: Mapped[Call] = relationship()

    __table_args__ = (sa.CheckConstraint("status <> 'made' OR decided_by <> proposed_by", name="four_eyes"),)
