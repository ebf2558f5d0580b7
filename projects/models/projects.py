"""Projects: what was awarded and is carried out under an agreement."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, Versioned, db_enum
from projects.models.applications import Application


class ProjectStatus(StrEnum):
    AWARDED = "awarded"
    AGREEMENT_SENT = "agreement_sent"
    SIGNED = "signed"
    RUNNING = "running"
    AMENDING = "amending"
    SUSPENDED = "suspended"
    REPORTING = "reporting"
    SETTLING = "settling"
    CLAWBACK = "clawback"
    SETTLED = "settled"
    STOPPED = "stopped"


class Project(Identified, Versioned, Base):
    """An awarded application in execution. Amounts in cents."""

    __tablename__ = "project"
    subject_type = "project"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), unique=True)
    award_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("award.id"))
    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)  # the authority
    applicant_tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    title: Mapped[str]
    status: Mapped[ProjectStatus] = mapped_column(db_enum(ProjectStatus), default=ProjectStatus.AWARDED)
    awarded_cents: Mapped[int] = mapped_column(sa.BigInteger)
    share_bp: Mapped[int]  # grant rate: share of the accepted costs, in basis points
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    agreement_sent_at: Mapped[datetime | None]
    agreement: Mapped[dict[str, Any] | None]  # what it said when it was sent; none: made anew
    signed_on: Mapped[date | None]
    signed_file_id: Mapped[uuid.UUID | None]
    accepted_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    other_income_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    settled_cents: Mapped[int | None] = mapped_column(sa.BigInteger)  # what the grant finally is
    settled_at: Mapped[datetime | None]
    stop_reason: Mapped[str] = mapped_column(default="")
    application: Mapped[Application] = relationship()


class Amendment(Identified, Base):
    """A change that the applicant asks for: end date, or more than a tenth of a budget line."""

    __tablename__ = "project_amendment"

    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"), index=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    reason: Mapped[str]
    new_ends_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    approved: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(default="")
