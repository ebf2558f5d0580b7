"""A referral from sending to its outcome. Every step locks it first, so that two people never both win."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock, parameters
from core.access import Actor
from core.db import check_version, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import (
    aftercare,
    answer_terms,
    cases,
    exclusion_rules,
    items,
    mails,
    numbers,
    partner_view,
    processes,
    referral_steps,
    transitions,
)
from intake.models.bases import Basis, BasisKind, Purpose
from intake.models.cases import Case
from intake.models.help_requests import HelpRequest
from intake.models.persons import Identity
from intake.models.referrals import (
    FINAL,
    DeclinedBy,
    DeclineReason,
    FailReason,
    MessageKind,
    Referral,
    ReferralKind,
    ReferralMessage,
    ReferralStatus,
)
from intake.models.vocabulary import Urgency
from socialmap import services
from socialmap.models.directory import Service

ANSWER_DAYS, URGENT_DAYS = 5, 1
ANSWER_TERM = f"term.{answer_terms.ANSWER}"  # the parameter that says otherwise
Status = ReferralStatus


def get(referral_id: uuid.UUID) -> Referral | None:
    """A referral with what its page and its guard need, in one statement."""
    return session.scalars(
        sa.select(Referral)
        .options(
            joinedload(Referral.case).options(joinedload(Case.holder), joinedload(Case.content_key)),
            joinedload(Referral.basis),
            joinedload(Referral.tenant),
            joinedload(Referral.receiving_tenant),
            joinedload(Referral.made_by),
        )
        .where(Referral.id == referral_id)
    ).first()


def of_case(case: Case) -> list[Referral]:
    """Referrals of a file with their bases, the newest first, in one statement."""
    return list(
        session.scalars(
            sa.select(Referral)
            .options(joinedload(Referral.basis))
            .where(Referral.case_id == case.id)
            .order_by(Referral.id.desc())
        )
    )


def running_of(cases: Iterable[Case]) -> dict[uuid.UUID, list[Referral]]:
    """Referrals that still run, by file, in one statement: a list says whose turn each file is."""
    found = session.scalars(
        sa.select(Referral).where(
            Referral.case_id.in_([case.id for case in cases]), Referral.status.notin_(FINAL)
        )
    )
    by_case: dict[uuid.UUID, list[Referral]] = {}
    for referral in found:
        by_case.setdefault(referral.case_id, []).append(referral)
    return by_case


def open_for(case: Case, service_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Referral]:
    """Referrals of this file that still run, by service: a page warns before a second one."""
    found = session.scalars(
        sa.select(Referral).where(
            Referral.case_id == case.id,
            Referral.service_id.in_(list(service_ids)),
            Referral.status.notin_(FINAL),
        )
    )
    return {referral.service_id: referral for referral in found}


def answer_days(urgency: Urgency, *, tenant_id: uuid.UUID | None) -> int:
    """Working days in which partners agreed to answer; one when it is urgent."""
    if urgency == Urgency.U1:
        return URGENT_DAYS
    agreed = parameters.entry(ANSWER_TERM, tenant_id=tenant_id)
    return int(agreed.value) if agreed is not None else ANSWER_DAYS


def answer_by(urgency: Urgency, *, tenant_id: uuid.UUID | None) -> date:
    """The working day on which the answer is due when it is sent today."""
    return clock.add_working_days(clock.today(), answer_days(urgency, tenant_id=tenant_id))


def answer_by_agreed(urgency: Urgency, days: int | None) -> date:
    """The same where the agreed number of working days is known, None when nothing was agreed."""
    if urgency == Urgency.U1:
        days = URGENT_DAYS
    return clock.add_working_days(clock.today(), ANSWER_DAYS if days is None else int(days))


def last_day(due_at: datetime | None) -> date | None:
    """The day until the end of which an answer is in time; `due_at` is the first moment after it."""
    return clock.brussels(due_at - timedelta(seconds=1)).date() if due_at else None


def refuse_transfer(case: Case, service: Service, kind: ReferralKind) -> None:
    """Raise DomainError when this file cannot go to this service in this way."""
    if case.is_closed:
        raise Conflict(_("This file is closed. Reopen it first."))
    if not service.is_active:
        raise DomainError(
            _("%(name)s does not work any more. Choose another service.", name=service.name), field="service"
        )
    if not service.accepting:
        raise DomainError(
            _("%(name)s is full now and takes no referrals. Choose another service.", name=service.name),
            field="service",
        )
    if not service.covers(case.nis):
        raise DomainError(
            _("%(name)s does not work in this municipality. Choose another service.", name=service.name),
            field="service",
        )
    if kind.sends_data and (case.person is None or case.person.identity == Identity.ANONYMOUS):
        raise DomainError(
            _("Passing on data needs a known person. Information or a letter to carry is always possible."),
            field="kind",
        )


def refer(
    case: Case,
    service: Service,
    *,
    kind: ReferralKind,
    request: str,
    shared: Iterable[str] = (),
    urgency: Urgency = Urgency.U3,
    help_request: HelpRequest | None = None,
    basis: Basis | None = None,
    by: Actor,
) -> Referral:
    """Refer a file to a service, on a basis that covers it; kinds that send nothing need none."""
    case = cases.open_for_change(case)
    refuse_transfer(case, service, kind)
    if not request.strip():
        raise DomainError(_("Say what you ask of the service."), field="request")
    wanted = {items.CONTACT, *shared} if kind.sends_data else set()
    if kind.sends_data:
        _refuse_uncovered(case, service, basis, wanted, kind=kind, request=request)
    referral = _new(case, service, kind, urgency, help_request, basis, by)
    due = answer_by(urgency, tenant_id=case.tenant_id) if kind.sends_data else None
    package = partner_view.compose(
        case,
        kind=kind,
        request=request.strip(),
        shared=wanted,
        urgency=urgency,
        answer_by=due,
        basis_kind=basis.kind if basis else BasisKind.CONSENT,
        given_on=basis.given_on if basis else clock.today(),
    )
    referral.items, referral.package = list(package.items), package.to_json()
    session.add(referral)
    session.flush()
    facts = {"service": referral.service_name, "organization": referral.organization_name, "kind": str(kind)}
    transitions.add("referral.sent", referral, by=by, basis_id=referral.basis_id, facts=facts)
    audit.record("referral.sent", referral, by=by, changes={"kind": str(kind), "items": referral.items})
    if kind.sends_data:
        _set_going(case, referral, by)
    else:
        # Nothing leaves, so nobody answers: no process, no term.
        referral.status, referral.closed_at = Status.COMPLETED, clock.now()
        session.flush()
    return referral


def _refuse_uncovered(
    case: Case,
    service: Service,
    basis: Basis | None,
    wanted: set[str],
    *,
    kind: ReferralKind,
    request: str,
) -> None:
    """Nothing leaves but on a basis that covers it, nor what the citizen excluded."""
    if basis is None or not basis.covers(case.id, service.id, wanted, Purpose.REFERRAL, clock.today()):
        raise DomainError(_("This ground does not cover what you share."), field="items")
    excluded = exclusion_rules.excluded_in(case)
    exclusion_rules.refuse(excluded, service, kind, wanted, basis.kind)
    if basis.kind in exclusion_rules.AGREED_KINDS:
        exclusion_rules.refuse_names(excluded, request, field="request")


def _new(
    case: Case,
    service: Service,
    kind: ReferralKind,
    urgency: Urgency,
    help_request: HelpRequest | None,
    basis: Basis | None,
    by: Actor,
) -> Referral:
    moment = clock.now()
    receiver = service.organization.tenant_id if kind.sends_data else None
    due = clock.end_of(answer_by(urgency, tenant_id=case.tenant_id)) if kind.sends_data else None
    referral = Referral(
        id=uuid7(),
        case_id=case.id,
        tenant_id=case.tenant_id,
        receiving_tenant_id=receiver,
        number=numbers.new("V"),
        help_request_id=help_request.id if help_request else None,
        basis_id=basis.id if basis and kind.sends_data else None,
        service_id=service.id,
        service_snapshot=services.snapshot(service),
        kind=kind,
        urgency=urgency,
        status=Status.SENT,
        status_since=moment,
        made_by_id=by.user_id,
        sent_at=moment,
        answer_due_at=due,
    )
    referral.case, referral.basis = case, basis if referral.basis_id else None
    return referral


def _set_going(case: Case, referral: Referral, by: Actor) -> None:
    processes.start_referral(referral, by=by)
    days = answer_days(referral.urgency, tenant_id=referral.tenant_id)
    answer_terms.start(referral, days, by=by)
    processes.wait_for_partner(case, referral, by=by)
    if referral.receiving_tenant_id is not None:
        mails.tell_desk(
            "new_referral",
            referral.receiving_tenant_id,
            path=f"/referrals/{referral.id}",
            values=_mail_of_arrival(referral),
        )


# ---------------------------------------------------------------- steps of the partner
def see(referral: Referral, *, by: Actor) -> Referral:
    """The receiving desk opened it for the first time."""
    referral = referral_steps.locked(referral)
    if referral.status != Status.SENT or referral.receiving_tenant_id != by.tenant_id:
        return referral
    referral.seen_at = clock.now()
    return referral_steps.step(referral, Status.SEEN, "referral.seen", "seen", by)


def ask(referral: Referral, text: str, *, by: Actor, version: int | None = None) -> ReferralMessage:
    """The partner asks something first; its own clock stands still until the answer."""
    referral = referral_steps.to_decide(referral, version)
    message = referral_steps.write(referral, MessageKind.QUESTION, text, by)
    referral_steps.step(
        referral, Status.QUESTION_ASKED, "referral.question_asked", "question_asked", by, detail_id=message.id
    )
    answer_terms.suspend(referral, by=by)
    referral_steps.tell_sender(referral, "question_asked")
    return message


def answer_question(
    referral: Referral, text: str, *, by: Actor, version: int | None = None
) -> ReferralMessage:
    """The sender answers; the partner is at turn again and its clock goes on."""
    referral = referral_steps.locked(referral)
    referral_steps.refuse_ended(referral)
    check_version(referral, version)
    if referral.status != Status.QUESTION_ASKED:
        raise Conflict(_("There is no open question any more."))
    referral_steps.refuse_ended_basis(referral)
    if referral.basis is not None and referral.basis.kind in exclusion_rules.AGREED_KINDS:
        exclusion_rules.refuse_names(exclusion_rules.excluded_in(referral.case), text, field="answer")
    message = referral_steps.write(referral, MessageKind.ANSWER, text, by)
    referral_steps.step(
        referral, Status.SEEN, "referral.answered", "question_answered", by, detail_id=message.id
    )
    referral.answer_due_at = answer_terms.resume(referral, by=by).due_at
    return message


def accept(referral: Referral, *, by: Actor, version: int | None = None) -> Referral:
    """The partner takes it on; from now the agreed package is visible."""
    referral = referral_steps.to_decide(referral, version, or_in={Status.WAITLISTED})
    referral.decided_at, referral.decided_by_id = clock.now(), by.user_id
    referral_steps.step(referral, Status.ACCEPTED, "referral.accepted", "accepted", by)
    answer_terms.stop(referral, by=by)
    if not referral.case.is_closed:
        aftercare.plan(referral.case, by=by)
    referral_steps.tell_sender(referral, "accepted")
    return referral


def put_on_waiting_list(referral: Referral, *, by: Actor, version: int | None = None) -> Referral:
    """The partner takes it on, but not yet."""
    referral = referral_steps.to_decide(referral, version)
    referral.decided_at, referral.decided_by_id = clock.now(), by.user_id
    referral_steps.step(referral, Status.WAITLISTED, "referral.waitlisted", "waitlisted", by)
    answer_terms.stop(referral, by=by)
    referral_steps.tell_sender(referral, "waitlisted")
    return referral


def decline(
    referral: Referral,
    reason: DeclineReason,
    *,
    declined_by: DeclinedBy = DeclinedBy.ORGANIZATION,
    remark: str = "",
    better_service: Service | None = None,
    better_address: str = "",
    by: Actor,
    version: int | None = None,
) -> Referral:
    """The partner cannot help: a coded reason, who declined, and a better address if there is one."""
    referral = referral_steps.to_decide(referral, version, or_in={Status.WAITLISTED})
    if reason == DeclineReason.OTHER and not remark.strip():
        raise DomainError(_("Say in a few words why it is not possible."), field="remark")
    referral.decline_reason = reason
    is_citizen = reason == DeclineReason.CITIZEN_DECLINES
    referral.declined_by = DeclinedBy.CITIZEN if is_citizen else declined_by
    referral.remark = remark.strip() or None
    referral.better_service_id = better_service.id if better_service else None
    referral.better_address = better_service.name if better_service else better_address.strip()
    referral.decided_at, referral.decided_by_id = clock.now(), by.user_id
    facts = {"reason": str(reason), "better": referral.better_address}
    referral_steps.step(
        referral, Status.DECLINED, "referral.declined", "declined", by, facts=facts, closes=True
    )
    answer_terms.stop(referral, by=by)
    referral_steps.tell_sender(referral, "declined")
    return referral


def start(referral: Referral, *, by: Actor, version: int | None = None) -> Referral:
    """First contact was made; help goes on."""
    referral = referral_steps.in_one_of(referral, {Status.ACCEPTED, Status.WAITLISTED}, version)
    referral.started_at = clock.now()
    return referral_steps.step(referral, Status.IN_PROGRESS, "referral.started", "started", by)


def complete(referral: Referral, *, remark: str = "", by: Actor, version: int | None = None) -> Referral:
    """The partner is done, with words on the outcome."""
    referral = referral_steps.in_one_of(referral, {Status.ACCEPTED, Status.IN_PROGRESS}, version)
    referral.remark = remark.strip() or None
    referral_steps.step(referral, Status.COMPLETED, "referral.completed", "completed", by, closes=True)
    referral_steps.tell_sender(referral, "completed")
    return referral


def fail(
    referral: Referral, reason: FailReason, *, remark: str = "", by: Actor, version: int | None = None
) -> Referral:
    """It was accepted, but came to nothing."""
    referral = referral_steps.in_one_of(
        referral, {Status.ACCEPTED, Status.WAITLISTED, Status.IN_PROGRESS}, version
    )
    referral.fail_reason, referral.remark = reason, remark.strip() or None
    facts = {"reason": str(reason)}
    referral_steps.step(referral, Status.FAILED, "referral.failed", "failed", by, facts=facts, closes=True)
    referral_steps.tell_sender(referral, "failed")
    return referral


# ---------------------------------------------------------------- steps of the sender, and of time
def withdraw(referral: Referral, *, reason: str = "", by: Actor, version: int | None = None) -> Referral:
    """The sender takes it back, until the partner has accepted. Consent can be withdrawn at any time."""
    referral = referral_steps.undecided(referral, version, or_in={Status.WAITLISTED})
    referral.remark = reason.strip() or None
    referral_steps.step(referral, Status.WITHDRAWN, "referral.withdrawn", "withdrawn", by, closes=True)
    answer_terms.stop(referral, by=by)
    referral_steps.tell_partner(referral)
    return referral


def close_for_basis(referral: Referral, *, by: Actor) -> Referral:
    """Its basis ended: whatever the state, the partner sees nothing any more from this moment."""
    referral = referral_steps.locked(referral)
    if referral.status.is_final:
        return referral
    referral_steps.step(
        referral, Status.WITHDRAWN, "referral.withdrawn", "withdrawn", by, facts={"why": "basis"}, closes=True
    )
    answer_terms.stop(referral, by=by)
    referral_steps.tell_partner(referral)
    return referral


def expire(referral: Referral, *, by: Actor) -> Referral:
    """The answer term ended without an answer: it comes back to the sender."""
    referral = referral_steps.locked(referral)
    if referral.status not in {Status.SENT, Status.SEEN}:
        return referral
    referral_steps.step(referral, Status.EXPIRED, "referral.expired", "expired", by, closes=True)
    answer_terms.stop(referral, by=by)
    referral_steps.tell_partner(referral)
    referral_steps.tell_sender(referral, "expired")
    return referral


def _mail_of_arrival(referral: Referral) -> dict[str, str]:
    """The name of an organization and a day: nothing of a citizen."""
    due = last_day(referral.answer_due_at)
    return {"sender": referral.tenant.name, "answer_by": f"{due:%d/%m/%Y}" if due else ""}
