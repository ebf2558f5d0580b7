"""Who makes this request: from the cookie to the actor in one statement, or from an API token."""

import uuid
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, request
from flask import session as cookie
from flask_login import LoginManager
from sqlalchemy import orm
from sqlalchemy.orm import contains_eager

from core import refusals
from core.access import Actor
from core.accounts import SEEN_EVERY, SignedIn, actor_of, hash_token, session_edges
from core.clock import now, today
from core.db import locks_on_begin, own_transaction, release, session
from core.models.accounts import ApiToken, Membership, UserSession

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
    apart = _read_apart()
    found = _find_session(token)
    actor = None
    if found is not None:
        row, g.may_choose = found[0], found[1] > 1
        actor = _judge(row)
        last_seen, session_id = row.last_seen_at, row.id
        # Held, because the identity map holds its records weakly: the key of the tenant is asked for again.
        g.tenant = row.membership.tenant
    if apart:
        _leave_reading()
    if actor is not None:
        g.actor = actor
        if now() - last_seen > SEEN_EVERY:
            _note_seen(session_id)


def _read_apart() -> bool:
    """Before a request that may write: whether who makes it is looked up on the engine that takes no lock."""
    apart = not g.reading_only and locks_on_begin()
    g.reading_only = g.reading_only or apart
    return apart


def _leave_reading() -> None:
    session.rollback()
    g.reading_only = False


def _session_query() -> sa.Select[Any]:
    others = orm.aliased(Membership)
    number = sa.select(sa.func.count()).where(others.user_id == UserSession.user_id).scalar_subquery()
    return (
        sa.select(UserSession, number)
        .join(UserSession.user)
        .join(UserSession.membership)
        .join(Membership.tenant)
        .options(
            contains_eager(UserSession.user),
            contains_eager(UserSession.membership).contains_eager(Membership.tenant),
        )
        .where(UserSession.token_hash == sa.bindparam("token_hash"))
    )


_SESSION = _session_query()  # made once: every request asks it


def _find_session(token: str) -> tuple[UserSession, int] | None:
    """The session with the number of memberships of its user, all that an actor needs in one statement."""
    found = session.execute(_SESSION, {"token_hash": hash_token(token)}).one_or_none()
    return (found[0], found[1]) if found else None


def _judge(row: UserSession) -> Actor | None:
    """The actor of a session that still holds; one that timed out is remembered for what was being typed."""
    if row.ended_at is not None or row.user.blocked_at is not None:
        return None
    earliest_seen, earliest_made = session_edges()
    if row.last_seen_at <= earliest_seen or row.created_at <= earliest_made:
        g.expired_user_id = row.user_id
        return None
    closed_on = row.membership.tenant.closed_on
    if not row.membership.is_live(today()) or (closed_on is not None and closed_on <= today()):
        return None
    return actor_of(row.membership, row.user, session_id=row.id)


def _note_seen(session_id: uuid.UUID) -> None:
    release()
    with own_transaction() as own:
        own.execute(sa.update(UserSession).where(UserSession.id == session_id).values(last_seen_at=now()))


def _load_bearer(token: str) -> None:
    """The actor of an API token. Only the interface for programs takes one, and takes nothing else."""
    query = (
        sa.select(ApiToken)
        .join(ApiToken.membership)
        .join(Membership.user)
        .join(Membership.tenant)
        .options(contains_eager(ApiToken.membership).contains_eager(Membership.user))
        .options(contains_eager(ApiToken.membership).contains_eager(Membership.tenant))
        .where(ApiToken.token_hash == hash_token(token), ApiToken.ended_at.is_(None))
    )
    apart = _read_apart()
    row = session.scalars(query).one_or_none()
    actor = _judge_token(row) if row is not None else None
    if row is not None and actor is not None:
        g.tenant = row.membership.tenant
        token_id, last_used = row.id, row.last_used_at
    if apart:
        _leave_reading()
    if row is not None and actor is not None:
        g.actor, g.token_id = actor, token_id
        if last_used is None or now() - last_used > SEEN_EVERY:
            _note_used(token_id)


def _judge_token(row: ApiToken) -> Actor | None:
    """The actor of a token that still holds, of a person and an organization that still may act."""
    membership = row.membership
    closed_on = membership.tenant.closed_on
    ended = row.expires_at is not None and row.expires_at <= now()
    closed = closed_on is not None and closed_on <= today()
    if ended or closed or membership.user.blocked_at is not None or not membership.is_live(today()):
        return None
    return replace(actor_of(membership, membership.user), kind="api")


def _note_used(token_id: uuid.UUID) -> None:
    release()
    with own_transaction() as own:
        own.execute(sa.update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now()))


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
