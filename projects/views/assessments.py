"""The jury: interests, assignment, scores."""

import uuid

import sqlalchemy as sa
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import accounts
from core.access import Actor, Role, requires
from core.acting import carry_out, perform
from core.db import session
from core.fields import choices
from core.i18n import _
from projects import assessments, policy
from projects.forms.assessments import InterestsForm, JurorsForm, RecuseForm, score_form
from projects.models.applications import Application, ApplicationPartner
from projects.models.assessments import Affiliation, AssessmentStatus
from projects.models.calls import Call
from projects.views import bp
from projects.views.applications import get_application
from projects.views.calls import get_call, tabs
from projects.views.showing import header, organization_names


@bp.route("/calls/<uuid:call_id>/interests", methods=["GET", "POST"])
@requires(policy.can_declare_interests, get_call)
def declare_interests(call: Call, *, by: Actor) -> ResponseReturnValue:
    """Applicants and partners to tick; the names are those of this call and of ties declared before."""
    involved = _involved(call, by)
    mine = set(
        session.scalars(sa.select(Affiliation.organization_id).where(Affiliation.user_id == by.user_id))
    )
    names = organization_names(involved | mine)
    form = InterestsForm(data={"organizations": [str(key) for key in mine]})
    form.organizations.choices = choices(
        sorted(((str(key), name) for key, name in names.items()), key=lambda c: c[1])
    )

    def declare() -> None:
        chosen = [uuid.UUID(key) for key in form.organizations.data or []]
        assessments.declare_interests(call, chosen, text=form.text.data or "", by=by)

    return perform(
        form,
        declare,
        by=by,
        title=_("My interests in this call"),
        button=_("Declare"),
        done=_("Declared. Files with a tie are gone from your lists."),
        call=call,
        file=header(call, by, name=call.title, meta=call.number, tabs=tabs(call, by, "interests")),
        back=url_for("projects.show_call", call_id=call.id),
        template="projects/declare_interests.html",
        declared=assessments.find_declaration(call, by.user_id),
    )


def _involved(call: Call, by: Actor) -> set[uuid.UUID]:
    """Every applicant and partner: names of organizations only, and none of a file the reader left."""
    seen = (
        Application.call_id == call.id,
        Application.status.not_in(policy.HIDDEN_FROM_AUTHORITY),
        policy.not_recused(by),
    )
    applicants = sa.select(Application.organization_id).where(*seen)
    partners = sa.select(ApplicationPartner.organization_id).join(Application).where(*seen)
    return set(session.scalars(sa.union(applicants, partners)))


@bp.route("/applications/<uuid:application_id>/jurors", methods=["GET", "POST"])
@requires(policy.can_handle_application, get_application)
def assign_jurors(application: Application, *, by: Actor) -> ResponseReturnValue:
    jurors = accounts.members(application.call.tenant_id, Role.JUROR)
    form = JurorsForm(data={"jurors": [str(juror.id) for juror in jurors]})
    form.jurors.choices = choices([(str(juror.id), juror.name) for juror in jurors])

    def assign() -> None:
        chosen = [juror for juror in jurors if str(juror.id) in (form.jurors.data or [])]
        assessments.assign_jurors(application, chosen, by=by)

    return perform(
        form,
        assign,
        by=by,
        title=_("Assign jurors"),
        button=_("Assign"),
        done=_("The jury can score this file."),
        lead=_("Who has a tie with the applicant or a partner is left out automatically."),
        back=url_for("projects.show_application", application_id=application.id),
    )


@bp.route("/applications/<uuid:application_id>/recuse", methods=["GET", "POST"])
@requires(policy.can_see_application, get_application)
def recuse_myself(application: Application, *, by: Actor) -> ResponseReturnValue:
    form = RecuseForm()

    def recuse() -> None:
        if by.user_id is not None:
            assessments.recuse(application, by.user_id, reason=form.reason.data or "", by=by)

    return perform(
        form,
        recuse,
        by=by,
        title=_("I may not judge this file"),
        kind="danger",
        button=_("Take this file away from me"),
        lead=_("You will not see it any more: not in lists, not in search, not in mails."),
        done=_("The file is gone from your lists."),
        back=url_for("projects.list_applications"),
    )


@bp.route("/applications/<uuid:application_id>/score", methods=["GET", "POST"])
@requires(policy.can_score, get_application)
def score_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    assessment = assessments.find_assessment(application, by.user_id)
    if assessment is None:
        abort(404)
    back = url_for("projects.show_application", application_id=application.id)
    if assessment.status == AssessmentStatus.SUBMITTED:
        flash(_("This assessment was handed in already."), "warn")
        return redirect(back)
    criteria = assessments.scored_criteria(application.call)
    saved = {score.criterion_id: (score.points, score.motivation) for score in assessment.scores}
    form = score_form(criteria, saved)

    def save() -> str:
        handing_in = "submit" in request.form
        for criterion in criteria:
            points, reason = form[f"points-{criterion.code}"].data, form[f"motivation-{criterion.code}"].data
            if points is not None or reason:
                assessments.save_score(
                    assessment,
                    criterion,
                    points=-1 if points is None else points,
                    motivation=reason or "",
                    by=by,
                )
        if handing_in:
            assessments.submit_assessment(assessment, application, advice=form["advice"].data or "", by=by)
        return back

    if form.validate_on_submit() and (to := carry_out(form, save, by=by)):
        flash(_("Your scores are in.") if "submit" in request.form else _("Saved."), "ok")
        return redirect(to)
    return render_template(
        "projects/score_application.html",
        form=form,
        application=application,
        criteria=criteria,
        back=back,
        assessment=assessment,
    ), 422 if form.errors else 200
