"""Time in the demo of projects: what happened so far becomes older, numbers and receipts follow."""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import Base, session
from projects import letters, submissions, versions
from projects.models.applications import Application, ApplicationVersion, CompletionRequest
from projects.models.assessments import Assessment, InterestDeclaration, Recusal
from projects.models.awards import Award, Ranking
from projects.models.calls import Call, CallAdvice, CallNotice, CallVersion, Round
from projects.models.changes import CallChange
from projects.models.evaluations import Evaluation
from projects.models.needs import Need, NeedFact
from projects.models.payments import LedgerEntry, Payment
from projects.models.projects import Amendment, Project
from projects.models.reports import CostLine, Report
from projects.models.transitions import ProjectTransition
from projects.numbers import next_number
from workflows.models.instances import Instance
from workflows.models.tasks import Task

OF_CALL: list[Any] = [
    Round,
    CallAdvice,
    CallNotice,
    CallVersion,
    CallChange,
    Application,
    Ranking,
    Award,
    Project,
    InterestDeclaration,
    LedgerEntry,
]
OF_APPLICATION: list[Any] = [ApplicationVersion, Assessment, Recusal]
OF_PROJECT: list[Any] = [Payment, Report, Evaluation, Amendment]


def pass_days(call: Call, days: int, *needs_: Need) -> None:
    """Let time pass: everything of this call that happened so far becomes older."""
    session.flush()
    found = [*_rows_of(call), *(needs_ or call.needs)]
    ids = [row.id for row in found if not isinstance(row, LedgerEntry)]
    for model, column in (
        (ProjectTransition, ProjectTransition.subject_id),
        (Instance, Instance.subject_id),
        (Task, Task.subject_id),
    ):
        found += session.scalars(sa.select(model).where(column.in_(ids)))
    for row in found:
        _move_back(row, days)
    session.flush()
    _rewrite_agreements(found)


def recompute_receipts(call: Call) -> None:
    """The hash of a receipt is over its moment, and that has moved."""
    query = sa.select(ApplicationVersion).join(Application).where(Application.call_id == call.id)
    for version in session.scalars(query):
        version.content = submissions.as_submitted(session.get_one(Application, version.application_id))
        version.content_hash = submissions.hash_of(version.content, version.received_at)
    session.flush()


def whole_days(call: Call) -> None:
    """Rounds open at midnight of Brussels and close at 23.59."""
    for planned in call.rounds:
        planned.opens_at = clock.start_of(clock.brussels(planned.opens_at).date())
        if planned.closes_at is not None:
            last = clock.brussels(planned.closes_at).date()
            planned.closes_at = clock.end_of(last) - timedelta(minutes=1)
    session.flush()


def renumber(call: Call) -> None:
    """Numbers carry the year in which the record was made."""
    whole_days(call)
    this = clock.today().year
    for row in _rows_of(call):
        if isinstance(row, Call | Application | Project):
            made = row.created_at if not isinstance(row, Project) else row.agreement_sent_at
            if made is not None and made.year != this:
                # A number of its own in that year: an earlier call of the demo may have gone there before.
                row.number = next_number(type(row), row.number.partition(str(this))[0], year=made.year)
    _renumber_rankings(call)
    _rewrite_agreements(_rows_of(call))
    recompute_receipts(call)


def _rewrite_agreements(rows: list[Any]) -> None:
    """An agreement that was sent names days and numbers, and those have moved."""
    for project in [row for row in rows if isinstance(row, Project)]:
        if project.agreement is not None:
            payment, project.agreement = project.agreement["parts"][0], None
            made = letters.agreement_text(project)
            # What was to be paid stays as it was agreed: a settlement came later.
            project.agreement = {**made, "parts": [payment, *made["parts"][1:]]}
    session.flush()


def _renumber_rankings(call: Call) -> None:
    """The frozen order names the files by their numbers."""
    numbers = {str(row.id): row.number for row in _rows_of(call) if isinstance(row, Application)}
    for ranking in session.scalars(sa.select(Ranking).where(Ranking.call_id == call.id)):
        ranking.rows = [{**line, "number": numbers[line["application_id"]]} for line in ranking.rows]


def _rows_of(call: Call) -> list[Any]:
    """Every record of a call, with all that hangs on it."""
    session.flush()
    found: list[Any] = [call]
    for model in OF_CALL:
        found += session.scalars(sa.select(model).where(model.call_id == call.id))
    files = [row.id for row in found if isinstance(row, Application)]
    carried = [row.id for row in found if isinstance(row, Project)]
    for model in OF_APPLICATION:
        found += session.scalars(sa.select(model).where(model.application_id.in_(files)))
    for model in OF_PROJECT:
        found += session.scalars(sa.select(model).where(model.project_id.in_(carried)))
    written = [row.id for row in found if isinstance(row, Report)]
    found += session.scalars(sa.select(CostLine).where(CostLine.report_id.in_(written)))
    asked = sa.select(CompletionRequest).where(CompletionRequest.subject_id.in_([*files, *written]))
    return [*found, *session.scalars(asked)]


def _move_back(row: Base, days: int) -> None:
    back = timedelta(days=days)
    for attribute in sa.inspect(type(row)).column_attrs:
        value = getattr(row, attribute.key)
        if isinstance(value, datetime):
            if value.year < 9000:
                setattr(row, attribute.key, value - back)
        elif isinstance(value, date):
            setattr(row, attribute.key, value - back)
    if isinstance(row, Need):
        for fact in session.scalars(sa.select(NeedFact).where(NeedFact.need_id == row.id)):
            fact.recorded_at -= back


def realign_versions(call: Call) -> None:
    """The rounds that a version of the call tells of have moved too."""
    now = {name: row for row in versions.content_of(call)["rounds"] if (name := row[0])}
    for version in session.scalars(sa.select(CallVersion).where(CallVersion.call_id == call.id)):
        rounds = [now[row[0]] for row in version.content["rounds"]]
        version.content = {**version.content, "rounds": rounds}
