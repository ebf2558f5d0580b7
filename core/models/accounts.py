"""Organizations that keep files, the people in them, and the partnerships between them (ADR 0003, 0016)."""

import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, db_enum
from core.models.trail import Serial


class TenantKind(StrEnum):
    """The sort of organization; law and words differ per kind, so rules ask for it."""

    OCMW = "ocmw"
    CAW = "caw"
    DMW = "dmw"
    PARTNER = "partner"
    PROVINCE = "province"
    CARE_COUNCIL = "care_council"
    PLATFORM = "platform"


class Tenant(Identified, Base):
    """A controller of files. Nothing of a tenant is visible to another one unless it was shared."""

    __tablename__ = "tenant"
    subject_type = "tenant"

    name: Mapped[str]
    kind: Mapped[TenantKind] = mapped_column(db_enum(TenantKind))
    nis: Mapped[str | None] = mapped_column(sa.String(5))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    wrapped_key: Mapped[str | None]
    created_at: Mapped[datetime]
    closed_on: Mapped[date | None]


class Partnership(Identified, Base):
    """Tenants that work together over an area, such as a GBO; it owns no files itself."""

    __tablename__ = "partnership"
    subject_type = "partnership"

    name: Mapped[str]
    area_set: Mapped[str | None]  # code of the socialmap area set it covers
    members: Mapped[list["PartnershipMember"]] = relationship(back_populates="partnership")


class PartnershipMember(Base):
    """That a tenant takes part, and since when."""

    __tablename__ = "partnership_member"

    partnership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("partnership.id"), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), primary_key=True)
    is_lead: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    partnership: Mapped[Partnership] = relationship(back_populates="members")
    tenant: Mapped[Tenant] = relationship()


class Team(Identified, Base):
    """A group of colleagues that shares a queue."""

    __tablename__ = "team"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    name: Mapped[str]


class User(Identified, Base):
    """A person who signs in. Rights come from memberships, never from the user."""

    __tablename__ = "app_user"
    subject_type = "user"

    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    locale: Mapped[str] = mapped_column(sa.String(2), default="nl")
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    blocked_at: Mapped[datetime | None]
    memberships: Mapped[list["Membership"]] = relationship(back_populates="user")


class Membership(Identified, Base):
    """What a user may do in one tenant, from when to when."""

    __tablename__ = "membership"

    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"), index=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    team_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("team.id"))
    partnership_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("partnership.id"))
    roles: Mapped[list[str]] = mapped_column(default=list)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    user: Mapped[User] = relationship(back_populates="memberships")
    tenant: Mapped[Tenant] = relationship()
    team: Mapped[Team | None] = relationship()

    def is_live(self, on: date) -> bool:
        return self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


class UserSession(Identified, Base):
    """A browser in which someone is signed in; only the hash of its token is kept."""

    __tablename__ = "user_session"

    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"), index=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("membership.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(default="")
    user: Mapped[User] = relationship()
    membership: Mapped[Membership] = relationship()


class SignInAttempt(Base):
    """Failed sign-ins, to slow down guessing; counted per e-mail hash and per address hash."""

    __tablename__ = "sign_in_attempt"

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]

    __table_args__ = (sa.Index("ix_sign_in_attempt_key_at", "key_hash", "at"),)


class ApiToken(Identified, Base):
    """A bearer token of a user for the HTTP API; only its hash is kept."""

    __tablename__ = "api_token"

    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("membership.id"))
    name: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    membership: Mapped[Membership] = relationship()
