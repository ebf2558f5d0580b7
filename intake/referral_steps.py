"""What every step of a referral shares: lock it, refuse what came too late, write it down, tell others."""

import uuid

from core import audit, clock
from core.access import Actor
from core.db import check_version, lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _, long_date
from intake import mails, processes, transitions
from intake.models.referrals import MessageKind, Referral, ReferralMessage, ReferralStatus

UNDECIDED = {ReferralStatus.SENT, ReferralStatus.SEEN, ReferralStatus.QUESTION_ASKED}


def locked(referral: Referral) -> Referral:
    found = lock(Referral, referral.id)
    assert found is not None  # noqa: S101 - referrals are never removed while a page shows them
    return found


def undecided(
    referral: Referral,
    version: int | None,
    *,
    or_in: set[ReferralStatus] = frozenset(),  # type: ignore[assignment]
) -> Referral:
    return in_one_of(referral, UNDECIDED | or_in, version)


def to_decide(
    referral: Referral,
    version: int | None,
    *,
    or_in: set[ReferralStatus] = frozenset(),  # type: ignore[assignment]
) -> Referral:
    """The referral, locked, when the partner is at turn: who asked something waits for the answer first."""
    referral = undecided(referral, version, or_in=or_in)
    if referral.status == ReferralStatus.QUESTION_ASKED:
        raise Conflict(_("Your question waits for an answer already."))
    return referral


def in_one_of(referral: Referral, states: set[ReferralStatus], version: int | None) -> Referral:
    """The referral, locked, when it is in one of `states` and its basis still holds."""
    referral = locked(referral)
    refuse_ended(referral)
    if referral.status not in states:
        who = referral.organization_name
        raise Conflict(_("This was answered already by %(name)s. Look at the new state.", name=who))
    if version is not None and version != referral.version and not _only_seen_since(referral, version):
        check_version(referral, version)
    refuse_ended_basis(referral)
    return referral


def refuse_ended_basis(referral: Referral) -> None:
    """Nothing passes between sender and partner once the ground for it has ended, also a second ago."""
    basis = referral.basis
    if basis is not None:
        session.refresh(basis)
        if not basis.is_live(clock.today()):
            raise Conflict(_("The consent for this referral has ended. You cannot go on with it."))


def _only_seen_since(referral: Referral, version: int) -> bool:
    """Whether the desk opening it is all that happened since `version`: that changes no decision."""
    if referral.status != ReferralStatus.SEEN or version != referral.version - 1:
        return False
    return transitions.newest_event(referral, but=["referral.nudged"]) == "referral.seen"


def refuse_ended(referral: Referral) -> None:
    if referral.status == ReferralStatus.WITHDRAWN:
        day = long_date(referral.closed_at)
        raise Conflict(_("This referral was withdrawn on %(day)s. You do not need to do anything.", day=day))
    if referral.status == ReferralStatus.EXPIRED:
        raise Conflict(_("The term for an answer has passed. The sender asks someone else."))
    if referral.status.is_final:
        raise Conflict(_("This referral has ended already. Look at the new state."))


def step(
    referral: Referral,
    status: ReferralStatus,
    event: str,
    process_event: str,
    by: Actor,
    *,
    facts: dict[str, str] | None = None,
    detail_id: uuid.UUID | None = None,
    closes: bool = False,
) -> Referral:
    before = referral.status
    referral.status, referral.status_since = status, clock.now()
    if closes:
        referral.closed_at = clock.now()
    session.flush()
    told = {"service": referral.service_name, "organization": referral.organization_name, **(facts or {})}
    transitions.add(
        event,
        referral,
        by=by,
        from_status=str(before),
        basis_id=referral.basis_id,
        detail_id=detail_id,
        facts=told,
    )
    audit.record(event, referral, by=by, changes={"status": [str(before), str(status)]})
    processes.advance(referral, process_event, by=by)
    return referral


def write(referral: Referral, kind: MessageKind, text: str, by: Actor) -> ReferralMessage:
    if not text.strip():
        raise DomainError(_("Write your question or answer first."), field="text")
    message = ReferralMessage(
        id=uuid7(),
        referral_id=referral.id,
        case_id=referral.case_id,
        kind=kind,
        at=clock.now(),
        by_user_id=by.user_id,
        by_name=by.name,
        by_tenant_id=by.tenant_id,
    )
    message.text = text.strip()
    session.add(message)
    session.flush()
    return message


def tell_sender(referral: Referral, outcome: str) -> None:
    path = f"/cases/{referral.case_id}"
    mails.tell_holder("referral_answered", referral.case, path=path, values={"outcome": outcome})


def tell_partner(referral: Referral) -> None:
    if referral.receiving_tenant_id is not None:
        path = f"/referrals/{referral.id}"
        mails.tell_desk("referral_withdrawn", referral.receiving_tenant_id, path=path, values={})
