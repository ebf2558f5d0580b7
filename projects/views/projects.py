"""Projects in execution: agreement, changes, settlement, evaluation."""

import io
from collections.abc import Mapping
from typing import Any

from flask import Response, abort, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from core import audit, clock, kept_filters
from core.access import Actor, requires
from core.acting import carry_out, perform
from core.db import session
from core.i18n import _, euro, short_date
from projects import (
    agreements,
    evaluations,
    ledger,
    letters,
    policy,
    projects,
    reading,
    reports,
    settlements,
    standing,
)
from projects.forms.acts import ActForm, ReasonForm, RepaymentForm
from projects.forms.projects import SignatureForm
from projects.forms.reports import AmendmentAnswerForm, AmendmentForm, EvaluationForm
from projects.labels import CONCLUSIONS, CONDITIONS, PAYMENT_KINDS, REPORT_KINDS
from projects.models.evaluations import Conclusion
from projects.models.projects import Amendment, Project, ProjectStatus
from projects.models.reports import Report, ReportKind
from projects.views import bp
from projects.views.showing import header, keyset, organization_names, status_chips, timeline
from workflows import tasks
from workflows.tasks import TurnHolder

ENDED = (ProjectStatus.SETTLED, ProjectStatus.STOPPED)  # what can be evaluated


def get_project(project_id: object) -> Project | None:
    return session.get(Project, project_id, options=[joinedload(Project.application)])


def get_amendment(amendment_id: object) -> Amendment | None:
    return session.get(Amendment, amendment_id)


def can_answer_amendment(actor: Actor, amendment: Amendment) -> bool:
    return policy.can_handle_project(actor, session.get_one(Project, amendment.project_id))


def _back(project: Project) -> str:
    return url_for("projects.show_project", project_id=project.id)


SOUGHT = ("signed", "running", "reporting", "settling", "settled")


@bp.route("/projects")
@requires(policy.follows_projects)
def list_projects(*, by: Actor) -> ResponseReturnValue:
    chosen = kept_filters.of_list(
        "projects.list_projects", status=["", *(str(each) for each in ProjectStatus)]
    )
    query = policy.visible_projects(by).options(joinedload(Project.application))
    if chosen["status"]:
        query = query.where(Project.status == chosen["status"])
    rows, after = keyset(query, Project.number)
    written = reports.final_of([row.id for row in rows if row.status == ProjectStatus.REPORTING])
    turns = tasks.turn_holders([*rows, *written.values()], by)
    return render_template(
        "projects/list_projects.html",
        rows=rows,
        more=chosen.url(after=after) if after else None,
        chosen=chosen,
        chips=status_chips(chosen, "project", SOUGHT),
        turns={row.id: _holder(row, written.get(row.id), turns) for row in rows},
        names=organization_names({row.organization_id for row in rows}),
    )


def _holder(project: Project, final: Report | None, turns: Mapping[Any, TurnHolder]) -> TurnHolder:
    """Who is at turn: while the final report is awaited, whoever writes or judges that."""
    found = turns.get(("report", final.id)) if final and project.status == ProjectStatus.REPORTING else None
    return found or turns.get(("project", project.id), tasks.NOBODY)


@bp.route("/projects/<uuid:project_id>")
@requires(policy.can_see_project, get_project)
def show_project(project: Project, *, by: Actor) -> ResponseReturnValue:
    own = policy.can_carry_out_project(by, project)
    found = reading.of_project(project)
    known = standing.by_organization(found["organizations"])
    planned, written = found["payments"], found["reports"]
    late = reports.late_of(written)
    turns = tasks.turn_holders([project, *planned, *written], by)
    amendment = reading.only(found, "amendments") if project.status == ProjectStatus.AMENDING else None
    holder = _holder(project, next((one for one in written if one.kind == ReportKind.FINAL), None), turns)
    return render_template(
        "projects/show_project.html",
        project=project,
        own=own,
        by=by,
        staff=policy.can_handle_project(by, project),
        finance=policy.is_finance(by) and project.tenant_id == by.tenant_id,
        file=header(project, by, name=project.title, meta=project.number, holder=holder),
        turns=turns,
        names={ident: found.name for ident, found in known.items()},
        warnings=standing.warnings(known),
        payments=planned,
        reports=written,
        paid=ledger.paid_of(ledger.by_kind(found["sums"])),
        amendment=amendment,
        asked=_asked(amendment) if amendment else "",
        late=late,
        can_forgo=project.status == ProjectStatus.REPORTING
        and any(projects.can_forgo(one, late) for one in written),
        evaluation=reading.only(found, "evaluation") if project.status in ENDED else None,
        history=timeline(project, found["history"]),
        kinds=PAYMENT_KINDS,
        conditions=CONDITIONS,
        report_kinds=REPORT_KINDS,
        conclusions=CONCLUSIONS,
        agreement=reading.only(found, "agreement"),
    )


