"""Who looked at a file, on screen and on paper."""

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import audit
from core.access import Actor, requires
from intake import cases, emergencies, policy, readers
from intake.models.cases import Case
from intake.views import bp


@bp.route("/cases/<uuid:case_id>/readers")
@requires(policy.can_see_readers, cases.get)
def list_readers(case: Case, *, by: Actor) -> ResponseReturnValue:
    """Names of colleagues and partners; of the citizen only the number of the file."""
    after = request.args.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None
    rows, following = readers.of_case(case, after=start)
    audit.read(case, by=by, action="readers.read")
    more = url_for("intake.list_readers", case_id=case.id, after=following) if following else None
    return render_template(
        "intake/list_readers.html",
        case=case,
        rows=rows,
        opened=emergencies.of_case(case) if start is None else [],
        more=more,
        what=readers.what,
        can_open=policy.can_see_case(by, case),
    )


@bp.route("/cases/<uuid:case_id>/readers.pdf")
@requires(policy.can_see_readers, cases.get)
def print_readers(case: Case, *, by: Actor) -> ResponseReturnValue:
    made = readers.letter(case, by=by)
    audit.read(case, by=by, action="case.printed")
    disposition = {"Content-Disposition": f'inline; filename="{case.number}.pdf"'}
    return Response(made, mimetype="application/pdf", headers=disposition)
