"""Who makes this request: from the cookie to the actor in one statement, or from an API token."""

import uuid
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, request
from flask import session as cookie
from flask_login import LoginManager
from sqlalchemy import orm

from core import crypto, refusals
from core.access import Actor
from core.accounts import ACTOR, SEEN_EVERY, SignedIn, actor_from, hash_token, session_edges
from core.clock import now, today
from core.db import db, locks_on_begin, own_transaction, release, session
from core.models.accounts import ApiToken, Membership, Tenant, User, UserSession
from core.statements import Statement

login_manager = LoginManager()


def load_actor() -> None:
    """Find out who makes this request: one statement, on the reading engine."""
    g.actor = None
    if request.endpoint in {None, "static", "core.show_live", "core.show_ready"}:
        return
    if refusals.for_program() and not (request.endpoint or "").startswith("core."):
        if request.authorization and request.authorization.type == "bearer" and request.authorization.token:
            _load_bearer(request.authorization.token)
        return
    token = cookie.get("_user_id")
    if isinstance(token, str):
        _load_session(token)


def _load_session(token: str) -> None:
    row = _find(_SESSION, token)
    if row is None or row.ended_at is not None or row.blocked_at is not None:
        return
    earliest_seen, earliest_made = session_edges()
    if row.last_seen_at <= earliest_seen or row.created_at <= earliest_made:
        g.expired_user_id = row.user_id  # remembered for what was being typed
        return
    g.may_choose = row.memberships > 1
    if _may_act(row):
        g.actor = _actor(row, session_id=row.id)
        if now() - row.last_seen_at > SEEN_EVERY:
            _note(UserSession, row.id, "last_seen_at")


def _load_bearer(token: str) -> None:
    """The actor of an API token. Only the interface for programs takes one, and takes nothing else."""
    row = _find(_TOKEN, token)
    if row is None or (row.expires_at is not None and row.expires_at <= now()) or row.blocked_at is not None:
        return
    if _may_act(row):
        g.actor, g.token_id = _actor(row, kind="api"), row.id
        if row.last_used_at is None or now() - row.last_used_at > SEEN_EVERY:
            _note(ApiToken, row.id, "last_used_at")


def _find(query: Statement, token: str) -> Any:
    """The row of a token; for what writes, too, on the engine that takes no write lock (SQLite)."""
    values = {"token_hash": hash_token(token)}
    if locks_on_begin() and not g.reading_only:
        with db.engines["read"].connect() as reading:
            return query.first(reading, values)
    return query.first(session, values)


def _query(*own: Any, source: Any, which: Any = ()) -> Statement:
    """Columns rather than records: every request asks this, and a record costs more than its row."""
    state = (
        User.blocked_at, Membership.starts_on, Membership.ends_on, Tenant.closed_on, Tenant.wrapped_key,
    )  # fmt: skip
    columns = (*state, *(column.label(name) for name, column in ACTOR.items()))
    return Statement(
        sa.select(source.id, *own, *columns)
        .join(source.membership)
        .join(Membership.user)
        .join(Membership.tenant)
        .where(source.token_hash == sa.bindparam("token_hash"), *which)
    )


def _number_of_memberships() -> sa.Label[int]:
    others = orm.aliased(Membership)
    number = sa.select(sa.func.count()).where(others.user_id == UserSession.user_id)
    return number.scalar_subquery().label("memberships")


# Made once: every request asks one of them.
_SESSION = _query(
    UserSession.ended_at,
    UserSession.created_at,
    UserSession.last_seen_at,
    _number_of_memberships(),
    source=UserSession,
)
_TOKEN = _query(
    ApiToken.expires_at, ApiToken.last_used_at, source=ApiToken, which=[ApiToken.ended_at.is_(None)]
)


def _may_act(row: Any) -> bool:
    """Whether the membership runs today and its organization still works here."""
    day = today()
    is_live = row.starts_on <= day and (row.ends_on is None or day <= row.ends_on)
    return is_live and (row.closed_on is None or row.closed_on > day)


def _actor(row: Any, **more: Any) -> Actor:
    crypto.hold_tenant_key(row.tenant_id, row.wrapped_key)
    return actor_from(row._asdict(), **more)


def _note(model: type[UserSession] | type[ApiToken], key: uuid.UUID, column: str) -> None:
    """Note the moment, in a write of its own: the page may only read."""
    release()
    with own_transaction() as own:
        own.execute(sa.update(model).where(model.id == key).values({column: now()}))


def init_app(app: Flask) -> None:
    # Not by its init_app, which looks at the cookie of every answer for a "remember me" that we lack.
    app.login_manager = login_manager  # type: ignore[attr-defined]
    # Fingerprints of a browser change under honest users; the token is what counts.
    login_manager.session_protection = None

    @login_manager.user_loader
    def load_user(token: str) -> SignedIn | None:
        actor = g.get("actor")
        return SignedIn(token, actor) if actor is not None else None

    app.before_request(load_actor)
