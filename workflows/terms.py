"""Terms as rows: working days with suspension where agreed, calendar days where the law sets them (ADR 0016).

A statutory term runs in calendar days and is never suspended; a term that partners agreed
runs in Belgian working days. What happens at the end is a function that the package above registers.
"""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

import sqlalchemy as sa

from core import audit, clock, parameters
from core.access import Actor
from core.db import db, session
from core.errors import Conflict, DomainError
from core.i18n import _
from workflows import instances, tasks
from workflows.models.terms import Term, TermStatus
from workflows.subjects import Ref, Reference

LIVE = (TermStatus.RUNNING, TermStatus.SUSPENDED)
Reached = Callable[[Term, Actor], None]


USUAL_SECONDS, MAX_USUAL = 60.0, 5_000
_usual: dict[tuple[int, str, date, uuid.UUID], tuple[float, int]] = {}


@dataclass(frozen=True)
class Rule:
    """How a kind of term counts.

    days: when no parameter `term.<kind>` holds. calendar: `working` (agreed) or `calendar` (statutory).
    reached: called once, in the transaction that ends the term; without it the process gets `event`, if any.
    """

    days: int
    calendar: str = "working"
    reached: Reached | None = None
    event: str | None = None
    source: str = ""


# The terms of the processes in the library; a package that knows better registers the same kind again.
_rules: dict[str, Rule] = {
    "signal_triage": Rule(1),
    "signal_take": Rule(2),
    "signal_handle": Rule(5),
    "first_contact": Rule(5),
    "answer_read": Rule(2),
    "referral_answer": Rule(5, event="expired", source="agreed between partners"),
    "question_answer": Rule(3),
    "referral_contact": Rule(10, source="agreed between partners"),
}


def register(kind: str, rule: Rule) -> None:
    """Say how a kind of term counts; called by wiring, safe to repeat."""
    _rules[kind] = rule


def rule_of(kind: str) -> Rule:
    """The rule of a kind. Raises LookupError for an unknown one."""
    return _rules[kind]


def due_at(
    kind: str, *, on: date, tenant_id: uuid.UUID | None = None, days: int | None = None
) -> datetime | None:
    """When a term of this kind that starts on a day would end; None for an unknown kind."""
    rule = _rules.get(kind)
    if rule is None:
        return None
    return _end(on, days if days is not None else _days(kind, rule, on, tenant_id), rule.calendar)


def usual_end(kind: str, on: date, tenant_id: uuid.UUID) -> datetime | None:
    """The same for the worklist, where a number of days may be a minute old: it saves a statement a turn."""
    rule = _rules.get(kind)
    if rule is None:
        return None
    key = (id(db.engine), kind, on, tenant_id)
    kept = _usual.get(key)
    if kept is None or kept[0] < monotonic():
        if len(_usual) > MAX_USUAL:
            _usual.clear()
        kept = _usual[key] = (monotonic() + USUAL_SECONDS, _days(kind, rule, on, tenant_id))
    return _end(on, kept[1], rule.calendar)


def _days(kind: str, rule: Rule, on: date, tenant_id: uuid.UUID | None) -> int:
    try:
        return int(parameters.value(f"term.{kind}", on=on, tenant_id=tenant_id))
    except parameters.Unknown:
        return rule.days


def _end(start: date, days: int, calendar: str) -> datetime:
    last = clock.add_working_days(start, days) if calendar == "working" else start + timedelta(days=days)
    return clock.end_of(last)


# ---------------------------------------------------------------- acts
def start(
    subject: Ref,
    kind: str,
    *,
    on: date | None = None,
    by: Actor,
    days: int | None = None,
    tenant_id: uuid.UUID | None = None,
) -> Term:
    """Start a term for a subject; one of a kind runs at a time. The day itself does not count.

    `days` overrules the rule (an urgent case). The end also moves onto the open step that waits for it.
    Raises Conflict when a term of this kind runs already.
    """
    rule, begin = _rules[kind], on or clock.today()
    if find(subject, kind) is not None:
        raise Conflict(_("This term runs already."))
    owner = tenant_id or getattr(subject, "tenant_id", None) or by.tenant_id
    length = days if days is not None else _days(kind, rule, begin, owner)
    term = Term(
        subject_type=subject.subject_type,
        subject_id=subject.id,
        tenant_id=owner,
        kind=kind,
        started_on=begin,
        days=length,
        calendar=rule.calendar,
        due_at=_end(begin, length, rule.calendar),
        suspensions=[],
        status=TermStatus.RUNNING,
        rule_version=f"term.{kind}:{length}:{rule.calendar}",
    )
    session.add(term)
    session.flush()
    _move_tasks(term)
    audit.record("term.started", subject, by=by, changes={"kind": kind, "days": length}, tenant_id=owner)
    return term


def find(subject: Ref, kind: str) -> Term | None:
    """The live term of this kind, None when none runs."""
    return session.scalars(
        sa.select(Term).where(
            Term.subject_type == subject.subject_type,
            Term.subject_id == subject.id,
            Term.kind == kind,
            Term.status.in_(LIVE),
        )
    ).first()


