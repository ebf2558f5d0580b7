"""Phases of a call, such as idea, pitch, full file: one file goes through them, each with its own closing."""

from datetime import datetime

from core import clock, outbox
from core.access import Actor
from core.errors import DomainError
from core.i18n import _
from projects import assessments, closings
from projects.models.applications import FULL, Application, ApplicationStatus
from projects.models.calls import Call
from projects.transitions import hold, move, require, turn_away

ORDER = ("idea", "pitch", FULL)


def first(call: Call) -> str:
    """Where a file begins."""
    return str(call.phases[0]) if call.phases else FULL


def following(application: Application) -> str | None:
    """The phase after the present one; None in the last."""
    phases = list(application.call.phases)
    if application.phase not in phases[:-1]:
        return None
    return str(phases[phases.index(application.phase) + 1])


def reached(application: Application) -> list[str]:
    """The phases whose questions the file answered or is answering now."""
    phases = list(application.call.phases)
    if application.phase not in phases:
        return phases
    return phases[: phases.index(application.phase) + 1]


def is_open(application: Application, at: datetime) -> bool:
    """Whether what is received at `at` is in time: the round for the first phase, its own closing later."""
    if application.phase_closes_at is None:
        return application.round.is_open(at)
    return at < application.phase_closes_at


def closes_at(application: Application) -> datetime | None:
    return application.phase_closes_at or application.round.closes_at


def invite(application: Application, *, closes_at: datetime, reason: str, by: Actor) -> None:
    """Ask the applicant for the next phase, until a moment of its own; the file is open again."""
    hold(application.call)  # before the file: its closing goes with that of the call
    following_phase = _require_judgeable(application, by=by)
    if closes_at <= clock.now():
        raise DomainError(_("Choose a moment in the future."), field="closes_at")
    if not reason.strip():
        raise DomainError(_("Say why this file may go on."), field="reason")
    application.phase, application.phase_closes_at = following_phase, closes_at
    application.admissibility = {}
    move(application, ApplicationStatus.DRAFT, by=by, event="invited", motivation=reason)
    closings.reopen(application.call, by=by)
    outbox.put(
        "mail.application_invited",
        payload={"application_id": str(application.id)},
        tenant_id=application.tenant_id,
    )


def turn_down(application: Application, *, motivation: str, by: Actor) -> None:
    """Do not invite the applicant to the next phase: an outcome of its own, with reasons and remedies."""
    _require_judgeable(application, by=by)
    turn_away(application, ApplicationStatus.REFUSED, event="not_invited", motivation=motivation, by=by)


def _require_judgeable(application: Application, *, by: Actor) -> str:
    """The next phase of a file that can be judged in this one: submitted, closed, with a phase to come."""
    require(application, ApplicationStatus.SUBMITTED)
    assessments.require_declaration(application.call, by=by)
    next_phase = following(application)
    if next_phase is None:
        raise DomainError(_("This call has no later phase."))
    if is_open(application, clock.now()):
        raise DomainError(_("This phase is still open: wait until it has closed."))
    return next_phase