@bp.route("/projects/<uuid:project_id>/agreement", methods=["GET", "POST"])
@requires(policy.can_handle_project, get_project)
def send_agreement(project: Project, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: projects.send_agreement(project, by=by),
        by=by,
        title=_("Send the agreement"),
        lead=f"{project.number} {project.title}",
        warnings=standing.warnings(standing.of_organizations([project.organization_id])),
        done=_("Sent. The applicant signs now."),
        back=_back(project),
    )


@bp.route("/projects/<uuid:project_id>/agreement.pdf")
@requires(policy.can_read_agreement, get_project)
def print_agreement(project: Project, *, by: Actor) -> ResponseReturnValue:
    """The agreement to sign, made from the decision and the call; nobody signs one that was not sent."""
    if project.status == ProjectStatus.AWARDED and not policy.can_handle_project(by, project):
        abort(404)
    if agreements.find_signed(project) is not None:
        return redirect(url_for("projects.download_agreement", project_id=project.id))
    made = letters.agreement(project)
    audit.read(project, by=by, action="project.agreement_printed")
    disposition = {"Content-Disposition": f'inline; filename="{project.number}.pdf"'}
    return Response(made, mimetype="application/pdf", headers=disposition)


@bp.route("/projects/<uuid:project_id>/agreement/signed")
@requires(policy.can_read_agreement, get_project)
def download_agreement(project: Project, *, by: Actor) -> ResponseReturnValue:
    """The agreement as both sides signed it."""
    kept = agreements.find_signed(project)
    if kept is None:
        abort(404)
    name = f"{project.number}-getekend.pdf"
    data = agreements.read_signed(kept, by=by)
    return send_file(io.BytesIO(data), kept.media_type, as_attachment=True, download_name=name)


@bp.route("/projects/<uuid:project_id>/signature", methods=["GET", "POST"])
@requires(policy.can_sign_project, get_project)
def sign_agreement(project: Project, *, by: Actor) -> ResponseReturnValue:
    form = SignatureForm(data={"signed_on": clock.today()})

    def sign() -> None:
        file = agreements.keep_signed(project, form.agreement.data, by=by)
        projects.record_signature(project, file_id=file.id, signed_on=form.signed_on.data, by=by)  # type: ignore[arg-type]

    return perform(
        form,
        sign,
        by=by,
        title=_("Signed agreement"),
        button=_("Keep the signed agreement"),
        done=_("Signed. The advance is due."),
        lead=_("Upload the PDF that both sides signed."),
        back=_back(project),
    )


@bp.route("/projects/<uuid:project_id>/start", methods=["GET", "POST"])
@requires(policy.can_handle_project, get_project)
def start_project(project: Project, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: projects.start_project(project, by=by),
        by=by,
        title=_("Start the project"),
        lead=_("The reports are planned."),
        done=_("Started."),
        back=_back(project),
    )


@bp.route("/projects/<uuid:project_id>/amendments", methods=["GET", "POST"])
@requires(policy.can_carry_out_project, get_project)
def ask_amendment(project: Project, *, by: Actor) -> ResponseReturnValue:
    form = AmendmentForm()

    def ask() -> None:
        projects.ask_amendment(
            project, reason=form.reason.data or "", new_ends_on=form.new_ends_on.data, by=by
        )

    return perform(
        form,
        ask,
        by=by,
        title=_("Ask for a change"),
        done=_("Asked. The officer answers."),
        back=_back(project),
        lead=_("For a later last day, or more than a tenth of a budget line."),
    )


def _asked(amendment: Amendment) -> str:
    """What the applicant asks, with the day it is about."""
    if amendment.new_ends_on is None:
        return amendment.reason
    project = session.get_one(Project, amendment.project_id)
    days = {"now": short_date(project.ends_on), "then": short_date(amendment.new_ends_on)}
    asked = _("last day: %(now)s becomes %(then)s", **days)
    return f"{amendment.reason} ({asked})"


@bp.route("/projects/amendments/<uuid:amendment_id>", methods=["GET", "POST"])
@requires(can_answer_amendment, get_amendment)
def answer_amendment(amendment: Amendment, *, by: Actor) -> ResponseReturnValue:
    form = AmendmentAnswerForm()

    def answer() -> None:
        approved = form.approved.data == "yes"
        projects.answer_amendment(amendment, approved=approved, answer=form.answer.data or "", by=by)

    return perform(
        form,
        answer,
        by=by,
        title=_("Answer the change"),
        lead=_asked(amendment),
        button=_("Answer"),
        done=_("Answered."),
        back=url_for("projects.show_project", project_id=amendment.project_id),
    )


