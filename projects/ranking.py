"""From scores to an order within the credit: ties are shown as ties, the line falls where the money ends."""

import uuid
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from projects import assessments, ledger
from projects.models.applications import Application, ApplicationStatus
from projects.models.assessments import Assessment, AssessmentStatus
from projects.models.awards import Outcome, Ranking
from projects.models.calls import Call, Criterion, Round
from projects.money import WHOLE
from projects.transitions import move


@dataclass(frozen=True)
class Line:
    """One application in the order. `score_bp` is the share of all points; None without quorum."""

    application_id: uuid.UUID
    number: str
    title: str
    place: int | None
    tied: bool
    score_bp: int | None
    lowest_bp: int | None
    highest_bp: int | None
    asked_cents: int
    running_cents: int
    advice: Outcome | None
    reason: str


def score_of(assessment: Assessment, criteria: list[Criterion]) -> int:
    """Weighted score of one juror in basis points: sum of weight x points / scale."""
    points = {score.criterion_id: score.points for score in assessment.scores}
    return sum(
        criterion.weight * points.get(criterion.id, 0) * (WHOLE // 100) // criterion.scale
        for criterion in criteria
    )


def below_minimum(assessments_: list[Assessment], criteria: list[Criterion]) -> Criterion | None:
    """The first criterion whose mean lies under its own minimum."""
    for criterion in criteria:
        given = [s.points for a in assessments_ for s in a.scores if s.criterion_id == criterion.id]
        if given and sum(given) < criterion.minimum * len(given):
            return criterion
    return None


def rank(call_round: Round) -> list[Line]:
    """The order of a round as it stands now; files without quorum come last, without a place."""
    call = call_round.call
    criteria = assessments.scored_criteria(call)
    scored = [_scored(application, criteria) for application in _in_jury(call_round)]
    scored.sort(key=lambda row: (-(row["score_bp"] if row["score_bp"] is not None else -1), row["number"]))
    return _with_places(scored, call, ledger.free_credit(call.id) or call.credit_cents)


def _in_jury(call_round: Round) -> list[Application]:
    query = sa.select(Application).where(
        Application.round_id == call_round.id,
        Application.status.in_((ApplicationStatus.IN_JURY, ApplicationStatus.RANKED)),
    )
    return list(session.scalars(query.order_by(Application.number)))


def _scored(application: Application, criteria: list[Criterion]) -> dict[str, Any]:
    submitted = [
        a for a in assessments.live_assessments(application) if a.status == AssessmentStatus.SUBMITTED
    ]
    single = [score_of(assessment, criteria) for assessment in submitted]
    enough = len(single) >= application.call.quorum
    weak = below_minimum(submitted, criteria)
    return {
        "application_id": application.id,
        "number": application.number,
        "title": application.title,
        "score_bp": sum(single) // len(single) if enough else None,
        "lowest_bp": min(single, default=None),
        "highest_bp": max(single, default=None),
        "asked_cents": application.asked_cents,
        "weak": weak.title if weak else "",
    }


def _with_places(rows: list[dict[str, Any]], call: Call, credit: int) -> list[Line]:
    lines: list[Line] = []
    running = 0
    for row in rows:
        same = [other for other in rows if other["score_bp"] == row["score_bp"]]
        weak = row.pop("weak")
        advice, reason = _advice(row, weak, call, credit - running)
        if advice == Outcome.GRANTED:
            running += row["asked_cents"]
        place = None if row["score_bp"] is None else rows.index(same[0]) + 1
        lines.append(
            Line(
                place=place,
                tied=place is not None and len(same) > 1,
                running_cents=running,
                advice=advice,
                reason=reason,
                **row,
            )
        )
    return lines


def _advice(row: dict[str, Any], weak: str, call: Call, left: int) -> tuple[Outcome | None, str]:
    if row["score_bp"] is None:
        return None, _("Scores are missing")
    if row["score_bp"] < call.min_score_bp:
        return Outcome.REFUSED, _("Below the minimum of %(minimum)s", minimum=call.min_score_bp // 100)
    if weak:
        return Outcome.REFUSED, _("Below the minimum on “%(title)s”", title=weak)
    if row["asked_cents"] > left:
        return Outcome.RESERVE, _("Does not fit in the credit")
    return Outcome.GRANTED, ""


def ties_at_the_line(lines: list[Line]) -> list[Line]:
    """Files with one score of which some fit and some do not: the jury has to order them, aloud."""
    found = []
    for line in lines:
        same = {other.advice for other in lines if line.tied and other.score_bp == line.score_bp}
        if len(same) > 1:
            found.append(line)
    return found


def fix_ranking(call_round: Round, *, by: Actor) -> Ranking:
    """Freeze the order for the body. Refuses while scores are missing."""
    lines = rank(call_round)
    if not lines:
        raise DomainError(_("There is nothing to rank in this round."))
    open_files = [line.number for line in lines if line.score_bp is None]
    if open_files:
        raise DomainError(_("Scores are missing for %(numbers)s.", numbers=", ".join(open_files)))
    ranking = Ranking(
        round_id=call_round.id,
        call_id=call_round.call_id,
        rows=[{**asdict(line), "application_id": str(line.application_id)} for line in lines],
        made_at=clock.now(),
        made_by=by.user_id,
    )
    session.add(ranking)
    for application in _in_jury(call_round):
        if application.status == ApplicationStatus.IN_JURY:
            move(application, ApplicationStatus.RANKED, by=by, event="ranked")
    session.flush()
    audit.record("ranking.fixed", call_round.call, by=by, changes={"files": len(lines)})
    return ranking


def find_ranking(call_round: Round) -> Ranking | None:
    return session.scalars(sa.select(Ranking).where(Ranking.round_id == call_round.id)).one_or_none()
