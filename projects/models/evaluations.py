"""Evaluations: what came of the need, and what to do with the lesson."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified, Versioned, db_enum


class Conclusion(StrEnum):
    EMBED = "embed"
    SCALE = "scale"
    STOP = "stop"


class Evaluation(Identified, Versioned, Base):
    """The evaluation of one project against its need; published as a practice card."""

    __tablename__ = "evaluation"

    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"), unique=True)
    outcome: Mapped[str]
    lessons: Mapped[str]
    conclusion: Mapped[Conclusion] = mapped_column(db_enum(Conclusion))
    people_reached: Mapped[int | None]
    need_count_before: Mapped[int | None]
    need_count_after: Mapped[int | None]
    made_at: Mapped[datetime]
    made_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    published_at: Mapped[datetime | None]
