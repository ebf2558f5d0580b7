"""Who writes along in an application: inviting, answering the invitation, ending it."""

import uuid
from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from core.access import Actor, requires, signed_in
from core.acting import carry_out, perform
from core.errors import DomainError
from core.i18n import _
from projects import editors, policy
from projects.forms.acts import ActForm
from projects.forms.editors import EditorForm
from projects.models.applications import Application
from projects.views import bp
from projects.views.applications import get_application
from projects.views.showing import organization_names


@bp.route("/applications/<uuid:application_id>/editors", methods=["GET", "POST"])
@requires(policy.can_edit_application, get_application)
def invite_editor(application: Application, *, by: Actor) -> ResponseReturnValue:
    """Ask someone of a partner to write along; who does and who was asked is listed."""
    form = EditorForm()

    def invite() -> None:
        locale = str(get_locale() or "nl")
        editors.invite_editor(application, form.email.data or "", locale=locale, by=by)

    return perform(
        form,
        invite,
        by=by,
        title=_("Who edits along"),
        button=_("Invite"),
        done=_("A mail with a link is on its way."),
        template="projects/invite_editor.html",
        editors=editors.editors_of(application),
        invitations=editors.open_invitations(application),
        application=application,
        back=url_for("projects.invite_editor", application_id=application.id),
    )


@bp.route("/applications/<uuid:application_id>/editors/remove", methods=["POST"])
@requires(policy.can_edit_application, get_application)
def remove_editor(application: Application, *, by: Actor) -> ResponseReturnValue:
    return _end(application, lambda key: editors.remove_editor(application, key, by=by), by, _("Removed."))


@bp.route("/applications/<uuid:application_id>/editors/withdraw", methods=["POST"])
@requires(policy.can_edit_application, get_application)
def withdraw_invitation(application: Application, *, by: Actor) -> ResponseReturnValue:
    done = _("The link does not work any more.")
    return _end(application, lambda key: editors.withdraw_invitation(application, key, by=by), by, done)


def _end(
    application: Application, end: Callable[[uuid.UUID], None], by: Actor, done: str
) -> ResponseReturnValue:
    form, back = ActForm(), url_for("projects.invite_editor", application_id=application.id)

    def carry() -> str:
        try:
            end(uuid.UUID(request.form.get("editor", "")))
        except ValueError:
            raise DomainError(_("Choose a person of the list.")) from None
        return back

    if form.validate_on_submit() and carry_out(form, carry, by=by):
        flash(done, "ok")
    return redirect(back)


@bp.route("/invitations/<string:token>", methods=["GET", "POST"])
@signed_in
def accept_invitation(*, by: Actor, token: str) -> ResponseReturnValue:
    """What somebody was asked, for the account of the address it was sent to."""
    accepted = editors.find_accepted(token, by=by)
    if accepted is not None:
        return redirect(url_for("projects.show_application", application_id=accepted.id))
    invitation = editors.find_invitation(token)
    if invitation is None or not editors.is_for(invitation, by):
        return render_template("projects/_invitation_ended.html"), 404
    application, form = invitation.application, ActForm()

    def accept() -> str:
        editors.accept_invitation(invitation, by=by)
        return url_for("projects.edit_application", application_id=application.id)

    if form.validate_on_submit() and (to := carry_out(form, accept, by=by)):
        flash(_("You can write and submit now, like the applicant."), "ok")
        return redirect(to)
    lead = _(
        "%(organization)s asks you to write along in its application for “%(call)s”.",
        organization=organization_names({application.organization_id})[application.organization_id],
        call=application.call.title,
    )
    return render_template(
        "layouts/act.html",
        form=form,
        title=_("Write along in an application"),
        lead=lead,
        button=_("I write along"),
        kind="",
        back=url_for("core.start"),
    ), (422 if form.errors else 200)
