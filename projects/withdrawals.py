"""A call that is withdrawn ends the files in it, and each applicant hears why."""

import sqlalchemy as sa

from core import outbox
from core.access import Actor, system_actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
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
BATCH = 100


def refuse_judged(call: Call) -> None:
    """Who was ranked or decided on has a right to a decision with reasons; a withdrawal is none."""
    ranked = sa.exists().where(Application.call_id == call.id, Application.status.in_(BEFORE_BODY))
    decided = sa.exists().where(Award.call_id == call.id)
    if session.scalar(sa.select(sa.or_(ranked, decided))):
        raise DomainError(_("Files were ranked or decided on: let the body decide on each, with reasons."))


def end_files(call: Call, *, reason: str, by: Actor) -> int:
    """End the first files of a withdrawn call in its own transaction; the sweep ends the rest. How many."""
    query = sa.select(Application).where(Application.call_id == call.id, Application.status.in_(LIVE))
    return sum(_end(each, reason, by) for each in session.scalars(query.limit(BATCH)).all())


def sweep() -> int:
    """End a batch of files that still stand in a withdrawn call. Returns how many."""
    query = (
        sa.select(Application, ProjectTransition.motivation)
        .join(Call, Call.id == Application.call_id)
        .join(
            ProjectTransition,
            sa.and_(
                ProjectTransition.subject_type == Call.subject_type,
                ProjectTransition.subject_id == Call.id,
                ProjectTransition.to_status == CallStatus.WITHDRAWN,
            ),
        )
        .where(Call.status == CallStatus.WITHDRAWN, Application.status.in_(LIVE))
        .limit(BATCH)
    )
    found = session.execute(query).all()
    return sum(_end(each, reason, system_actor(each.call.tenant_id)) for each, reason in found)


def _end(application: Application, reason: str, by: Actor) -> bool:
    hold(application)
    if application.status not in LIVE:
        return False
    move(application, ApplicationStatus.WITHDRAWN, by=by, event="withdrawn", motivation=reason)
    payload = {"application_id": str(application.id)}
    outbox.put("mail.call_withdrawn", payload=payload, tenant_id=application.tenant_id)
    return True
