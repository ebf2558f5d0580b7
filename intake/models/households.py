"""People who live together, as far as one organization needs to know."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, Versioned, db_enum
from intake.models.persons import Person


class Relation(StrEnum):
    """What a member is to the reference person of the household."""

    SELF = "self"
    PARTNER = "partner"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    OTHER = "other"


class Household(Identified, Versioned, Base):
    __tablename__ = "household"
    subject_type = "household"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    nis: Mapped[str | None] = mapped_column(sa.String(5))
    created_at: Mapped[datetime]
    members: Mapped[list["HouseholdMember"]] = relationship(back_populates="household")


class HouseholdMember(Identified, Base):
    """That a person lives in a household; someone without a record of their own has only `described_as`."""

    __tablename__ = "household_member"

    household_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("household.id"), index=True)
    person_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    described_as: Mapped[str] = mapped_column(default="")
    relation: Mapped[Relation] = mapped_column(db_enum(Relation))
    is_dependant: Mapped[bool] = mapped_column(default=False)
    from_on: Mapped[date | None]
    until_on: Mapped[date | None]
    household: Mapped[Household] = relationship(back_populates="members")
    person: Mapped[Person | None] = relationship()
