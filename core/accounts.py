"""Who signs in, and in which membership: passwords, sessions in the database, choosing (ADR 0003)."""

import hashlib
import secrets
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import argon2
import sqlalchemy as sa
from flask import current_app, g
from flask import session as cookie
from flask_login import UserMixin, login_user, logout_user
from sqlalchemy.orm import contains_eager

from core import audit, crypto
from core.access import Actor, Role
from core.clock import now, today
from core.config import Settings
from core.db import release, session, transaction, uuid7
from core.errors import DomainError, NotFound
from core.i18n import LOCALES, _
from core.models.accounts import ApiToken, Membership, SignInAttempt, Tenant, User, UserSession

# OWASP's minimum for argon2id: about 20 ms, so that a flood of sign-ins does not take the machine down.
hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
MIN_PASSWORD = 10
THROTTLE_WINDOW = timedelta(minutes=15)
ATTEMPTS_KEPT = timedelta(hours=1)  # the longest window of anything that counts tries by address
MAX_FAILURES_PER_EMAIL = 10
MAX_FAILURES_PER_ADDRESS = 50
SEEN_EVERY = timedelta(minutes=5)
NO_TENANT = uuid.UUID(int=0)
ROLES = {role.value: role for role in Role}


class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login keeps: the token of the session row is its id, the actor what it stands for."""

    def __init__(self, token: str, actor: Actor | None = None) -> None:
        self.token, self.actor = token, actor

    def get_id(self) -> str:
        return self.token


def hash_token(token: str) -> str:
    """What the database keeps of a session or API token."""
    return hashlib.sha256(token.encode()).hexdigest()


# What an actor is made of: one list, for records and for the statement that every request begins with.
ACTOR: dict[str, Any] = {
    "user_id": User.id,
    "name": User.name,
    "email": User.email,
    "locale": User.locale,
    "preferences": User.preferences,
    "membership_id": Membership.id,
    "tenant_id": Membership.tenant_id,
    "roles": Membership.roles,
    "team_id": Membership.team_id,
    "partnership_id": Membership.partnership_id,
    "tenant_name": Tenant.name,
    "tenant_kind": Tenant.kind,
}


def actor_of(membership: Membership, user: User, *, session_id: uuid.UUID | None = None) -> Actor:
    """The actor that a membership makes of a user."""
    records = {User: user, Membership: membership, Tenant: membership.tenant}
    found = {name: getattr(records[column.class_], column.key) for name, column in ACTOR.items()}
    return actor_from(found, session_id=session_id)


def actor_from(found: Mapping[str, Any], **more: Any) -> Actor:
    """The actor of a row with the columns of `ACTOR`."""
    values = {name: found[name] for name in ACTOR}
    team_id = values.pop("team_id")
    values.update(roles=roles_of(values["roles"]), tenant_kind=str(values["tenant_kind"]))
    values["preferences"] = dict(values["preferences"] or {})
    return Actor(**values, team_ids=frozenset([team_id] if team_id else []), **more)


def roles_of(codes: list[str]) -> frozenset[Role]:
    """The roles of a membership; a code of another version of the product gives no right."""
    return frozenset(ROLES[code] for code in codes if code in ROLES)


# ---------------------------------------------------------------- signing in and out
def sign_in(email: str, password: str, *, address: str, device: str = "") -> tuple[str, Actor]:
    """Check a password and open a session; its token and actor. Its own transactions: hashing holds no lock.

    Raises DomainError, with one message for an unknown e-mail and a wrong password, and for too many tries.
    """
    email = normal_email(email)
    keys = [_throttle_key("email", email), _throttle_key("address", address)]
    with transaction():
        from_address = _count_attempt(keys)
    user = session.scalar(sa.select(User).where(User.email == email))
    stored, user_id = (user.password_hash, user.id) if user and not user.blocked_at else (None, None)
    release()
    is_right = _verify(stored, password)
    if user_id is None or not is_right:
        raise DomainError(_("This e-mail address and password do not belong together."))
    with transaction():
        good = sa.or_(SignInAttempt.key_hash == keys[0], SignInAttempt.id == from_address)
        session.execute(sa.delete(SignInAttempt).where(good))
        return _open_session(user_id, device)


def normal_email(text: str) -> str:
    return text.strip().lower()


def _throttle_key(kind: str, value: str) -> str:
    return crypto.lookup_hash(NO_TENANT, f"sign_in:{kind}:{value}")


def _count_attempt(keys: list[str]) -> int:
    """Count this try before it is made, so that many at once do not slip through; a good one is wiped again.

    Returns the row of the address, of which a good try wipes no more: colleagues share an address.
    """
    since = now() - THROTTLE_WINDOW
    for key, limit in zip(keys, (MAX_FAILURES_PER_EMAIL, MAX_FAILURES_PER_ADDRESS), strict=True):
        recent = sa.select(sa.func.count()).where(SignInAttempt.key_hash == key, SignInAttempt.at > since)
        if (session.scalar(recent) or 0) >= limit:
            raise DomainError(_("Too many tries. Wait a quarter of an hour and try again."))
    tries = [SignInAttempt(key_hash=key, at=now()) for key in keys]
    session.add_all(tries)
    session.flush()
    return tries[1].id


def count_link_request(email: str, *, address: str) -> None:
    """Slow down who asks for many mails: for one address, or from one place. Its own transaction."""
    keys = [_throttle_key("link", normal_email(email)), _throttle_key("link-address", address)]
    with transaction():
        _count_attempt(keys)


def _verify(stored: str | None, password: str) -> bool:
    """Take as long for an unknown person as for a wrong password."""
    try:
        return hasher.verify(stored or _dummy_hash(), password) and stored is not None
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def _dummy_hash() -> str:
    found: str | None = current_app.extensions.get("dummy_hash")
    if found is None:
        found = current_app.extensions["dummy_hash"] = hasher.hash(secrets.token_urlsafe(16))
    return found


def _open_session(user_id: uuid.UUID, device: str) -> tuple[str, Actor]:
    user = session.get_one(User, user_id)
    membership = _first_membership(user)
    if membership is None:
        raise DomainError(_("Your account has no organization now. Ask your administrator."))
    token = secrets.token_urlsafe(32)
    row = UserSession(
        token_hash=hash_token(token), user_id=user.id, membership_id=membership.id, created_at=now(),
        last_seen_at=now(), device=device[:80],
    )  # fmt: skip
    session.add(row)
    session.flush()
    actor = actor_of(membership, user, session_id=row.id)
    audit.record("session.opened", user, by=actor)
    return token, actor


def live_memberships(user_id: uuid.UUID) -> list[Membership]:
    """The memberships that hold today, by name of the organization."""
    day = today()
    query = (
        sa.select(Membership)
        .join(Membership.tenant)
        .options(contains_eager(Membership.tenant))
        .where(Membership.user_id == user_id, Membership.starts_on <= day)
        .where(sa.or_(Membership.ends_on.is_(None), Membership.ends_on >= day))
        .where(sa.or_(Tenant.closed_on.is_(None), Tenant.closed_on > day))
        .order_by(Tenant.name, Membership.id)
    )
    return list(session.scalars(query))


def _first_membership(user: User) -> Membership | None:
    """The one last acted in, else the first."""
    live = live_memberships(user.id)
    last = (user.preferences or {}).get("membership_id")
    return next((found for found in live if str(found.id) == last), live[0] if live else None)


def remember_in_browser(token: str, actor: Actor) -> None:
    """Put the token in a fresh cookie: nothing of the visit before carries over."""
    cookie.clear()
    login_user(SignedIn(token, actor))
    g.actor = actor


def end_session(session_id: uuid.UUID, *, by: Actor) -> None:
    """End a session of one's own, in the running transaction. Raises NotFound for one of somebody else."""
    row = session.get(UserSession, session_id)
    if row is None or row.user_id != by.user_id:
        raise NotFound
    if row.ended_at is None:
        row.ended_at = now()
        audit.record("session.ended", row.user, by=by)


