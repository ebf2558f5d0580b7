"""Mijn dag: rows to act on, for one worker, in a fixed number of statements whatever the number of files."""

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload

from core import clock
from core.access import Actor
from core.db import insert_ignoring, session
from intake import aid_terms, policy, teams
from intake.models.aid_requests import AidRequest
from intake.models.cases import Case, CaseGlance, CaseStatus, FollowUp
from intake.models.referrals import Referral, ReferralStatus
from intake.models.signals import Signal, SignalStatus
from intake.models.transitions import Transition
from intake.models.vocabulary import Urgency
from intake.referrals import last_day
from workflows import filling
from workflows.models.terms import Term

ROWS = 12
# What a row of a referral shows of its package: the question, not the person.
WITH_PACKAGE = (
    joinedload(Referral.tenant),
    joinedload(Referral.basis),
    joinedload(Referral.case).joinedload(Case.content_key),
)
NEWS = 8
WAITING = (ReferralStatus.SENT, ReferralStatus.SEEN, ReferralStatus.ACCEPTED, ReferralStatus.WAITLISTED)


@dataclass
class Day:
    """What one worker can act on now; every list is capped."""

    on: date
    inbound: list[Referral] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    asked: list[Referral] = field(default_factory=list)
    running: list[Referral] = field(default_factory=list)
    due: list[FollowUp] = field(default_factory=list)
    aid: list[tuple[Term, AidRequest]] = field(default_factory=list)
    open_cases: list[Case] = field(default_factory=list)
    has_more_cases: bool = False
    waiting: list[Referral] = field(default_factory=list)
    citizens: list[Case] = field(default_factory=list)
    news: list[tuple[Case, Transition]] = field(default_factory=list)
    forms: list[tuple[uuid.UUID, Case]] = field(default_factory=list)

    @property
    def decide(self) -> list[tuple[str, Referral | Signal]]:
        """What waits for a decision, with its kind: urgent first, then questions, referrals, notices."""
        rows: list[tuple[str, Referral | Signal]] = [("asked", referral) for referral in self.asked]
        rows += [("inbound", referral) for referral in self.inbound]
        rows += [("signal", signal) for signal in self.signals]
        return sorted(rows, key=lambda row: row[1].urgency != Urgency.U1)

    @property
    def dated(self) -> list[tuple[date, FollowUp | tuple[Term, AidRequest]]]:
        """What was planned and what the law asks, the oldest day first."""
        rows: list[tuple[date, FollowUp | tuple[Term, AidRequest]]] = [
            (last_day(term.due_at) or self.on, (term, request)) for term, request in self.aid
        ]
        rows += [(todo.due_on, todo) for todo in self.due]
        return sorted(rows, key=lambda row: row[0])

    @property
    def elsewhere(self) -> list[Referral | Case]:
        """What waits for a partner or the citizen."""
        return [*self.waiting, *self.citizens]


def of(actor: Actor, *, mine: bool = True) -> Day:
    """The day of a worker. With `mine` off: of the whole organization, for who leads or replaces."""
    day = Day(on=clock.today())
    received = _received(actor)
    day.inbound = [
        r for r in received if r.status in _UNDECIDED and r.status != ReferralStatus.QUESTION_ASKED
    ]
    day.running = [r for r in received if r.status in _RUNNING][:ROWS]
    if not policy.is_intake_worker(actor):
        return day
    day.signals = _signals(actor)
    sent = _sent(actor, mine)
    day.asked = [r for r in sent if r.status == ReferralStatus.QUESTION_ASKED]
    day.waiting = [r for r in sent if r.status in WAITING][:ROWS]
    day.due = _due(actor, day.on, mine)
    day.aid = aid_terms.near(actor, mine=mine)
    found = _cases(actor, mine)
    cases = [case for case, _form in found]
    day.forms = [(form, case) for case, form in found if form is not None][:ROWS]
    day.citizens = [c for c in cases if c.status == CaseStatus.AWAITING_CITIZEN][:ROWS]
    busy = {f.case_id for f in day.due}
    ours = [c for c in cases if c.status != CaseStatus.AWAITING_CITIZEN and c.id not in busy]
    day.open_cases, day.has_more_cases = ours[:ROWS], len(ours) > ROWS
    day.news = _news(actor)
    return day


_UNDECIDED = (ReferralStatus.SENT, ReferralStatus.SEEN, ReferralStatus.QUESTION_ASKED)
_RUNNING = (ReferralStatus.ACCEPTED, ReferralStatus.WAITLISTED, ReferralStatus.IN_PROGRESS)


def _received(actor: Actor) -> list[Referral]:
    query = (
        policy.referrals_received_by(actor)
        .options(*WITH_PACKAGE)
        .where(Referral.status.in_([*_UNDECIDED, *_RUNNING]))
        .order_by(Referral.answer_due_at, Referral.id)
        .limit(2 * ROWS)
    )
    return list(session.scalars(query))


