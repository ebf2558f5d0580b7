"""Smallest valid records of the ground."""

import itertools
import uuid
from datetime import date
from typing import Any

import argon2
from flask import g

from core import accounts
from core.access import Actor, Role
from core.clock import now
from core.db import session, uuid7
from core.models.accounts import Membership, Partnership, Team, Tenant, TenantKind, User, UserSession

PASSWORD = "draaischijf-demo"
_numbers = itertools.count(1)
_hashes: dict[str, str] = {}
# A hash says how dear it was made, and is checked that way: thousands of tests sign in with these.
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def password_hash(password: str = PASSWORD) -> str:
    """One hash per password serves a whole run."""
    if password not in _hashes:
        _hashes[password] = CHEAP.hash(password)
    return _hashes[password]


def make_tenant(name: str | None = None, kind: TenantKind = TenantKind.OCMW, **values: Any) -> Tenant:
    tenant = Tenant(
        id=uuid7(),
        name=name or f"OCMW {next(_numbers)}",
        kind=kind,
        settings={},
        created_at=now(),
    )
    for key, value in values.items():
        setattr(tenant, key, value)
    session.add(tenant)
    session.flush()
    return tenant


def make_team(tenant: Tenant, name: str = "Sociaal Huis") -> Team:
    team = Team(id=uuid7(), tenant_id=tenant.id, name=name)
    session.add(team)
    session.flush()
    return team


def make_partnership(name: str = "GBO Meetjesland") -> Partnership:
    partnership = Partnership(id=uuid7(), name=name)
    session.add(partnership)
    session.flush()
    return partnership


def make_user(email: str | None = None, name: str = "Nele Wauters", **values: Any) -> User:
    user = User(
        id=uuid7(),
        email=email or f"user{next(_numbers)}@example.org",
        name=name,
        password_hash=password_hash(),
        locale="nl",
        preferences={},
        created_at=now(),
    )
    for key, value in values.items():
        setattr(user, key, value)
    session.add(user)
    session.flush()
    return user


def make_membership(
    user: User | None = None,
    tenant: Tenant | None = None,
    *roles: Role,
    team: Team | None = None,
    starts_on: date = date(2025, 1, 1),
    ends_on: date | None = None,
) -> Membership:
    membership = Membership(
        id=uuid7(),
        user_id=(user or make_user()).id,
        tenant_id=(tenant or make_tenant()).id,
        team_id=team.id if team else None,
        roles=[role.value for role in roles or (Role.INTAKE_WORKER,)],
        starts_on=starts_on,
        ends_on=ends_on,
    )
    session.add(membership)
    session.flush()
    return membership


def make_actor(
    *roles: Role, tenant: Tenant | None = None, team: Team | None = None, user: User | None = None
) -> Actor:
    """An actor with a user and a live membership in the database."""
    membership = make_membership(user, tenant, *roles, team=team)
    return accounts.actor_of(membership, membership.user)


def make_session(membership: Membership, **values: Any) -> UserSession:
    row = UserSession(
        id=uuid7(),
        token_hash=accounts.hash_token(uuid.uuid4().hex),
        user_id=membership.user_id,
        membership_id=membership.id,
        created_at=now(),
        last_seen_at=now(),
        device="Firefox, Linux",
    )
    for key, value in values.items():
        setattr(row, key, value)
    session.add(row)
    session.flush()
    return row


def forget_request() -> None:
    """Let the next operation start as a new request would: nothing noted, nothing claimed."""
    for name in ("audit_noted", "claimed_commands", "after_commit", "request_id"):
        g.pop(name, None)
