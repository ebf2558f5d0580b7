"""What may not be passed on: the list of a file, adding and ending."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from core import audit
from core.access import Actor, requires
from core.acting import act, carry_out
from core.errors import DomainError
from core.i18n import _
from intake import cases, exclusion_rules, exclusions, policy, referrals
from intake.forms.cases import ActForm
from intake.forms.exclusions import ExclusionForm
from intake.models.cases import Case
from intake.models.exclusions import Exclusion
from intake.views import bp
from intake.views.texts import case_file

FIELDS = {"subject": "item", "organization": "organization", "person": "name"}


def can_end_exclusion(actor: Actor, exclusion: Exclusion) -> bool:
    """Whoever works on the file it belongs to."""
    return policy.can_handle_case(actor, exclusion.case)


@bp.route("/cases/<uuid:case_id>/exclusions", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def list_exclusions(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = ExclusionForm()
    if form.validate_on_submit():

        def do() -> str:
            _exclude(case, form, by)
            return url_for("intake.list_exclusions", case_id=case.id)

        to = carry_out(form, do, by=by, record=case)
        if to:
            flash(_("Noted. It is left out everywhere from now on."), "ok")
            return redirect(to)
    audit.read(case, by=by)
    sent = referrals.of_case(case)
    page = render_template(
        "intake/list_exclusions.html",
        case=case,
        file=case_file(case, by, current="list_case_referrals", sent=sent),
        rows=exclusion_rules.of_case(case),
        form=form,
    )
    return page, 422 if form.errors else 200


def _exclude(case: Case, form: ExclusionForm, by: Actor) -> None:
    ((kind, text),) = form.only_chosen().items()
    if not text:
        raise DomainError(_("Fill this in."), field=FIELDS[kind])
    if kind == "organization":
        exclusions.exclude(case, organization=exclusions.organization_named(text), by=by)
    elif kind == "subject":
        exclusions.exclude(case, item=text, by=by)
    else:
        exclusions.exclude(case, name=text, by=by)


@bp.route("/exclusions/<uuid:exclusion_id>/end", methods=["POST"])
@requires(can_end_exclusion, exclusions.get)
def end_exclusion(exclusion: Exclusion, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        exclusions.end_exclusion(exclusion, by=by)
        return url_for("intake.list_exclusions", case_id=exclusion.case_id)

    return act(ActForm(), do, by=by, said=_("Ended."))
