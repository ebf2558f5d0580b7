"""Writing in a file: a note, an attempt, something to do."""

import uuid

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.acting import act, carry_out
from core.db import session
from core.i18n import _
from intake import aid_requests, cases, contacts, notes, policy, safe_contact
from intake.forms.cases import ActForm, AttemptForm, FollowUpForm, NoteForm
from intake.models.cases import Case, FollowUp
from intake.models.contacts import AttemptResult, ToldHow
from intake.models.notes import Visibility
from intake.models.vocabulary import Channel
from intake.views import bp
from intake.views.cases import page_of


@bp.route("/cases/<uuid:case_id>/notes", methods=["POST"])
@requires(policy.can_handle_case, cases.get_to_change)
def add_note(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = NoteForm()
    if form.validate_on_submit():

        def do() -> None:
            visibility = Visibility.SHAREABLE if form.is_shareable.data else Visibility.INTERNAL
            notes.add_note(case, form.text.data or "", visibility=visibility, by=by)

        to = carry_out(form, do, by=by, record=case, to=url_for("intake.show_case", case_id=case.id))
        if to:
            flash(_("The note is kept."), "ok")
            return redirect(to)
    return page_of(case, by, 422, note=form)


@bp.route("/cases/<uuid:case_id>/attempts", methods=["POST"])
@requires(policy.can_handle_case, cases.get_to_change)
def note_attempt(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = AttemptForm()
    if form.validate_on_submit():

        def do() -> str:
            attempt = contacts.note_attempt(
                case,
                channel=Channel(form.channel.data),
                result=AttemptResult(form.result.data),
                note=form.attempt_note.data or "",
                told=ToldHow(form.told_how.data) if form.told_how.data else None,
                again_on=form.again_on.day,
                by=by,
            )
            if is_aid and aid_requests.takes_requests(case):
                return url_for("intake.register_aid_request", case_id=case.id, contact=attempt.id)
            return page

        page, is_aid = url_for("intake.show_case", case_id=case.id), form.aid.data == "yes"
        to = carry_out(form, do, by=by, record=case, to="" if is_aid else page)
        if to:
            flash(_("The contact is noted."), "ok")
            warn_unsafe(case, Channel(form.channel.data))
            return redirect(to)
    return page_of(case, by, 422, attempt=form)


def warn_unsafe(case: Case, channel: Channel | None) -> None:
    """What happened is written down as it was; that it was not safe is said at once."""
    way = safe_contact.OF_CHANNEL.get(channel) if channel is not None else None
    if way is not None and not safe_contact.is_safe(case.person, way):
        flash(safe_contact.refusal(case.person, way), "danger")


@bp.route("/cases/<uuid:case_id>/follow-ups", methods=["POST"])
@requires(policy.can_handle_case, cases.get_to_change)
def plan_follow_up(case: Case, *, by: Actor) -> ResponseReturnValue:
    form = FollowUpForm()
    if form.validate_on_submit():

        def do() -> None:
            notes.plan_follow_up(case, form.what.data or "", form.due_on.day, by=by)

        to = carry_out(form, do, by=by, record=case, to=url_for("intake.show_case", case_id=case.id))
        if to:
            flash(_("Planned."), "ok")
            return redirect(to)
    return page_of(case, by, 422, follow_up=form)


def find_follow_up(follow_up_id: uuid.UUID) -> FollowUp | None:
    return session.get(FollowUp, follow_up_id)


def can_finish(actor: Actor, follow_up: FollowUp) -> bool:
    """Whoever may work on the file."""
    return policy.can_handle_case(actor, follow_up.case)


@bp.route("/follow-ups/<uuid:follow_up_id>/done", methods=["POST"])
@requires(can_finish, find_follow_up)
def finish_follow_up(follow_up: FollowUp, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        notes.finish_follow_up(follow_up, by=by)
        return "/my-day"

    return act(ActForm(), do, by=by, said=_("Done."))
