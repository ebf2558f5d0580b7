"""Evaluation: did the project change the need it began with, and what now?"""

from typing import Any

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from projects.models.applications import Application, ApplicationStatus
from projects.models.calls import Call, CallStatus
from projects.models.evaluations import Conclusion, Evaluation
from projects.models.projects import Project, ProjectStatus
from projects.transitions import move, require
from workflows import signal_source


def evaluate(
    project: Project,
    *,
    outcome: str,
    lessons: str,
    conclusion: Conclusion,
    people_reached: int | None,
    by: Actor,
) -> Evaluation:
    """Evaluate a settled project against its need; counts come from the same source as the need did."""
    require(project, ProjectStatus.SETTLED, ProjectStatus.STOPPED)
    for name, text in (("outcome", outcome), ("lessons", lessons)):
        if not text.strip():
            raise DomainError(_("Fill this in: it is the point of the evaluation."), field=name)
    before, after = _counts(project)
    evaluation = find_evaluation(project) or Evaluation(project_id=project.id)
    evaluation.outcome, evaluation.lessons, evaluation.conclusion = outcome, lessons, conclusion
    evaluation.people_reached = people_reached
    evaluation.need_count_before, evaluation.need_count_after = before, after
    evaluation.made_at, evaluation.made_by = clock.now(), by.user_id
    session.add(evaluation)
    session.flush()
    audit.record("project.evaluated", project, by=by, changes={"conclusion": conclusion})
    return evaluation


def _counts(project: Project) -> tuple[int | None, int | None]:
    needs = project.application.call.needs
    if not needs:
        return None, None
    frozen: list[dict[str, Any]] = [need.sheet for need in needs if need.sheet]
    before = sum(sheet["cases"] for sheet in frozen) if frozen else None
    source = signal_source.source()
    now = [source.count_now(need.theme, need.municipalities) for need in needs]
    after = None if any(count is None for count in now) else sum(count or 0 for count in now)
    return before, after


def find_evaluation(project: Project) -> Evaluation | None:
    return session.scalars(sa.select(Evaluation).where(Evaluation.project_id == project.id)).one_or_none()


def publish_evaluation(evaluation: Evaluation, *, by: Actor) -> None:
    """Show the practice card to everybody."""
    if evaluation.published_at is None:
        evaluation.published_at = clock.now()
        project = session.get_one(Project, evaluation.project_id)
        audit.record("evaluation.published", project, by=by)


def close_call(call: Call, *, by: Actor) -> None:
    """Declare a call evaluated once each of its projects is, and nobody waits on the reserve list."""
    require(call, CallStatus.RUNNING, CallStatus.DECIDED)
    query = (
        sa.select(sa.func.count())
        .select_from(Project)
        .outerjoin(Evaluation, Evaluation.project_id == Project.id)
        .where(Project.call_id == call.id, Evaluation.id.is_(None))
    )
    count = session.scalar(query) or 0
    if count:
        raise DomainError(_("%(count)s projects have not been evaluated yet.", count=count))
    reserve = Application.call_id == call.id, Application.status == ApplicationStatus.RESERVE
    if session.scalar(sa.select(Application.id).where(*reserve).limit(1)) is not None:
        raise DomainError(_("Files still wait on the reserve list: let the body decide on each first."))
    move(call, CallStatus.EVALUATED, by=by, event="evaluated")
