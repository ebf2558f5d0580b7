"""Reports: written by the applicant, judged cost by cost by the officer."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload
from wtforms import StringField
from wtforms.validators import Optional

from core.access import Actor, requires
from core.acting import carry_out, perform
from core.db import session
from core.fields import EuroField
from core.forms import Form, max_length
from core.i18n import _
from projects import policy, reading, reports
from projects.forms.acts import ReasonForm
from projects.forms.reports import AnswerForm, make_form
from projects.labels import REPORT_KINDS
from projects.models.applications import Application
from projects.models.projects import Project
from projects.models.reports import Report, ReportStatus
from projects.views import bp
from projects.views.showing import asked, header, timeline


def get_report(report_id: object) -> Report | None:
    """With its project, application and call: every page of a report asks them who may see it."""
    above = joinedload(Report.project).joinedload(Project.application).joinedload(Application.call)
    return session.get(Report, report_id, options=[above])


def _back(report: Report) -> str:
    return url_for("projects.show_report", report_id=report.id)


@bp.route("/reports/<uuid:report_id>")
@requires(policy.can_see_report, get_report)
def show_report(report: Report, *, by: Actor) -> ResponseReturnValue:
    name = f"{REPORT_KINDS[report.kind]} · {report.project.title}"
    found = reading.of_report(report)
    return render_template(
        "projects/show_report.html",
        report=report,
        documents=found["documents"],
        asked=asked(found["asked"], report.status),
        project=report.project,
        history=timeline(report, found["history"]),
        file=header(report, by, name=name, meta=report.project.number),
        own=policy.can_write_report(by, report),
        staff=policy.can_handle_report(by, report),
        editable=report.status in reports.EDITABLE,
        categories={c.code: c.title for c in report.project.application.call.cost_categories},
        judge_form=_judge_form(report) if report.status == ReportStatus.SUBMITTED else None,
    )


@bp.route("/reports/<uuid:report_id>/edit", methods=["GET", "POST"])
@requires(policy.can_write_report, get_report)
def edit_report(report: Report, *, by: Actor) -> ResponseReturnValue:
    form = make_form(report)

    def save() -> str:
        reports.save_report(
            report,
            form.cost_lines(),
            text=form.text.data or "",
            people_reached=form.people_reached.data,
            other_income_cents=form.other_income.data or 0,
            sent_version=form.sent_version,
            by=by,
        )
        if "submit" in request.form:
            reports.submit_report(report, by=by)
        return _back(report)

    if form.validate_on_submit() and (to := carry_out(form, save, by=by, record=report)):
        flash(_("Submitted.") if report.status == ReportStatus.SUBMITTED else _("Saved."), "ok")
        return redirect(to)
    page = render_template("projects/edit_report.html", form=form, report=report, back=_back(report))
    return page, 422 if form.errors else 200


def _judge_form(report: Report) -> Form:
    """An accepted amount and a reason for each cost."""
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for line in report.lines:
        fields[f"line-{line.position}"] = EuroField(line.description, validators=[Optional()])
        fields[f"reason-{line.position}"] = StringField(_("Reason"), validators=[Optional(), max_length(500)])
        data[f"line-{line.position}"] = (
            reports.acceptable(line) if line.accepted_cents is None else line.accepted_cents
        )
        data[f"reason-{line.position}"] = line.refusal_reason
    form: Form = type("JudgeForm", (AnswerForm,), fields)(data=data)
    return form


@bp.route("/reports/<uuid:report_id>/judge", methods=["GET", "POST"])
@requires(policy.can_handle_report, get_report)
def judge_report(report: Report, *, by: Actor) -> ResponseReturnValue:
    form = _judge_form(report)

    def judge() -> None:
        for line in report.lines:
            accepted = form[f"line-{line.position}"].data
            reason = form[f"reason-{line.position}"].data or ""
            reports.judge_line(line, accepted_cents=accepted or 0, reason=reason, by=by)
        reports.accept_report(report, answer=form["answer"].data or "", by=by)

    return perform(
        form,
        judge,
        by=by,
        title=_("Judge the costs"),
        button=_("Accept the report"),
        done=_("Accepted."),
        back=_back(report),
        template="projects/judge_report.html",
        report=report,
        excluded_vat=reports.excluded_vat,
    )


@bp.route("/reports/<uuid:report_id>/completion", methods=["GET", "POST"])
@requires(policy.can_handle_report, get_report)
def ask_report_completion(report: Report, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: reports.ask_completion(report, reason=form.reason.data or "", by=by),
        by=by,
        title=_("Ask to complete the report"),
        lead=f"{report.project.number} {report.project.title}",
        done=_("Asked."),
        back=_back(report),
    )


@bp.route("/reports/<uuid:report_id>/reject", methods=["GET", "POST"])
@requires(policy.can_handle_report, get_report)
def reject_report(report: Report, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: reports.reject_report(report, answer=form.reason.data or "", by=by),
        by=by,
        kind="danger",
        title=_("Reject the report"),
        lead=f"{report.project.number} {report.project.title}",
        done=_("Rejected."),
        back=_back(report),
    )


@bp.route("/reports/<uuid:report_id>/exempt", methods=["GET", "POST"])
@requires(policy.can_handle_report, get_report)
def exempt_report(report: Report, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: reports.exempt_report(report, reason=form.reason.data or "", by=by),
        by=by,
        title=_("Waive this report"),
        lead=f"{report.project.number} {report.project.title}",
        done=_("Waived."),
        back=_back(report),
    )
