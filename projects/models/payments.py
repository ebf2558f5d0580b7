"""Money: tranches become payments under four eyes; every cent that moves is in a ledger that only grows."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, Versioned, db_enum
from projects.models.projects import Project


class PaymentStatus(StrEnum):
    PLANNED = "planned"
    DUE = "due"
    PROPOSED = "proposed"
    APPROVED = "approved"
    ORDERED = "ordered"
    PAID = "paid"
    FAILED = "failed"
    BLOCKED = "blocked"


class PaymentKind(StrEnum):
    ADVANCE = "advance"
    INTERIM = "interim"
    BALANCE = "balance"


class Payment(Identified, Versioned, Base):
    """One tranche of a project. Cents."""

    __tablename__ = "payment"
    subject_type = "payment"

    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"), index=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    position: Mapped[int]
    kind: Mapped[PaymentKind] = mapped_column(db_enum(PaymentKind))
    condition: Mapped[str] = mapped_column(sa.String(40), default="")  # signed, report_accepted, settled
    amount_cents: Mapped[int] = mapped_column(sa.BigInteger)
    status: Mapped[PaymentStatus] = mapped_column(db_enum(PaymentStatus), default=PaymentStatus.PLANNED)
    due_on: Mapped[date | None]
    proposed_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    proposed_at: Mapped[datetime | None]
    approved_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    approved_at: Mapped[datetime | None]
    order_number: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    structured_reference: Mapped[str | None] = mapped_column(sa.String(20))
    paid_on: Mapped[date | None]
    block_reason: Mapped[str] = mapped_column(default="")
    project: Mapped[Project] = relationship()

    __table_args__ = (
        sa.UniqueConstraint("project_id", "position"),
        sa.CheckConstraint("amount_cents >= 0", name="amount_not_negative"),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="four_eyes"),
    )


class EntryKind(StrEnum):
    CREDIT = "credit"  # credit opened for a call
    AWARD = "award"  # reserved out of the credit
    RELEASE = "release"  # reservation given back
    PAYMENT = "payment"  # paid to the applicant
    REPAYMENT = "repayment"  # received back


class LedgerEntry(Base):
    """One movement of money. Append-only: a mistake is corrected by another entry. Cents, always positive."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    project_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("project.id"), index=True)
    application_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("application.id"))
    kind: Mapped[EntryKind] = mapped_column(db_enum(EntryKind))
    amount_cents: Mapped[int] = mapped_column(sa.BigInteger)
    act_type: Mapped[str] = mapped_column(sa.String(20))  # table of the record that justifies it
    act_id: Mapped[uuid.UUID]
    at: Mapped[datetime]
    user_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))

    __table_args__ = (
        sa.CheckConstraint("amount_cents > 0", name="amount_positive"),
        sa.UniqueConstraint("kind", "act_type", "act_id"),
    )


class Repayment(Identified, Base):
    """Money that came back from an applicant, one instalment. Cents."""

    __tablename__ = "repayment"

    project_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("project.id"), index=True)
    amount_cents: Mapped[int] = mapped_column(sa.BigInteger)
    received_on: Mapped[date]
