"""How long a partner has to answer: it is reminded, then its lead, then the referral comes back.

Three terms run side by side, in the working days that partners agreed; a question stops them together.
"""

from datetime import datetime

from core import clock
from core.access import Actor
from core.db import session
from intake import mails
from intake.models.referrals import DeclinedBy, Referral, ReferralStatus
from socialmap import observations
from workflows import terms
from workflows.models.terms import Term

ANSWER, REMINDER, LEAD = "referral_answer", "referral_reminder", "referral_lead"
BEFORE = {REMINDER: 2, LEAD: 1}  # working days before the last one; the mail leaves the morning after
KINDS = (ANSWER, *BEFORE)


def register() -> None:
    """The reminders; what the end of the answer term does is registered with the referral itself."""
    for kind, before in BEFORE.items():
        terms.register(kind, terms.Rule(5 - before, reached=remind, source="agreed between partners"))


def start(referral: Referral, days: int, *, by: Actor) -> None:
    """An urgent referral has no room for reminders: its answer is due the next working day."""
    terms.start(referral, ANSWER, on=clock.today(), days=days, by=by)
    for kind, before in BEFORE.items():
        if days > before:
            terms.start(referral, kind, on=clock.today(), days=days - before, by=by)


def stop(referral: Referral, *, by: Actor) -> None:
    """The partner answered, or no answer is awaited any more; the map learns from a first answer."""
    ended = {kind: terms.met(referral, kind, by=by) for kind in KINDS}
    if ended[ANSWER] and referral.sent_at and referral.declined_by != DeclinedBy.CITIZEN:
        observations.record_answer(referral.service_id, str(referral.status), asked_at=referral.sent_at)


def suspend(referral: Referral, *, by: Actor) -> None:
    """The partner asked something: its own clock stands still."""
    for kind in KINDS:
        if kind == ANSWER or terms.find(referral, kind) is not None:
            terms.suspend(referral, kind, reason="question", by=by)


def resume(referral: Referral, *, by: Actor) -> Term:
    """Every clock goes on; the term of the answer itself."""
    for kind in BEFORE:
        if terms.find(referral, kind) is not None:
            terms.resume(referral, kind, by=by)
    return terms.resume(referral, ANSWER, by=by)


def reopen(referral: Referral, *, since: datetime, by: Actor) -> bool:
    """The answer was taken back: every clock that it stopped runs on. Whether it stopped any."""
    found = [terms.reopen(referral, kind, since=since, by=by) for kind in KINDS]
    return found[0] is not None


def remind(term: Term, _by: Actor) -> None:
    """Say that an answer is awaited: to the desk, a working day later to its lead."""
    referral = session.get(Referral, term.subject_id)
    if referral is None or referral.status not in {ReferralStatus.SENT, ReferralStatus.SEEN}:
        return
    due = clock.add_working_days(clock.brussels(term.due_at).date(), BEFORE[term.kind] - 1)
    values = {"answer_by": f"{due:%d/%m/%Y}", "is_lead": term.kind == LEAD}
    path = f"/referrals/{referral.id}"
    if referral.receiving_tenant_id is None:
        # A service without account answers by phone: the sender calls.
        mails.tell_holder("referral_waits", referral.case, path=path, values=values)
    elif term.kind == LEAD:
        mails.tell_leads("referral_waits", referral.receiving_tenant_id, path=path, values=values)
    else:
        mails.tell_desk("referral_waits", referral.receiving_tenant_id, path=path, values=values)