def _signals(actor: Actor) -> list[Signal]:
    query = (
        policy.signals_visible_to(actor)
        .options(joinedload(Signal.tenant), joinedload(Signal.taken_by))
        .where(Signal.status.in_([SignalStatus.RECEIVED, SignalStatus.TRIAGED]))
        .order_by(Signal.urgency, Signal.received_at)
        .limit(ROWS)
    )
    return list(session.scalars(query))


def _sent(actor: Actor, mine: bool) -> list[Referral]:
    query = (
        policy.referrals_sent_by(actor)
        .options(contains_eager(Referral.case).joinedload(Case.person))
        .where(
            Referral.status.in_([*WAITING, ReferralStatus.QUESTION_ASKED, ReferralStatus.IN_PROGRESS]),
            _held(actor, mine),
        )
        .order_by(Referral.status_since)
        .limit(2 * ROWS)
    )
    return list(session.scalars(query))


def _held(actor: Actor, mine: bool) -> sa.ColumnElement[bool]:
    """Files of one's own, and of colleagues for whom one stands in today."""
    away = teams.replaced_by(actor.user_id, actor.tenant_id)
    return sa.or_(Case.holder_id == actor.user_id, Case.holder_id.in_(away)) if mine else sa.true()


def _assigned(actor: Actor) -> sa.ColumnElement[bool]:
    """One's own, and of colleagues for whom one stands in today."""
    away = teams.replaced_by(actor.user_id, actor.tenant_id)
    return sa.or_(FollowUp.assignee_id == actor.user_id, FollowUp.assignee_id.in_(away))


def _due(actor: Actor, on: date, mine: bool) -> list[FollowUp]:
    query = (
        policy.follow_ups_visible_to(actor)
        .options(contains_eager(FollowUp.case).options(joinedload(Case.person), joinedload(Case.content_key)))
        .where(
            FollowUp.done_at.is_(None),
            FollowUp.due_on <= on,
            # Of a closed file only the looks back that were planned with its closing.
            sa.or_(Case.status != CaseStatus.CLOSED, FollowUp.made_at >= Case.closed_at),
            _assigned(actor) if mine else sa.true(),
        )
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(ROWS)
    )
    return list(session.scalars(query))


def _cases(actor: Actor, mine: bool) -> list[tuple[Case, uuid.UUID | None]]:
    """Open files where the next move is ours or the citizen's, the longest waiting first.

    With each its step that asks for a form, if any.
    """
    query = (
        policy.cases_visible_to(actor)
        .options(joinedload(Case.person), joinedload(Case.holder))
        .where(Case.status.notin_([CaseStatus.CLOSED, CaseStatus.AWAITING_PARTNER]), _held(actor, mine))
        .order_by(Case.status_since, Case.id)
        .limit(2 * ROWS)
        .add_columns(filling.form_on(Case.subject_type, Case.id, actor))
    )
    return [(case, form) for case, form in session.execute(query)]


def _news(actor: Actor) -> list[tuple[Case, Transition]]:
    """The newest thing that somebody else did in each file of this worker, as far as they did not see it."""
    glance = aliased(CaseGlance)
    newest = (
        sa.select(sa.func.max(Transition.id))
        .join(Case, Case.id == Transition.case_id)
        .outerjoin(glance, sa.and_(glance.case_id == Case.id, glance.user_id == actor.user_id))
        .where(
            Case.holder_id == actor.user_id,
            Case.tenant_id == actor.tenant_id,
            sa.or_(Transition.actor_id.is_(None), Transition.actor_id != actor.user_id),
            Transition.event.notin_(("case.phase", "follow_up.series")),
            Transition.id > sa.func.coalesce(glance.seen_id, 0),
        )
        .group_by(Case.id)
    )
    rows = session.execute(
        sa.select(Case, Transition)
        .join(Case, Case.id == Transition.case_id)
        .options(joinedload(Case.person))
        .where(Transition.id.in_(newest))
        .order_by(Transition.id.desc())
        .limit(NEWS)
    )
    return [(row[0], row[1]) for row in rows]


def mark_seen(case_id: uuid.UUID, newest: int, before: int | None, *, by: Actor, within: Any = None) -> None:
    """This worker has seen the timeline up to `newest`; `before`: what was kept; `within`: other session."""
    store = within or session
    if by.user_id is None or newest <= (before or 0):
        return
    mine = (CaseGlance.user_id == by.user_id, CaseGlance.case_id == case_id)
    if before is not None:
        store.execute(sa.update(CaseGlance).where(*mine).values(seen_id=newest))
        return
    row = {"user_id": by.user_id, "case_id": case_id, "seen_id": newest}
    insert_ignoring(CaseGlance).run(store, row)
