"""From scores to an order within the credit: ties are shown as ties, the line falls where the money ends."""

import itertools
import uuid
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import format_decimal

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from projects import assessment_turns, assessments, ledger, reading
from projects.models.applications import Application, ApplicationStatus
from projects.models.assessments import Assessment
from projects.models.awards import Outcome, Ranking
from projects.models.calls import Call, CallStatus, Criterion, Round
from projects.money import WHOLE
from projects.transitions import hold, move, require


@dataclass(frozen=True)
class Line:
    """One application in the order. `score_bp` is the share of all points; None without quorum.

    `reason` is a code, since the order is frozen and read in several languages; see `reason_text`.
    """

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


def reason_text(code: str) -> str:
    """Why a file has this advice, in the reader's language."""
    kind, _colon, rest = code.partition(":")
    if kind == "minimum":
        return str(_("Below the minimum of %(minimum)s", minimum=format_decimal(rest)))
    if kind == "criterion":
        return str(_("Below the minimum on “%(title)s”", title=rest))
    words = {
        "missing": _("Scores are missing"),
        "tied": _("Tied at the credit line: the body chooses, with its reasons"),
        "credit": _("Does not fit in the credit"),
    }
    return str(words.get(kind, ""))


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


def rank(call_round: Round, found: reading.Lists) -> list[Line]:
    """The order of a round as it stands now; files without quorum come last, without a place.

    `found` is what `reading.of_ranking` gives of its call, for all rounds at once.
    """
    call = call_round.call
    criteria = assessments.scored_criteria(call)
    handed_in: dict[uuid.UUID, list[Assessment]] = {}
    for assessment in found["assessments"]:
        handed_in.setdefault(assessment.application_id, []).append(assessment)
    scored = [_scored(file, handed_in.get(file.id, []), criteria) for file in _in_jury(call_round, found)]
    scored.sort(key=lambda row: (-(row["score_bp"] if row["score_bp"] is not None else -1), row["number"]))
    return _with_places(scored, call, ledger.free_of(ledger.by_kind(found["sums"])))


def _in_jury(call_round: Round, found: reading.Lists) -> list[Application]:
    return [file for file in found["files"] if file.round_id == call_round.id]


def _scored(
    application: Application, submitted: list[Assessment], criteria: list[Criterion]
) -> dict[str, Any]:
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
    """Group by group of equal scores: a group that does not fit as a whole is not ordered silently."""
    lines: list[Line] = []
    left = credit
    for _score, group in itertools.groupby(rows, key=lambda row: row["score_bp"]):
        same = list(group)
        place = None if same[0]["score_bp"] is None else len(lines) + 1
        judged = [(row, _refusal(row, row.pop("weak"), call)) for row in same]
        fits = sum(row["asked_cents"] for row, refusal in judged if refusal is None) <= left
        tied = place is not None and len(same) > 1
        for row, refusal in judged:
            advice, reason = refusal or _within(row["asked_cents"], left, fits=fits, tied=tied)
            if advice == Outcome.GRANTED:
                left -= row["asked_cents"]
            lines.append(
                Line(
                    place=place,
                    tied=tied,
                    running_cents=credit - left,
                    advice=advice,
                    reason=reason,
                    **row,
                )
            )
    return lines


def _refusal(row: dict[str, Any], weak: str, call: Call) -> tuple[Outcome | None, str] | None:
    """Why a file gets no advice or a negative one, whatever the credit; None: nothing is against it."""
    if row["score_bp"] is None:
        return None, "missing"
    if row["score_bp"] < call.min_score_bp:
        return Outcome.REFUSED, f"minimum:{call.min_score_bp / 100:g}"
    if weak:
        return Outcome.REFUSED, f"criterion:{weak}"
    return None


def _within(cents: int, left: int, *, fits: bool, tied: bool) -> tuple[Outcome, str]:
    if fits:
        return Outcome.GRANTED, ""
    if tied and cents <= left:
        return Outcome.RESERVE, "tied"
    return Outcome.RESERVE, "credit"


def ties_at_the_line(lines: list[Line]) -> list[Line]:
    """Files with one score that do not all fit in the credit: the jury has to speak about them, aloud."""
    return [line for line in lines if line.tied and line.advice == Outcome.RESERVE]


def frozen_lines(ranking: Ranking) -> list[Line]:
    """The order as it was fixed for the body."""
    return [
        Line(
            **{
                **row,
                "application_id": uuid.UUID(row["application_id"]),
                "advice": Outcome(row["advice"]) if row["advice"] else None,
            }
        )
        for row in ranking.rows
    ]


def fix_ranking(call_round: Round, *, by: Actor) -> Ranking:
    """Freeze the order for the body. Refuses while files have no jury yet or scores are missing."""
    hold(call_round.call)  # before its files: a colleague may be withdrawing the call
    require(call_round.call, CallStatus.IN_ASSESSMENT)
    if find_ranking(call_round) is not None:
        raise DomainError(_("The ranking of this round is fixed already."))
    found = reading.of_ranking(call_round.call)
    lines = rank(call_round, found)
    if not lines:
        raise DomainError(_("There is nothing to rank in this round."))
    _refuse_incomplete(call_round, lines, by=by)
    ranking = Ranking(
        round_id=call_round.id,
        call_id=call_round.call_id,
        rows=[{**asdict(line), "application_id": str(line.application_id)} for line in lines],
        made_at=clock.now(),
        made_by=by.user_id,
    )
    session.add(ranking)
    for application in _in_jury(call_round, found):
        if application.status == ApplicationStatus.IN_JURY:
            move(application, ApplicationStatus.RANKED, by=by, event="ranked")
    session.flush()
    audit.record("ranking.fixed", call_round.call, by=by, changes={"files": len(lines)})
    return ranking


def _refuse_incomplete(call_round: Round, lines: list[Line], *, by: Actor) -> None:
    """Who is left out of the order has no way back into it. Names no file to who is recused from it."""
    hidden = assessments.recused_files(by)
    query = sa.select(Application.id, Application.number).where(
        Application.round_id == call_round.id, assessment_turns.before_jury()
    )
    early = session.execute(query.order_by(Application.number)).all()
    if early:
        numbers = ", ".join(number for key, number in early if key not in hidden)
        if not numbers:
            raise DomainError(_("Files have no jury yet."))
        raise DomainError(_("These files have no jury yet: %(numbers)s.", numbers=numbers))
    without = [line for line in lines if line.score_bp is None]
    open_files = [line.number for line in without if line.application_id not in hidden]
    if without and not open_files:
        raise DomainError(_("Scores are missing."))
    if open_files:
        raise DomainError(_("Scores are missing for %(numbers)s.", numbers=", ".join(open_files)))


def find_ranking(call_round: Round) -> Ranking | None:
    return session.scalars(sa.select(Ranking).where(Ranking.round_id == call_round.id)).one_or_none()
