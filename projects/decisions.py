"""The public list of decisions of a call: in the order of the jury, without scores and without persons."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from core.access import Actor
from core.db import session
from projects import policy
from projects.models.applications import Application, ApplicationStatus
from projects.models.awards import Award, Outcome, Ranking
from projects.models.calls import Call, CallStatus, Round
from socialmap.models.directory import Organization

# Decisions become public when those of the whole call are closed.
DECIDED = (CallStatus.DECIDED, CallStatus.RUNNING, CallStatus.EVALUATED)


@dataclass(frozen=True)
class Decision:
    """One row of the public list. It carries no score: those of others stay hidden."""

    round_name: str
    place: int | None
    tied: bool
    title: str
    organization: str
    outcome: Outcome
    amount_cents: int


def are_public(call: Call) -> bool:
    return call.is_public and call.status in DECIDED


def list_decisions(call: Call, actor: Actor | None, *, start: int, count: int) -> tuple[list[Decision], bool]:
    """A slice of the decided files, round by round in the order of the jury, and whether more follow.

    Two statements. The frozen order names the places; a file that was withdrawn after it has no decision.
    Who is recused from a file finds it here as little as anywhere else.
    """
    query = sa.select(Round.name, Ranking.rows).join(Round, Round.id == Ranking.round_id)
    rankings = session.execute(query.where(Ranking.call_id == call.id).order_by(Round.opens_at, Round.id))
    places = [(name, row) for name, rows in rankings for row in rows]
    shown = places[start : start + count]
    found = _decided([uuid.UUID(row["application_id"]) for _name, row in shown], actor)
    decisions = [
        Decision(name, row["place"], row["tied"], *found[key])
        for name, row in shown
        if (key := uuid.UUID(row["application_id"])) in found
    ]
    return decisions, len(places) > start + count


def _decided(ids: list[uuid.UUID], actor: Actor | None) -> dict[uuid.UUID, tuple[str, str, Outcome, int]]:
    query = (
        sa.select(Application.id, Application.title, Organization.name, Award.outcome, Award.amount_cents)
        .join(Award, Award.application_id == Application.id)
        .join(Organization, Organization.id == Application.organization_id)
        .where(Application.id.in_(ids), Application.status != ApplicationStatus.WITHDRAWN)
        .where(policy.not_recused(actor), policy.no_persons())
    )
    return {key: (title, name, outcome, cents) for key, title, name, outcome, cents in session.execute(query)}
