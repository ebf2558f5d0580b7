"""A ground for sharing that has had its last day: what ran on it comes back to the sender.

The door of the partner is closed from the first second after that day (`policy.stage`); this sweep ends the
referral itself, so that nobody waits for an answer that cannot come.
"""

import sqlalchemy as sa

from core import clock
from core.access import system_actor
from core.db import session, transaction
from intake import referral_steps, referrals
from intake.models.bases import Basis
from intake.models.referrals import FINAL, Referral

EVERY_SECONDS, BATCH = 600, 100


def close_ended() -> int:
    """End running referrals whose ground has ended, and tell both sides; how many."""
    query = (
        sa.select(Referral)
        .join(Basis, Basis.id == Referral.basis_id)
        .where(Basis.ends_on < clock.today(), Referral.status.notin_(FINAL))
        .order_by(Referral.id)
        .limit(BATCH)
        .with_for_update(of=Referral, skip_locked=True)
    )
    with transaction():
        found = list(session.scalars(query))
        for referral in found:
            referrals.close_for_basis(referral, by=system_actor(referral.tenant_id))
            referral_steps.tell_sender(referral, "basis_ended")
    return len(found)
