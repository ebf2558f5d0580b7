"""The formal check: each criterion with its reason, completion in working days, or an end with motivation."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from core import audit, clock, outbox
from core.access import Actor, system_actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from projects import assessments, phases, sweeps
from projects.applications import open_request
from projects.models.applications import Application, ApplicationStatus, CompletionRequest
from projects.models.calls import Criterion, CriterionKind
from projects.submissions import SUBMISSION_IN_FLIGHT, Receipt, freeze_completion, restore_counting
from projects.transitions import hold, move, require, turn_away

_LAPSED = "De termijn om aan te vullen is voorbij."  # what is kept is Dutch, as the file is


@dataclass(frozen=True)
class Finding:
    """The judgement on one admissibility criterion."""

    met: bool
    reason: str


def criteria(application: Application) -> list[Criterion]:
    return [c for c in application.call.criteria if c.kind == CriterionKind.ADMISSIBILITY]


def _begin(application: Application, *, by: Actor) -> None:
    """What is judged is the version that counts, never what was typed after it."""
    require(application, ApplicationStatus.SUBMITTED)
    assessments.require_declaration(application.call, by=by)
    restore_counting(application)


def record_findings(application: Application, findings: dict[str, Finding], *, by: Actor) -> None:
    """Keep the judgement per criterion code; a criterion that is not met needs a reason."""
    _begin(application, by=by)
    for code, finding in findings.items():
        if not finding.met and not finding.reason.strip():
            raise DomainError(_("Say why this criterion is not met."), field=code)
    application.admissibility = {
        code: {"met": finding.met, "reason": finding.reason} for code, finding in findings.items()
    }
    application.officer_id = by.user_id
    audit.record("application.checked", application, by=by, changes={"criteria": sorted(findings)})


def ask_completion(
    application: Application, *, sections: list[str], reason: str, by: Actor
) -> CompletionRequest:
    """Reopen the named sections for the number of working days that the call allows."""
    _begin(application, by=by)
    if not sections:
        raise DomainError(_("Choose what has to be completed."), field="sections")
    if not reason.strip():
        raise DomainError(_("Say what is missing."), field="reason")
    last_day = clock.add_working_days(clock.today(), application.call.completion_days)
    request = CompletionRequest(
        subject_type="application",
        subject_id=application.id,
        sections=sections,
        reason=reason,
        requested_at=clock.now(),
        requested_by=by.user_id,
        due_at=clock.end_of(last_day),
    )
    session.add(request)
    move(
        application,
        ApplicationStatus.COMPLETION_REQUESTED,
        by=by,
        event="completion_asked",
        motivation=reason,
    )
    outbox.put(
        "mail.completion_asked",
        payload={"application_id": str(application.id)},
        tenant_id=application.tenant_id,
    )
    return request


def complete(application: Application, *, received_at: datetime, by: Actor) -> Receipt:
    """Send the completed sections; refuses after the last moment of the term."""
    require(application, ApplicationStatus.COMPLETION_REQUESTED)
    request = open_request(application)
    if received_at >= request.due_at:
        raise DomainError(_("The term to complete has passed. The file is judged as it was."))
    receipt = freeze_completion(application, received_at, by=by)
    request.answered_at = received_at
    move(application, ApplicationStatus.SUBMITTED, by=by, event="completed")
    return receipt


def lapse_completions(*, now: datetime) -> int:
    """Sweep: what nobody completed in its term goes back to the officer as it was. Returns how many."""
    edge = now - SUBMISSION_IN_FLIGHT
    query = (
        sa.select(Application.id)
        .join(CompletionRequest, CompletionRequest.subject_id == Application.id)
        .where(
            Application.status == ApplicationStatus.COMPLETION_REQUESTED,
            CompletionRequest.subject_type == "application",
            CompletionRequest.answered_at.is_(None),
            CompletionRequest.due_at < edge,
            ~sweeps.suspended(Application),
        )
        .order_by(Application.id)
        .limit(sweeps.BATCH)
    )
    return sweeps.each(Application, sweeps.found(query), lambda one: _lapse(one, edge))


def _lapse(application: Application, edge: datetime) -> bool:
    """False when it was completed or withdrawn meanwhile."""
    hold(application)
    if application.status != ApplicationStatus.COMPLETION_REQUESTED:
        return False
    request = open_request(application)
    if request.due_at >= edge:
        return False
    restore_counting(application)
    request.answered_at = request.due_at
    by = system_actor(application.call.tenant_id)
    move(application, ApplicationStatus.SUBMITTED, by=by, event="completed", motivation=_LAPSED)
    return True


def admit(application: Application, *, by: Actor) -> None:
    """Declare the file admissible. Refuses while a criterion is open or not met."""
    _begin(application, by=by)
    if phases.following(application) is not None:
        raise DomainError(_("This is not the full file yet: invite the applicant to the next phase first."))
    for criterion in criteria(application):
        if not application.admissibility.get(criterion.code, {}).get("met"):
            raise DomainError(_("“%(title)s” is not met yet.", title=criterion.title), field=criterion.code)
    application.officer_id = by.user_id
    move(application, ApplicationStatus.ADMISSIBLE, by=by, event="admitted")


def declare_inadmissible(application: Application, *, motivation: str, by: Actor) -> None:
    """End the file for a formal reason; the letter names criteria and remedies."""
    hold(application)
    require(application, ApplicationStatus.SUBMITTED, ApplicationStatus.COMPLETION_REQUESTED)
    assessments.require_declaration(application.call, by=by)
    if application.status == ApplicationStatus.COMPLETION_REQUESTED:
        due_at = open_request(application).due_at
        if clock.now() < due_at:
            day = f"{clock.brussels(due_at - timedelta(seconds=1)):%d/%m/%Y}"
            raise DomainError(_("The applicant may complete the file up to and including %(day)s.", day=day))
    turn_away(application, ApplicationStatus.INADMISSIBLE, event="inadmissible", motivation=motivation, by=by)
