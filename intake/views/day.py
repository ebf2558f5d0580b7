"""Mijn dag: what this worker can act on now."""

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from core import audit, kept_filters, navigation
from core.access import Actor, requires, signed_in
from core.acting import act
from intake import cases, day, policy, timeline
from intake.forms.cases import ActForm
from intake.models.cases import Case
from intake.views import bp


@bp.route("/my-day")
@signed_in
def show_day(*, by: Actor) -> ResponseReturnValue:
    if not policy.is_desk(by):
        return redirect(navigation.start_url(by))
    chosen = kept_filters.of_list("intake.show_day", of=["me", "team"])
    whole = chosen["of"] == "team" and policy.is_intake_worker(by)
    today = day.of(by, mine=not whole)
    for referral in [*today.inbound, *today.running]:
        audit.read(referral, by=by, action="referral.listed")
    return render_template("intake/show_day.html", day=today, whole=whole, by=by)


@bp.route("/cases/<uuid:case_id>/seen", methods=["POST"])
@requires(policy.can_see_case, cases.get)
def mark_case_seen(case: Case, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        page = timeline.of_case(case, limit=1, reader_id=by.user_id)
        day.mark_seen(case.id, page.newest, page.seen, by=by)
        return "/my-day#nieuw"

    return act(ActForm(), do, by=by)
