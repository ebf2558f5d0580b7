"""What referrals teach about a service: how soon it answers and how often it accepts (design 3a.15)."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from core import clock
from core.db import session
from socialmap.models.upkeep import Observation

KINDS = ("sent", "accepted", "declined", "waitlisted")
SMALL = 5  # fewer observations say nothing, and could tell about a person
DAYS = 365


@dataclass(frozen=True)
class Experience:
    """A year of answers: how many, which share was accepted, the median time to an answer in hours."""

    answers: int
    accepted_share: float
    hours: float | None


def record(service_id: uuid.UUID, kind: str, at: datetime, *, hours: float | None = None) -> None:
    """Keep one fact without any person; `hours` is the time until the answer."""
    if kind not in KINDS:
        raise ValueError(f"no kind of observation: {kind}")
    session.add(Observation(service_id=service_id, kind=kind, at=at, hours=hours))
    session.flush()


def record_answer(service_id: uuid.UUID, kind: str, *, asked_at: datetime) -> None:
    """Keep that a service answered, and how long it took; other ends of a referral are no answer."""
    if kind in KINDS:
        now = clock.now()
        record(service_id, kind, now, hours=(now - asked_at).total_seconds() / 3600)


def forget_answer(service_id: uuid.UUID, kind: str, *, since: datetime) -> None:
    """An answer was taken back: the first one of this kind that was kept from a moment on goes."""
    kept = sa.select(Observation).where(
        Observation.service_id == service_id, Observation.kind == kind, Observation.at >= since
    )
    found = session.scalars(kept.order_by(Observation.at, Observation.id).limit(1)).first()
    if found is not None:
        session.delete(found)
        session.flush()


def experience(service_id: uuid.UUID) -> Experience | None:
    """What the last year says; None below five answers."""
    since = clock.now() - timedelta(days=DAYS)
    query = sa.select(Observation.kind, Observation.hours).where(
        Observation.service_id == service_id, Observation.at >= since, Observation.kind != "sent"
    )
    rows = session.execute(query).all()
    if len(rows) < SMALL:
        return None
    times = sorted(hours for _kind, hours in rows if hours is not None)
    accepted = sum(kind == "accepted" for kind, _hours in rows)
    return Experience(len(rows), accepted / len(rows), times[len(times) // 2] if times else None)