def end_other_sessions(*, by: Actor) -> None:
    """End all sessions of the actor but this one, in the running transaction."""
    user = _own_user(by)
    session.execute(
        sa.update(UserSession)
        .where(
            UserSession.user_id == user.id, UserSession.id != by.session_id, UserSession.ended_at.is_(None)
        )
        .values(ended_at=now())
    )
    audit.record("session.others_ended", user, by=by)


def end_all_sessions(user: User) -> None:
    """End every session of a person, in the running transaction."""
    open_ones = sa.update(UserSession).where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
    session.execute(open_ones.values(ended_at=now()))


@dataclass(frozen=True)
class Choice:
    """A membership that a person can act in, as the menu shows it."""

    id: uuid.UUID
    label: str
    current: bool


def choices(by: Actor) -> list[Choice]:
    """The memberships to choose from; empty for the many who have one (that costs no statement)."""
    if not g.get("may_choose") or by.user_id is None:
        return []
    found = live_memberships(by.user_id)
    twice = {label for label, times in Counter(one.tenant.name for one in found).items() if times > 1}
    return [
        Choice(
            one.id,
            f"{one.tenant.name} ({', '.join(one.roles)})" if one.tenant.name in twice else one.tenant.name,
            one.id == by.membership_id,
        )
        for one in found
    ]


def forget_in_browser() -> None:
    logout_user()
    cookie.clear()
    g.actor = None


def session_edges() -> tuple[datetime, datetime]:
    """Sessions not seen since the first moment, or made before the second one, have timed out.

    Sightings are written every few minutes only, so that time comes on top of the idle time.
    """
    settings: Settings = current_app.extensions["settings"]
    idle = timedelta(minutes=settings.session_idle_minutes) + SEEN_EVERY
    return now() - idle, now() - timedelta(hours=settings.session_hours)


def open_sessions(user_id: uuid.UUID) -> list[UserSession]:
    """Sessions that still let someone in, the one seen last first."""
    earliest_seen, earliest_made = session_edges()
    query = (
        sa.select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .where(UserSession.last_seen_at > earliest_seen, UserSession.created_at > earliest_made)
        .order_by(UserSession.last_seen_at.desc())
    )
    return list(session.scalars(query))


