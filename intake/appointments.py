"""The moment of a referral, joint when it is warm: proposed by one side, it stands when both confirmed."""

import uuid
from datetime import datetime

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import policy, referral_steps, transitions
from intake.models.appointments import Appointment
from intake.models.referrals import Referral


def get(appointment_id: uuid.UUID) -> Appointment | None:
    return session.get(Appointment, appointment_id)


def of_referral(referral: Referral) -> Appointment | None:
    """The moment that is proposed or agreed now."""
    query = sa.select(Appointment).where(
        Appointment.referral_id == referral.id, Appointment.replaced_at.is_(None)
    )
    return session.scalars(query.order_by(Appointment.id.desc())).first()


def propose(referral: Referral, at: datetime, place: str, *, by: Actor) -> Appointment:
    """Propose a moment and place; whoever proposes has confirmed. A later proposal replaces this one."""
    referral = _open(referral)
    if not referral.kind.sends_data:
        raise DomainError(_("Nothing was sent, so there is nobody to agree on a moment with."))
    if at <= clock.now():
        raise DomainError(_("Choose a moment in the future."), field="at")
    if not place.strip():
        raise DomainError(_("Say where you meet."), field="place")
    before = of_referral(referral)
    if before is not None:
        before.replaced_at = clock.now()
    made = Appointment(
        id=uuid7(),
        referral_id=referral.id,
        case_id=referral.case_id,
        at=at,
        proposed_at=clock.now(),
        proposed_by_id=by.user_id,
    )
    made.place = place.strip()
    session.add(made)
    _confirm_side(made, referral, by)
    session.flush()
    _note("referral.appointment_proposed", made, referral, by)
    return made


def confirm(appointment: Appointment, *, by: Actor) -> Appointment:
    """The other side confirms. Raises Conflict when another moment was proposed meanwhile."""
    found = lock(Appointment, appointment.id)
    assert found is not None  # noqa: S101 - never removed
    referral = _open(found.referral)
    if found.replaced_at is not None:
        raise Conflict(_("Another moment was proposed meanwhile. Look at the new one."))
    _confirm_side(found, referral, by)
    session.flush()
    _note("referral.appointment_confirmed", found, referral, by)
    return found


def _open(referral: Referral) -> Referral:
    found = lock(Referral, referral.id)
    assert found is not None  # noqa: S101 - never removed
    if found.status.is_final:
        raise Conflict(_("This referral has ended already. Look at the new state."))
    referral_steps.refuse_ended_basis(found)
    return found


def _confirm_side(appointment: Appointment, referral: Referral, by: Actor) -> None:
    """A service without account says yes by phone: the sender notes that for it."""
    moment = clock.now()
    if is_sender(referral, by) and appointment.sender_confirmed_at is None:
        appointment.sender_confirmed_at = moment
    elif policy.can_answer_referral(by, referral) and appointment.partner_confirmed_at is None:
        appointment.partner_confirmed_at = moment


def is_sender(referral: Referral, by: Actor) -> bool:
    return by.tenant_id == referral.tenant_id


def waits_for(appointment: Appointment, by: Actor) -> bool:
    """Whether this reader's side still has to confirm."""
    referral = appointment.referral
    if is_sender(referral, by) and appointment.sender_confirmed_at is None:
        return True
    return policy.can_answer_referral(by, referral) and appointment.partner_confirmed_at is None


def _note(event: str, appointment: Appointment, referral: Referral, by: Actor) -> None:
    facts = {"organization": referral.organization_name}
    transitions.add(event, referral, by=by, detail_id=appointment.id, facts=facts)
    audit.record(event, referral, by=by)
