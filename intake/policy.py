"""Who may see and do what in the intake. Rules are pure; lists start from the same rule as a query."""

from datetime import date

import sqlalchemy as sa

from core.access import Actor, Role
from core.db import session
from core.models.accounts import TenantKind
from intake.models.bases import Basis
from intake.models.cases import Case, FollowUp
from intake.models.contacts import ContactMoment
from intake.models.emergencies import EmergencyAccess
from intake.models.persons import Person
from intake.models.referrals import AGREED, Referral, ReferralStatus
from intake.models.routing import RoutingRule
from intake.models.signals import Signal

INTAKE_ROLES = (Role.INTAKE_WORKER, Role.TEAM_LEAD)
DESK_ROLES = (*INTAKE_ROLES, Role.PARTNER_DESK)


# ---------------------------------------------------------------- without a record
def is_intake_worker(actor: Actor) -> bool:
    """Keeps files of citizens for an organization."""
    return actor.tenant_id is not None and actor.has(*INTAKE_ROLES)


def is_desk(actor: Actor) -> bool:
    """May register notices and answer referrals for an organization."""
    return actor.tenant_id is not None and actor.has(*DESK_ROLES)


def keeps_aid_register(actor: Actor) -> bool:
    """Only an OCMW takes requests for aid in the sense of the law, and so keeps their register."""
    return is_intake_worker(actor) and actor.tenant_kind == TenantKind.OCMW


def sees_distribution(actor: Actor) -> bool:
    """Every partner sees how notices were spread, and so does who coordinates them: counts only."""
    return is_desk(actor) or (actor.tenant_id is not None and actor.has(Role.COORDINATOR))


def coordinates(actor: Actor) -> bool:
    """Keeps the agreements of one partnership: how notices are routed."""
    return actor.partnership_id is not None and actor.has(Role.COORDINATOR)


def can_change_routing(actor: Actor, rule: RoutingRule) -> bool:
    return coordinates(actor) and rule.partnership_id == actor.partnership_id


# ---------------------------------------------------------------- contacts
def can_settle_contact(actor: Actor, contact: ContactMoment) -> bool:
    """Any desk of the organization that was contacted."""
    return is_desk(actor) and contact.tenant_id == actor.tenant_id


def can_open_contact(actor: Actor, contact: ContactMoment) -> bool:
    """Only who keeps files makes one of a contact."""
    return is_intake_worker(actor) and contact.tenant_id == actor.tenant_id


# ---------------------------------------------------------------- signals
def can_see_signal(actor: Actor, signal: Signal) -> bool:
    """The receiving organization reads a notice; whoever registered it sees its state only."""
    return can_handle_signal(actor, signal) or is_origin(actor, signal)


def can_handle_signal(actor: Actor, signal: Signal) -> bool:
    """Colleagues of the receiving organization; once it belongs to a restricted file, who sees that file."""
    if not is_intake_worker(actor) or signal.tenant_id != actor.tenant_id:
        return False
    return signal.case is None or can_see_case(actor, signal.case)


def is_origin(actor: Actor, signal: Signal) -> bool:
    """Whoever registered it; in the own organization not once it went into a file that is kept from them."""
    if not is_desk(actor) or signal.origin_tenant_id != actor.tenant_id:
        return False
    case = signal.case if signal.tenant_id == actor.tenant_id else None
    return case is None or not case.is_restricted or can_see_case(actor, case)


def signals_visible_to(actor: Actor) -> sa.Select[Signal]:
    """Notices this actor may read; none without the role."""
    query = sa.select(Signal)
    if not is_intake_worker(actor):
        return query.where(sa.false())
    query = query.where(Signal.tenant_id == actor.tenant_id)
    if actor.has(Role.TEAM_LEAD):
        return query
    closed = sa.select(Case.id).where(Case.tenant_id == actor.tenant_id, _is_kept_from(actor))
    return query.where(sa.or_(Signal.case_id.is_(None), Signal.case_id.notin_(closed)))


