"""The ground on which a file was shared: on paper, and withdrawing it."""

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from core import audit
from core.access import Actor, requires
from core.acting import carry_out
from core.i18n import _
from intake import bases, consent_letters, consent_texts, policy, referrals
from intake.forms.referrals import WithdrawForm
from intake.models.bases import Basis
from intake.views import bp
from intake.views.texts import case_file


@bp.route("/bases/<uuid:basis_id>/withdraw", methods=["GET", "POST"])
@requires(policy.can_withdraw_basis, bases.get)
def withdraw_basis(basis: Basis, *, by: Actor) -> ResponseReturnValue:
    form = WithdrawForm()
    if form.validate_on_submit():

        def do() -> str:
            bases.withdraw_basis(basis, reason=form.withdraw_reason.data or "", by=by)
            return url_for("intake.list_case_referrals", case_id=basis.case_id)

        to = carry_out(form, do, by=by)
        if to:
            flash(_("Withdrawn. %(name)s sees nothing any more.", name=basis.recipient), "ok")
            return redirect(to)
    audit.read(basis, by=by)
    sent = referrals.of_case(basis.case)
    file = case_file(basis.case, by, current="list_case_referrals", sent=sent)
    told = consent_texts.told_for(basis)
    page = render_template(
        "intake/withdraw_basis.html", basis=basis, case=basis.case, file=file, form=form, told=told
    )
    return page, 422 if form.errors else 200


@bp.route("/bases/<uuid:basis_id>/print")
@requires(policy.can_withdraw_basis, bases.get)
def print_basis(basis: Basis, *, by: Actor) -> ResponseReturnValue:
    """The consent on paper, with the text that was told; or the other ground."""
    made = consent_letters.consent_letter(basis)
    audit.read(basis, by=by, action="basis.printed")
    disposition = {"Content-Disposition": f'inline; filename="{basis.case.number}.pdf"'}
    return Response(made, mimetype="application/pdf", headers=disposition)
