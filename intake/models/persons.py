"""A citizen as one organization knows them. There is no person above the organizations (ADR 0016)."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock
from core.crypto import Encrypted
from core.db import Base, Identified, Versioned, db_enum
from intake.models.vocabulary import AgeGroup, Mutuality

ABLE_FROM, ADULT_FROM = 12, 18


class Identity(StrEnum):
    """How much is known; help never waits for more."""

    KNOWN = "known"
    PARTLY = "partly"
    ANONYMOUS = "anonymous"


class Sex(StrEnum):
    FEMALE = "f"
    MALE = "m"
    OTHER = "x"
    UNKNOWN = "unknown"


class Avoid(StrEnum):
    """Ways of contact that endanger this person (safe contact)."""

    POST = "post"
    SMS = "sms"
    VOICEMAIL = "voicemail"
    MAIL = "mail"
    PAPER = "paper"  # even what is handed over may be found at home
    INVITATION = "invitation"
    CITIZEN_PAGE = "citizen_page"


class Person(Identified, Versioned, Base):
    """A citizen. Names, birth date and phone are class B; INSZ, address and safety facts class A."""

    __tablename__ = "person"
    subject_type = "person"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"))
    identity: Mapped[Identity] = mapped_column(db_enum(Identity), default=Identity.KNOWN)
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    alias: Mapped[str] = mapped_column(default="")  # how to speak of someone who gave no name
    birth_year: Mapped[int | None]
    birth_month: Mapped[int | None]
    birth_day: Mapped[int | None]
    sex: Mapped[Sex] = mapped_column(db_enum(Sex), default=Sex.UNKNOWN)
    language: Mapped[str] = mapped_column(sa.String(8), default="nl")
    needs_interpreter: Mapped[bool] = mapped_column(default=False)
    phone: Mapped[str] = mapped_column(default="")
    phone_digits: Mapped[str] = mapped_column(sa.String(20), default="")
    mail: Mapped[str] = mapped_column(default="")
    nis: Mapped[str | None] = mapped_column(sa.String(5))
    address_sealed: Mapped[bytes | None]
    address = Encrypted("address_sealed")
    mutuality: Mapped[Mutuality | None] = mapped_column(db_enum(Mutuality))
    ssin_sealed: Mapped[bytes | None]
    ssin = Encrypted("ssin_sealed")
    ssin_hash: Mapped[str | None] = mapped_column(sa.String(64))

    contact_preference: Mapped[str | None] = mapped_column(sa.String(40))
    contact_hours: Mapped[str] = mapped_column(default="")
    avoid: Mapped[list[str]] = mapped_column(default=list)
    code_word_sealed: Mapped[bytes | None]
    code_word = Encrypted("code_word_sealed")
    not_to_know_sealed: Mapped[bytes | None]
    not_to_know = Encrypted("not_to_know_sealed")
    capacity_note_sealed: Mapped[bytes | None]  # how able a minor is to decide
    capacity_note = Encrypted("capacity_note_sealed")

    created_at: Mapped[datetime]
    created_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("person.id"))
    keys: Mapped[list["PersonKey"]] = relationship(cascade="all, delete-orphan")

    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "ssin_hash"),
        sa.Index("ix_person_tenant_phone", "tenant_id", "phone_digits"),
        sa.Index("ix_person_tenant_birth", "tenant_id", "birth_year", "birth_month", "birth_day"),
    )

    @property
    def name(self) -> str:
        """Name as a colleague says it; an alias, or nothing, for someone who gave none."""
        return f"{self.first_name} {self.last_name}".strip() or self.alias

    @property
    def birth_on(self) -> date | None:
        """The birth date when all of it is known."""
        if self.birth_year and self.birth_month and self.birth_day:
            return date(self.birth_year, self.birth_month, self.birth_day)
        return None

    @property
    def birth_text(self) -> str:
        """`17/03/1952`, or what is known of it."""
        parts = (
            f"{self.birth_day:02d}" if self.birth_day else "",
            f"{self.birth_month:02d}" if self.birth_month else "",
        )
        return "/".join(
            [part for part in parts if part] + ([str(self.birth_year)] if self.birth_year else [])
        )

    def age(self, on: date | None = None) -> int | None:
        """Whole years, only when the date is complete."""
        born, on = self.birth_on, on or clock.today()
        if born is None:
            return None
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))

    @property
    def decides_as_minor(self) -> bool:
        """From 12 a minor is presumed able to decide for themselves, with a note on it (decree of 7 May 2004,
        art. 4).
        """
        age = self.age()
        return age is not None and ABLE_FROM <= age < ADULT_FROM

    @property
    def age_group(self) -> AgeGroup | None:
        age = self.age()
        return None if age is None else AgeGroup.of_age(age)

    @property
    def is_shielded(self) -> bool:
        """Whether some way of contact is unsafe."""
        return bool(self.avoid or self.not_to_know or self.code_word)


class PersonKey(Base):
    """A piece of a name by which likely matches are found without reading every person."""

    __tablename__ = "person_key"

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    tenant_id: Mapped[uuid.UUID]

    __table_args__ = (sa.Index("ix_person_key_tenant_key", "tenant_id", "key"),)
