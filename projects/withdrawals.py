"""A call that is withdrawn ends the files in it, and each applicant hears why."""

import uuid

import sqlalchemy as sa

from core import outbox
from core.access import Actor, system_actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from projects import sweeps
from projects.models.applications import Application, ApplicationStatus
from projects.models.awards import Award
from projects.models.calls import Call, CallStatus
from projects.models.transitions import ProjectTransition
from projects.transitions import hold, move

LIVE = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.TO_SIGN,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.COMPLETION_REQUESTED,
    ApplicationStatus.ADMISSIBLE,
    ApplicationStatus.IN_JURY,
)
BEFORE_BODY = (ApplicationStatus.RANKED, ApplicationStatus.ON_AGENDA)


def refuse_judged(call: Call) -> None:
    """Who was ranked or decided on has a right to a decision with reasons; a withdrawal is none."""
    ranked = sa.exists().where(Application.call_id == call.id, Application.status.in_(BEFORE_BODY))
    decided = sa.exists().where(Award.call_id == call.id)
    if session.scalar(sa.select(sa.or_(ranked, decided))):
        raise DomainError(_("Files were ranked or decided on: let the body decide on each, with reasons."))


def end_files(call: Call, *, reason: str, by: Actor) -> int:
    """End the first files of a withdrawn call in its own transaction; the sweep ends the rest. How many.

    A file of which the process is suspended cannot end now: it keeps no call from being withdrawn.
    """
    session.flush()
    query = _live().where(Application.call_id == call.id)
    files = session.scalars(sa.select(Application).where(Application.id.in_(query)).order_by(Application.id))
    return sum(_end(each, reason, by) for each in files.all())


def _live() -> sa.Select[uuid.UUID]:
    query = sa.select(Application.id).where(Application.status.in_(LIVE), ~sweeps.suspended(Application))
    return query.order_by(Application.id).limit(sweeps.BATCH)


def sweep() -> int:
    """End a batch of files that still stand in a withdrawn call. Returns how many."""
    query = _live().join(Call, Call.id == Application.call_id).where(Call.status == CallStatus.WITHDRAWN)
    return sweeps.each(Application, sweeps.found(query), _end_late)


def _end_late(application: Application) -> bool:
    call = application.call
    reason = session.scalars(
        sa.select(ProjectTransition.motivation).where(
            ProjectTransition.subject_type == call.subject_type,
            ProjectTransition.subject_id == call.id,
            ProjectTransition.to_status == CallStatus.WITHDRAWN,
        )
    ).one()
    return _end(application, reason, system_actor(call.tenant_id))


def _end(application: Application, reason: str, by: Actor) -> bool:
    hold(application)
    if application.status not in LIVE:
        return False
    move(application, ApplicationStatus.WITHDRAWN, by=by, event="withdrawn", motivation=reason)
    payload = {"application_id": str(application.id)}
    outbox.put("mail.call_withdrawn", payload=payload, tenant_id=application.tenant_id)
    return True
