"""Reports: what a project did, what it cost, and what of that was accepted."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, Versioned, db_enum
from projects.models.projects import Project


class ReportStatus(StrEnum):
    PLANNED = "planned"
    DRAFT = "draft"
    SUBMITTED = "submitted"
    COMPLETION_REQUESTED = "completion_requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXEMPTED = "exempted"


class ReportKind(StrEnum):
    INTERIM = "interim"
    FINAL = "final"


class Report(Identified, Versioned, Base):
    """One report of a project; the final one carries the settlement."""

    __tablename__ = "report"
    subject_type = "report"

    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"), index=True)
    kind: Mapped[ReportKind] = mapped_column(db_enum(ReportKind))
    status: Mapped[ReportStatus] = mapped_column(db_enum(ReportStatus), default=ReportStatus.PLANNED)
    due_on: Mapped[date]
    reminded_for: Mapped[date | None]  # the due day of which its applicant was reminded
    period_from: Mapped[date | None]
    period_to: Mapped[date | None]
    text: Mapped[str] = mapped_column(default="")
    people_reached: Mapped[int | None]
    other_income_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    submitted_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    project: Mapped[Project] = relationship()
    lines: Mapped[list["CostLine"]] = relationship(
        back_populates="report", cascade="all, delete-orphan", order_by="CostLine.position"
    )

    @property
    def claimed_cents(self) -> int:
        return sum(line.amount_cents for line in self.lines)

    @property
    def accepted_cents(self) -> int:
        return sum(line.accepted_cents or 0 for line in self.lines)


class CostLine(Identified, Base):
    """One cost with its document; what is not accepted says why."""

    __tablename__ = "report_cost_line"

    report_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("report.id"), index=True)
    position: Mapped[int]
    category: Mapped[str] = mapped_column(sa.String(40))
    description: Mapped[str]
    spent_on: Mapped[date]
    document_number: Mapped[str] = mapped_column(default="")
    hours: Mapped[int | None]  # of work, where the regulation caps the cost of an hour
    amount_cents: Mapped[int] = mapped_column(sa.BigInteger)
    vat_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)  # within the amount
    vat_recoverable: Mapped[bool] = mapped_column(default=False)  # the organization gets it back
    accepted_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    refusal_reason: Mapped[str] = mapped_column(default="")
    report: Mapped[Report] = relationship(back_populates="lines")
