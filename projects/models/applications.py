"""Applications: drafts that can wait, versions that were submitted, and what the officer asks."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Encrypted
from core.db import Base, Identified, Versioned, db_enum
from projects.models.calls import Call, Round

FULL = "full"  # the phase with budget, partners and signature; always the last one of a call


class ApplicationStatus(StrEnum):
    DRAFT = "draft"
    TO_SIGN = "to_sign"
    SUBMITTED = "submitted"
    COMPLETION_REQUESTED = "completion_requested"
    ADMISSIBLE = "admissible"
    IN_JURY = "in_jury"
    RANKED = "ranked"
    ON_AGENDA = "on_agenda"
    GRANTED = "granted"
    PARTLY_GRANTED = "partly_granted"
    RESERVE = "reserve"
    REFUSED = "refused"
    INADMISSIBLE = "inadmissible"
    WITHDRAWN = "withdrawn"
    NOT_SUBMITTED = "not_submitted"
    LATE = "late"


class Application(Identified, Versioned, Base):
    """What one organization asks in one round. The draft is freely editable; what counts is a version."""

    __tablename__ = "application"
    subject_type = "application"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    round_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call_round.id"))
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)  # the applicant's
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    title: Mapped[str] = mapped_column(default="")
    phase: Mapped[str] = mapped_column(sa.String(10), default="full")  # one of the phases of the call
    phase_closes_at: Mapped[datetime | None]  # for a later phase; the round closes the first one
    status: Mapped[ApplicationStatus] = mapped_column(
        db_enum(ApplicationStatus), default=ApplicationStatus.DRAFT
    )
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)  # question code -> text
    municipalities: Mapped[list[str]] = mapped_column(default=list)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    asked_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    iban_sealed: Mapped[bytes | None]
    iban = Encrypted("iban_sealed")
    signatory_name: Mapped[str] = mapped_column(default="")
    signatory_role: Mapped[str] = mapped_column(default="")
    # the late or inadmissible file whose text it took along
    goes_on_from_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("application.id"), index=True)
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    submitted_at: Mapped[datetime | None]
    officer_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    admissibility: Mapped[dict[str, Any]] = mapped_column(default=dict)  # criterion code -> {"met", "reason"}
    call: Mapped[Call] = relationship()
    round: Mapped[Round] = relationship()
    budget: Mapped[list["BudgetLine"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="BudgetLine.position"
    )
    funding: Mapped[list["FundingLine"]] = relationship(
        back_populates="application", cascade="all, delete-orphan", order_by="FundingLine.position"
    )
    partners: Mapped[list["ApplicationPartner"]] = relationship(
        back_populates="application", cascade="all, delete-orphan"
    )
    versions: Mapped[list["ApplicationVersion"]] = relationship(
        back_populates="application", order_by="ApplicationVersion.number"
    )

    __table_args__ = (sa.Index("ix_application_call_status", "call_id", "status", "id"),)

    @property
    def label_code(self) -> str:
        """The code of the word people read: refused before the full file means not invited to go on."""
        early = self.status == ApplicationStatus.REFUSED and self.phase != FULL
        return "not_invited" if early else str(self.status)

    @property
    def cost_cents(self) -> int:
        return sum(line.amount_cents for line in self.budget)

    @property
    def funding_cents(self) -> int:
        return sum(line.amount_cents for line in self.funding)

    @property
    def other_income_cents(self) -> int:
        """Other subsidies and income; the applicant's and partners' own money is not income."""
        return sum(line.amount_cents for line in self.funding if line.kind == FundingKind.OTHER)

    @property
    def counting(self) -> "ApplicationVersion | None":
        """The version that is judged: the last one that came in time, or with the completion."""
        return next((version for version in reversed(self.versions) if version.in_time), None)


class BudgetLine(Identified, Base):
    """One planned cost."""

    __tablename__ = "application_budget_line"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), index=True)
    position: Mapped[int]
    category: Mapped[str] = mapped_column(sa.String(40))
    description: Mapped[str]
    amount_cents: Mapped[int] = mapped_column(sa.BigInteger)
    application: Mapped[Application] = relationship(back_populates="budget")


class FundingKind(StrEnum):
    OWN = "own"
    PARTNER = "partner"
    OTHER = "other"  # other subsidies and income: counted against the grant at settlement


class FundingLine(Identified, Base):
    """Money that is not asked here: own contribution, partners, other income."""

    __tablename__ = "application_funding_line"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), index=True)
    position: Mapped[int]
    kind: Mapped[FundingKind] = mapped_column(db_enum(FundingKind))
    source: Mapped[str]
    amount_cents: Mapped[int] = mapped_column(sa.BigInteger)
    application: Mapped[Application] = relationship(back_populates="funding")


class ApplicationPartner(Identified, Base):
    """An organization of the social map that takes part, and whether its letter is in."""

    __tablename__ = "application_partner"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), index=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    role: Mapped[str] = mapped_column(default="")
    letter_received: Mapped[bool] = mapped_column(default=False)
    application: Mapped[Application] = relationship(back_populates="partners")

    __table_args__ = (sa.UniqueConstraint("application_id", "organization_id"),)


class ApplicationEditor(Base):
    """Someone who may edit the draft although the file is not of their organization."""

    __tablename__ = "application_editor"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"), primary_key=True)
    added_at: Mapped[datetime]


class ApplicationVersion(Identified, Base):
    """What was submitted at one moment, frozen, with the hash of the receipt. The last in time counts."""

    __tablename__ = "application_version"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), index=True)
    number: Mapped[int]
    received_at: Mapped[datetime]
    in_time: Mapped[bool]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    submitted_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    application: Mapped[Application] = relationship(back_populates="versions")

    __table_args__ = (sa.UniqueConstraint("application_id", "number"),)

    def names_partner(self, organization_id: uuid.UUID) -> bool:
        return any(named == str(organization_id) for named, _role in self.content["partners"])


class Attachment(Identified, Base):
    """A document of an application or a report; the bytes are in `core.files`."""

    __tablename__ = "project_attachment"

    subject_type: Mapped[str] = mapped_column(sa.String(20))
    subject_id: Mapped[uuid.UUID]
    kind: Mapped[str] = mapped_column(sa.String(40))
    filename: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    file_id: Mapped[uuid.UUID | None]
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))

    __table_args__ = (sa.Index("ix_project_attachment_subject", "subject_type", "subject_id"),)


class CompletionRequest(Identified, Base):
    """What is missing, by section, and until when it may be completed (working days)."""

    __tablename__ = "completion_request"

    subject_type: Mapped[str] = mapped_column(sa.String(20))
    subject_id: Mapped[uuid.UUID] = mapped_column(index=True)
    sections: Mapped[list[str]]
    reason: Mapped[str]
    requested_at: Mapped[datetime]
    requested_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class ApplicantDossier(Identified, Base):
    """What is asked once per organization: statutes, accounts, bank proof, who may sign."""

    __tablename__ = "applicant_dossier"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), unique=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"))
    signatories: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)  # [{"name", "role", "until"}]
    iban_sealed: Mapped[bytes | None]
    iban = Encrypted("iban_sealed")
    statutes_on: Mapped[date | None]
    accounts_year: Mapped[int | None]
    bank_proof_on: Mapped[date | None]
    updated_at: Mapped[datetime]
