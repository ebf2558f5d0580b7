"""To which organization of a partnership a notice goes: the dated table that the partners agreed."""

import uuid
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, db_enum
from core.models.accounts import Tenant
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality


class RuleKind(StrEnum):
    FACTS = "facts"
    WISH = "wish"  # the citizen chose one of the partners


class RoutingRule(Identified, Base):
    """One row. Empty conditions match everything; the lowest priority number that matches wins."""

    __tablename__ = "routing_rule"

    partnership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("partnership.id"))
    priority: Mapped[int]
    kind: Mapped[RuleKind] = mapped_column(db_enum(RuleKind), default=RuleKind.FACTS)
    age_group: Mapped[AgeGroup | None] = mapped_column(db_enum(AgeGroup))
    mutuality: Mapped[Mutuality | None] = mapped_column(db_enum(Mutuality))
    theme: Mapped[LifeDomain | None] = mapped_column(db_enum(LifeDomain))
    nis: Mapped[str | None] = mapped_column(sa.String(5))
    to_tenant_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenant.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    to_tenant: Mapped[Tenant | None] = relationship()

    __table_args__ = (
        sa.Index("ix_routing_rule_partnership", "partnership_id", "priority"),
        sa.CheckConstraint("(kind = 'wish') = (to_tenant_id IS NULL)", name="names_a_tenant"),
    )