# ---------------------------------------------------------------- changing one's own account
def act_in(membership_id: uuid.UUID, *, by: Actor) -> None:
    """Act in another of one's memberships from now on, in this session and the next."""
    user = _own_user(by)
    chosen = next((found for found in live_memberships(user.id) if found.id == membership_id), None)
    if chosen is None:
        raise NotFound
    if by.session_id is not None:
        session.get_one(UserSession, by.session_id).membership_id = chosen.id
    user.preferences = {**(user.preferences or {}), "membership_id": str(chosen.id)}
    audit.record("session.membership_chosen", user, by=by, tenant_id=chosen.tenant_id)


def change_locale(locale: str, *, by: Actor) -> None:
    if locale not in LOCALES:
        raise DomainError(_("Choose one of the languages."), field="locale")
    _own_user(by).locale = locale


def set_preference(name: str, value: bool | str, *, by: Actor) -> None:
    """Keep a choice of how the product works for this person."""
    user = _own_user(by)
    user.preferences = {**(user.preferences or {}), name: value}


def check_password(password: str, *, by: Actor) -> bool:
    """Whether this is the actor's password; call it outside a transaction."""
    stored = _own_user(by).password_hash
    release()
    return _verify(stored, password)


def new_password_hash(password: str) -> str:
    """A hash to keep; call it outside a transaction. Raises DomainError for a password that is too weak."""
    if len(password) < MIN_PASSWORD:
        text = _("Use at least %(count)s characters.", count=MIN_PASSWORD)
        raise DomainError(text, field="new_password")
    return hasher.hash(password)


def set_password_hash(password_hash: str, *, by: Actor) -> None:
    """Keep a new password and end the other sessions, which may be the reason for the change."""
    user = _own_user(by)
    user.password_hash = password_hash
    end_other_sessions(by=by)
    audit.record("user.password_changed", user, by=by)


def _own_user(by: Actor) -> User:
    if by.user_id is None:
        raise NotFound
    return session.get_one(User, by.user_id)


# ---------------------------------------------------------------- for commands and the worker
def create_user(
    email: str, name: str, password_hash: str, tenant_id: uuid.UUID, roles: list[Role], *, by: Actor
) -> User:
    """Make a person with one membership from today on. Raises DomainError for an address that is in use."""
    email = normal_email(email)
    if session.scalar(sa.select(User.id).where(User.email == email)) is not None:
        raise DomainError(_("There is an account with this e-mail address already."), field="email")
    if session.get(Tenant, tenant_id) is None:
        raise DomainError(_("This organization does not exist."), field="tenant")
    user = User(
        id=uuid7(), email=email, name=name, password_hash=password_hash, created_at=now(), preferences={}
    )
    session.add(user)
    session.flush()
    codes = [role.value for role in roles]
    session.add(Membership(user_id=user.id, tenant_id=tenant_id, roles=codes, starts_on=today()))
    session.flush()
    audit.record("user.created", user, by=by, tenant_id=tenant_id, changes={"roles": codes})
    return user


def create_token(email: str, *, name: str, valid: timedelta, by: Actor) -> str:
    """A bearer token for the first live membership of a person; only its hash is kept."""
    user = session.scalar(sa.select(User).where(User.email == normal_email(email)))
    membership = _first_membership(user) if user is not None else None
    if user is None or membership is None:
        raise DomainError(_("There is no account with this e-mail address that may act now."), field="email")
    token = f"dsk_{secrets.token_urlsafe(32)}"
    row = ApiToken(
        token_hash=hash_token(token),
        membership_id=membership.id,
        name=name,
        created_at=now(),
        expires_at=now() + valid,
    )
    session.add(row)
    session.flush()
    audit.record("token.created", user, by=by, tenant_id=membership.tenant_id)
    return token


def members(tenant_id: uuid.UUID, *roles: Role, team_id: uuid.UUID | None = None) -> list[User]:
    """People who hold one of `roles` in an organization today, or in one team of it: whom to send a mail."""
    day = today()
    query = (
        sa.select(Membership)
        .join(Membership.user)
        .options(contains_eager(Membership.user))
        .where(Membership.tenant_id == tenant_id, Membership.starts_on <= day, User.blocked_at.is_(None))
        .where(sa.or_(Membership.ends_on.is_(None), Membership.ends_on >= day))
        .order_by(User.name)
    )
    if team_id is not None:
        query = query.where(Membership.team_id == team_id)
    wanted = {role.value for role in roles}
    found = (one.user for one in session.scalars(query) if not wanted.isdisjoint(one.roles))
    return list(dict.fromkeys(found))


def purge() -> None:
    """Remove sessions that ended a month ago and old tries, in the running transaction."""
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.at < now() - ATTEMPTS_KEPT))
    session.execute(sa.delete(UserSession).where(UserSession.last_seen_at < now() - timedelta(days=30)))
