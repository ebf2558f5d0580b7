"""What referrals teach about a service: how soon it answers and how often it accepts (ADR 0016)."""

import uuid
from collections.abc import Sequence
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
    """A year of answers: how many at least, which share was accepted, the median time to an answer in hours.

    Whoever looks again tomorrow, or subtracts what was accepted from all, learns of no fewer than five: the
    number goes down to a multiple of five, and the share is in tenths, or only whether it is half or more.
    """

    answers: int
    accepted_share: float | None
    accepts_half: bool
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
    return summary([(kind, hours) for kind, hours in session.execute(answers_of(service_id))])


def answers_of(service_id: uuid.UUID) -> sa.Select[str, float | None]:
    """How each referral of the last year was answered, and after how many hours."""
    since = clock.now() - timedelta(days=DAYS)
    return sa.select(Observation.kind, Observation.hours).where(
        Observation.service_id == service_id, Observation.at >= since, Observation.kind != "sent"
    )


def summary(rows: Sequence[tuple[str, float | None]]) -> Experience | None:
    """What may be told of answers by kind and hours."""
    if len(rows) < SMALL:
        return None
    times = sorted(hours for _kind, hours in rows if hours is not None)
    accepted = sum(kind == "accepted" for kind, _hours in rows)
    fewest = min(accepted, len(rows) - accepted)
    return Experience(
        answers=len(rows) // SMALL * SMALL,
        accepted_share=round(accepted / len(rows), 1) if fewest >= SMALL else None,
        accepts_half=2 * accepted >= len(rows),
        hours=times[len(times) // 2] if len(times) >= SMALL else None,
    )
