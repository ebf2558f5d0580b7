"""Calls for projects: regulation as data, rounds in time, credit, criteria, questions."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, Versioned, db_enum
from projects.models.needs import Need


class CallStatus(StrEnum):
    """Open and closed are no statuses: they follow from the rounds and the clock."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    IN_ASSESSMENT = "in_assessment"
    DECIDED = "decided"
    RUNNING = "running"
    EVALUATED = "evaluated"
    WITHDRAWN = "withdrawn"


class AidType(StrEnum):
    """State aid: none, de-minimis (2023/2831) or services of general interest (2023/2832)."""

    NONE = "none"
    DE_MINIMIS = "de_minimis"
    DAEB = "daeb"


class Call(Identified, Versioned, Base):
    """One call of one authority with the parameters of its regulation. Cents; shares in basis points."""

    __tablename__ = "call"
    subject_type = "call"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(20), unique=True)
    title: Mapped[str]
    theme: Mapped[str] = mapped_column(sa.String(40))
    summary: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    legal_basis: Mapped[str] = mapped_column(default="")
    deciding_body: Mapped[str] = mapped_column(default="")
    higher_body: Mapped[str] = mapped_column(default="")
    higher_body_from_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    remedies: Mapped[str] = mapped_column(default="")
    status: Mapped[CallStatus] = mapped_column(db_enum(CallStatus), default=CallStatus.DRAFT)
    aid_type: Mapped[AidType] = mapped_column(db_enum(AidType), default=AidType.NONE)
    applicant_kinds: Mapped[list[str]] = mapped_column(default=list)  # sectors of the social map; empty: all
    municipalities: Mapped[list[str]] = mapped_column(default=list)  # territory as NIS codes; empty: all
    credit_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    budget_line: Mapped[str] = mapped_column(default="")
    action_code: Mapped[str] = mapped_column(default="")
    visum: Mapped[str] = mapped_column(default="")
    visum_on: Mapped[date | None]
    max_share_bp: Mapped[int] = mapped_column(default=7_500)
    min_own_bp: Mapped[int] = mapped_column(default=0)  # of the costs, out of the applicant's own means
    max_grant_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    min_grant_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    max_months: Mapped[int] = mapped_column(default=24)
    min_municipalities: Mapped[int] = mapped_column(default=1)
    min_partners: Mapped[int] = mapped_column(default=0)
    one_per_applicant: Mapped[bool] = mapped_column(default=True)
    min_score_bp: Mapped[int] = mapped_column(default=6_000)
    jury_size: Mapped[int] = mapped_column(default=3)
    quorum: Mapped[int] = mapped_column(default=2)
    completion_days: Mapped[int] = mapped_column(default=10)  # working days to complete a file
    report_months: Mapped[int] = mapped_column(default=12)  # an interim report after each of these
    final_report_days: Mapped[int] = mapped_column(default=90)  # after the last day of the project
    # [{"kind", "share_bp", "condition"}], shares add up to 10,000
    tranches: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    phases: Mapped[list[str]] = mapped_column(default=lambda: ["full"])  # of idea, pitch, full, in this order
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    approved_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    published_at: Mapped[datetime | None]
    criteria: Mapped[list["Criterion"]] = relationship(
        back_populates="call", cascade="all, delete-orphan", order_by="Criterion.position"
    )
    cost_categories: Mapped[list["CostCategory"]] = relationship(
        back_populates="call", cascade="all, delete-orphan", order_by="CostCategory.position"
    )
    questions: Mapped[list["Question"]] = relationship(
        back_populates="call", cascade="all, delete-orphan", order_by="Question.position"
    )
    rounds: Mapped[list["Round"]] = relationship(
        back_populates="call", cascade="all, delete-orphan", order_by="Round.opens_at"
    )
    duties: Mapped[list["Duty"]] = relationship(
        back_populates="call", cascade="all, delete-orphan", order_by="Duty.position"
    )
    needs: Mapped[list[Need]] = relationship(secondary="call_need")

    @property
    def is_public(self) -> bool:
        """Whether it was ever published; a draft that was withdrawn never is."""
        return self.published_at is not None


