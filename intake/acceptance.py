"""Taking back an acceptance by mistake, for a quarter of an hour: the referral stands as it stood before.

The sender is told, the answer term runs on to the same end, and what was agreed is hidden again. That it was
seen stays in the trail.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from core import clock
from core.access import Actor
from core.db import lock, session
from core.errors import Conflict
from core.i18n import _
from intake import aftercare, answer_terms, processes, referral_steps, transitions
from intake.models.cases import Case, CaseStatus
from intake.models.referrals import FINAL, Referral, ReferralStatus
from socialmap import observations

UNDO_WITHIN = timedelta(minutes=15)
# The file moved on of itself with the answer; where a colleague chose otherwise meanwhile, that stays.
STAYS = {CaseStatus.CLOSED, CaseStatus.AWAITING_CITIZEN, CaseStatus.AWAITING_PARTNER}
UNANSWERED = (ReferralStatus.SENT, ReferralStatus.SEEN, ReferralStatus.QUESTION_ASKED)


def undo_until(referral: Referral) -> datetime | None:
    """Until when the acceptance can be taken back; None when it cannot any more."""
    if referral.status != ReferralStatus.ACCEPTED or referral.decided_at is None:
        return None
    until = referral.decided_at + UNDO_WITHIN
    return until if clock.now() < until and referral.partner_case_id is None else None


def undo_accept(referral: Referral, *, by: Actor, version: int | None = None) -> Referral:
    """Take back an acceptance. Refuses after a quarter of an hour, and once help or an own file began."""
    case = lock(Case, referral.case_id)
    referral = referral_steps.in_one_of(referral, {ReferralStatus.ACCEPTED}, version)
    if referral.partner_case_id is not None:
        raise Conflict(
            _("You opened a file of your own from it. Say on this page that it does not work out.")
        )
    if undo_until(referral) is None:
        raise Conflict(
            _("This can be taken back for 15 minutes. Say on this page that it does not work out.")
        )
    assert referral.decided_at is not None  # noqa: S101 - it was accepted
    accepted_at, waited = referral.decided_at, _stood_before(referral) == ReferralStatus.WAITLISTED
    if not waited:
        referral.decided_at = referral.decided_by_id = None
    back = ReferralStatus.WAITLISTED if waited else ReferralStatus.SEEN
    event = "back_on_list" if waited else "accept_undone"
    referral_steps.step(referral, back, "referral.accept_undone", event, by)
    if answer_terms.reopen(referral, since=accepted_at, by=by):
        observations.forget_answer(referral.service_id, str(ReferralStatus.ACCEPTED), since=accepted_at)
    # The looks of a closed file were planned with its closing, not with this answer.
    if not referral.case.is_closed and not _helps_elsewhere(referral):
        aftercare.unplan(referral.case, since=accepted_at)
    if case is not None and not waited and case.status not in STAYS:
        processes.wait_for_partner(case, referral, by=by)
    referral_steps.tell_sender(referral, "accept_undone")
    return referral


def _stood_before(referral: Referral) -> str | None:
    return transitions.state_before(referral, "referral.accepted")


def _helps_elsewhere(referral: Referral) -> bool:
    """Whether another partner helps in this file: then somebody still has to look back."""
    query = sa.select(Referral.id).where(
        Referral.case_id == referral.case_id,
        Referral.id != referral.id,
        Referral.status.notin_([*FINAL, *UNANSWERED, ReferralStatus.DRAFT]),
    )
    return session.scalar(query.limit(1)) is not None
