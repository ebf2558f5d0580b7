"""What the source said of a notice, kept by an editor."""

from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.db import transaction
from core.errors import DomainError
from core.i18n import _
from socialmap import corrections, policy
from socialmap.forms.deliveries import AnswerForm
from socialmap.models.upkeep import Correction
from socialmap.views import bp


@bp.post("/social-map/corrections/<uuid:correction_id>/answer")
@requires(policy.can_settle, corrections.get)
def answer_correction(correction: Correction, *, by: Actor) -> ResponseReturnValue:
    """Keep what the source answered; the notice stays open until it is put right."""
    return _settle(correction, corrections.answer, _("Saved."), by)


@bp.post("/social-map/corrections/<uuid:correction_id>/close")
@requires(policy.can_settle, corrections.get)
def close_correction(correction: Correction, *, by: Actor) -> ResponseReturnValue:
    """Close a notice with the answer of the source."""
    return _settle(correction, corrections.close, _("Closed."), by)


def _settle(correction: Correction, act: Any, said: str, by: Actor) -> ResponseReturnValue:
    form = AnswerForm()
    try:
        if form.validate_on_submit():
            with transaction():
                act(correction, form.answer.data or "", by=by)
            flash(said, "ok")
        else:
            flash(" ".join(message for messages in form.errors.values() for message in messages), "error")
    except DomainError as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("socialmap.list_upkeep", kind="errors"))
