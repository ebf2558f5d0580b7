"""Requests for aid at an OCMW, from the first word to the notice of the decision.

Terms are statutory and run in calendar days, without suspension: forward within 5 days with reasons, decide
within 30, give notice within 8; appeal within 3 months after the notice, or 4 months and 8 days after the
request when no decision came (Organic law of 8 July 1976; law of 26 May 2002 on social
integration).
"""

import uuid
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock, parameters
from core.access import Actor
from core.db import check_version, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from core.models.accounts import TenantKind
from intake import numbers, transitions
from intake.models.aid_requests import AidKind, AidOutcome, AidRequest, AidStatus
from intake.models.cases import Case
from workflows import instances, terms
from workflows.parties import Party

RECEIPT, FORWARD, DECISION, NOTICE = "aid_receipt", "aid_forward", "aid_decision", "aid_notice"
BODIES_KEY = "aid.bodies"
BODIES = ("Bijzonder comité voor de sociale dienst", "Voorzitter (dringend)")
APPEAL_MONTHS, SILENCE_MONTHS, SILENCE_DAYS = 3, 4, 8


def register_terms(reached: terms.Reached | None = None, unreceipted: terms.Reached | None = None) -> None:
    """The statutory terms; their lengths are parameters `term.<kind>`, these are the legal ones."""
    terms.register(
        RECEIPT, terms.Rule(0, "calendar", unreceipted, source="OCMW law art. 58; RMI law art. 18")
    )
    terms.register(FORWARD, terms.Rule(5, "calendar", reached, source="OCMW law art. 58; RMI law art. 18"))
    terms.register(DECISION, terms.Rule(30, "calendar", reached, source="RMI law art. 21; OCMW law art. 71"))
    terms.register(NOTICE, terms.Rule(8, "calendar", reached, source="RMI law art. 21; OCMW law art. 62bis"))


def get(aid_request_id: uuid.UUID) -> AidRequest | None:
    """A request with its file and person, in one statement."""
    query = (
        sa.select(AidRequest)
        .options(joinedload(AidRequest.case).joinedload(Case.person))
        .where(AidRequest.id == aid_request_id)
    )
    return session.scalars(query).first()


def of_case(case: Case) -> list[AidRequest]:
    """The requests of a file, newest first."""
    query = sa.select(AidRequest).where(AidRequest.case_id == case.id)
    return list(session.scalars(query.order_by(AidRequest.id.desc())))


def takes_requests(case: Case) -> bool:
    """Only an OCMW takes requests for aid in the sense of the law."""
    return case.tenant.kind == TenantKind.OCMW and not case.is_closed


def register_request(
    case: Case, kind: AidKind, words: str, *, asked_on: date, spoken: bool = True, by: Actor
) -> AidRequest:
    """Enter a request in the register; its terms run. A spoken one counts like a written one."""
    if case.tenant.kind != TenantKind.OCMW:
        raise DomainError(
            _("Only an OCMW registers requests for aid. Refer to the OCMW of the municipality.")
        )
    if case.is_closed:
        raise Conflict(_("This file is closed. Reopen it first."))
    if asked_on > clock.today():
        raise DomainError(_("The day of the request cannot lie in the future."), field="asked_on")
    if not words.strip():
        raise DomainError(_("Write what the citizen asks, in their words."), field="words")
    request = AidRequest(
        id=uuid7(),
        case_id=case.id,
        tenant_id=case.tenant_id,
        number=numbers.new("H"),
        kind=kind,
        spoken=spoken,
        asked_on=asked_on,
        registered_at=clock.now(),
        registered_by=by.user_id,
        words=words,
    )
    request.case = case
    session.add(request)
    session.flush()
    _note("aid.registered", request, by=by)
    worker = Party(case.tenant_id, case.team_id, case.holder_id)
    parties = {"worker": worker, "body": Party(case.tenant_id, case.team_id)}
    instances.start("ocmw_application", subject=request, data={}, by=by, parties=parties)
    terms.start(request, RECEIPT, on=asked_on, by=by)
    terms.start(request, FORWARD, on=asked_on, by=by)
    terms.start(request, DECISION, on=asked_on, by=by)
    return request


def give_receipt(request: AidRequest, *, by: Actor) -> None:
    """Note that the citizen got the dated proof; it is due the same day."""
    if request.receipt_given_at is None:
        request.receipt_given_at = clock.now()
        terms.met(request, RECEIPT, by=by)
        _note("aid.receipt_given", request, by=by)


def confirm_competence(request: AidRequest, *, by: Actor, version: int | None = None) -> None:
    """This OCMW is competent: the term to forward ends, the social inquiry goes on."""
    _require(request, version, AidStatus.REGISTERED)
    terms.met(request, FORWARD, by=by)
    _move(request, AidStatus.DECIDING, "competent", by=by)


