"""Applications: lists for both sides, the file itself, and the applicant's form."""

import io
import uuid
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from core import audit, clock, kept_filters
from core.access import Actor, requires
from core.acting import carry_out, perform
from core.db import session
from core.fields import choices
from core.i18n import _
from projects import (
    accounts,
    admissibility,
    applications,
    assessments,
    calls,
    completeness,
    phases,
    policy,
    reading,
    standing,
    submissions,
)
from projects.forms.acts import ActForm, ReasonForm
from projects.forms.applications import ANSWER, ApplicationForm, PartnerForm, PhaseForm, StartForm, make_form
from projects.labels import FUNDING_KINDS, OUTCOMES, PHASES
from projects.models.applications import (
    FULL,
    Application,
    ApplicationStatus,
    FundingKind,
)
from projects.models.awards import Award, Outcome
from projects.models.calls import Call
from projects.models.projects import Project
from projects.views import bp
from projects.views.calls import get_call, tabs
from projects.views.showing import asked, header, keyset, organization_names, status_chips, timeline
from socialmap import geography, organizations, search
from socialmap.models.directory import Organization
from workflows import tasks

DECIDED = {ApplicationStatus(str(outcome)) for outcome in Outcome}
BEFORE_JURY = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.COMPLETION_REQUESTED,
    ApplicationStatus.ADMISSIBLE,
)


def get_application(application_id: object) -> Application | None:
    """With its call and round: every page of a file needs both."""
    both = [joinedload(Application.call), joinedload(Application.round)]
    return session.get(Application, application_id, options=both)


@bp.route("/applications")
@requires(policy.sees_applications)
def list_applications(*, by: Actor) -> ResponseReturnValue:
    """Every application this person may see, newest number first."""
    return _list(policy.visible_applications(by), by, title=_("Applications"))


@bp.route("/calls/<uuid:call_id>/applications")
@requires(policy.can_see_call, get_call)
def list_call_applications(call: Call, *, by: Actor) -> ResponseReturnValue:
    query = policy.visible_applications(by).where(Application.call_id == call.id)
    return _list(query, by, title=_("Applications"), call=call)


def _list(
    query: sa.Select[Application], by: Actor, *, title: str, call: Call | None = None
) -> ResponseReturnValue:
    chosen = kept_filters.of_list(
        request.endpoint or "", request.view_args, status=["", *(str(each) for each in ApplicationStatus)]
    )
    if chosen["status"]:
        query = query.where(Application.status == chosen["status"])
    rows, after = keyset(query.options(joinedload(Application.call)), Application.number)
    names = organization_names({row.organization_id for row in rows})
    turns = tasks.turn_holders([*rows, call] if call else rows, by)
    context: dict[str, Any] = {}
    if call is not None:
        holder = turns.get(("call", call.id), tasks.NOBODY)
        parts = tabs(call, by, "applications")
        head = header(call, by, name=call.title, meta=call.number, tabs=parts, holder=holder)
        context = {"call": call, "file": head}
    return render_template(
        "projects/list_applications.html",
        phase_names=PHASES,
        title=title,
        rows=rows,
        writes_only=policy.writes_along(by) and not policy.takes_part(by),
        names=names,
        turns=turns,
        more=chosen.url(after=after) if after else None,
        chosen=chosen,
        chips=status_chips(chosen, "application", ("submitted", "in_jury", "on_agenda", "granted")),
        **context,
    )


@bp.route("/calls/<uuid:call_id>/apply", methods=["GET", "POST"])
@requires(policy.is_applicant)
def start_application(*, by: Actor, call_id: object) -> ResponseReturnValue:
    call = get_call(call_id)
    if call is None or not call.is_public:
        abort(404)
    own = organizations.of_tenant(by.tenant_id) if by.tenant_id else []
    form = StartForm()
    form.organization.choices = choices([(str(o.id), o.name) for o in own])

    def start() -> str:
        chosen = next(o for o in own if str(o.id) == form.organization.data)
        made = applications.start_application(call, chosen, by=by)
        _warn_of_missed(chosen)
        return url_for("projects.edit_application", application_id=made.id)

    if form.validate_on_submit() and (to := carry_out(form, start, by=by)):
        return redirect(to)
    return render_template(
        "layouts/act.html",
        form=form,
        title=_("Apply in “%(title)s”", title=call.title),
        kind="",
        lead=_("You can save and go on later. What counts is what you submit before the round closes."),
        button=_("Start the application"),
        back=url_for("projects.show_call", call_id=call.id),
    ), 422 if form.errors else 200


def _warn_of_missed(organization: Organization) -> None:
    if organization.not_seen_since is not None:
        name = organization.name
        flash(_("A source no longer names %(name)s. Check whether it still exists.", name=name), "warn")


