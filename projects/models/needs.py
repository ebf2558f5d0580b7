"""Needs: what social planning and bundled signals show to be missing (beleidssignaal)."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, Versioned, db_enum


class NeedStatus(StrEnum):
    RECORDED = "recorded"
    BUNDLED = "bundled"
    SUBSTANTIATED = "substantiated"
    LINKED = "linked"
    NOT_RETAINED = "not_retained"


class OwnerLevel(StrEnum):
    """The level of government that has to answer."""

    LOCAL = "local"
    ZONE = "zone"
    PROVINCE = "province"
    FLANDERS = "flanders"
    FEDERAL = "federal"


class Need(Identified, Versioned, Base):
    """A bottleneck for policy of one authority. Counts are frozen when they arrive; no person is in it."""

    __tablename__ = "need"
    subject_type = "need"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    title: Mapped[str]
    theme: Mapped[str] = mapped_column(sa.String(40))
    status: Mapped[NeedStatus] = mapped_column(db_enum(NeedStatus), default=NeedStatus.RECORDED)
    affected_group: Mapped[str] = mapped_column(default="")
    municipalities: Mapped[list[str]] = mapped_column(default=list)
    owner_level: Mapped[OwnerLevel] = mapped_column(db_enum(OwnerLevel), default=OwnerLevel.PROVINCE)
    answer_due_on: Mapped[date | None]
    decision_reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    bundle_key: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    sheet: Mapped[dict[str, Any]] = mapped_column(default=dict)  # frozen counts of the bundle, see NeedSheet
    facts: Mapped[list["NeedFact"]] = relationship(back_populates="need", cascade="all, delete-orphan")


class NeedFact(Identified, Base):
    """A recorded fact beside the counts, with its source: a statistic, a report, a hearing."""

    __tablename__ = "need_fact"

    need_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("need.id"), index=True)
    text: Mapped[str]
    source: Mapped[str]
    recorded_at: Mapped[datetime]
    need: Mapped[Need] = relationship(back_populates="facts")