def signals_registered_by(actor: Actor) -> sa.Select[Signal]:
    """Notices that this actor's organization sent to another one: their state may be followed."""
    query = sa.select(Signal)
    if not is_desk(actor):
        return query.where(sa.false())
    return query.where(Signal.origin_tenant_id == actor.tenant_id, Signal.tenant_id != actor.tenant_id)


# ---------------------------------------------------------------- cases and persons
def can_see_case(actor: Actor, case: Case) -> bool:
    """Colleagues of the organization; a restricted file only its holder and the team leads."""
    if not is_intake_worker(actor) or case.tenant_id != actor.tenant_id:
        return False
    return not case.is_restricted or case.holder_id == actor.user_id or actor.has(Role.TEAM_LEAD)


def can_see_readers(actor: Actor, case: Case) -> bool:
    """Who looked at a file: whoever sees it, and the data protection officer of the organization."""
    return can_see_case(actor, case) or (actor.has(Role.DPO) and actor.tenant_id == case.tenant_id)


def can_handle_case(actor: Actor, case: Case) -> bool:
    """Whoever sees a file may work on it; operations refuse what its state does not allow."""
    return can_see_case(actor, case)


def can_allocate(actor: Actor, case: Case) -> bool:
    """A team lead gives files to holders; a holder may hand over an own one."""
    if not can_see_case(actor, case):
        return False
    return actor.has(Role.TEAM_LEAD) or case.holder_id == actor.user_id or case.is_provisional


def cases_visible_to(actor: Actor) -> sa.Select[Case]:
    query = sa.select(Case)
    if not is_intake_worker(actor):
        return query.where(sa.false())
    query = query.where(Case.tenant_id == actor.tenant_id)
    return query if actor.has(Role.TEAM_LEAD) else query.where(sa.not_(_is_kept_from(actor)))


def follow_ups_visible_to(actor: Actor) -> sa.Select[FollowUp]:
    """What was planned in the files this actor may see, whoever it was planned for."""
    query = sa.select(FollowUp).join(Case, Case.id == FollowUp.case_id)
    if not is_intake_worker(actor):
        return query.where(sa.false())
    query = query.where(FollowUp.tenant_id == actor.tenant_id, Case.tenant_id == actor.tenant_id)
    return query if actor.has(Role.TEAM_LEAD) else query.where(sa.not_(_is_kept_from(actor)))


def _is_kept_from(actor: Actor) -> sa.ColumnElement[bool]:
    """A restricted file that somebody else holds, as `can_see_case` judges one."""
    return sa.and_(
        Case.is_restricted.is_(True), sa.or_(Case.holder_id.is_(None), Case.holder_id != actor.user_id)
    )


def can_restrict_case(actor: Actor, case: Case) -> bool:
    """Restrict a file, or open it to colleagues again: its holder, or a team lead."""
    return can_see_case(actor, case) and (actor.has(Role.TEAM_LEAD) or case.holder_id == actor.user_id)


def persons_visible_to(actor: Actor) -> sa.Select[Person]:
    """Persons of the own organization; there is no search over organizations.

    Somebody who has restricted files of others only, is not found: that they are known here is a secret too.
    """
    query = sa.select(Person)
    if not is_intake_worker(actor):
        return query.where(sa.false())
    query = query.where(Person.tenant_id == actor.tenant_id, Person.merged_into_id.is_(None))
    if actor.has(Role.TEAM_LEAD):
        return query
    theirs = sa.select(Case.id).where(Case.person_id == Person.id)
    kept, shown = theirs.where(_is_kept_from(actor)), theirs.where(sa.not_(_is_kept_from(actor)))
    return query.where(sa.or_(sa.not_(kept.exists()), shown.exists()))


