"""Statutory terms of requests for aid in somebody's day: what ends soon, what is late, who hears of it."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from core import audit, clock
from core.access import Actor, system_actor
from core.db import session, transaction
from core.i18n import long_date
from intake import aid_requests, mails, policy, teams
from intake.models.aid_requests import AidRequest, AidStatus
from intake.models.cases import Case
from workflows.models.terms import Term, TermStatus

NEAR = timedelta(days=3)
ROWS, BATCH = 12, 100
# Which term counts while a request stands where.
COUNTS = {
    AidStatus.REGISTERED: (aid_requests.RECEIPT, aid_requests.FORWARD, aid_requests.DECISION),
    AidStatus.DECIDING: (aid_requests.RECEIPT, aid_requests.DECISION),
    AidStatus.DECIDED: (aid_requests.RECEIPT, aid_requests.NOTICE),
    AidStatus.NOTIFIED: (aid_requests.RECEIPT,),
}
OWES_RECEIPT = tuple(status for status, kinds in COUNTS.items() if aid_requests.RECEIPT in kinds)
UNENDED = (TermStatus.RUNNING, TermStatus.REACHED)


def counts(term: Term, request: AidRequest) -> bool:
    """Whether this term of the request still asks something; a passed one does until it is done."""
    return term.status in UNENDED and term.kind in COUNTS.get(request.status, ())


def counting() -> sa.ColumnElement[bool]:
    """The same as a condition on a term beside its request."""
    stands = [sa.and_(AidRequest.status == status, Term.kind.in_(kinds)) for status, kinds in COUNTS.items()]
    return sa.and_(Term.status.in_(UNENDED), sa.or_(*stands))


def _open() -> sa.Select[Term, AidRequest]:
    """Every term that still counts, with its request and file."""
    return (
        sa.select(Term, AidRequest)
        .join(AidRequest, sa.and_(AidRequest.id == Term.subject_id, Term.subject_type == "aid_request"))
        .join(Case, Case.id == AidRequest.case_id)
        .options(contains_eager(AidRequest.case).options(joinedload(Case.person), joinedload(Case.household)))
        .where(counting())
        .order_by(Term.due_at, Term.id)
    )


def near(actor: Actor, *, mine: bool) -> list[tuple[Term, AidRequest]]:
    """What ends within three days or is too late in the files of this actor, the first one first."""
    seen = policy.cases_visible_to(actor).with_only_columns(Case.id)
    query = _open().where(Term.due_at < clock.now() + NEAR, Case.id.in_(seen))
    if mine:
        away = teams.replaced_by(actor.user_id, actor.tenant_id)
        query = query.where(sa.or_(Case.holder_id == actor.user_id, Case.holder_id.in_(away)))
    return [(row[0], row[1]) for row in session.execute(query.limit(ROWS))]


def remind(now: datetime | None = None) -> int:
    """Mail the holder once before the end of each term; how many were told."""
    moment, told = now or clock.now(), 0
    with transaction():
        unsaid = sa.or_(AidRequest.reminded_until.is_(None), AidRequest.reminded_until < Term.due_at)
        ahead = Term.kind != aid_requests.RECEIPT  # due the same day: it has a mail of its own
        due = _open().where(Term.due_at < moment + NEAR, unsaid, ahead).limit(BATCH)
        for term, request in session.execute(due.with_for_update(of=AidRequest, skip_locked=True)):
            path, values = _where(term, request)
            mails.tell_holder("term_near", request.case, path=path, values=values)
            by = system_actor(request.tenant_id)
            audit.record("aid_request.reminded", request, by=by, changes={"kind": term.kind})
            request.reminded_until = term.due_at
            told += 1
    return told


def passed(term: Term, _by: Actor) -> None:
    """A term passed with nothing done: the team lead hears of it. It stays red until it is done."""
    request = aid_requests.get(term.subject_id)
    if request is not None and term.kind in COUNTS.get(request.status, ()):
        path, values = _where(term, request)
        mails.tell_desk("term_passed", request.tenant_id, path=path, values=values)


def receipt_missed(term: Term, by: Actor) -> None:
    """The day of the request ended without a receipt: the holder of the file hears of it, once."""
    request = aid_requests.get(term.subject_id)
    if request is None or request.receipt_given_at is not None or request.status not in OWES_RECEIPT:
        return
    path, values = _where(term, request)
    mails.tell_holder("receipt_missing", request.case, path=path, values=values)
    audit.record("aid_request.reminded", request, by=by, changes={"kind": term.kind})


def _where(term: Term, request: AidRequest) -> tuple[str, dict[str, str]]:
    last = clock.brussels(term.due_at - timedelta(seconds=1)).date()
    return f"/cases/{request.case_id}/aid-requests", {"day": long_date(last)}