def forward_request(
    request: AidRequest, to: str, *, reason: str, forwarded_on: date, by: Actor, version: int | None = None
) -> None:
    """Send it to the competent centre, with the reason in writing; without one the forwarding is void."""
    _require(request, version, AidStatus.REGISTERED)
    if not to.strip():
        raise DomainError(_("Name the OCMW that is competent."), field="to")
    if not reason.strip():
        raise DomainError(_("Give the reason: without it the forwarding is void."), field="reason")
    _refuse_day(request, forwarded_on, "forwarded_on")
    request.forwarded_to, request.reason, request.forwarded_on = to, reason, forwarded_on
    terms.cancel_all(request, by=by)
    _move(request, AidStatus.FORWARDED, "forwarded", by=by)


def record_decision(
    request: AidRequest,
    outcome: AidOutcome,
    *,
    body: str,
    reason: str,
    decided_on: date,
    is_urgent: bool = False,
    by: Actor,
    version: int | None = None,
) -> None:
    """Record what the body decided; the term for the notice begins. An urgent one is ratified later."""
    _require(request, version, AidStatus.DECIDING)
    if not body.strip():
        raise DomainError(_("Name the body that decided."), field="body")
    if not reason.strip():
        raise DomainError(_("A decision needs its reasons."), field="reason")
    _refuse_day(request, decided_on, "decided_on")
    request.outcome, request.body, request.reason = outcome, body, reason
    request.decided_on, request.is_urgent = decided_on, is_urgent
    terms.met(request, DECISION, by=by)
    terms.start(request, NOTICE, on=decided_on, by=by)
    _move(request, AidStatus.DECIDED, "decided", by=by)


def record_ratification(request: AidRequest, *, ratified_on: date, by: Actor) -> None:
    """The committee confirms what the chair decided urgently."""
    if not request.is_urgent or request.decided_on is None:
        raise DomainError(_("Only an urgent decision is ratified."))
    if not request.decided_on <= ratified_on <= clock.today():
        raise DomainError(_("Choose a day from the decision until today."), field="ratified_on")
    request.ratified_on = ratified_on
    _note("aid.ratified", request, by=by)


def record_notice(request: AidRequest, *, notified_on: date, by: Actor, version: int | None = None) -> None:
    """Note that the citizen was told in writing, with reasons and remedies; the term to appeal follows."""
    _require(request, version, AidStatus.DECIDED)
    _refuse_day(request, notified_on, "notified_on")
    request.notified_on = notified_on
    request.appeal_until = clock.add_months(notified_on, APPEAL_MONTHS)
    terms.met(request, NOTICE, by=by)
    _move(request, AidStatus.NOTIFIED, "notified", by=by)


def withdraw_request(request: AidRequest, *, reason: str, by: Actor, version: int | None = None) -> None:
    """The citizen takes the request back; the terms end."""
    _require(request, version, AidStatus.REGISTERED, AidStatus.DECIDING)
    if not reason.strip():
        raise DomainError(_("Give the reason."), field="reason")
    request.reason = reason
    terms.cancel_all(request, by=by)
    _move(request, AidStatus.WITHDRAWN, "withdrawn", by=by)


def appeal_without_decision_until(request: AidRequest) -> date:
    """Until when one can go to the labour court when no decision came."""
    return clock.add_months(request.asked_on, SILENCE_MONTHS).fromordinal(
        clock.add_months(request.asked_on, SILENCE_MONTHS).toordinal() + SILENCE_DAYS
    )


def bodies(tenant_id: uuid.UUID) -> list[str]:
    """The bodies that decide in this OCMW, the usual one first: data with validity dates, never code."""
    try:
        found = parameters.value(BODIES_KEY, tenant_id=tenant_id)
    except parameters.Unknown:
        found = list(BODIES)
    return [str(name) for name in found]


def _require(request: AidRequest, version: int | None, *statuses: AidStatus) -> None:
    session.refresh(request, with_for_update=True)
    check_version(request, version)
    if request.status not in statuses:
        raise Conflict(_("This can no longer be done: the request is in another step now."))


def _refuse_day(request: AidRequest, day: date, field: str) -> None:
    if not request.asked_on <= day <= clock.today():
        raise DomainError(_("Choose a day from the request until today."), field=field)


def _move(request: AidRequest, to: AidStatus, event: str, *, by: Actor) -> None:
    request.status = to
    session.flush()
    _note(f"aid.{event}", request, by=by)
    instances.advance(request, event, by=by)


def _note(event: str, request: AidRequest, *, by: Actor) -> None:
    transitions.add(event, request, by=by, detail_id=request.id, facts={"number": request.number})
    audit.record(event, request, by=by)
