"""The only outbox: what has to happen after a commit is a row of that commit (ADR 0002).

A handler runs in a transaction of its own that also marks its row done. Kinds registered as `local` are
drained by the same process right after the commit; the worker takes the rest.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from flask import g

from core import audit
from core.access import Actor
from core.clock import now
from core.db import after_commit, insert_ignoring, own_transaction, session, transaction
from core.errors import NotFound
from core.models.outbox import OutboxMessage

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 10
BATCH = 20
KEEP_DONE = timedelta(days=7)
PAGE = 50
# A chain of local messages (signal -> case -> referral) is short; what is longer waits for the worker.
MAX_LOCAL_ROUNDS = 10

Handler = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Kind:
    """How a kind of message is done. `external` handlers do I/O outside a transaction."""

    handle: Handler
    local: bool = False
    external: bool = False


class Permanent(Exception):
    """Raised by a handler that knows that trying again is of no use: the message is dead at once."""


_kinds: dict[str, Kind] = {}


def register(kind: str, handle: Handler, *, local: bool = False, external: bool = False) -> None:
    """Say who does messages of a kind. Safe to repeat.

    `local`: also right after the commit, by the same process. `external`: `handle` runs outside a
    transaction, because it waits for the world; it must bear being done twice.
    """
    _kinds[kind] = Kind(handle, local, external)


def put(
    kind: str,
    payload: dict[str, Any],
    *,
    dedup: str | None = None,
    tenant_id: uuid.UUID | None = None,
    due_at: datetime | None = None,
) -> None:
    """Write a message in the running transaction. The payload holds ids and codes, as JSON.

    Of messages with the same `kind` and `dedup` only the first one counts.
    """
    moment = now()
    row = {
        "kind": kind, "payload": payload, "dedup": dedup, "tenant_id": tenant_id, "created_at": moment,
        "due_at": due_at or moment, "attempts": 0,
    }  # fmt: skip
    if dedup is None:
        session.add(OutboxMessage(**row))
    else:
        insert_ignoring(OutboxMessage).run(session, row)
    if kind in _kinds and _kinds[kind].local and due_at is None:
        after_commit("outbox", drain_local)


def drain_local() -> None:
    """Do the local messages that wait, each in a transaction of its own, and what they put in turn."""
    if g.get("draining"):
        return
    g.draining = True
    try:
        for _round in range(MAX_LOCAL_ROUNDS):
            if not drain(only_local=True):
                break
    finally:
        g.draining = False


def drain(*, only_local: bool = False, limit: int = BATCH) -> int:
    """Claim due messages and do them; how many were claimed. Never raises for a handler that fails."""
    kinds = [name for name, kind in _kinds.items() if kind.local or not only_local]
    claimed = _claim(kinds, limit) if kinds else []
    for message in claimed:
        _do(message)
    return len(claimed)


def _claim(kinds: list[str], limit: int) -> list[OutboxMessage]:
    """Take a lease on the oldest due messages; nobody else takes them until it ends."""
    moment = now()
    due = (
        sa.select(OutboxMessage)
        .where(
            OutboxMessage.done_at.is_(None),
            OutboxMessage.dead_at.is_(None),
            OutboxMessage.due_at <= moment,
            OutboxMessage.kind.in_(kinds),
            sa.or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < moment),
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with own_transaction() as own:
        claimed = list(own.scalars(due))
        for message in claimed:
            message.claimed_until = moment + LEASE
            message.attempts += 1
        own.flush()
        own.expunge_all()
    return claimed


def _do(message: OutboxMessage) -> None:
    kind = _kinds[message.kind]
    try:
        if kind.external:
            kind.handle(message.payload)
            with transaction():
                _mark_done(message.id)
        else:
            with transaction():
                if _mark_done(message.id):
                    kind.handle(message.payload)
    except Exception as error:
        _failed(message, error)


def _mark_done(message_id: int) -> bool:
    """Mark a message done; False when another process, after the lease ran out, did it first."""
    marked = session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.done_at.is_(None))
        .values(done_at=now(), claimed_until=None, last_error=None),
        execution_options={"synchronize_session": False},
    )
    return bool(marked.rowcount)  # type: ignore[attr-defined]


def _failed(message: OutboxMessage, error: Exception) -> None:
    """Put the message back with a growing pause, or aside when it keeps failing."""
    is_dead = isinstance(error, Permanent) or message.attempts >= MAX_ATTEMPTS
    name = type(error).__name__
    log.warning(
        "outbox.failed", kind=message.kind, id=message.id, error=name, attempts=message.attempts, dead=is_dead
    )
    moment = now()
    with own_transaction() as own:
        own.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.id == message.id)
            .values(
                claimed_until=None,
                last_error=name,
                due_at=moment + pause(message.attempts),
                dead_at=moment if is_dead else None,
            )
        )


def pause(attempts: int) -> timedelta:
    """10 s after the first failure, then three times longer each time, six hours at most."""
    return timedelta(seconds=min(10 * 3 ** max(attempts - 1, 0), 6 * 3600))


def failures(*, after: int | None = None) -> list[OutboxMessage]:
    """Messages that were given up or failed at least once, the newest first; a page before number `after`."""
    query = sa.select(OutboxMessage).where(OutboxMessage.done_at.is_(None), OutboxMessage.attempts > 0)
    query = query.where(OutboxMessage.last_error.is_not(None))
    if after is not None:
        query = query.where(OutboxMessage.id < after)
    return list(session.scalars(query.order_by(OutboxMessage.id.desc()).limit(PAGE)))


def retry(message_id: int, *, by: Actor) -> None:
    """An administrator has a message tried again, in the running transaction."""
    if session.get(OutboxMessage, message_id) is None:
        raise NotFound
    session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id == message_id, OutboxMessage.done_at.is_(None))
        .values(dead_at=None, attempts=0, due_at=now(), claimed_until=None)
    )
    audit.record("outbox.retried", by=by, changes={"message": message_id})


def purge(*, at: datetime | None = None) -> int:
    """Remove what was done a week ago, in the running transaction; how many rows."""
    edge = (at or now()) - KEEP_DONE
    done = session.execute(sa.delete(OutboxMessage).where(OutboxMessage.done_at < edge))
    return int(done.rowcount)  # type: ignore[attr-defined]


def counts() -> dict[str, int]:
    """How many messages wait and how many are dead, for the worker's measures and the readiness page."""
    waiting = sa.func.count().filter(OutboxMessage.done_at.is_(None), OutboxMessage.dead_at.is_(None))
    dead = sa.func.count().filter(OutboxMessage.dead_at.is_not(None))
    row = session.execute(
        sa.select(waiting, dead).select_from(OutboxMessage).where(OutboxMessage.done_at.is_(None))
    ).one()
    return {"waiting": row[0], "dead": row[1]}
