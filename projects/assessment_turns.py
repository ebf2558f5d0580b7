"""Whose turn a call in assessment is: jury and body judge file by file, the officer ranks and closes.

It follows from the files; the process of the call hears of it from a sweep.
"""

import uuid

import sqlalchemy as sa

from core.db import session
from projects import closings, sweeps
from projects.models.applications import Application, ApplicationStatus
from projects.models.assessments import Assessment, AssessmentStatus
from projects.models.awards import Ranking
from projects.models.calls import Call, CallStatus, Round
from projects.transitions import hold
from workflows import tasks
from workflows.models.instances import TurnState
from workflows.models.tasks import Task

ASSESSING, SCORED, ALL_DECIDED = "assessing", "scored", "all_decided"
STEP_AFTER = {
    ASSESSING: "assess_applications",
    SCORED: "rank_applications",
    ALL_DECIDED: "close_decisions",
}
BEFORE_JURY = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.COMPLETION_REQUESTED,
    ApplicationStatus.ADMISSIBLE,
)
WAITING = (
    *BEFORE_JURY,
    ApplicationStatus.IN_JURY,
    ApplicationStatus.RANKED,
    ApplicationStatus.ON_AGENDA,
)


def _written_on() -> sa.ColumnElement[bool]:
    """A file that was invited to its next phase is a draft again, but it did come in."""
    drafts = (ApplicationStatus.DRAFT, ApplicationStatus.TO_SIGN)
    return sa.and_(Application.status.in_(drafts), Application.submitted_at.is_not(None))


def before_jury() -> sa.ColumnElement[bool]:
    """The condition on files that came in and have no jury yet, also those that may still write."""
    return sa.or_(Application.status.in_(BEFORE_JURY), _written_on())


def undecided() -> sa.ColumnElement[bool]:
    """The condition on files that came in and wait for a decision, also those that may still write."""
    return sa.or_(Application.status.in_(WAITING), _written_on())


def _to_rank() -> sa.ColumnElement[bool]:
    """Whether a round has files before the jury, all of them judged by every juror they were given to."""
    in_round = Application.round_id == Round.id
    in_jury = sa.and_(in_round, Application.status == ApplicationStatus.IN_JURY)
    before = sa.and_(in_round, before_jury())
    left = sa.exists().where(
        Assessment.application_id == Application.id, Assessment.status == AssessmentStatus.ASSIGNED, in_jury
    )
    return sa.exists().where(
        Round.call_id == Call.id,
        sa.exists().where(in_jury),
        ~sa.exists().where(before),
        ~left,
        ~sa.exists().where(Ranking.round_id == Round.id),
    )


def _due_event() -> sa.ColumnElement[str]:
    """What the process of a call should have heard last, as its files are now."""
    waits = sa.exists().where(Application.call_id == Call.id, undecided())
    return sa.case((~waits, ALL_DECIDED), (_to_rank(), SCORED), else_=ASSESSING)


def sweep() -> int:
    """Give each call in assessment to whom it waits for, each in a transaction of its own; how many moved."""
    return sweeps.through(Call, _behind(), follow)


def _behind() -> sa.Select[uuid.UUID]:
    """Calls in assessment of which the process is in another step than their files say."""
    wanted = sa.case(STEP_AFTER, value=_due_event())
    # Who is suspended is nobody's turn: it is told once it goes on.
    elsewhere = sa.exists().where(
        tasks.LIVE,
        Task.subject_type_ == Call.subject_type,
        Task.subject_id == Call.id,
        Task.element_id != wanted,
        Task.party == TurnState.US,
    )
    return sa.select(Call.id).where(Call.status == CallStatus.IN_ASSESSMENT, elsewhere)


def follow(call: Call) -> bool:
    """Have the process of a call take what its files say. False when it is there, or cannot hear of it."""
    hold(call)
    if call.status != CallStatus.IN_ASSESSMENT:
        return False
    event = session.scalars(sa.select(_due_event()).where(Call.id == call.id)).one()
    there = any(task.element_id == STEP_AFTER[event] for task in tasks.open_tasks(call))
    return not there and closings.tell(call, event)
