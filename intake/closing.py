"""What is known of how a file ends, so that closing is to look and confirm."""

import uuid
from collections.abc import Collection, Iterable

from intake.models.cases import ClosingReason
from intake.models.help_requests import HelpRequest, Outcome
from intake.models.referrals import FINAL, Referral, ReferralStatus
from intake.models.vocabulary import CitizenSays

# Reasons that one button can say of all that is still open, with how a question then ended.
AT_ONCE = {
    ClosingReason.ANSWERED: Outcome.SOLVED,
    ClosingReason.HANDED_OVER: Outcome.HANDED_OVER,
    ClosingReason.WITHDREW: Outcome.DROPPED,
    ClosingReason.UNREACHABLE: Outcome.DROPPED,
}


def at_once(sent: Iterable[Referral]) -> list[ClosingReason]:
    """The reasons one button may say: while a partner still works on it, only that it was handed over."""
    running = any(referral.status not in FINAL for referral in sent)
    return [ClosingReason.HANDED_OVER] if running else list(AT_ONCE)


def finished_questions(sent: Iterable[Referral]) -> set[uuid.UUID]:
    """Questions of a file of which a partner reported that it is finished."""
    return {
        referral.help_request_id
        for referral in sent
        if referral.help_request_id is not None
        and referral.basis_id is not None
        and referral.status == ReferralStatus.COMPLETED
    }


def known_outcomes(asked: Iterable[HelpRequest], finished: Collection[uuid.UUID]) -> dict[uuid.UUID, Outcome]:
    """How open questions ended, as far as somebody said it: the citizen first, a partner else."""
    known = {}
    for question in asked:
        if question.closed_at is not None:
            continue
        if question.id in finished and question.citizen_says in (None, CitizenSays.HELPED):
            known[question.id] = Outcome.HANDED_OVER
        elif question.citizen_says == CitizenSays.HELPED:
            known[question.id] = Outcome.SOLVED
    return known


def known_reason(
    open_ones: Collection[HelpRequest], outcomes: dict[uuid.UUID, Outcome]
) -> ClosingReason | None:
    """Why the file ends, when every question that was open ended in the same way."""
    ways = set(outcomes.values())
    if len(outcomes) != len(open_ones) or len(ways) != 1:
        return None
    return ClosingReason.HANDED_OVER if ways == {Outcome.HANDED_OVER} else ClosingReason.ANSWERED