def can_see_person(actor: Actor, person: Person) -> bool:
    """As `persons_visible_to`, for one record."""
    if not is_intake_worker(actor) or person.tenant_id != actor.tenant_id:
        return False
    found = persons_visible_to(actor).where(Person.id == person.id).with_only_columns(Person.id)
    return session.scalar(found) is not None


# ---------------------------------------------------------------- emergencies
def can_open_emergency(actor: Actor) -> bool:
    """Whoever keeps files is bound by professional secrecy; which file opens, the operation judges."""
    return is_intake_worker(actor)


def is_emergency_reader(actor: Actor, access: EmergencyAccess) -> bool:
    """Who asked for it, acting for the organization they asked it in; the page itself minds the time."""
    return (
        is_intake_worker(actor) and access.user_id == actor.user_id and access.by_tenant_id == actor.tenant_id
    )


def reviews_emergencies(actor: Actor) -> bool:
    """The data protection officer, over the files of the own organization."""
    return actor.tenant_id is not None and actor.has(Role.DPO)


def can_review_emergency(actor: Actor, access: EmergencyAccess) -> bool:
    return reviews_emergencies(actor) and access.tenant_id == actor.tenant_id


# ---------------------------------------------------------------- bases and referrals
def can_publish_consent_text(actor: Actor) -> bool:
    """A coordinator for the partnership, an administrator for the own organization or for everybody."""
    return actor.tenant_id is not None and (
        actor.has(Role.ADMINISTRATOR) or (actor.has(Role.COORDINATOR) and actor.partnership_id is not None)
    )


def can_withdraw_basis(actor: Actor, basis: Basis) -> bool:
    return can_see_case(actor, basis.case)


def can_see_referral(actor: Actor, referral: Referral) -> bool:
    """The receiving desk, or whoever sees the file it came from."""
    return can_answer_referral(actor, referral) or can_see_case(actor, referral.case)


def can_answer_referral(actor: Actor, referral: Referral) -> bool:
    """The desk of the receiving organization; for a service without account the sender notes the answer."""
    if referral.status == ReferralStatus.DRAFT:
        return False
    if referral.receiving_tenant_id is None:
        return can_see_case(actor, referral.case)
    return is_desk(actor) and referral.receiving_tenant_id == actor.tenant_id


def can_steer_referral(actor: Actor, referral: Referral) -> bool:
    """The sender: answers questions, withdraws."""
    return can_see_case(actor, referral.case)


def can_copy_referral(actor: Actor, referral: Referral) -> bool:
    """An accepting organization that keeps files may open one of its own from the package."""
    return (
        is_intake_worker(actor)
        and referral.receiving_tenant_id is not None
        and referral.receiving_tenant_id == actor.tenant_id
        and referral.status in AGREED
    )


def referrals_received_by(actor: Actor) -> sa.Select[Referral]:
    query = sa.select(Referral)
    if not is_desk(actor):
        return query.where(sa.false())
    return query.where(
        Referral.receiving_tenant_id == actor.tenant_id, Referral.status != ReferralStatus.DRAFT
    )


def referrals_sent_by(actor: Actor) -> sa.Select[Referral]:
    """Referrals out of the files this actor may see."""
    query = sa.select(Referral).join(Case, Case.id == Referral.case_id)
    if not is_intake_worker(actor):
        return query.where(sa.false())
    query = query.where(Referral.tenant_id == actor.tenant_id)
    return query if actor.has(Role.TEAM_LEAD) else query.where(sa.not_(_is_kept_from(actor)))


# ---------------------------------------------------------------- what a partner may see of a referral
def stage(referral: Referral, basis: Basis | None, on: date) -> str:
    """How far the door stands open for the receiving organization on a Brussels day.

    before: the question without identity. after: what was agreed, once accepted. closed: nothing.
    The door closes with the referral and, the same second, with its basis.
    """
    if not referral.kind.sends_data or basis is None or not basis.is_live(on):
        return "closed"
    if referral.status.is_undecided:
        return "before"
    return "after" if referral.status.is_agreed else "closed"
