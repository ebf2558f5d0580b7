"""Reports: planned with the project, written in pieces, judged cost by cost."""

import calendar
import uuid
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from core import audit, clock, outbox, parameters
from core.access import Actor, system_actor
from core.db import check_version, session
from core.errors import DomainError
from core.i18n import _, _l, euro, short_date
from projects import completions, payments, sweeps
from projects.models.applications import CompletionRequest
from projects.models.calls import CostCategory
from projects.models.projects import Project, ProjectStatus
from projects.models.reports import CostLine, Report, ReportKind, ReportStatus
from projects.parties import lanes
from projects.rows import replace
from projects.transitions import hold, move, need_reason, require
from workflows import instances, turns

FINAL_JUDGED = "final_report_accepted"  # the message for which the process of a project waits

INTERIM_DAYS, INTERIM = "projects.interim_report_days", 30
# When a project takes reports; later it is settled without.
REPORTING = (
    ProjectStatus.RUNNING,
    ProjectStatus.AMENDING,
    ProjectStatus.SUSPENDED,
    ProjectStatus.REPORTING,
)
_ENDED = (ProjectStatus.CLAWBACK, ProjectStatus.SETTLED, ProjectStatus.STOPPED)
_OVER = "Het project is afgerekend of gestopt."  # what is kept is Dutch, as the file is
_COMPLETING = (*REPORTING, ProjectStatus.SETTLING)  # it was asked before, and the settlement waits for it
EDITABLE = (ReportStatus.PLANNED, ReportStatus.DRAFT, ReportStatus.COMPLETION_REQUESTED)


def declare_parameters() -> None:
    parameters.declare(INTERIM_DAYS, _l("Days for an interim report, from the end of its period"), INTERIM)


def plan_reports(project: Project, *, by: Actor) -> list[Report]:
    """Plan an interim report each time the months of the regulation have passed, and the final one."""
    planned = []
    last_day = _last_day(project)
    call = project.application.call
    months = call.report_months
    edge = _later(_first_day(project), months)
    while edge < last_day:
        planned.append(_plan(project, ReportKind.INTERIM, _interim_due(project, edge), edge, by))
        edge = _later(edge, months)
    due = last_day + timedelta(days=call.final_report_days)
    planned.append(_plan(project, ReportKind.FINAL, due, last_day, by))
    return planned


def _interim_due(project: Project, edge: date) -> date:
    entry = parameters.entry(INTERIM_DAYS, tenant_id=project.tenant_id)
    return edge + timedelta(days=int(entry.value) if entry is not None else INTERIM)


