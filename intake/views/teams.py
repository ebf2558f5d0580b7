"""The team board: load per colleague, allocate, stand in, hand over."""

import uuid

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from core import clock
from core.access import Actor, requires
from core.acting import act, perform
from core.db import session
from core.errors import NotFound
from core.i18n import _
from core.models.accounts import User
from intake import cases, labels, teams
from intake.forms.cases import ActForm
from intake.forms.teams import AbsenceForm, HandOverForm
from intake.models.absences import Absence
from intake.models.cases import Case
from intake.views import bp
from intake.views.texts import case_name


@bp.route("/team")
@requires(teams.leads)
def show_team(*, by: Actor) -> ResponseReturnValue:
    assert by.tenant_id is not None  # noqa: S101 - the rule asks for one
    return render_template(
        "intake/show_team.html",
        loads=teams.loads(by.tenant_id),
        unallocated=teams.unallocated(by.tenant_id),
        absences=teams.absences(by.tenant_id),
        today=clock.today(),
    )


def _colleague(user_id: uuid.UUID, by: Actor) -> tuple[User, list[tuple[uuid.UUID, str]]]:
    """A colleague of the own organization, and the others by name."""
    assert by.tenant_id is not None  # noqa: S101 - the rule asks for one
    workers = cases.workers_of(by.tenant_id)
    found = next((user for user in workers if user.id == user_id), None)
    if found is None:
        raise NotFound("no colleague")
    return found, [(user.id, user.name) for user in workers if user.id != user_id]


@bp.route("/team/<uuid:user_id>/hand-over", methods=["GET", "POST"])
@requires(teams.leads)
def hand_over_cases(*, user_id: uuid.UUID, by: Actor) -> ResponseReturnValue:
    giver, others = _colleague(user_id, by)
    load = teams.caseload(giver, by.tenant_id).options(joinedload(Case.person), joinedload(Case.household))
    files = [(case.id, _line(case)) for case in session.scalars(load)]
    form = HandOverForm(workers=others, files=files)

    def hand_over() -> None:
        to = session.get_one(User, uuid.UUID(form.to.data))
        teams.hand_over(giver, to, chosen=form.chosen, by=by)

    return perform(
        form,
        hand_over,
        by=by,
        title=_("Hand over the files of %(name)s", name=giver.name),
        lead=_("Open files and what is planned in them go to a colleague."),
        button=_("Hand over"),
        done=_("Handed over."),
        back=url_for("intake.show_team"),
    )


def _line(case: Case) -> str:
    name = case_name(case)
    number = [] if case.number in name else [case.number]
    return ", ".join([name, *number, labels.label(case.status), str(case.urgency)])


@bp.route("/team/absences/<uuid:absence_id>/end", methods=["POST"])
@requires(teams.can_end_absence, teams.get_absence)
def end_absence(absence: Absence, *, by: Actor) -> ResponseReturnValue:
    def end() -> str:
        teams.end_absence(absence, by=by)
        return url_for("intake.show_team")

    return act(ActForm(), end, by=by, said=_("The absence has ended. Nobody stands in any more."))


@bp.route("/team/<uuid:user_id>/absence", methods=["GET", "POST"])
@requires(teams.leads)
def set_absence(*, user_id: uuid.UUID, by: Actor) -> ResponseReturnValue:
    user, others = _colleague(user_id, by)
    form = AbsenceForm(workers=others, data={"starts_on": clock.today()})

    def do() -> None:
        substitute = session.get_one(User, uuid.UUID(form.to.data))
        first, last = form.starts_on.data or clock.today(), form.ends_on.data or clock.today()
        teams.set_absence(user, substitute, first, last, by=by)

    return perform(
        form,
        do,
        by=by,
        title=_("%(name)s is away", name=user.name),
        lead=_("What falls due stands in the day of the substitute. The files keep their holder."),
        button=_("Keep"),
        done=_("Kept."),
        back=url_for("intake.show_team"),
    )
