"""A link for a service without account: it opens once, and shows what is asked and where, of nobody.

The token is in the address only; here lies its hash, so that a copy of the database opens nothing.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import session, uuid7
from core.errors import DomainError
from core.i18n import _
from intake import partner_view, policy, transitions
from intake.models.appointments import ReferralLink
from intake.models.referrals import Referral

DAYS = 7


@dataclass(frozen=True)
class Glimpse:
    """What the link shows: need, municipality (NIS) and whom to call back."""

    request: str
    nis: str
    sender: str
    number: str


def make_link(referral: Referral, *, by: Actor) -> uuid.UUID:
    """A fresh token; earlier links of this referral end. Raises DomainError when it makes no sense."""
    if referral.receiving_tenant_id is not None or not referral.kind.sends_data:
        raise DomainError(_("A link is only for a service without an account here."))
    if referral.status.is_final:
        raise DomainError(_("This referral has ended already. Look at the new state."))
    moment = clock.now()
    session.execute(
        sa.update(ReferralLink)
        .where(ReferralLink.referral_id == referral.id, ReferralLink.used_at.is_(None))
        .values(expires_at=moment)
    )
    token = uuid.uuid4()  # 122 random bits
    link = ReferralLink(
        id=uuid7(),
        referral_id=referral.id,
        tenant_id=referral.tenant_id,
        token_hash=_hash(token),
        made_at=moment,
        made_by_id=by.user_id,
        expires_at=moment + timedelta(days=DAYS),
    )
    session.add(link)
    session.flush()
    transitions.add("referral.link_made", referral, by=by, facts={"organization": referral.organization_name})
    audit.record("referral.link_made", link, by=by)
    return token


def look(token: uuid.UUID) -> ReferralLink | None:
    """The link of a token while it can still be opened: not used, not expired, its referral still open."""
    query = sa.select(ReferralLink).where(ReferralLink.token_hash == _hash(token))
    found = session.scalars(query).first()
    if found is None or found.used_at is not None or found.expires_at <= clock.now():
        return None
    referral = found.referral
    closed = policy.stage(referral, referral.basis, clock.today()) == "closed"
    return None if closed or referral.status.is_final else found


def open_link(token: uuid.UUID, *, by: Actor) -> Glimpse | None:
    """Use the link up and show its glimpse; None when it was used, has expired or never was."""
    found = look(token)
    if found is None:
        return None
    taken = session.execute(
        sa.update(ReferralLink)
        .where(ReferralLink.id == found.id, ReferralLink.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(ReferralLink.id)
    ).first()
    if taken is None:
        return None
    referral = found.referral
    audit.record("referral.link_opened", found, by=by, tenant_id=referral.tenant_id)
    transitions.add("referral.link_opened", referral, by=by)
    view = partner_view.view_of(referral)
    request = next((line.values[0] for line in view.now if line.code == "request"), "")
    return Glimpse(request, referral.case.nis, referral.tenant.name, referral.number)


def _hash(token: uuid.UUID) -> str:
    return hashlib.sha256(token.bytes).hexdigest()
