"""Changing a published call: one officer proposes, a second one makes the change or declines it."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.acting import perform
from core.db import session
from core.i18n import _
from projects import changes, policy
from projects.forms.acts import ActForm, ExtendForm, ReasonForm
from projects.forms.calls import ChangeForm
from projects.models.calls import Call, Round
from projects.models.changes import CallChange
from projects.views import bp
from projects.views.calls import can_handle_round, get_call, get_round


def get_change(call_change_id: object) -> CallChange | None:
    return session.get(CallChange, call_change_id)


def can_handle_change(actor: Actor, change: CallChange) -> bool:
    return policy.can_handle_call(actor, change.call)


def _back(call: Call) -> str:
    return url_for("projects.show_call", call_id=call.id)


@bp.route("/calls/<uuid:call_id>/change", methods=["GET", "POST"])
@requires(policy.can_handle_call, get_call)
def change_call(call: Call, *, by: Actor) -> ResponseReturnValue:
    form = ChangeForm(data={name: getattr(call, name) for name in (*changes.CHANGEABLE, "version")})

    def propose() -> None:
        values = {name: form[name].data or "" for name in changes.CHANGEABLE}
        reason, seen = form.reason.data or "", form.sent_version
        changes.propose_texts(call, reason=reason, by=by, sent_version=seen, **values)

    return perform(
        form,
        propose,
        by=by,
        record=call,
        title=_("Change the published call"),
        lead=_(
            "A colleague makes the change; then everybody sees both texts. Amounts, criteria and questions "
            "stay as they were approved."
        ),
        button=_("Propose the change"),
        done=_("Proposed. A colleague has to make the change."),
        back=_back(call),
    )


@bp.route("/calls/rounds/<uuid:round_id>/extend", methods=["GET", "POST"])
@requires(can_handle_round, get_round)
def extend_round(planned: Round, *, by: Actor) -> ResponseReturnValue:
    form = ExtendForm()

    def propose() -> None:
        changes.propose_closing(planned, closes_at=form.closes_at.data, reason=form.reason.data or "", by=by)  # type: ignore[arg-type]

    return perform(
        form,
        propose,
        by=by,
        title=_("Extend the round"),
        lead=_("A colleague makes the change. The public page then says why, and it holds for everybody."),
        button=_("Propose the change"),
        done=_("Proposed. A colleague has to make the change."),
        back=_back(planned.call),
    )


@bp.route("/calls/changes/<uuid:call_change_id>/make", methods=["GET", "POST"])
@requires(can_handle_change, get_change)
def make_change(change: CallChange, *, by: Actor) -> ResponseReturnValue:
    if request.method == "GET":
        changes.refuse_unmakeable(change)
    return perform(
        ActForm(),
        lambda: changes.make_change(change, by=by),
        by=by,
        title=_("Make the change"),
        lead=_("It stands on the public page at once. Whoever began an application gets a mail."),
        done=_("Changed. Whoever began an application gets a mail."),
        back=_back(change.call),
        template="projects/make_change.html",
        change=change,
        differences=lambda: changes.differences(change),  # after the lock, and only when shown
    )


@bp.route("/calls/changes/<uuid:call_change_id>/decline", methods=["GET", "POST"])
@requires(can_handle_change, get_change)
def decline_change(change: CallChange, *, by: Actor) -> ResponseReturnValue:
    if request.method == "GET":
        changes.refuse_answered(change)
    form = ReasonForm()
    return perform(
        form,
        lambda: changes.decline_change(change, reason=form.reason.data or "", by=by),
        by=by,
        kind="second",
        title=_("Leave the call as it is"),
        lead=change.call.title,
        done=_("Declined. The call stays as it is."),
        back=_back(change.call),
    )
