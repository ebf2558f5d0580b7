"""The officer's formal check of an application."""

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from core import audit
from core.access import Actor, requires
from core.acting import perform
from core.fields import choices
from core.i18n import _
from projects import admissibility, completeness, letters, phases, policy, standing
from projects.forms.acts import ActForm, InviteForm
from projects.forms.assessments import CompletionForm, MotivationForm, findings_form
from projects.labels import SECTIONS
from projects.models.applications import FULL, Application
from projects.views import bp
from projects.views.applications import get_application


def _back(application: Application) -> str:
    return url_for("projects.show_application", application_id=application.id)


def _warnings(application: Application) -> list[str]:
    """What the social map says against the organizations of this file."""
    return standing.warnings(standing.of_organizations(standing.named_in(application)))


@bp.route("/applications/<uuid:application_id>/check", methods=["GET", "POST"])
@requires(policy.can_handle_application, get_application)
def check_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    criteria = admissibility.criteria(application)
    form = findings_form(criteria, application.admissibility)

    def record() -> None:
        found = {
            criterion.code: admissibility.Finding(
                form[criterion.code].data == "yes", form[f"reason-{criterion.code}"].data or ""
            )
            for criterion in criteria
        }
        admissibility.record_findings(application, found, by=by)

    return perform(
        form,
        record,
        by=by,
        title=_("Formal check"),
        button=_("Keep the check"),
        done=_("The check is kept."),
        back=_back(application),
        template="projects/check_application.html",
        criteria=criteria,
        application=application,
        warnings=_warnings(application),
    )


@bp.route("/applications/<uuid:application_id>/completion", methods=["GET", "POST"])
@requires(policy.can_handle_application, get_application)
def ask_completion(application: Application, *, by: Actor) -> ResponseReturnValue:
    form = CompletionForm()
    sections = list(dict.fromkeys(question.section for question in completeness.questions(application)))
    full = application.phase == FULL
    named = {name: name[:1].upper() + name[1:] for name in sections}
    form.sections.choices = choices({**named, **(SECTIONS if full else {})})

    def ask() -> None:
        admissibility.ask_completion(
            application, sections=form.sections.data or [], reason=form.reason.data or "", by=by
        )

    return perform(
        form,
        ask,
        by=by,
        title=_("Ask to complete the file"),
        done=_("Asked. Only these sections are open again."),
        lead=_("The applicant gets %(days)s working days.", days=application.call.completion_days),
        back=_back(application),
    )


@bp.route("/applications/<uuid:application_id>/admit", methods=["GET", "POST"])
@requires(policy.can_handle_application, get_application)
def admit_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: admissibility.admit(application, by=by),
        by=by,
        title=_("Declare admissible"),
        lead=f"{application.number} {application.title}",
        done=_("Admissible. It can go to the jury."),
        warnings=_warnings(application),
        back=_back(application),
    )


@bp.route("/applications/<uuid:application_id>/inadmissible", methods=["GET", "POST"])
@requires(policy.can_handle_application, get_application)
def declare_inadmissible(application: Application, *, by: Actor) -> ResponseReturnValue:
    form = MotivationForm()
    return perform(
        form,
        lambda: admissibility.declare_inadmissible(application, motivation=form.motivation.data or "", by=by),
        by=by,
        title=_("Declare not admissible"),
        kind="danger",
        back=_back(application),
        lead=_("The letter names your reasons and how one can object."),
        done=_("Declared not admissible."),
    )


@bp.route("/applications/<uuid:application_id>/invite", methods=["GET", "POST"])
@requires(policy.can_handle_application, get_application)
def invite_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    form = InviteForm()

    def invite() -> None:
        phases.invite(
            application,
            closes_at=form.closes_at.data,  # type: ignore[arg-type]
            reason=form.reason.data or "",
            by=by,
        )

    return perform(
        form,
        invite,
        by=by,
        title=_("Invite to the next phase"),
        lead=_("The file is open again for the applicant, with the questions of that phase."),
        done=_("Invited."),
        back=url_for("projects.list_call_applications", call_id=application.call_id),
    )


@bp.route("/applications/<uuid:application_id>/turn-down", methods=["GET", "POST"])
@requires(policy.can_handle_application, get_application)
def turn_down_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    form = MotivationForm()
    return perform(
        form,
        lambda: phases.turn_down(application, motivation=form.motivation.data or "", by=by),
        by=by,
        title=_("Do not invite to the next phase"),
        button=_("Do not invite"),
        kind="danger",
        back=_back(application),
        lead=_("The letter names your reasons and how one can object."),
        done=_("Not invited. The applicant gets a mail."),
    )


@bp.route("/applications/<uuid:application_id>/letter")
@requires(policy.can_see_application, get_application)
def print_decision(application: Application, *, by: Actor) -> ResponseReturnValue:
    """The letter with the decision, its reasons and remedies; every reading is in the trail."""
    made = letters.decision(application)
    audit.read(application, by=by, action="application.letter_read")
    disposition = {"Content-Disposition": f'inline; filename="{application.number}.pdf"'}
    return Response(made, mimetype="application/pdf", headers=disposition)
