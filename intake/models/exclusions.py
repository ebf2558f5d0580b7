"""What a citizen does not want passed on: a subject, to an organization, or about and to a person."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Sealed
from core.db import Base, Identified, db_enum
from intake.models.cases import Case
from socialmap.models.directory import Organization


class ExclusionKind(StrEnum):
    SUBJECT = "subject"
    ORGANIZATION = "organization"
    PERSON = "person"


class Exclusion(Identified, Base):
    """One exclusion of a file, until the citizen ends it."""

    __tablename__ = "exclusion"
    subject_type = "exclusion"

    case_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("intake_case.id"), index=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    kind: Mapped[ExclusionKind] = mapped_column(db_enum(ExclusionKind))
    item: Mapped[str | None] = mapped_column(sa.String(40))  # a code of `items`
    organization_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("organization.id"))
    name_sealed: Mapped[bytes | None]  # of the person
    name = Sealed("name_sealed", owner="case_id")
    added_at: Mapped[datetime]
    added_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))

    case: Mapped[Case] = relationship()
    organization: Mapped[Organization | None] = relationship()
    __table_args__ = (
        sa.CheckConstraint(
            "(item IS NOT NULL) = (kind = 'subject')"
            " AND (organization_id IS NOT NULL) = (kind = 'organization')"
            " AND (name_sealed IS NOT NULL) = (kind = 'person')",
            name="one_of_a_kind",
        ),
    )
