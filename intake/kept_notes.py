"""The quick line of a file: kept as note or contact with what follows, taken back while it is fresh.

Nothing is rewritten: taking back removes what the line made and adds a step that says so.
"""

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import cases, contacts, notes, quick_notes, transitions
from intake.models.cases import Case, CaseStatus, FollowUp
from intake.models.contacts import AttemptResult, ContactAttempt
from intake.models.notes import Note
from intake.models.transitions import Transition
from intake.models.vocabulary import Channel

FIRST = ("contact.attempted", "note.added")
ALONG = ("follow_up.planned", "case.phase")


@dataclass(frozen=True)
class Kept:
    """What a line became; `step` is the row of the timeline to take back."""

    step: int
    channel: Channel | None
    result: AttemptResult | None
    again_on: date | None


def keep(case: Case, line: str, *, by: Actor) -> Kept:
    """Read one line and keep it: a contact when it tells of one, else a note; with a day also a task."""
    read = quick_notes.read(line)
    if not read.text:
        raise DomainError(_("Write the note first."), field="line")
    if read.channel is not None and read.result is not None:
        made: uuid.UUID = contacts.note_attempt(
            case, channel=read.channel, result=read.result, note=read.text, by=by
        ).id
    else:
        made = notes.add_note(case, read.text, by=by).id
    if read.follow_up_on is not None:
        notes.plan_follow_up(case, read.text, read.follow_up_on, by=by)
    session.flush()
    step = session.scalars(sa.select(Transition.id).where(Transition.detail_id == made)).one()
    is_contact = read.is_contact
    return Kept(
        step, read.channel if is_contact else None, read.result if is_contact else None, read.follow_up_on
    )


def is_fresh(rows: list[tuple[int, str]], step: int) -> bool:
    """Whether nothing was built on the line: after it come only the steps that belong to it.

    `rows`: id and event of the steps of the file, in any order.
    """
    events = dict(rows)
    later = [event for number, event in rows if number > step]
    return events.get(step) in FIRST and all(event in ALONG for event in later) and len(later) <= len(ALONG)


def undo(case: Case, step: int, *, by: Actor) -> None:
    """Take a line back: its note or contact and its task go. Raises Conflict afterwards."""
    case = cases.open_for_change(case)
    query = sa.select(Transition).where(Transition.case_id == case.id, Transition.id >= step)
    rows = list(session.scalars(query.order_by(Transition.id)))
    fresh = is_fresh([(row.id, row.event) for row in rows], step)
    same = all(row.actor_id == by.user_id and clock.brussels(row.at).date() == clock.today() for row in rows)
    if not fresh or not same:
        raise Conflict(_("This can no longer be undone: something came after it. Write a new note."))
    first = rows[0]
    phase = next((row for row in rows if row.event == "case.phase"), None)
    for row in rows:
        _remove(row)
    session.flush()
    if phase is not None and phase.from_status == CaseStatus.CONTACTING:
        cases.set_phase(case, CaseStatus.CONTACTING, by=by)
    facts = {"event": first.event}
    transitions.add("note.undone", case, by=by, facts=facts)
    audit.record("note.undone", case, by=by, changes=facts)


def _remove(row: Transition) -> None:
    kinds = {"contact.attempted": ContactAttempt, "note.added": Note, "follow_up.planned": FollowUp}
    kind = kinds.get(row.event)
    found = session.get(kind, row.detail_id) if kind is not None else None
    if isinstance(found, FollowUp) and found.done_at is not None:
        raise Conflict(_("This can no longer be undone: something came after it. Write a new note."))
    if found is not None:
        session.delete(found)
