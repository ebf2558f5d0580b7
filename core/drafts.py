"""What someone was typing, kept sealed, given back to the same person for the same subject (ADR 0005)."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import g
from sqlalchemy import orm

from core import crypto
from core.clock import now
from core.db import own_transaction, session
from core.models.records import Draft

KEEP = timedelta(days=30)


def save(user_id: uuid.UUID, subject_key: str, data: dict[str, Any]) -> None:
    """Keep `data` in place of an earlier draft, at once: a draft outlives the request that fails.

    `subject_key` names what it is about, for instance `form:/cases/<id>/refer`. `data` must be JSON.
    """
    sealed = crypto.seal(_place(user_id, subject_key), json.dumps(data).encode())
    if g.get("in_transaction"):
        _write(session, user_id, subject_key, sealed)
        return
    with own_transaction() as own:
        _write(own, user_id, subject_key, sealed)


def _write(into: orm.Session, user_id: uuid.UUID, subject_key: str, sealed: bytes) -> None:
    draft = into.get(Draft, (user_id, subject_key), with_for_update=True)
    if draft is None:
        into.add(Draft(user_id=user_id, subject_key=subject_key, sealed=sealed, saved_at=now()))
    else:
        draft.sealed, draft.saved_at = sealed, now()
    into.flush()


def find(user_id: uuid.UUID, subject_key: str) -> dict[str, Any] | None:
    """The draft of this person for this subject; None when there is none or it is older than 30 days."""
    draft = session.get(Draft, (user_id, subject_key))
    if draft is None or draft.saved_at < now() - KEEP:
        return None
    try:
        found: dict[str, Any] = json.loads(crypto.unseal(_place(user_id, subject_key), draft.sealed))
    except crypto.CannotOpen:
        return None  # a lost key must not keep the form from opening
    return found


def discard(user_id: uuid.UUID, subject_key: str) -> None:
    """Remove a draft in the running transaction; nothing happens when there is none."""
    session.execute(sa.delete(Draft).where(Draft.user_id == user_id, Draft.subject_key == subject_key))


def purge(*, at: datetime | None = None) -> int:
    """Remove drafts of 30 days and older, in the running transaction; how many."""
    gone = session.execute(sa.delete(Draft).where(Draft.saved_at < (at or now()) - KEEP))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def reseal() -> int:
    """Seal drafts of older keys with the current one, in the running transaction; how many."""
    number = 0
    for draft in session.scalars(sa.select(Draft).with_for_update()):
        if crypto.key_id_of(draft.sealed) != crypto.current_keys().current:
            place = _place(draft.user_id, draft.subject_key)
            draft.sealed = crypto.seal(place, crypto.unseal(place, draft.sealed))
            number += 1
    return number


def _place(user_id: uuid.UUID, subject_key: str) -> str:
    return f"draft.sealed.{user_id}:{subject_key}"
