"""Versions of a call: what changed since publication, for everybody."""

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from core.access import public
from projects import calls, versions
from projects.views import bp
from projects.views.calls import get_call


@bp.route("/calls/<uuid:call_id>/versions")
@public
def list_call_versions(call_id: object) -> ResponseReturnValue:
    call = get_call(call_id)
    if call is None or not call.is_public:
        abort(404)
    return render_template(
        "projects/list_call_versions.html",
        call=call,
        editions=versions.editions(call),
        notices=calls.notices(call),
    )
