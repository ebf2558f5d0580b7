"""Notes in a file, and what to do next."""

import uuid
from datetime import date

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import insert, lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import cases, transitions
from intake.models.cases import Case, FollowUp
from intake.models.notes import Note, Visibility


def add_note(case: Case, text: str, *, visibility: Visibility = Visibility.INTERNAL, by: Actor) -> Note:
    """Write a note. Notes are not changed afterwards: a second one corrects the first."""
    case = cases.open_for_change(case)
    if not text.strip():
        raise DomainError(_("Write the note first."), field="text")
    note = Note(id=uuid7(), case_id=case.id, visibility=visibility, at=clock.now(), by_id=by.user_id)
    note.text = text.strip()
    insert(note)
    transitions.add("note.added", case, by=by, detail_id=note.id, facts={"visibility": str(visibility)})
    audit.record("note.added", note, by=by, tenant_id=case.tenant_id, changes={"visibility": str(visibility)})
    return note


def plan_follow_up(
    case: Case, what: str, due_on: date | None, *, assignee_id: uuid.UUID | None = None, by: Actor
) -> FollowUp:
    """Plan something for a day; it comes back in `Today and late` of the assignee, the holder by default."""
    case = cases.open_for_change(case)
    if not what.strip():
        raise DomainError(_("Say what has to be done."), field="what")
    if due_on is None:
        raise DomainError(_("Choose a day."), field="due_on")
    if due_on < clock.today():
        raise DomainError(_("Choose a date in the future."), field="due_on")
    follow_up = FollowUp(
        id=uuid7(),
        case_id=case.id,
        tenant_id=case.tenant_id,
        assignee_id=assignee_id or case.holder_id or by.user_id,
        due_on=due_on,
        made_at=clock.now(),
    )
    follow_up.what = what.strip()
    session.add(follow_up)
    session.flush()
    transitions.add(
        "follow_up.planned", case, by=by, detail_id=follow_up.id, facts={"on": due_on.isoformat()}
    )
    audit.record("follow_up.planned", follow_up, by=by)
    return follow_up


def finish_follow_up(follow_up: FollowUp, *, by: Actor) -> FollowUp:
    """It is done. Doing it twice changes nothing and says so."""
    found = lock(FollowUp, follow_up.id)
    assert found is not None  # noqa: S101 - never removed
    if found.done_at is not None:
        raise Conflict(_("This was done already."))
    found.done_at = clock.now()
    session.flush()
    transitions.add("follow_up.done", found.case, by=by, detail_id=found.id)
    audit.record("follow_up.done", found, by=by)
    return found


def open_follow_ups(case: Case) -> list[FollowUp]:
    """What is still planned for a file, the nearest first."""
    query = sa.select(FollowUp).where(FollowUp.case_id == case.id, FollowUp.done_at.is_(None))
    return list(session.scalars(query.order_by(FollowUp.due_on, FollowUp.id)))
