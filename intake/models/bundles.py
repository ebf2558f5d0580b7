"""Policy themes on notices and files, and the bundles that a partnership makes of them (ADR 0016)."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified, Versioned, db_enum


class PolicyTheme(StrEnum):
    """Themes of local and provincial policy; the same codes as calls use."""

    RURAL = "rural"
    FARMERS = "farmers"
    INCOME = "income"
    ENERGY = "energy"
    DEBTS = "debts"
    HOUSING = "housing"
    LONELINESS = "loneliness"
    FAMILY = "family"
    DIGITAL = "digital"
    CARE = "care"


class PolicyTag(Identified, Base):
    """That a worker saw a policy theme in a notice or a file. Nothing personal leaves the organization."""

    __tablename__ = "policy_tag"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    subject_type: Mapped[str] = mapped_column(sa.String(20))  # signal or case
    subject_id: Mapped[uuid.UUID]
    counted_as: Mapped[uuid.UUID]  # the file when there is one: a notice and its file count once
    theme: Mapped[PolicyTheme] = mapped_column(db_enum(PolicyTheme))
    nis: Mapped[str] = mapped_column(sa.String(5))
    zone: Mapped[str] = mapped_column(sa.String(20))
    quarter: Mapped[str] = mapped_column(sa.String(7))  # 2026-Q3
    tagged_on: Mapped[date]
    tagged_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"), index=True)

    __table_args__ = (
        sa.UniqueConstraint("subject_type", "subject_id", "theme"),
        sa.Index("ix_policy_tag_grain", "theme", "zone", "quarter", "tenant_id"),
    )


class BundleStatus(StrEnum):
    PROPOSED = "proposed"
    VALIDATED = "validated"
    REJECTED = "rejected"


class Bundle(Identified, Versioned, Base):
    """Tags of one theme, zone and quarter: proposed by the coordinator, validated by the steering group.

    `cases` and `counts` are frozen at the proposal; every published cell counts five or more.
    """

    __tablename__ = "signal_bundle"
    subject_type = "signal_bundle"

    partnership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("partnership.id"), index=True)
    theme: Mapped[PolicyTheme] = mapped_column(db_enum(PolicyTheme))
    zone: Mapped[str] = mapped_column(sa.String(20))
    quarter: Mapped[str] = mapped_column(sa.String(7))
    status: Mapped[BundleStatus] = mapped_column(db_enum(BundleStatus), default=BundleStatus.PROPOSED)
    summary: Mapped[str]
    cases: Mapped[int]
    counts: Mapped[dict[str, int]] = mapped_column(sa.JSON)  # names of municipalities -> count, five or more
    municipalities: Mapped[list[str]]  # all of the zone
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    reason: Mapped[str] = mapped_column(default="")
    feedback_status: Mapped[str] = mapped_column(sa.String(40), default="")
    feedback: Mapped[str] = mapped_column(default="")
    feedback_at: Mapped[datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("partnership_id", "theme", "zone", "quarter"),
        sa.CheckConstraint("cases >= 5", name="five_or_more"),
    )


class BundleMember(Base):
    """Which tags a bundle was made of; stays on the side of the intake."""

    __tablename__ = "signal_bundle_member"

    bundle_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("signal_bundle.id"), primary_key=True)
    tag_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("policy_tag.id"), primary_key=True)
