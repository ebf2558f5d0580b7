"""What the page of a call, an application, a project or a report shows beside its record, read at once.

Each page declares its lists in one place; a list that hangs on the record is laid on it, so that nothing is
read again where it is shown. Who may see what of it stays with the rules of the page: ask them first.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from core.db import session
from core.models.files import StoredFile
from core.together import Listed, Together
from projects import attachments, closings, ledger, standing
from projects.models.applications import (
    ApplicantDossier,
    Application,
    ApplicationPartner,
    ApplicationStatus,
    ApplicationVersion,
    BudgetLine,
    CompletionRequest,
    FundingLine,
)
from projects.models.assessments import Assessment, AssessmentStatus, Score
from projects.models.awards import Award, Ranking
from projects.models.calls import (
    Call,
    CallAdvice,
    CallNeed,
    CallNotice,
    CallVersion,
    CostCategory,
    Criterion,
    Duty,
    Question,
    Round,
)
from projects.models.changes import CallChange
from projects.models.evaluations import Evaluation
from projects.models.needs import Need
from projects.models.payments import LedgerEntry, Payment
from projects.models.projects import Amendment, Project
from projects.models.reports import CostLine, Report
from projects.models.transitions import ProjectTransition
from socialmap.models.directory import Organization
from workflows import tasks
from workflows.models.tasks import Task

Lists = dict[str, list[Any]]

_KEY: Any = sa.bindparam("id", type_=sa.Uuid())
_CALL: Any = sa.bindparam("call_id", type_=sa.Uuid())


def _of(owner: Any, *order: str, key: Any = _KEY) -> Listed:
    """The records of a model that belong to one record, by the column that says so."""
    return Listed(sa.select(owner.class_).where(owner == key), *order)


def _history(kind: Any) -> Listed:
    """Newest first."""
    query = sa.select(ProjectTransition).where(
        ProjectTransition.subject_type == kind.subject_type, ProjectTransition.subject_id == _KEY
    )
    return Listed(query, "id-")


def _documents(kind: Any, key: Any = _KEY) -> Listed:
    return Listed(attachments.listing(kind, key), "id")


def only(found: Lists, name: str) -> Any:
    """What there is one of at most."""
    return next(iter(found[name]), None)


def _lay_on(record: Any, found: Lists, *names: str) -> None:
    for name in names:
        set_committed_value(record, name, found[name])


_PARTS_OF_CALL = ("rounds", "criteria", "cost_categories", "questions")
_FORM_OF_CALL = {
    "rounds": _of(Round.call_id, "opens_at", key=_CALL),
    "criteria": _of(Criterion.call_id, "position", key=_CALL),
    "cost_categories": _of(CostCategory.call_id, "position", key=_CALL),
    "questions": _of(Question.call_id, "position", key=_CALL),
}


# ---------------------------------------------------------------- calls
_PUBLIC_CALL = {
    **_FORM_OF_CALL,
    "needs": Listed(
        sa.select(Need).join(CallNeed, CallNeed.need_id == Need.id).where(CallNeed.call_id == _CALL), "number"
    ),
    "notices": _of(CallNotice.call_id, "at-", key=_CALL),
    "duties": _of(Duty.call_id, "position", key=_CALL),
}
_PUBLIC = Together(**_PUBLIC_CALL)
# How many files came in, and until when those that were invited to their next phase are written.
_WRITTEN = sa.or_(*(Application.status == each for each in closings.WRITING))
_CAME_IN = Listed(
    sa.select(
        sa.cast(sa.func.count(), sa.BigInteger).label("files"),
        sa.func.max(sa.case((_WRITTEN, Application.phase_closes_at))).label("written_until"),
    ).where(
        Application.call_id == _CALL,
        Application.submitted_at.is_not(None),
        Application.status != ApplicationStatus.WITHDRAWN,
    )
)
_STEERED = Together(
    **_PUBLIC_CALL,
    came_in=_CAME_IN,
    steps=Listed(
        sa.select(Task.element_id).where(
            tasks.LIVE, Task.subject_type_ == Call.subject_type, Task.subject_id == _CALL
        )
    ),
    advices=_of(CallAdvice.call_id, "received_on", "id"),
    changes=_of(CallChange.call_id, "proposed_at", "id"),
    sums=Listed(ledger.sums_query(LedgerEntry.call_id == _KEY)),
    history=_history(Call),
)


def of_public_call(call: Call) -> Lists:
    """What everybody reads of a call: notices, and its parts on the record."""
    found = _PUBLIC.all(session, {"call_id": call.id})
    _lay_on(call, found, *_PARTS_OF_CALL, "duties", "needs")
    return found


def of_call(call: Call) -> Lists:
    """The same for the authority, with advices, changes that wait, sums of the ledger and the history."""
    found = _STEERED.all(session, {"id": call.id, "call_id": call.id})
    _lay_on(call, found, *_PARTS_OF_CALL, "duties", "needs")
    return found


_IN_JURY = sa.or_(
    Application.status == ApplicationStatus.IN_JURY, Application.status == ApplicationStatus.RANKED
)
_HANDED_IN = (
    sa.select(Assessment)
    .join(Application, Application.id == Assessment.application_id)
    .where(Application.call_id == _CALL, _IN_JURY, Assessment.status == AssessmentStatus.SUBMITTED)
)
_RANKED = Together(
    rounds=_FORM_OF_CALL["rounds"],
    criteria=_FORM_OF_CALL["criteria"],
    rankings=_of(Ranking.call_id, key=_CALL),
    files=Listed(sa.select(Application).where(Application.call_id == _CALL, _IN_JURY), "number"),
    assessments=Listed(_HANDED_IN, "id"),
    scores=Listed(
        sa.select(Score).where(Score.assessment_id.in_(_HANDED_IN.with_only_columns(Assessment.id)))
    ),
    sums=Listed(ledger.sums_query(LedgerEntry.call_id == _CALL)),
)


def of_ranking(call: Call) -> Lists:
    """Fixed rankings, files before the jury, what jurors handed in and sums of the ledger.

    Rounds and criteria are on the call, scores on their assessment.
    """
    found = _RANKED.all(session, {"call_id": call.id})
    _lay_on(call, found, "rounds", "criteria")
    _lay_scores(found)
    return found


def _lay_scores(found: Lists) -> None:
    """The scores of each assessment, in the order of the criteria."""
    places = {criterion.id: criterion.position for criterion in found["criteria"]}
    of: dict[Any, list[Score]] = {assessment.id: [] for assessment in found["assessments"]}
    for score in sorted(found["scores"], key=lambda score: places[score.criterion_id]):
        of[score.assessment_id].append(score)
    for assessment in found["assessments"]:
        set_committed_value(assessment, "scores", of[assessment.id])


# ---------------------------------------------------------------- applications
def _asked(kind: str) -> Listed:
    """What still has to be completed of an application or a report."""
    return Listed(
        sa.select(CompletionRequest).where(
            CompletionRequest.subject_type == kind,
            CompletionRequest.subject_id == _KEY,
            CompletionRequest.answered_at.is_(None),
        )
    )


_DOSSIER = (
    sa.select(ApplicantDossier)
    .join(Application, Application.tenant_id == ApplicantDossier.tenant_id)
    .where(Application.id == _KEY)
)
_LIVE = sa.select(Assessment).where(
    Assessment.application_id == _KEY, Assessment.status != AssessmentStatus.RECUSED
)
_ORGANIZATIONS = sa.union(
    sa.select(Application.organization_id).where(Application.id == _KEY),
    sa.select(ApplicationPartner.organization_id).where(ApplicationPartner.application_id == _KEY),
)
_APPLICATION = Together(
    **_FORM_OF_CALL,
    partners=_of(ApplicationPartner.application_id, "id"),
    organizations=Listed(standing.query(_ORGANIZATIONS), "on"),
    budget=_of(BudgetLine.application_id, "position"),
    funding=_of(FundingLine.application_id, "position"),
    versions=_of(ApplicationVersion.application_id, "number"),
    documents=_documents(Application, [_KEY]),
    history=_history(Application),
    dossier=Listed(_DOSSIER),
    dossier_documents=_documents(ApplicantDossier, _DOSSIER.with_only_columns(ApplicantDossier.id)),
    assessments=Listed(_LIVE, "id"),
    scores=Listed(sa.select(Score).where(Score.assessment_id.in_(_LIVE.with_only_columns(Assessment.id)))),
    award=_of(Award.application_id),
    project=_of(Project.application_id),
    asked=_asked("application"),
    taken_along=Listed(
        sa.select(Application.id, Application.number).where(
            Application.goes_on_from_id == _KEY,
            Application.status != ApplicationStatus.WITHDRAWN,
            Application.status != ApplicationStatus.NOT_SUBMITTED,
        )
    ),
)


def of_application(application: Application) -> Lists:
    """Organizations, documents, history, dossier, live assessments, award and project of a file.

    Partners, budget, other money and versions are on the record, the form on its call.
    """
    found = _APPLICATION.all(session, {"id": application.id, "call_id": application.call_id})
    _lay_on(application, found, "partners", "budget", "funding", "versions")
    _lay_on(application.call, found, *_PARTS_OF_CALL)
    _lay_scores(found)
    return found


_PARTNERS = sa.select(ApplicationPartner.organization_id).where(ApplicationPartner.application_id == _KEY)
_FORM = Together(
    **_FORM_OF_CALL,
    partners=_of(ApplicationPartner.application_id, "id"),
    names=Listed(sa.select(Organization.id, Organization.name).where(Organization.id.in_(_PARTNERS))),
    budget=_of(BudgetLine.application_id, "position"),
    funding=_of(FundingLine.application_id, "position"),
    documents=_documents(Application, [_KEY]),
    asked=_asked("application"),
    changes=Listed(
        sa.select(CallVersion.id, CallVersion.at).where(CallVersion.call_id == _CALL, CallVersion.number > 1)
    ),
)


def of_application_form(application: Application) -> Lists:
    """Documents, names of partners and later versions of the call.

    Partners, budget and other money are on the record, the form on its call.
    """
    found = _FORM.all(session, {"id": application.id, "call_id": application.call_id})
    _lay_on(application, found, "partners", "budget", "funding")
    _lay_on(application.call, found, *_PARTS_OF_CALL)
    return found


# ---------------------------------------------------------------- projects and their reports
_PROJECT = Together(
    organizations=Listed(standing.query(sa.select(Project.organization_id).where(Project.id == _KEY)), "on"),
    payments=_of(Payment.project_id, "position"),
    reports=_of(Report.project_id, "due_on", "id"),
    sums=Listed(ledger.sums_query(LedgerEntry.project_id == _KEY)),
    amendments=Listed(
        sa.select(Amendment).where(Amendment.project_id == _KEY, Amendment.answered_at.is_(None))
    ),
    evaluation=_of(Evaluation.project_id),
    agreement=Listed(
        sa.select(StoredFile).join(Project, Project.signed_file_id == StoredFile.id).where(Project.id == _KEY)
    ),
    history=_history(Project),
)
_REPORT = Together(
    lines=_of(CostLine.report_id, "position"),
    cost_categories=_of(CostCategory.call_id, "position", key=_CALL),
    documents=_documents(Report, [_KEY]),
    asked=_asked("report"),
    history=_history(Report),
)


def of_project(project: Project) -> Lists:
    """Payments, reports, sums of the ledger, what is asked, evaluation, agreement and history."""
    return _PROJECT.all(session, {"id": project.id})


def of_report(report: Report) -> Lists:
    """Documents and history; its costs are on the record, the categories on its call."""
    found = _REPORT.all(session, {"id": report.id, "call_id": report.project.call_id})
    _lay_on(report, found, "lines")
    _lay_on(report.project.application.call, found, "cost_categories")
    return found