@bp.route("/applications/<uuid:application_id>")
@requires(policy.can_see_application, get_application)
def show_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    found = reading.of_application(application)
    known = standing.by_organization(found["organizations"])
    award, project = _outcome(application, found)
    own = policy.can_edit_application(by, application)
    dossier = reading.only(found, "dossier") if not own else None
    juror = policy.can_score(by, application)
    judged = (
        []
        if own or application.status in BEFORE_JURY
        else assessments.visible_assessments(found["assessments"], by)
    )
    version = submissions.counting_version(application)
    frozen = version is not None and not own and application.status in applications.EDITABLE
    shown = submissions.as_judged(version) if frozen and version else application
    may_read_dossier = dossier is not None and policy.can_see_dossier(by, dossier)
    return render_template(
        "projects/show_application.html",
        application=application,
        shown=shown,
        writable=own and applications.can_be_written(application),
        documents=found["documents"],
        dossier=dossier,
        dossier_documents=found["dossier_documents"] if may_read_dossier else [],
        names={ident: organization.name for ident, organization in known.items()},
        warnings=standing.warnings(known),
        by=by,
        file=header(application, by, name=shown.title or application.number, meta=application.number),
        places=[m.name for nis in shown.municipalities if (m := geography.municipality(nis))],
        own=own,
        staff=policy.can_handle_application(by, application),
        juror=juror,
        to_judge=juror and assessments.is_left_to(by, found["assessments"]),
        decider=policy.can_decide_application(by, application),
        version=version,
        award=award,
        project=project if project is not None and policy.can_see_project(by, project) else None,
        problems=completeness.missing(application)
        if own and application.status in applications.EDITABLE
        else [],
        assessments=judged,
        criteria={c.id: c for c in application.call.criteria} if judged else {},
        questions=completeness.questions_so_far(application),
        full=application.phase == FULL,
        history=timeline(application, found["history"]),
        funding_kinds=FUNDING_KINDS,
        outcomes=OUTCOMES,
        masked_iban=accounts.masked(application.iban) if own else "",
        receipt=submissions.receipt(application, version) if version else None,
        in_time=phases.is_open(application, clock.now()),
        closes_at=phases.closes_at(application),
        asked=asked(found["asked"], application.status),
        later_phase=phases.following(application),
        phase_names=PHASES,
        next_round=calls.next_round(application.call, clock.now()) if own else None,
        taken_along=reading.only(found, "taken_along") if own else None,
    )


def _outcome(application: Application, found: reading.Lists) -> tuple[Award | None, Project | None]:
    """What was decided and the project it became; nothing is told of a file that was not decided on."""
    if application.status not in DECIDED:
        return None, None
    return reading.only(found, "award"), reading.only(found, "project")


@bp.route("/applications/<uuid:application_id>/edit", methods=["GET", "POST"])
@requires(policy.can_edit_application, get_application)
def edit_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    found = reading.of_application_form(application)
    questions = completeness.questions(application)
    form = make_form(application, questions)
    submitting = "submit" in request.form

    def save() -> str:
        _save(application, form, by)
        if not submitting:
            return url_for("projects.edit_application", application_id=application.id)
        return url_for("projects.submit_application", application_id=application.id)

    if form.validate_on_submit() and (to := carry_out(form, save, by=by, record=application)):
        flash(_("Saved at %(time)s.", time=f"{clock.brussels(clock.now()):%H.%M}"), "ok")
        return redirect(to)
    return render_template(
        "projects/edit_application.html",
        form=form,
        application=application,
        questions=questions,
        before=[q for q in completeness.questions_so_far(application) if q not in questions],
        asked=asked(found["asked"], application.status),
        problems=_where(application),
        names=dict(found["names"]),
        closes_at=phases.closes_at(application),
        full=application.phase == FULL,
        partners_open=_may_change_partners(application, found),
        conflict=getattr(form, "conflict", False),
        documents=found["documents"],
        call_changed=any(version.at > application.created_at for version in found["changes"]),
        unknown_bank=accounts.bank_is_unknown(application.iban or ""),
    ), 422 if form.errors else 200


def _may_change_partners(application: Application, found: reading.Lists) -> bool:
    """A completion opens the sections it asks for, and no other."""
    if application.status != ApplicationStatus.COMPLETION_REQUESTED:
        return True
    return any("partners" in request_.sections for request_ in found["asked"])


def _where(application: Application, form: str = "") -> list[tuple[str, str]]:
    """What still has to be mended, each with its place on the form, whose address `form` is."""
    places = {question.code: f"{form}#{ANSWER}{question.code}" for question in application.call.questions}
    places["budget"] = f"{form}#part-budget"
    places["partner"] = url_for("projects.add_partner", application_id=application.id)
    return [
        (problem.message, places.get(problem.field, f"{form}#{problem.field}"))
        for problem in completeness.missing(application)
    ]


def _save(application: Application, form: PhaseForm, by: Actor) -> None:
    applications.save_answers(
        application, by=by, sent_version=form.sent_version, answers=form.answers(), **form.values()
    )
    if not isinstance(form, ApplicationForm):
        return
    sections = applications.open_sections(application)
    if sections is None or "budget" in sections:
        funding = [{**row, "kind": FundingKind(row["kind"])} for row in form.funding_lines()]
        applications.set_budget(application, form.cost_lines(), funding, by=by)


