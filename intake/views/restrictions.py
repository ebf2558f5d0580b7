"""Restricting a file, and opening it to colleagues again."""

from flask import url_for
from flask.typing import ResponseReturnValue

from core import audit
from core.access import Actor, requires
from core.acting import perform
from core.i18n import _
from intake import cases, policy, restrictions
from intake.forms.emergencies import RestrictForm
from intake.models.cases import Case
from intake.views import bp


@bp.route("/cases/<uuid:case_id>/restrict", methods=["GET", "POST"])
@requires(policy.can_restrict_case, cases.get)
def restrict_case(case: Case, *, by: Actor) -> ResponseReturnValue:
    """One page for both ways: what it says follows the file."""
    form = RestrictForm()
    audit.read(case, by=by)
    if not form.version.data:
        form.version.data = str(case.version)
    lifts = case.is_restricted

    def do() -> None:
        change = restrictions.lift_restriction if lifts else restrictions.restrict_case
        change(case, form.reason.data or "", by=by, version=form.sent_version)

    return perform(
        form, do, by=by, record=case, back=url_for("intake.show_case", case_id=case.id),
        title=_("Open the file to all colleagues") if lifts else _("Restrict the file"),
        lead=_("Every colleague can find and read it again.") if lifts
        else _("Only the holder and the team leads read it. Others do not find the file or the person."),
        done=_("Every colleague reads this file again.") if lifts
        else _("Only the holder and the team leads read this file now."),
    )  # fmt: skip
