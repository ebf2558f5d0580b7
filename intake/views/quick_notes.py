"""The line of a file that is quick to type: what was understood is shown at once, with a way back."""

import uuid
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.acting import act, carry_out, perform
from core.i18n import _, long_date
from intake import cases, contacts, kept_notes, labels, policy, timeline
from intake.forms.cases import ActForm, QuickNoteForm
from intake.models.cases import Case, CaseStatus
from intake.models.contacts import AttemptResult
from intake.views import bp
from intake.views.notes import warn_unsafe


@bp.route("/cases/<uuid:case_id>/line", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def keep_line(case: Case, *, by: Actor) -> ResponseReturnValue:
    """Keep one line; the file says what was understood and offers to take it back."""
    form = QuickNoteForm()
    said: list[str] = []

    def do() -> str:
        kept = kept_notes.keep(case, form.line.data or "", by=by)
        said.append(understood(kept))
        warn_unsafe(case, kept.channel)
        return url_for("intake.show_case", case_id=case.id, kept=kept.step, _anchor="tijdlijn")

    if form.validate_on_submit():
        to = carry_out(form, do, by=by)
        if to:
            for text in said:
                flash(text, "ok")
            return redirect(to)
    back = url_for("intake.show_case", case_id=case.id)
    return perform(form, do, by=by, title=_("One line in the file"), done="", back=back, button=_("Keep"))


def understood(kept: kept_notes.Kept) -> str:
    """What was made of a line, in one sentence."""
    parts = [str(_("Note"))]
    if kept.channel is not None:
        parts = [labels.label(kept.channel), labels.label(kept.result).lower()]
    text = str(_("Kept as: %(what)s.", what=", ".join(parts)))
    if kept.again_on is not None:
        text += " " + str(_("Back on %(day)s.", day=long_date(kept.again_on)))
    return text


@bp.route("/cases/<uuid:case_id>/line/<int:step>/undo", methods=["POST"])
@requires(policy.can_handle_case, cases.get)
def undo_line(case: Case, *, step: int, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        kept_notes.undo(case, step, by=by)
        return url_for("intake.show_case", case_id=case.id, _anchor="tijdlijn")

    return act(ActForm(), do, by=by, said=_("Undone. The line is gone from the file."))


@bp.context_processor
def shared() -> dict[str, Any]:
    return {
        "undo_url": undo_url,
        "line_kept": line_kept,
        "talk_kept": talk_kept,
        "offers_unreachable": offers_unreachable,
    }


def undo_url(case: Case, entries: list[timeline.Entry]) -> str:
    """Where to take back the line that was just kept; empty when something came after it."""
    step = request.args.get("kept", type=int)
    if step is None or not kept_notes.is_fresh([(entry.id, entry.event) for entry in entries], step):
        return ""
    return url_for("intake.undo_line", case_id=case.id, step=step)


def line_kept(entries: list[timeline.Entry]) -> timeline.Entry | None:
    """The line that was just kept, as the timeline shows it."""
    step = request.args.get("kept", type=int)
    return next((entry for entry in entries if entry.id == step), None)


def talk_kept(entries: list[timeline.Entry]) -> uuid.UUID | None:
    """The contact that the line just kept tells of, when the citizen was reached: aid may have been asked."""
    found = line_kept(entries)
    return found.detail_id if found and found.facts.get("result") == AttemptResult.REACHED else None


def offers_unreachable(case: Case, entries: list[timeline.Entry]) -> bool:
    """Whether closing as unreachable is worth offering: only while the citizen is still being reached.

    Read from the newest page of the timeline, which the file shows anyway; a line that was undone is none.
    """
    if case.status != CaseStatus.CONTACTING:
        return False
    tries: list[tuple[str, str]] = []
    for entry in reversed(entries):
        if entry.event == "contact.attempted":
            tries.append((str(entry.facts.get("channel")), str(entry.facts.get("result"))))
        elif entry.event == "note.undone" and entry.facts.get("event") == "contact.attempted":
            del tries[-1:]
    return contacts.is_unreachable(tries)