@bp.route("/applications/<uuid:application_id>/partners", methods=["GET", "POST"])
@requires(policy.can_edit_application, get_application)
def add_partner(application: Application, *, by: Actor) -> ResponseReturnValue:
    text = request.args.get("q", "")
    offered = search.organizations(text) if text else []
    form = PartnerForm()
    form.organization.choices = choices([(str(o.id), o.name) for o in offered])

    def add() -> None:
        chosen = next(o for o in offered if str(o.id) == form.organization.data)
        applications.add_partner(application, chosen, role=form.role.data or "", by=by)
        _warn_of_missed(chosen)

    return perform(
        form,
        add,
        by=by,
        title=_("Add a partner"),
        done=_("The partner is on the list."),
        text=text,
        back=url_for("projects.edit_application", application_id=application.id),
        template="projects/add_partner.html",
        offered=offered,
    )


@bp.route(
    "/applications/<uuid:application_id>/partners/<uuid:organization_id>/remove", methods=["GET", "POST"]
)
@requires(policy.can_edit_application, get_application, "application_id")
def remove_partner(application: Application, *, by: Actor, organization_id: uuid.UUID) -> ResponseReturnValue:
    name = organization_names({organization_id}).get(organization_id, "")
    return perform(
        ActForm(),
        lambda: applications.remove_partner(application, organization_id, by=by),
        by=by,
        title=_("Remove “%(name)s”", name=name),
        kind="danger",
        done=_("Removed."),
        back=url_for("projects.edit_application", application_id=application.id),
    )


@bp.route("/applications/<uuid:application_id>/submit", methods=["GET", "POST"])
@requires(policy.can_edit_application, get_application)
def submit_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()
    completing = application.status == ApplicationStatus.COMPLETION_REQUESTED

    def submit() -> str:
        act = admissibility.complete if completing else submissions.submit_application
        receipt = act(application, received_at=g.received_at, by=by)
        return url_for("projects.show_receipt", application_id=application.id, number=receipt.version)

    if form.validate_on_submit() and (to := carry_out(form, submit, by=by)):
        return redirect(to)
    return render_template(
        "projects/submit_application.html",
        form=form,
        application=application,
        completing=completing,
        full=application.phase == FULL,
        closes_at=phases.closes_at(application),
        problems=_where(application, url_for("projects.edit_application", application_id=application.id)),
    ), 422 if form.errors else 200


@bp.route("/applications/<uuid:application_id>/receipts/<int:number>")
@requires(policy.can_edit_application, get_application, "application_id")
def show_receipt(application: Application, *, by: Actor, number: int) -> ResponseReturnValue:
    version = next((v for v in application.versions if v.number == number), None)
    if version is None:
        abort(404)
    taken_along = None if version.in_time else submissions.taken_along(application)
    is_left = not version.in_time and taken_along is None
    return render_template(
        "projects/show_receipt.html",
        application=application,
        receipt=submissions.receipt(application, version),
        taken_along=taken_along,
        next_round=calls.next_round(application.call, clock.now()) if is_left else None,
    )


@bp.route("/applications/<uuid:application_id>/receipts/<int:number>/proof")
@requires(policy.can_edit_application, get_application, "application_id")
def download_proof(application: Application, *, by: Actor, number: int) -> ResponseReturnValue:
    """The file that the hash of the receipt is made of, to keep and to check without us."""
    version = next((v for v in application.versions if v.number == number), None)
    if version is None:
        abort(404)
    audit.read(application, by=by, action="application.proof_downloaded")
    kept = submissions.proof_of(version.content, version.received_at)
    name = f"{application.number}-{version.number}.json"
    return send_file(io.BytesIO(kept), "application/json", as_attachment=True, download_name=name)


@bp.route("/applications/<uuid:application_id>/next-round", methods=["GET", "POST"])
@requires(policy.can_edit_application, get_application)
def move_to_next_round(application: Application, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def move() -> str:
        copy = submissions.move_to_next_round(application, by=by)
        return url_for("projects.edit_application", application_id=copy.id)

    if form.validate_on_submit() and (to := carry_out(form, move, by=by)):
        return redirect(to)
    return render_template(
        "layouts/act.html",
        form=form,
        title=_("Take it to the next round"),
        kind="",
        button=_("Make the new draft"),
        lead=_("Everything you wrote is copied into a new draft."),
        back=url_for("projects.show_application", application_id=application.id),
    ), 422 if form.errors else 200


@bp.route("/applications/<uuid:application_id>/withdraw", methods=["GET", "POST"])
@requires(policy.can_edit_application, get_application)
def withdraw_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: applications.withdraw_application(application, reason=form.reason.data or "", by=by),
        by=by,
        kind="danger",
        title=_("Withdraw the application"),
        lead=f"{application.number} {application.title}",
        done=_("Withdrawn."),
        back=url_for("projects.show_application", application_id=application.id),
    )
