"""Looking back: ask the citizen, and what all answers of a year tell."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from core import audit
from core.access import Actor, requires
from core.acting import carry_out
from core.i18n import _
from intake import help_requests, look_backs, referrals, teams
from intake.forms.look_backs import LookBackForm
from intake.models.cases import FollowUp
from intake.models.vocabulary import CitizenSays
from intake.views import bp
from intake.views.notes import can_finish
from intake.views.texts import case_file


@bp.route("/follow-ups/<uuid:follow_up_id>/look-back", methods=["GET", "POST"])
@requires(can_finish, look_backs.get)
def look_back(look: FollowUp, *, by: Actor) -> ResponseReturnValue:
    """What partners reported, and four buttons for what the citizen says; on to the day, or to the file."""
    case = look.case
    requests, sent = help_requests.of_case(case), referrals.of_case(case)
    form = LookBackForm(requests=requests)
    if form.validate_on_submit():

        def do() -> str:
            says = CitizenSays(form.says.data)
            look_backs.answer(look, says, about=form.chosen(), words=form.words.data or "", by=by)
            is_settled = says in {CitizenSays.HELPED, CitizenSays.NOT_REACHED}
            return "/my-day" if is_settled else url_for("intake.show_case", case_id=case.id)

        to = carry_out(form, do, by=by)
        if to:
            flash(_("Noted what the citizen says."), "ok")
            return redirect(to)
    audit.read(case, by=by)
    return render_template(
        "intake/look_back.html",
        case=case,
        file=case_file(case, by, current="show_case", sent=sent, questions=len(requests)),
        look=look,
        reported=[r for r in sent if r.status in look_backs.REPORTED and r.kind.sends_data],
        requests=requests,
        form=form,
    ), 422 if form.errors else 200


@bp.route("/team/outcomes")
@requires(teams.leads)
def list_outcomes(*, by: Actor) -> ResponseReturnValue:
    """What citizens said in a year, beside what partners reported: counts of the own organization."""
    assert by.tenant_id is not None  # noqa: S101 - the rule asks for one
    return render_template(
        "intake/list_outcomes.html",
        said=look_backs.said(by.tenant_id),
        reported=look_backs.reported(by.tenant_id),
    )
