"""The decision: the jury advises, the body decides, and no letter leaves without reasons and remedies."""

import uuid
from datetime import date

import sqlalchemy as sa

from core import audit, clock, outbox
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from projects import assessment_turns, assessments, ledger, state_aid
from projects import projects as projects_
from projects.models.applications import Application, ApplicationStatus
from projects.models.awards import Award, Outcome, Ranking
from projects.models.calls import Call, CallStatus
from projects.models.projects import Project
from projects.transitions import hold, move, require

STATUS_OF = {
    Outcome.GRANTED: ApplicationStatus.GRANTED,
    Outcome.PARTLY_GRANTED: ApplicationStatus.PARTLY_GRANTED,
    Outcome.RESERVE: ApplicationStatus.RESERVE,
    Outcome.REFUSED: ApplicationStatus.REFUSED,
}


def put_on_agenda(application: Application, *, by: Actor) -> None:
    """Hand the ranked file to the body."""
    require(application, ApplicationStatus.RANKED)
    move(application, ApplicationStatus.ON_AGENDA, by=by, event="put_on_agenda")


def advised(application: Application) -> Outcome:
    """What the frozen ranking of the jury says of this file."""
    ranking = _ranking_of(application)
    row = next(row for row in ranking.rows if row["application_id"] == str(application.id))
    return Outcome(row["advice"])


def _passes_over(application: Application) -> bool:
    """Whether a file with a higher score still waits on the reserve list of the same round."""
    if application.status != ApplicationStatus.RESERVE:
        return False
    rows = _ranking_of(application).rows
    places = {row["application_id"]: row["place"] for row in rows if row["place"] is not None}
    own = places.get(str(application.id))
    higher = [uuid.UUID(key) for key, place in places.items() if own is None or place < own]
    query = sa.select(Application.id).where(
        Application.id.in_(higher), Application.status == ApplicationStatus.RESERVE
    )
    return session.scalar(query.limit(1)) is not None


def _ranking_of(application: Application) -> Ranking:
    return session.scalars(sa.select(Ranking).where(Ranking.round_id == application.round_id)).one()


def body_for(call: Call, cents: int) -> str:
    """The body that decides on this amount."""
    if call.higher_body and call.higher_body_from_cents is not None and cents >= call.higher_body_from_cents:
        return call.higher_body
    return call.deciding_body


def decide(
    application: Application,
    outcome: Outcome,
    *,
    amount_cents: int,
    motivation: str,
    by: Actor,
    deviation: str = "",
    decided_on: date | None = None,
) -> Award:
    """Record the decision of the body on one file, reserve the money and open the project.

    Refuses without motivation, without remedies in the call, without a reason for deviating from the jury,
    and what exceeds the ask or the credit.
    """
    hold(application)
    require(application, ApplicationStatus.ON_AGENDA, ApplicationStatus.RESERVE)
    assessments.require_declaration(application.call, by=by)
    advice = advised(application)
    amount = _checked_amount(application, outcome, amount_cents)
    state_aid.refuse_above_ceiling(application, amount)
    if not motivation.strip():
        raise DomainError(_("A decision needs its reasons."), field="motivation")
    if not deviation.strip():
        _refuse_deviating(application, outcome, advice, amount)
    if not application.call.remedies.strip():
        raise DomainError(_("The call does not say how one can object: no letter without remedies."))
    award = _award_of(application) or Award(application_id=application.id, call_id=application.call_id)
    award.outcome, award.advised, award.amount_cents = outcome, advice, amount
    award.body, award.decided_by = body_for(application.call, amount), by.user_id
    award.decided_on, award.decided_at = _checked_day(application, decided_on), clock.now()
    award.motivation, award.deviation, award.remedies = motivation, deviation, application.call.remedies
    session.add(award)
    session.flush()
    if amount:
        ledger.reserve(award, by=by)
    audit.record(
        "award.decided", award, by=by, tenant_id=application.call.tenant_id, changes={"outcome": outcome}
    )
    move(application, STATUS_OF[outcome], by=by, event=str(outcome), motivation=motivation, basis=award.body)
    if amount:
        projects_.open_project(application, award, by=by)
    outbox.put(
        "mail.application_decided",
        payload={"application_id": str(application.id)},
        tenant_id=application.tenant_id,
    )
    return award


def _checked_day(application: Application, day: date | None) -> date:
    """The day on which the body sat: it may be noted later, and lies after the ranking it had before it."""
    today = clock.today()
    if day is not None and day > today:
        raise DomainError(_("The day of the decision cannot lie in the future."), field="decided_on")
    if day is not None and day < clock.brussels(_ranking_of(application).made_at).date():
        raise DomainError(_("The body cannot have decided before the ranking was fixed."), field="decided_on")
    return day or today


def _refuse_deviating(application: Application, outcome: Outcome, advice: Outcome, amount: int) -> None:
    """Without a reason the body follows the jury, and the order of the reserve list."""
    if outcome != advice and application.status != ApplicationStatus.RESERVE:
        raise DomainError(_("The jury advises otherwise. Say why the body deviates."), field="deviation")
    if amount and _passes_over(application):
        text = _("A file higher on the reserve list has not had its turn. Say why the body deviates.")
        raise DomainError(text, field="deviation")


def _award_of(application: Application) -> Award | None:
    return session.scalars(sa.select(Award).where(Award.application_id == application.id)).one_or_none()


def _checked_amount(application: Application, outcome: Outcome, cents: int) -> int:
    if outcome in (Outcome.REFUSED, Outcome.RESERVE):
        return 0
    if cents <= 0:
        raise DomainError(_("Enter the amount that is granted."), field="amount")
    if cents > application.asked_cents:
        raise DomainError(_("More cannot be granted than was asked."), field="amount")
    if outcome == Outcome.GRANTED and cents != application.asked_cents:
        raise DomainError(_("For a lower amount, choose “granted in part”."), field="outcome")
    if outcome == Outcome.PARTLY_GRANTED and cents == application.asked_cents:
        raise DomainError(_("This is the whole amount: choose “granted”."), field="outcome")
    return cents


def close_decisions(call: Call, *, by: Actor) -> None:
    """Declare the call decided once every file that came in has its decision."""
    hold(call)
    require(call, CallStatus.IN_ASSESSMENT)
    query = sa.select(sa.func.count()).select_from(Application)
    count = session.scalar(query.where(Application.call_id == call.id, assessment_turns.undecided()))
    if count:
        raise DomainError(_("%(count)s applications still wait for a decision.", count=count))
    move(call, CallStatus.DECIDED, by=by, event="decided")
    started = sa.select(Project.id).where(
        Project.call_id == call.id, Project.status.not_in(projects_.NOT_STARTED)
    )
    if session.scalar(started.limit(1)) is not None:
        move(call, CallStatus.RUNNING, by=by, event="running")
