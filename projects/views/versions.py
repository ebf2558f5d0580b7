"""Versions of a call: what changed since publication, for everybody; and changing it in the open."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, public, requires
from core.acting import perform
from core.i18n import _
from projects import calls, policy, versions
from projects.forms.calls import ChangeForm
from projects.models.calls import Call
from projects.views import bp
from projects.views.calls import get_call


@bp.route("/calls/<uuid:call_id>/versions")
@public
def list_call_versions(call_id: object) -> ResponseReturnValue:
    call = get_call(call_id)
    if call is None or not call.is_public:
        return render_template("errors/404.html"), 404
    return render_template(
        "projects/list_call_versions.html",
        call=call,
        editions=versions.editions(call),
        notices=calls.notices(call),
    )


@bp.route("/calls/<uuid:call_id>/change", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def change_call(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = ChangeForm(data={name: getattr(call, name) for name in (*calls.CHANGEABLE, "version")})

    def change() -> None:
        values = {name: form[name].data or "" for name in calls.CHANGEABLE}
        reason, seen = form.reason.data or "", form.sent_version
        calls.change_call(call, reason=reason, by=by, sent_version=seen, **values)

    return perform(
        form,
        change,
        by=by,
        record=call,
        title=_("Change the published call"),
        lead=_("Everybody sees both texts. Amounts, criteria and questions stay as they were approved."),
        button=_("Change"),
        done=_("Changed. Whoever began an application gets a mail."),
        back=url_for("projects.show_call", call_id=call.id),
    )