@bp.route("/projects/<uuid:project_id>/suspend", methods=["GET", "POST"])
@requires(policy.can_handle_project, get_project)
def suspend_project(project: Project, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: projects.suspend_project(project, reason=form.reason.data or "", by=by),
        by=by,
        kind="danger",
        title=_("Suspend the project"),
        lead=f"{project.number} {project.title}",
        done=_("Suspended. Payments stop."),
        back=_back(project),
    )


@bp.route("/projects/<uuid:project_id>/resume", methods=["GET", "POST"])
@requires(policy.can_resume_project, get_project)
def resume_project(project: Project, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: projects.resume_project(project, reason=form.reason.data or "", by=by),
        by=by,
        title=_("Resume the project"),
        lead=f"{project.number} {project.title}",
        done=_("Resumed."),
        back=_back(project),
    )


@bp.route("/projects/<uuid:project_id>/stop", methods=["GET", "POST"])
@requires(policy.can_handle_project, get_project)
def stop_project(project: Project, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: projects.stop_project(project, reason=form.reason.data or "", by=by),
        by=by,
        kind="danger",
        title=_("Stop the project"),
        lead=_(
            "Where nothing was paid, the whole award returns to the credit. Where something was paid, the "
            "applicant first accounts for it in a final report; the rest is claimed back."
        ),
        done=_("Stopped."),
        back=_back(project),
    )


@bp.route("/projects/<uuid:project_id>/forgo-report", methods=["GET", "POST"])
@requires(policy.can_handle_project, get_project)
def forgo_report(project: Project, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: projects.forgo_report(project, reason=form.reason.data or "", by=by),
        by=by,
        kind="danger",
        title=_("Settle without the final report"),
        lead=_(
            "For a report that was rejected or never came. Only costs of earlier accepted reports count; "
            "what was paid above them is claimed back."
        ),
        done=_("Finance settles now."),
        back=_back(project),
    )


@bp.route("/projects/<uuid:project_id>/settle", methods=["GET", "POST"])
@requires(policy.can_settle_project, get_project)
def settle_project(project: Project, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def settle() -> str:
        rest = projects.settle(project, by=by)
        text = (
            _("To pay back: %(sum)s.", sum=euro(-rest))
            if rest < 0
            else _("Still to pay: %(sum)s.", sum=euro(rest))
        )
        flash(text, "ok")
        return _back(project)

    if form.validate_on_submit() and (to := carry_out(form, settle, by=by)):
        return redirect(to)
    return render_template(
        "projects/settle_project.html",
        form=form,
        sheet=settlements.sheet(project) if project.settled_at is None else None,
        title=_("Settle the project"),
        kind="",
        button=_("Settle"),
        back=_back(project),
        lead=_(
            "The grant becomes the lowest of three: the award, the share of the accepted costs, "
            "what other income leaves."
        ),
    ), 422 if form.errors else 200


def _owed(project: Project) -> int:
    """What the applicant still has to pay back, in cents."""
    return max(0, ledger.paid(project.id) - (project.settled_cents or 0))


@bp.route("/projects/<uuid:project_id>/repayments", methods=["GET", "POST"])
@requires(policy.can_settle_project, get_project)
def record_repayment(project: Project, *, by: Actor) -> ResponseReturnValue:
    form = RepaymentForm(data={"received_on": clock.today()})
    return perform(
        form,
        lambda: projects.record_repayment(
            project, form.amount.data or 0, received_on=form.received_on.data, by=by
        ),
        by=by,
        title=_("Note a repayment"),
        lead=_("Still to pay back: %(sum)s.", sum=euro(_owed(project))),
        done=_("Noted."),
        back=_back(project),
    )


@bp.route("/projects/<uuid:project_id>/evaluation", methods=["GET", "POST"])
@requires(policy.can_handle_project, get_project)
def evaluate_project(project: Project, *, by: Actor) -> ResponseReturnValue:
    form = EvaluationForm(obj=evaluations.find_evaluation(project))

    def evaluate() -> None:
        card = evaluations.evaluate(
            project,
            outcome=form.outcome.data or "",
            lessons=form.lessons.data or "",
            conclusion=Conclusion(form.conclusion.data),
            people_reached=form.people_reached.data,
            by=by,
        )
        evaluations.publish_evaluation(card, by=by)

    return perform(
        form,
        evaluate,
        by=by,
        title=_("Evaluate the project"),
        lead=f"{project.number} {project.title}",
        button=_("Publish as a practice card"),
        done=_("Published as a practice card."),
        back=_back(project),
    )
