"""The closing of a call: once nothing can come in any more, its officer is at turn to begin the assessment.

Open and closed follow from the rounds and the clock alone: no status says it. The process hears of the
closing from a sweep, and of a later closing, another round or an invitation in the act that allows it.
"""

import uuid
from datetime import datetime

import sqlalchemy as sa

from core import audit, clock, parameters
from core.access import Actor, system_actor
from core.db import session
from core.i18n import _l
from projects import renewals, sweeps
from projects.models.applications import Application, ApplicationStatus
from projects.models.calls import Call, CallStatus, Round
from projects.transitions import hold
from workflows import instances, tasks, terms
from workflows.models.instances import TurnState
from workflows.models.tasks import Task

CLOSED, REOPENED = "rounds_closed", "reopened"
TERM, DAYS = "begin_assessment", 5
EVERY_SECONDS = 30
# A file that was invited to its next phase can be handed in, and again, until the closing of its own.
WRITING = (ApplicationStatus.DRAFT, ApplicationStatus.TO_SIGN, ApplicationStatus.SUBMITTED)


def register() -> None:
    """Say within how many working days after its closing the assessment of a call begins."""
    terms.register(TERM, terms.Rule(DAYS, source="house rule on calls"))
    parameters.declare(
        f"term.{TERM}", _l("Working days between the closing of a call and its assessment"), DAYS
    )


def takes_files(at: datetime) -> sa.ColumnElement[bool]:
    """The condition on calls that still take something at `at` or later: in a round, or in a later phase."""
    in_round = sa.exists().where(
        Round.call_id == Call.id, sa.or_(Round.closes_at.is_(None), Round.closes_at > at)
    )
    invited = sa.exists().where(
        Application.call_id == Call.id, Application.status.in_(WRITING), Application.phase_closes_at > at
    )
    return sa.or_(in_round, invited)


def is_over(call: Call, at: datetime) -> bool:
    """Whether nothing can come in any more, as the database says now: read it under the lock of the call."""
    session.flush()
    query = sa.select(Call.id).where(Call.id == call.id, ~takes_files(at))
    return session.scalar(query) is not None


# ---------------------------------------------------------------- the closing
def sweep(*, now: datetime | None = None) -> int:
    """Give the turn to the officer in every call that closed, each in a transaction of its own; how many."""
    return sweeps.through(Call, _closed_ones(now or clock.now()), close)


def _closed_ones(at: datetime) -> sa.Select[uuid.UUID]:
    """Published calls that closed while their process still waits for applicants."""
    waits = sa.exists().where(
        tasks.LIVE,
        Task.subject_type_ == Call.subject_type,
        Task.subject_id == Call.id,
        Task.party == TurnState.PARTNER,
    )
    return sa.select(Call.id).where(Call.status == CallStatus.PUBLISHED, ~takes_files(at), waits)


def close(call: Call) -> bool:
    """Have the officer begin the assessment. False when something can come in after all, or it has moved on.

    A call that began in a version of the process without this step moves to the version in use; where that
    cannot be, its officer begins the assessment from the step in which it is.
    """
    hold(call)
    if call.status != CallStatus.PUBLISHED or not is_over(call, clock.now()):
        return False
    return tell(call, CLOSED)


def tell(call: Call, event: str) -> bool:
    """Have the process of a call take what happened by itself; False where it cannot hear of it."""
    by = system_actor(call.tenant_id)
    if not renewals.renew(call, event, by=by):
        return False
    instances.advance(call, event, by=by)
    audit.record(f"call.{event}", call, by=by)
    return True


# ---------------------------------------------------------------- open again
def reopen(call: Call, *, by: Actor) -> bool:
    """Give the turn back to the applicants, where the closing had passed it on and something can come again.

    The caller holds the call.
    """
    if call.status != CallStatus.PUBLISHED or REOPENED not in tasks.outcomes(call):
        return False
    if is_over(call, clock.now()):
        return False
    instances.advance(call, REOPENED, by=by)
    audit.record("call.reopened", call, by=by)
    return True
