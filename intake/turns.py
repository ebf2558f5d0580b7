"""Whose turn it is, read from the columns of a record: exactly one party in every state that is not final."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from core.access import Actor
from core.clock import brussels, today, working_days_between
from core.i18n import _, ngettext
from intake.models.cases import Case, CaseStatus
from intake.models.referrals import Referral, ReferralStatus
from intake.models.signals import Signal, SignalStatus


@dataclass(frozen=True)
class Turn:
    """`state`: me, us, partner, citizen or nobody, seen by one actor; `name` of the party; since when."""

    state: str
    name: str
    since: datetime | None = None

    @property
    def age(self) -> str:
        """How long, in working days, as rows show it."""
        return "" if self.since is None or self.state == "nobody" else age_text(self.since)


def age_text(since: datetime) -> str:
    """`today` or a number of working days."""
    days = working_days_between(brussels(since).date(), today())
    return str(ngettext("%(num)s working day", "%(num)s working days", days) if days > 0 else _("today"))


NOBODY = Turn("nobody", "")


def of_signal(signal: Signal, actor: Actor) -> Turn:
    if signal.status.is_final:
        return NOBODY
    if signal.status == SignalStatus.TAKEN and signal.taken_by_id is not None:
        name = signal.taken_by.name if signal.taken_by else ""
        return _holder(
            signal.taken_by_id, name, signal.tenant_id, signal.tenant.name, actor, signal.triaged_at
        )
    return _queue(signal.tenant_id, signal.tenant.name, actor, signal.passed_on_at or signal.received_at)


def of_case(case: Case, actor: Actor, partner: str = "") -> Turn:
    """`partner` names who is waited for, where the caller knows."""
    if case.is_closed:
        return NOBODY
    if case.status == CaseStatus.AWAITING_PARTNER:
        return Turn("partner", partner or _("Partner"), case.status_since)
    if case.status == CaseStatus.AWAITING_CITIZEN:
        return Turn("citizen", _("Citizen"), case.status_since)
    name = case.holder.name if case.holder else ""
    return _holder(case.holder_id, name, case.tenant_id, actor.tenant_name, actor, case.status_since)


def of_file(case: Case, referrals: Iterable[Referral], actor: Actor) -> Turn:
    """The turn of a file with the referrals it sent: an open question of a partner comes before its phase."""
    running = [referral for referral in referrals if not referral.status.is_final]
    asked = next((r for r in running if r.status == ReferralStatus.QUESTION_ASKED), None)
    if asked is not None and not case.is_closed:
        return of_referral(asked, actor)
    waiting = next((r for r in running if r.status.is_undecided), None)
    return of_case(case, actor, waiting.organization_name if waiting else "")


def of_referral(referral: Referral, actor: Actor) -> Turn:
    """Sender or partner, never both."""
    if referral.status.is_final:
        return NOBODY
    is_sender_turn = referral.status in {ReferralStatus.DRAFT, ReferralStatus.QUESTION_ASKED}
    if referral.tenant_id == actor.tenant_id and referral.receiving_tenant_id != actor.tenant_id:
        if is_sender_turn:
            holder_id = referral.case.holder_id
            state = "me" if holder_id is not None and holder_id == actor.user_id else "us"
            return Turn(state, _("You") if state == "me" else actor.tenant_name, referral.status_since)
        return Turn("partner", referral.organization_name, referral.status_since)
    if is_sender_turn:
        return Turn("partner", referral.tenant.name, referral.status_since)
    return Turn("us", actor.tenant_name, referral.status_since)


def _holder(
    holder_id: uuid.UUID | None,
    name: str,
    tenant_id: uuid.UUID,
    tenant_name: str,
    actor: Actor,
    since: datetime | None,
) -> Turn:
    if holder_id is not None and holder_id == actor.user_id:
        return Turn("me", _("You"), since)
    if tenant_id == actor.tenant_id:
        return Turn("us", name or tenant_name, since)
    return Turn("partner", tenant_name, since)


def _queue(tenant_id: uuid.UUID, tenant_name: str, actor: Actor, since: datetime) -> Turn:
    state = "us" if tenant_id == actor.tenant_id else "partner"
    return Turn(state, tenant_name, since)
