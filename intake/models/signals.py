"""A notice that a person or household misses help or a right. On screen: *melding*."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified, Versioned, db_enum
from core.models.accounts import Tenant, User
from core.models.records import ContentKey
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality, Urgency

if TYPE_CHECKING:
    from intake.models.cases import Case


class SignalStatus(StrEnum):
    """States. Passing on is `received` again at the next organization."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    TAKEN = "taken"
    LINKED = "linked"
    ANSWERED = "answered"
    UNFOUNDED = "unfounded"
    WITHDRAWN = "withdrawn"

    @property
    def is_final(self) -> bool:
        return self in {self.LINKED, self.ANSWERED, self.UNFOUNDED, self.WITHDRAWN}

    @property
    def is_waiting(self) -> bool:
        """Whether someone of the receiving organization still has to decide."""
        return self in {self.RECEIVED, self.TRIAGED}


class Source(StrEnum):
    """Who noticed."""

    COLLEAGUE = "colleague"
    PARTNER = "partner"
    SCHOOL = "school"
    CARE = "care"
    NETWORK = "network"  # family, neighbour
    CITIZEN = "citizen"
    LIST = "list"  # a list that the law hands over, such as the winter list of the grid operator
    PUBLIC = "public"

    @property
    def is_professional(self) -> bool:
        """A signaller who is not a professional only hears that the notice was received."""
        return self not in {self.NETWORK, self.CITIZEN, self.PUBLIC}


class About(StrEnum):
    PERSON = "person"
    HOUSEHOLD = "household"


class Informed(StrEnum):
    """Whether the citizen knows of the notice."""

    YES = "yes"
    NOT_YET = "not_yet"
    UNSAFE = "unsafe"


class Circumstance(StrEnum):
    """Facts that raise urgency; observed, never a diagnosis."""

    NO_HEATING = "no_heating"
    NO_FOOD = "no_food"
    CHILDREN = "children"
    EVICTION = "eviction"
    OVER_80 = "over_80"
    DANGER = "danger"
    EVICTION_WEEK = "eviction_week"
    CUT_OFF = "cut_off"
    NO_INCOME = "no_income"
    PREGNANT = "pregnant"
    DIALYSIS = "dialysis"


class Signal(Identified, Versioned, Base):
    """A notice as the receiving organization keeps it; `tenant_id` is that organization."""

    __tablename__ = "signal"
    subject_type = "signal"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    origin_tenant_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    registered_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    number: Mapped[str] = mapped_column(sa.String(16), unique=True)

    source: Mapped[Source] = mapped_column(db_enum(Source))
    source_name: Mapped[str] = mapped_column(default="")
    source_contact: Mapped[str] = mapped_column(default="")
    wants_feedback: Mapped[bool] = mapped_column(default=False)

    about: Mapped[About] = mapped_column(db_enum(About))
    subject_name: Mapped[str] = mapped_column(default="")
    subject_phone: Mapped[str] = mapped_column(default="")
    observed_sealed: Mapped[bytes | None]
    observed = Sealed("observed_sealed", owner="id")
    circumstances: Mapped[list[str]] = mapped_column(default=list)
    nis: Mapped[str] = mapped_column(sa.String(5))
    theme: Mapped[LifeDomain | None] = mapped_column(db_enum(LifeDomain))
    age_group: Mapped[AgeGroup | None] = mapped_column(db_enum(AgeGroup))
    mutuality: Mapped[Mutuality | None] = mapped_column(db_enum(Mutuality))
    wish_tenant_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenant.id"))

    informed: Mapped[Informed] = mapped_column(db_enum(Informed))
    informed_reason_sealed: Mapped[bytes | None]  # why the citizen was not asked
    informed_reason = Sealed("informed_reason_sealed", owner="id")
    agrees: Mapped[bool] = mapped_column(default=False)

    status: Mapped[SignalStatus] = mapped_column(db_enum(SignalStatus), default=SignalStatus.RECEIVED)
    urgency: Mapped[Urgency] = mapped_column(db_enum(Urgency), default=Urgency.U3)
    urgency_rule: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    urgency_version: Mapped[str] = mapped_column(sa.String(64), default="", server_default="")
    urgency_reason_sealed: Mapped[bytes | None]  # why a person chose this urgency
    urgency_reason = Sealed("urgency_reason_sealed", owner="id")

    routing_rule_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("routing_rule.id"))
    routing_reason: Mapped[str] = mapped_column(sa.String(40), default="own")
    routing_facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    passed_on_at: Mapped[datetime | None]
    passed_on_from_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenant.id"))
    passed_on_reason_sealed: Mapped[bytes | None]
    passed_on_reason = Sealed("passed_on_reason_sealed", owner="id")

    case_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("intake_case.id"), index=True)
    taken_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    outcome_sealed: Mapped[bytes | None]  # what was answered, or why it was unfounded
    outcome = Sealed("outcome_sealed", owner="id")
    received_at: Mapped[datetime]
    triaged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    tenant: Mapped[Tenant] = relationship(foreign_keys=[tenant_id])
    origin_tenant: Mapped[Tenant | None] = relationship(foreign_keys=[origin_tenant_id])
    passed_on_from: Mapped[Tenant | None] = relationship(foreign_keys=[passed_on_from_id])
    taken_by: Mapped[User | None] = relationship(foreign_keys=[taken_by_id])
    case: Mapped["Case | None"] = relationship()
    content_key: Mapped[ContentKey | None] = relationship(
        primaryjoin=lambda: ContentKey.owner_id == foreign(Signal.id), viewonly=True, uselist=False
    )

    @property
    def has_visitor_words(self) -> bool:
        """Whether it still says what a visitor wrote about somebody else: public, and assessed by nobody."""
        assessed = self.triaged_at is not None or self.passed_on_at is not None
        return self.source == Source.PUBLIC and self.status.is_waiting and not assessed

    @property
    def asks_first(self) -> bool:
        """Whether taking it needs something said first: the facts in the words of a worker, or the theme."""
        return self.has_visitor_words or self.theme is None

    __table_args__ = (
        sa.Index("ix_signal_tenant_status", "tenant_id", "status", "urgency", "received_at"),
        sa.CheckConstraint("(passed_on_at IS NULL) = (passed_on_from_id IS NULL)", name="passed_on_whole"),
    )
