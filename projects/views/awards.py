"""Ranking within the credit, and the decision of the body."""

import sqlalchemy as sa
from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from core import clock
from core.access import Actor, requires
from core.acting import perform
from core.db import session
from core.i18n import _
from projects import assessments, awards, evaluations, ledger, policy, ranking, reading
from projects.forms.acts import ActForm
from projects.forms.assessments import DecisionForm
from projects.labels import OUTCOMES
from projects.models.applications import Application
from projects.models.awards import Outcome
from projects.models.calls import Call, Round
from projects.views import bp
from projects.views.applications import get_application
from projects.views.calls import can_handle_round, get_call, get_round, tabs
from projects.views.showing import header, organization_names


@bp.route("/calls/<uuid:call_id>/ranking")
@requires(policy.can_see_ranking, get_call)
def show_ranking(call: Call, *, by: Actor) -> ResponseReturnValue:
    """The order of each round as it stands; files that the reader is recused from are left out."""
    hidden = assessments.recused_files(by)
    found = reading.of_ranking(call)
    frozen = {fixed.round_id: fixed for fixed in found["rankings"]}
    rounds = []
    for planned in call.rounds:
        fixed = frozen.get(planned.id)
        order = ranking.frozen_lines(fixed) if fixed else ranking.rank(planned, found)
        lines = [line for line in order if line.application_id not in hidden]
        rounds.append((planned, lines, ranking.ties_at_the_line(lines), fixed))
    shown = {line.application_id for _round, lines, _ties, _fixed in rounds for line in lines}
    files = {a.id: a for a in session.scalars(sa.select(Application).where(Application.id.in_(shown)))}
    return render_template(
        "projects/show_ranking.html",
        call=call,
        rounds=rounds,
        applications=files,
        outcomes=OUTCOMES,
        reason_text=ranking.reason_text,
        names=organization_names({a.organization_id for a in files.values()}),
        free=ledger.free_of(ledger.by_kind(found["sums"])),
        file=header(call, by, name=call.title, meta=call.number, tabs=tabs(call, by, "ranking")),
        officer=policy.can_handle_call(by, call),
    )


@bp.route("/calls/rounds/<uuid:round_id>/rank", methods=["GET", "POST"])
@requires(can_handle_round, get_round)
def fix_ranking(planned: Round, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: ranking.fix_ranking(planned, by=by),
        by=by,
        title=_("Fix the ranking"),
        lead=_("The order is frozen for the body. The jury advises, the body decides."),
        done=_("The ranking is fixed. Put the files on the agenda."),
        back=url_for("projects.show_ranking", call_id=planned.call_id),
    )


@bp.route("/applications/<uuid:application_id>/agenda", methods=["GET", "POST"])
@requires(policy.can_handle_application, get_application)
def put_on_agenda(application: Application, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: awards.put_on_agenda(application, by=by),
        by=by,
        title=_("Put on the agenda of the body"),
        lead=f"{application.number} {application.title}",
        done=_("On the agenda."),
        back=url_for("projects.show_ranking", call_id=application.call_id),
    )


@bp.route("/applications/<uuid:application_id>/decide", methods=["GET", "POST"])
@requires(policy.can_decide_application, get_application)
def decide_application(application: Application, *, by: Actor) -> ResponseReturnValue:
    advice = awards.advised(application)
    filled = {"outcome": advice, "amount": application.asked_cents, "decided_on": clock.today()}
    form = DecisionForm(data=filled)

    def decide() -> None:
        awards.decide(
            application,
            Outcome(form.outcome.data),
            amount_cents=form.amount.data or 0,
            motivation=form.motivation.data or "",
            deviation=form.deviation.data or "",
            decided_on=form.decided_on.data,
            by=by,
        )

    return perform(
        form,
        decide,
        by=by,
        title=_("Decide on %(number)s", number=application.number),
        button=_("Decide"),
        done=_("Decided. The applicant gets the letter."),
        application=application,
        advice=advice,
        outcomes=OUTCOMES,
        free=ledger.free_credit(application.call_id),
        template="projects/decide_application.html",
        back=url_for("projects.show_ranking", call_id=application.call_id),
    )


@bp.route("/calls/<uuid:call_id>/close-decisions", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def close_decisions(call: Call, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: awards.close_decisions(call, by=by),
        by=by,
        title=_("Close the decisions"),
        lead=_("The list of awards becomes public."),
        done=_("Decided."),
        back=url_for("projects.show_call", call_id=call.id),
    )


@bp.route("/calls/<uuid:call_id>/close", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def close_call(call: Call, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: evaluations.close_call(call, by=by),
        by=by,
        title=_("Close the call as evaluated"),
        lead=call.title,
        done=_("The call is evaluated."),
        back=url_for("projects.show_call", call_id=call.id),
    )