def of(subject: Ref) -> list[Term]:
    """All terms of a subject, live ones first, then by end."""
    found = session.scalars(
        sa.select(Term).where(Term.subject_type == subject.subject_type, Term.subject_id == subject.id)
    )
    return sorted(found, key=lambda term: (term.status not in LIVE, term.due_at))


def _get(subject: Ref, kind: str) -> Term:
    term = find(subject, kind)
    if term is None:
        raise Conflict(_("This term does not run any more."))
    session.refresh(term, with_for_update=True)
    if term.status not in LIVE:
        raise Conflict(_("This term does not run any more."))
    return term


def suspend(subject: Ref, kind: str, *, reason: str, by: Actor, on: date | None = None) -> Term:
    """Stop the clock of an agreed term. Raises DomainError for a statutory one, Conflict if it stands
    still.
    """
    term = _get(subject, kind)
    if term.calendar != "working":
        raise DomainError(_("A statutory term is not suspended."))
    if term.status is TermStatus.SUSPENDED:
        raise Conflict(_("This term stands still already."))
    day = on or clock.today()
    term.suspensions = [*term.suspensions, {"from": day.isoformat(), "to": None, "reason": reason}]
    term.status = TermStatus.SUSPENDED
    audit.record("term.suspended", subject, by=by, changes={"kind": kind}, tenant_id=term.tenant_id)
    return term


def resume(subject: Ref, kind: str, *, by: Actor, on: date | None = None) -> Term:
    """Let the clock run again; the end moves by the working days it stood still."""
    term = _get(subject, kind)
    if term.status is not TermStatus.SUSPENDED:
        raise Conflict(_("This term is running."))
    day = on or clock.today()
    last = {**term.suspensions[-1], "to": day.isoformat()}
    term.suspensions = [*term.suspensions[:-1], last]
    term.status = TermStatus.RUNNING
    _recount(term)
    audit.record("term.resumed", subject, by=by, changes={"kind": kind}, tenant_id=term.tenant_id)
    return term


def extend(subject: Ref, kind: str, *, days: int, reason: str, by: Actor) -> Term:
    """Give more days, counted as the term counts."""
    if days < 1:
        raise DomainError(_("Give at least one day more."), field="days")
    term = _get(subject, kind)
    term.days += days
    _recount(term)
    changes = {"kind": kind, "days": days, "reason": reason}
    audit.record("term.extended", subject, by=by, changes=changes, tenant_id=term.tenant_id)
    return term


def _recount(term: Term) -> None:
    """The end after all suspensions: later by the working days on which the clock stood still."""
    still = sum(
        clock.working_days_between(date.fromisoformat(gap["from"]), date.fromisoformat(gap["to"]))
        for gap in term.suspensions
        if gap["to"]
    )
    term.due_at = _end(term.started_on, term.days + still, term.calendar)
    session.flush()
    _move_tasks(term)


def _move_tasks(term: Term) -> None:
    """Put the end on the open steps that wait for this term."""
    tasks.move_due(term)


def met(subject: Ref, kind: str, *, by: Actor) -> Term | None:
    """What had to be done was done; None when no such term runs."""
    return _finish(subject, kind, TermStatus.MET, by)


def cancel(subject: Ref, kind: str, *, by: Actor) -> Term | None:
    """The term no longer matters."""
    return _finish(subject, kind, TermStatus.CANCELLED, by)


def _finish(subject: Ref, kind: str, status: TermStatus, by: Actor) -> Term | None:
    term = find(subject, kind)
    if term is None:
        return None
    term.status, term.ended_at = status, clock.now()
    changes: dict[str, Any] = {"kind": kind}
    audit.record(f"term.{status}", subject, by=by, changes=changes, tenant_id=term.tenant_id)
    return term


def reopen(subject: Ref, kind: str, *, since: datetime, by: Actor) -> Term | None:
    """What met a term after a moment was undone: it runs on to the same end. None when there is no such."""
    term = session.scalars(
        sa.select(Term)
        .where(
            Term.subject_type == subject.subject_type,
            Term.subject_id == subject.id,
            Term.kind == kind,
            Term.status == TermStatus.MET,
            Term.ended_at >= since,
        )
        .order_by(Term.ended_at.desc())
        .limit(1)
    ).first()
    if term is None:
        return None
    term.status, term.ended_at = TermStatus.RUNNING, None
    session.flush()
    _move_tasks(term)
    audit.record("term.reopened", subject, by=by, changes={"kind": kind}, tenant_id=term.tenant_id)
    return term


def reached(term: Term, *, by: Actor) -> None:
    """What happens at the end of a term: the registered act, else the event for its process."""
    rule = _rules.get(term.kind)
    subject = Reference(term.subject_type, term.subject_id)
    audit.record("term.reached", subject, by=by, changes={"kind": term.kind}, tenant_id=term.tenant_id)
    if rule is not None and rule.reached is not None:
        rule.reached(term, by)
    elif rule is not None and rule.event is not None:
        # A process that has gone past it expects this no more: the term is over, nothing else follows.
        with suppress(Conflict):
            instances.advance(subject, rule.event, by=by)


def cancel_all(subject: Ref, *, by: Actor) -> int:
    """End every live term of a subject that is closed; how many."""
    live = [term for term in of(subject) if term.status in LIVE]
    for term in live:
        _finish(subject, term.kind, TermStatus.CANCELLED, by)
    return len(live)
