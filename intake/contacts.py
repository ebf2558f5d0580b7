"""Being in touch: one line in the register at the desk, or an attempt in a file."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock
from core.access import Actor
from core.db import insert, lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import cases, help_requests, notes, processes, telling, transitions
from intake.models.cases import Case, CaseStatus
from intake.models.contacts import AttemptResult, ContactAttempt, ContactMoment, ContactOutcome, ToldHow
from intake.models.vocabulary import Channel, LifeDomain
from socialmap.models.directory import Service, ServiceStatus

MISSED = {AttemptResult.NOT_REACHED, AttemptResult.LEFT_MESSAGE}


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
    """What became of it. A settled contact keeps its count; its text lives on in what it became."""
    found = lock(ContactMoment, contact.id)
    assert found is not None  # noqa: S101 - never removed while a page shows it
    if found.outcome != ContactOutcome.OPEN:
        raise Conflict(_("This contact was settled already."))
    found.outcome, found.case_id, found.signal_id = outcome, case.id if case else None, signal_id
    found.line = None
    session.flush()
    audit.record("contact.settled", found, by=by, changes={"outcome": str(outcome)})
    return found


def give_address(contact: ContactMoment, service: Service, *, by: Actor) -> ContactMoment:
    """The question was answered with the address of a service; nothing else of it is kept.

    Another address takes the place of the first. What became a file or a notice is referred from there.
    """
    found = lock(ContactMoment, contact.id)
    assert found is not None  # noqa: S101 - never removed while a page shows it
    if found.outcome not in (ContactOutcome.OPEN, ContactOutcome.ANSWERED):
        raise Conflict(_("This contact became a file or a notice. Give the address there."))
    if service.status != ServiceStatus.ACTIVE:
        raise DomainError(_("This service does not work any more. Choose another one."))
    if found.outcome == ContactOutcome.OPEN:
        settle_contact(found, ContactOutcome.ANSWERED, by=by)
    found.service_id = service.id
    session.flush()
    audit.record("contact.address_given", found, by=by, changes={"service": str(service.id)})
    return found


def open_intake(contact: ContactMoment, *, nis: str = "", by: Actor) -> Case:
    """The contact becomes a file with everything that was told; nothing is typed again."""
    place = contact.nis or nis
    if not place:
        raise DomainError(_("Fill in a municipality or postcode."), field="place")
    line = contact.line or ""
    case = cases.open_case(nis=place, status=CaseStatus.INTAKE, by=by)
    told = line if contact.theme is None else ""  # with a theme it is a question, and stands there
    note_attempt(case, channel=contact.channel, result=AttemptResult.REACHED, note=told, by=by)
    if line and contact.theme is not None:
        help_requests.note_help_request(case, contact.theme, line, by=by)
    settle_contact(contact, ContactOutcome.INTAKE, case=case, by=by)
    return case


def of_day(tenant_id: uuid.UUID, day: date, *, limit: int = 50) -> list[ContactMoment]:
    """The lines of one Brussels day, newest first, and before them what is still open from earlier days."""
    query = sa.select(ContactMoment).options(joinedload(ContactMoment.service))
    query = query.where(
        ContactMoment.tenant_id == tenant_id,
        sa.or_(ContactMoment.at >= clock.start_of(day), ContactMoment.outcome == ContactOutcome.OPEN),
    )
    return list(session.scalars(query.order_by(ContactMoment.id.desc()).limit(limit)))


@dataclass(frozen=True)
class Tally:
    """How many contacts ended how, and how many got an address: numbers only."""

    ended: Counter[ContactOutcome]
    addresses: int


def tally(tenant_id: uuid.UUID, since: date) -> Tally:
    """The same, from a day on."""
    query = (
        sa.select(ContactMoment.outcome, sa.func.count(), sa.func.count(ContactMoment.service_id))
        .where(ContactMoment.tenant_id == tenant_id, ContactMoment.at >= clock.start_of(since))
        .group_by(ContactMoment.outcome)
    )
    rows = session.execute(query).all()
    return Tally(Counter({row[0]: row[1] for row in rows}), sum(row[2] for row in rows))


TRIES, WAYS = 3, 2


def is_unreachable(tries: Iterable[tuple[str, str]]) -> bool:
    """Whether the citizen was tried often enough in vain: then closing may be offered.

    `tries`: channel and result of each attempt, the oldest first. Counted are those since the citizen was
    last spoken to; a refusal is an answer.
    """
    ways: list[str] = []
    for channel, result in tries:
        ways = [*ways, channel] if result in MISSED else []
    return len(ways) >= TRIES and len(set(ways)) >= WAYS


def find_attempt(case: Case, attempt_id: uuid.UUID) -> ContactAttempt | None:
    """A contact of this file; None for one of another."""
    found = session.get(ContactAttempt, attempt_id)
    return found if found is not None and found.case_id == case.id else None


def last_words(case: Case) -> str:
    """What was noted of the newest talk with the citizen."""
    query = sa.select(ContactAttempt).where(
        ContactAttempt.case_id == case.id, ContactAttempt.result == AttemptResult.REACHED
    )
    newest = session.scalars(query.order_by(ContactAttempt.id.desc()).limit(1)).first()
    return (newest.note or "") if newest is not None else ""


def tell_until(case: Case) -> date | None:
    """Until when the citizen is told what kind of source a notice came from; None when nothing is owed.

    What citizens bring themselves they know.
    """
    return telling.take_last_day(case)


def note_attempt(
    case: Case,
    *,
    channel: Channel,
    result: AttemptResult,
    note: str = "",
    told: ToldHow | None = None,
    again_on: date | None = None,
    again_what: str = "",
    by: Actor,
) -> ContactAttempt:
    """Note a try to reach the citizen. Reaching them ends the phase of making contact.

    The first talk after a notice records how the citizen heard where it came from; said nothing, it is still
    to be told and the file keeps asking.
    """
    case = cases.open_for_change(case)
    if result == AttemptResult.REACHED and told is None and tell_until(case) is not None:
        told = ToldHow.NOT_YET
    if again_on is not None and again_on < clock.today():
        raise DomainError(_("Choose a date in the future."), field="again_on")
    attempt = ContactAttempt(
        id=uuid7(),
        case_id=case.id,
        channel=channel,
        result=result,
        at=clock.now(),
        by_id=by.user_id,
        told_source=told is not None and told != ToldHow.NOT_YET,
        told_how=told,
    )
    attempt.note = note.strip() or None
    insert(attempt)
    facts = {"channel": str(channel), "result": str(result), **({"told": str(told)} if told else {})}
    transitions.add("contact.attempted", case, by=by, detail_id=attempt.id, facts=facts)
    audit.record("contact.attempted", attempt, by=by, tenant_id=case.tenant_id, changes=facts)
    if again_on is not None:
        notes.plan_follow_up(case, again_what or _("Try again"), again_on, by=by)
    if result == AttemptResult.REACHED and case.status == CaseStatus.CONTACTING:
        processes.advance(case, "contacted", by=by)
    return attempt
