"""The editors' list of notices to sources."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.db import transaction
from core.i18n import _
from socialmap import corrections, policy
from socialmap.forms.deliveries import AnswerForm
from socialmap.models.upkeep import Correction
from socialmap.views import bp


@bp.get("/social-map/corrections")
@requires(policy.can_edit_map)
def list_corrections(*, by: Actor) -> ResponseReturnValue:
    """Open notices, oldest first."""
    return render_template("socialmap/list_corrections.html", rows=corrections.worklist(), form=AnswerForm())


@bp.post("/social-map/corrections/<uuid:correction_id>/answer")
@requires(policy.can_settle, corrections.get)
def answer_correction(correction: Correction, *, by: Actor) -> ResponseReturnValue:
    """Keep what the source answered; the notice stays open until it is put right."""
    form = AnswerForm()
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            corrections.answer(correction, form.answer.data or "", by=by)
        if not form.errors:
            flash(_("Saved."), "ok")
            return redirect(url_for("socialmap.list_corrections"))
    return render_template("socialmap/list_corrections.html", rows=corrections.worklist(), form=form)


@bp.post("/social-map/corrections/<uuid:correction_id>/close")
@requires(policy.can_settle, corrections.get)
def close_correction(correction: Correction, *, by: Actor) -> ResponseReturnValue:
    """Close a notice with the answer of the source."""
    form = AnswerForm()
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            corrections.close(correction, form.answer.data or "", by=by)
        if not form.errors:
            flash(_("Closed."), "ok")
            return redirect(url_for("socialmap.list_corrections"))
    return render_template("socialmap/list_corrections.html", rows=corrections.worklist(), form=form)
