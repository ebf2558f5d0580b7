"""What the extension of a round that had closed takes back: files that were late, drafts that were swept."""

from collections.abc import Iterator

import sqlalchemy as sa

from core import audit, outbox
from core.access import Actor
from core.db import session
from projects import assessments, submissions
from projects.applications import has_another
from projects.models.applications import Application, ApplicationStatus
from projects.models.calls import Round
from projects.parties import lanes
from projects.transitions import hold, move
from workflows import instances


def take_back_closing(planned: Round, *, reason: str, by: Actor) -> int:
    """The round closes later after all: what came in meanwhile is in time, and swept drafts are open again.

    Returns how many files. Who began or took along another file meanwhile goes on with that one.
    """
    counted = [_count_late(each, reason=reason, by=by) for each in _files(planned, ApplicationStatus.LATE)]
    swept = _files(planned, ApplicationStatus.NOT_SUBMITTED)
    return sum(counted) + sum(_open_again(each, reason=reason, by=by) for each in swept)


def _files(planned: Round, status: ApplicationStatus) -> Iterator[Application]:
    """Those that the closing of the round left in this status, each under its lock, the last begun first."""
    query = sa.select(Application).where(
        Application.round_id == planned.id,
        Application.status == status,
        Application.phase_closes_at.is_(None),
    )
    for application in session.scalars(query.order_by(Application.created_at.desc())).all():
        hold(application)
        if application.status == status and not has_another(application):
            yield application


def _count_late(application: Application, *, reason: str, by: Actor) -> bool:
    """What was received before the new closing counts as it came in, with its own hash and moment."""
    version = application.versions[-1]
    if not application.round.is_open(version.received_at) or submissions.taken_along(application):
        return False
    version.in_time, application.submitted_at = True, version.received_at
    assessments.recuse_tied(application, by=by)
    _begin_again(application, by=by)
    move(application, ApplicationStatus.SUBMITTED, by=by, event="submitted", motivation=reason)
    audit.record("application.counted", application, by=by, changes={"version": version.number})
    payload = {"application_id": str(application.id)}
    outbox.put("mail.application_counts", payload=payload, tenant_id=application.tenant_id)
    return True


def _open_again(application: Application, *, reason: str, by: Actor) -> bool:
    move(application, ApplicationStatus.DRAFT, by=by, motivation=reason)
    _begin_again(application, by=by)
    return True


def _begin_again(application: Application, *, by: Actor) -> None:
    """The process of the file ended with its closing; a new one goes on."""
    sides = lanes(application.call.tenant_id, application.tenant_id)
    instances.start("application", subject=application, data={}, by=by, parties=sides)