class CallNeed(Base):
    """That a call answers a need."""

    __tablename__ = "call_need"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), primary_key=True)
    need_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("need.id"), primary_key=True)


class CriterionKind(StrEnum):
    ADMISSIBILITY = "admissibility"
    SCORED = "scored"


class Criterion(Identified, Base):
    """What a file is checked on, or scored on. Weights of the scored ones add up to 100."""

    __tablename__ = "call_criterion"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    position: Mapped[int]
    kind: Mapped[CriterionKind] = mapped_column(db_enum(CriterionKind))
    code: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[str]
    guidance: Mapped[str] = mapped_column(default="")
    weight: Mapped[int] = mapped_column(default=0)
    scale: Mapped[int] = mapped_column(default=10)
    minimum: Mapped[int] = mapped_column(default=0)
    call: Mapped[Call] = relationship(back_populates="criteria")

    __table_args__ = (sa.UniqueConstraint("call_id", "code"),)


class CostCategory(Identified, Base):
    """A sort of cost the regulation accepts, and how."""

    __tablename__ = "call_cost_category"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    position: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[str]
    guidance: Mapped[str] = mapped_column(default="")
    max_share_bp: Mapped[int | None]  # of all accepted costs
    vat_accepted: Mapped[bool] = mapped_column(default=False)
    is_wage: Mapped[bool] = mapped_column(default=False)
    max_hour_cents: Mapped[int | None]
    call: Mapped[Call] = relationship(back_populates="cost_categories")

    __table_args__ = (sa.UniqueConstraint("call_id", "code"),)


class Question(Identified, Base):
    """One question to the applicant, with why it is asked and who reads the answer."""

    __tablename__ = "call_question"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    position: Mapped[int]
    phase: Mapped[str] = mapped_column(sa.String(10), default="full")
    section: Mapped[str] = mapped_column(sa.String(60))
    code: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    required: Mapped[bool] = mapped_column(default=True)
    max_words: Mapped[int] = mapped_column(default=400)
    call: Mapped[Call] = relationship(back_populates="questions")

    __table_args__ = (sa.UniqueConstraint("call_id", "code"),)


class Duty(Identified, Base):
    """What the recipient has to do, as the agreement says it, and where that comes from."""

    __tablename__ = "call_duty"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    position: Mapped[int]
    text: Mapped[str]
    source: Mapped[str]
    call: Mapped[Call] = relationship(back_populates="duties")


class Round(Identified, Base):
    """A window in which files can be submitted; the server's clock decides, to the microsecond."""

    __tablename__ = "call_round"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    name: Mapped[str]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]  # none: rolling, open until the call is withdrawn
    extended_reason: Mapped[str] = mapped_column(default="")
    call: Mapped[Call] = relationship(back_populates="rounds")

    def is_open(self, at: datetime) -> bool:
        """Whether a request that entered at `at` is in time: from the opening, before the closing."""
        return self.opens_at <= at and (self.closes_at is None or at < self.closes_at)


class CallAdvice(Identified, Base):
    """Advice of a council on a call, and what the authority answers."""

    __tablename__ = "call_advice"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    council: Mapped[str]
    received_on: Mapped[date]
    text: Mapped[str]
    reply: Mapped[str] = mapped_column(default="")


class CallNotice(Identified, Base):
    """A change of a published call, shown on its page so that applicants see what is different."""

    __tablename__ = "call_notice"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    at: Mapped[datetime]
    text: Mapped[str]


class CallVersion(Identified, Base):
    """What the public page of a call said from a moment on; never changed."""

    __tablename__ = "call_version"

    call_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("call.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(default="")
    content: Mapped[dict[str, Any]]

    __table_args__ = (sa.UniqueConstraint("call_id", "number"),)