def _later(day: date, months: int) -> date:
    """The same day some months on, or the last one of a shorter month."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _plan(project: Project, kind: ReportKind, due_on: date, until: date, by: Actor) -> Report:
    report = Report(
        project_id=project.id, kind=kind, due_on=due_on, period_from=project.starts_on, period_to=until
    )
    report.project = project
    session.add(report)
    session.flush()
    data = {"kind": str(kind), "project_id": str(project.id)}
    instances.start(
        "report",
        subject=report,
        data=data,
        by=by,
        parties=lanes(report.project.tenant_id, report.project.applicant_tenant_id),
    )
    audit.record("report.planned", report, by=by, tenant_id=project.tenant_id)
    return report


def of_project(project: Project) -> list[Report]:
    query = sa.select(Report).where(Report.project_id == project.id)
    return list(session.scalars(query.order_by(Report.due_on, Report.id)))


def final_of(project_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Report]:
    """The final report of each of these projects, in one statement; none for none."""
    if not project_ids:
        return {}
    query = sa.select(Report).where(Report.project_id.in_(project_ids), Report.kind == ReportKind.FINAL)
    return {report.project_id: report for report in session.scalars(query)}


def extend(project: Project, *, by: Actor) -> None:
    """The work lasts longer: the final report moves with its last day, with interim ones in between."""
    found, last_day, call = of_project(project), _last_day(project), project.application.call
    final = next(report for report in found if report.kind == ReportKind.FINAL)
    edge = _later(_first_day(project), call.report_months)
    known = {report.period_to for report in found if report is not final}
    while edge < last_day:
        if edge not in known and edge > clock.today():
            _plan(project, ReportKind.INTERIM, _interim_due(project, edge), edge, by)
        edge = _later(edge, call.report_months)
    final.period_to, final.due_on = last_day, last_day + timedelta(days=call.final_report_days)
    audit.record("report.moved", final, by=by, tenant_id=project.tenant_id)


def waive_open(project: Project, reason: str, *, by: Actor) -> None:
    """Ask no report any more that nobody handed in: the project was settled or stopped."""
    for report in of_project(project):
        if report.status in (ReportStatus.PLANNED, ReportStatus.DRAFT):
            move(report, ReportStatus.EXEMPTED, by=by, event="exempted", motivation=reason)
        elif report.status == ReportStatus.COMPLETION_REQUESTED:
            _close_request(report)  # never completed: it goes back as it is, and counts for nothing
            move(report, ReportStatus.SUBMITTED, by=by, event="submitted", motivation=reason)
            move(report, ReportStatus.REJECTED, by=by, event="rejected", motivation=reason)


def waive_left() -> int:
    """Sweep: ask no report any more of projects that ended with one open. Returns of how many projects."""
    left = sa.exists().where(
        Report.project_id == Project.id,
        Report.status.in_((ReportStatus.PLANNED, ReportStatus.DRAFT)),
        ~sweeps.suspended(Report),
    )
    query = sa.select(Project.id).where(Project.status.in_(_ENDED), left).order_by(Project.id)
    return sweeps.each(Project, sweeps.found(query.limit(sweeps.BATCH)), _waive_left)


def _waive_left(project: Project) -> bool:
    hold(project)
    waive_open(project, _OVER, by=system_actor(project.tenant_id))
    return True


def refuse_unjudged(project: Project) -> None:
    """Refuse to settle over costs that were handed in and that nobody judged yet, or that wait for more."""
    in_term = session.scalars(_in_term(Report.project_id == project.id)).all()
    for report in of_project(project):
        day = short_date(report.due_on)
        if report.status == ReportStatus.SUBMITTED:
            raise DomainError(_("The report that was due on %(day)s is in: judge it first.", day=day))
        if report.id in in_term:
            raise DomainError(
                _("The applicant may still complete the report that was due on %(day)s.", day=day)
            )


def bring_forward(project: Project, reason: str, *, by: Actor) -> None:
    """The work ends today: the final report covers what was done, and no interim one is asked any more."""
    last_day = min(_last_day(project), max(_first_day(project), clock.today()))
    project.ends_on = last_day
    for report in of_project(project):
        if report.kind == ReportKind.FINAL:
            report.period_to, report.due_on = (
                last_day,
                last_day + timedelta(days=project.application.call.final_report_days),
            )
        elif report.status in (ReportStatus.PLANNED, ReportStatus.DRAFT):
            move(report, ReportStatus.EXEMPTED, by=by, event="exempted", motivation=reason)


def late_of(found: Iterable[Report]) -> set[uuid.UUID]:
    """Which of these the applicant should have handed in.

    One that has to be completed is late only once the days given for that are over as well.
    """
    late = [report for report in found if report.status in EDITABLE and report.due_on < clock.today()]
    asked = [report.id for report in late if report.status == ReportStatus.COMPLETION_REQUESTED]
    in_term = session.scalars(_in_term(Report.id.in_(asked))).all() if asked else ()
    return {report.id for report in late}.difference(in_term)


def _in_term(*which: sa.ColumnElement[bool]) -> sa.Select[uuid.UUID]:
    return sa.select(Report.id).where(completions.in_term(clock.now()), *which)


def save_report(
    report: Report, lines: list[dict[str, Any]], *, by: Actor, sent_version: int | None = None, **values: Any
) -> None:
    """Keep what was typed; `lines` are columns of `CostLine`, `values` columns of `Report`.

    Refuses a form of before a change in another tab, or by a colleague.
    """
    hold(report)
    check_version(report, sent_version)
    require(report, *EDITABLE)
    for name, value in values.items():
        setattr(report, name, value)
    replace(report, report.lines, lines, CostLine)
    session.flush()
    if report.status == ReportStatus.PLANNED:
        move(report, ReportStatus.DRAFT, by=by, event="drafted")
    else:
        audit.record("report.saved", report, by=by)


def submit_report(report: Report, *, by: Actor) -> None:
    """Hand in. Refuses costs outside the period of the project and lines without an accepted category."""
    require(report, ReportStatus.DRAFT, ReportStatus.COMPLETION_REQUESTED)
    project = report.project
    require(project, *(_COMPLETING if report.status == ReportStatus.COMPLETION_REQUESTED else REPORTING))
    paused = project.status in (ProjectStatus.AMENDING, ProjectStatus.SUSPENDED)
    if report.kind == ReportKind.FINAL and paused:
        raise DomainError(_("First the change that was asked has to be answered, or the suspension lifted."))
    if not report.text.strip():
        raise DomainError(_("Tell what the project did."), field="text")
    accepted = {category.code for category in project.application.call.cost_categories}
    for line in report.lines:
        if line.category not in accepted:
            raise DomainError(
                _("The cost “%(what)s” has no accepted category.", what=line.description),
                field=_at(line, "category"),
            )
        _check_period(project, line)
        _check_hours(line)
        _check_vat(line)
    report.submitted_at = clock.now()
    if report.status == ReportStatus.COMPLETION_REQUESTED:
        _close_request(report)
    move(report, ReportStatus.SUBMITTED, by=by, event="submitted")
    if report.kind == ReportKind.FINAL and project.status == ProjectStatus.RUNNING:
        move(project, ProjectStatus.REPORTING, by=by, event="ended")


def _at(line: CostLine, name: str) -> str:
    """Where a cost is mended: its row in the order of the report, and the field in it."""
    return f"lines-{line.position - 1}-{name}"


def _check_period(project: Project, line: CostLine) -> None:
    if not _first_day(project) <= line.spent_on <= _last_day(project):
        raise DomainError(
            _("The cost “%(what)s” lies outside the period of the project.", what=line.description),
            field=_at(line, "spent_on"),
        )
    if line.amount_cents <= 0:
        raise DomainError(
            _("The cost “%(what)s” has no amount.", what=line.description), field=_at(line, "amount")
        )


def _category_of(line: CostLine) -> CostCategory | None:
    categories = line.report.project.application.call.cost_categories
    return next((category for category in categories if category.code == line.category), None)


def hour_cap(line: CostLine) -> int | None:
    """What the regulation accepts at most for the hours of this cost, in cents; None where it sets none."""
    category = _category_of(line)
    if category is None or category.max_hour_cents is None:
        return None
    return category.max_hour_cents * (line.hours or 0)


def _check_hours(line: CostLine) -> None:
    if hour_cap(line) is not None and not line.hours:
        raise DomainError(
            _("Enter the hours of “%(what)s”.", what=line.description), field=_at(line, "hours")
        )


def excluded_vat(line: CostLine) -> int:
    """The VAT of this cost that can never be accepted, in cents: recoverable, or not of its category."""
    category = _category_of(line)
    counts = category is not None and category.vat_accepted and not line.vat_recoverable
    return 0 if counts else line.vat_cents


def acceptable(line: CostLine) -> int:
    """The most that the regulation lets an officer accept of this cost, in cents."""
    most, cap = line.amount_cents - excluded_vat(line), hour_cap(line)
    return most if cap is None else min(most, cap)


def _check_vat(line: CostLine) -> None:
    if not 0 <= line.vat_cents < line.amount_cents:
        raise DomainError(
            _("The VAT of “%(what)s” is a part of the amount: enter less.", what=line.description),
            field=_at(line, "vat"),
        )
    if line.vat_recoverable and not line.vat_cents:
        raise DomainError(
            _("Enter the VAT of “%(what)s” that you get back.", what=line.description),
            field=_at(line, "vat"),
        )


def ask_completion(report: Report, *, reason: str, by: Actor) -> None:
    """Ask for what is missing within the working days that the call gives."""
    require(report, ReportStatus.SUBMITTED)
    need_reason(reason)
    days = report.project.application.call.completion_days
    due = clock.end_of(clock.add_working_days(clock.today(), days))
    session.add(
        CompletionRequest(
            subject_type="report",
            subject_id=report.id,
            sections=["report"],
            reason=reason,
            requested_at=clock.now(),
            requested_by=by.user_id,
            due_at=due,
        )
    )
    move(report, ReportStatus.COMPLETION_REQUESTED, by=by, event="completion_asked", motivation=reason)
    outbox.put("mail.report_completion_asked", payload={"report_id": str(report.id)})


def judge_line(line: CostLine, *, accepted_cents: int, reason: str, by: Actor) -> None:
    """Accept a cost in whole or in part; what is refused needs a reason."""
    require(line.report, ReportStatus.SUBMITTED)
    if not 0 <= accepted_cents <= line.amount_cents:
        raise DomainError(
            _("Accept an amount between zero and what was claimed."), field=f"line-{line.position}"
        )
    most = hour_cap(line)
    if most is not None and accepted_cents > most:
        raise DomainError(
            _(
                "For %(hours)s hours at most %(most)s can be accepted.",
                hours=line.hours or 0,
                most=euro(most),
            ),
            field=f"line-{line.position}",
        )
    if accepted_cents > line.amount_cents - excluded_vat(line):
        raise DomainError(_vat_refusal(line), field=f"line-{line.position}")
    if accepted_cents < line.amount_cents and not reason.strip():
        raise DomainError(_("Say why this cost is not accepted in full."), field=f"reason-{line.position}")
    line.accepted_cents, line.refusal_reason = accepted_cents, reason
    audit.record("report.line_judged", line.report, by=by, changes={"line": line.position})


def _vat_refusal(line: CostLine) -> str:
    sums = {"vat": euro(line.vat_cents), "most": euro(line.amount_cents - line.vat_cents)}
    if line.vat_recoverable:
        return str(_("The organization gets %(vat)s of VAT back: at most %(most)s can be accepted.", **sums))
    return str(_("VAT does not count for this cost: without %(vat)s at most %(most)s remains.", **sums))


def tell_applicant(project: Project) -> None:
    """Mail that there is news; what it is stands on the page, behind a sign-in."""
    payload = {"project_id": str(project.id)}
    outbox.put("mail.project_news", payload=payload, tenant_id=project.applicant_tenant_id)


def accept_report(report: Report, *, answer: str = "", by: Actor) -> None:
    """Accept the report; payments that waited for it fall due."""
    require(report, ReportStatus.SUBMITTED)
    if any(line.accepted_cents is None for line in report.lines):
        raise DomainError(_("Judge every cost first."))
    report.answer = answer
    move(report, ReportStatus.ACCEPTED, by=by, event="accepted")
    tell_applicant(report.project)
    if report.kind == ReportKind.INTERIM:
        payments.fall_due(report.project, "report_accepted", by=by)


def reject_report(report: Report, *, answer: str, by: Actor) -> None:
    """Reject the report, with reasons. After a final one what was paid is settled without its costs."""
    require(report, ReportStatus.SUBMITTED)
    need_reason(answer)
    report.answer = answer
    move(report, ReportStatus.REJECTED, by=by, event="rejected", motivation=answer)
    tell_applicant(report.project)
    if report.kind == ReportKind.FINAL:
        turns.send(FINAL_JUDGED, {"project_id": str(report.project_id)}, {}, "message")


def exempt_report(report: Report, *, reason: str, by: Actor) -> None:
    """Waive an interim report, with a reason."""
    require(report, ReportStatus.PLANNED, ReportStatus.DRAFT)
    need_reason(reason)
    if report.kind == ReportKind.FINAL:
        raise DomainError(_("The final report cannot be waived."))
    move(report, ReportStatus.EXEMPTED, by=by, event="exempted", motivation=reason)


def _close_request(report: Report) -> None:
    query = sa.select(CompletionRequest).where(
        CompletionRequest.subject_type == "report",
        CompletionRequest.subject_id == report.id,
        CompletionRequest.answered_at.is_(None),
    )
    session.scalars(query).one().answered_at = clock.now()


def _first_day(project: Project) -> date:
    """A project was awarded on an application with a period; without one nothing can be planned."""
    if project.starts_on is None:
        raise DomainError(_("This project has no first day."))
    return project.starts_on


def _last_day(project: Project) -> date:
    if project.ends_on is None:
        raise DomainError(_("This project has no last day."))
    return project.ends_on
