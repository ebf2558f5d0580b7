"""A friendly reminder to the partner of a referral that waits for it: at most one a working day."""

from typing import cast

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError
from core.i18n import _, short_date
from intake import mails, referral_steps, transitions
from intake.models.referrals import Referral, ReferralStatus

_TABLE = cast(sa.Table, Referral.__table__)
WAITING = {
    ReferralStatus.SENT,
    ReferralStatus.SEEN,
    ReferralStatus.ACCEPTED,
    ReferralStatus.WAITLISTED,
    ReferralStatus.IN_PROGRESS,
}


def can_nudge(referral: Referral) -> bool:
    """Whether the partner is at turn, has an account here, and was not reminded this working day."""
    return (
        referral.status in WAITING and referral.receiving_tenant_id is not None and not was_nudged(referral)
    )


def was_nudged(referral: Referral) -> bool:
    """Whether a reminder went out this working day; a weekend belongs to the day before it."""
    if referral.nudged_at is None:
        return False
    return clock.working_days_between(clock.brussels(referral.nudged_at).date(), clock.today()) < 1


def nudge(referral: Referral, *, by: Actor) -> None:
    """Remind the desk of the partner by mail. What its colleagues have open on their screen stays valid."""
    referral = referral_steps.in_one_of(referral, WAITING, None)
    if referral.receiving_tenant_id is None:
        raise DomainError(_("This service has no account here. Call, and note the answer."))
    if was_nudged(referral):
        raise Conflict(_("%(name)s was reminded this working day already.", name=referral.organization_name))
    # Past the mapper: a reminder changes nothing that a decision of the partner rests on, so no version.
    moment = clock.now()
    session.execute(sa.update(_TABLE).where(Referral.id == referral.id).values(nudged_at=moment))
    session.refresh(referral, ["nudged_at"])
    told = {"service": referral.service_name, "organization": referral.organization_name}
    transitions.add("referral.nudged", referral, by=by, basis_id=referral.basis_id, facts=told)
    audit.record("referral.nudged", referral, by=by)
    values = {
        "sender": referral.tenant.name,
        "day": short_date(referral.sent_at),
        "is_accepted": referral.status.is_agreed,
    }
    path = f"/referrals/{referral.id}"
    mails.tell_desk("referral_nudged", referral.receiving_tenant_id, path=path, values=values)
