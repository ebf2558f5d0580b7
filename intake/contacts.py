"""Being in touch: one line in the register at the desk, or an attempt in a file."""

import uuid
from datetime import date

from core import audit, clock
from core.access import Actor
from core.db import lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import cases, notes, processes, transitions
from intake.models.cases import Case, CaseStatus
from intake.models.contacts import AttemptResult, ContactAttempt, ContactMoment, ContactOutcome
from intake.models.vocabulary import Channel, LifeDomain


def get(contact_id: uuid.UUID) -> ContactMoment | None:
    return session.get(ContactMoment, contact_id)


def register_contact(
    *, channel: Channel, nis: str | None = None, theme: LifeDomain | None = None, line: str = "", by: Actor
) -> ContactMoment:
    """One line of the register; no name, nothing but a channel needed."""
    contact = ContactMoment(
        id=uuid7(),
        tenant_id=by.tenant_id,
        channel=channel,
        nis=nis,
        theme=theme,
        at=clock.now(),
        by_id=by.user_id,
    )
    contact.line = line.strip() or None
    session.add(contact)
    session.flush()
    audit.record("contact.registered", contact, by=by, changes={"channel": str(channel)})
    return contact


def settle_contact(
    contact: ContactMoment,
    outcome: ContactOutcome,
    *,
    case: Case | None = None,
    signal_id: uuid.UUID | None = None,
    by: Actor,
) -> ContactMoment:
    """What became of it. An answered contact keeps its count and loses its text."""
    found = lock(ContactMoment, contact.id)
    assert found is not None  # noqa: S101 - never removed while a page shows it
    if found.outcome != ContactOutcome.OPEN:
        raise Conflict(_("This contact was settled already."))
    found.outcome, found.case_id, found.signal_id = outcome, case.id if case else None, signal_id
    if outcome == ContactOutcome.ANSWERED:
        found.line = None
    session.flush()
    audit.record("contact.settled", found, by=by, changes={"outcome": str(outcome)})
    return found


def note_attempt(
    case: Case,
    *,
    channel: Channel,
    result: AttemptResult,
    note: str = "",
    told_source: bool = False,
    again_on: date | None = None,
    again_what: str = "",
    by: Actor,
) -> ContactAttempt:
    """Note a try to reach the citizen. Reaching them ends the phase of making contact."""
    case = cases.open_for_change(case)
    if again_on is not None and again_on < clock.today():
        raise DomainError(_("Choose a date in the future."), field="again_on")
    attempt = ContactAttempt(
        id=uuid7(),
        case_id=case.id,
        channel=channel,
        result=result,
        at=clock.now(),
        by_id=by.user_id,
        told_source=told_source,
    )
    attempt.note = note.strip() or None
    session.add(attempt)
    session.flush()
    facts = {"channel": str(channel), "result": str(result)}
    transitions.add("contact.attempted", case, by=by, detail_id=attempt.id, facts=facts)
    audit.record("contact.attempted", attempt, by=by, tenant_id=case.tenant_id, changes=facts)
    if again_on is not None:
        notes.plan_follow_up(case, again_what or _("Try again"), again_on, by=by)
    if result == AttemptResult.REACHED and case.status == CaseStatus.CONTACTING:
        processes.advance(case, "contacted", by=by)
    return attempt
