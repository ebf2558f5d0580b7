"""Submission: it counts to the microsecond, the last version in time stands, and the receipt proves it."""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import audit, clock, outbox
from core.access import Actor, system_actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from projects import assessments, attachments, phases, sweeps
from projects.applications import refuse_another, refuse_stopped
from projects.completeness import missing
from projects.models.applications import (
    Application,
    ApplicationPartner,
    ApplicationStatus,
    ApplicationVersion,
    BudgetLine,
    FundingKind,
    FundingLine,
)
from projects.models.calls import CallStatus, Round
from projects.numbers import next_number
from projects.parties import lanes
from projects.transitions import hold, move, require
from socialmap.models.directory import Organization
from workflows import instances

# A request that came in just before closing may still be waiting for its turn.
SUBMISSION_IN_FLIGHT = timedelta(minutes=10)
UNSUBMITTED = (ApplicationStatus.DRAFT, ApplicationStatus.TO_SIGN)
# What a draft in a next round begins with.
TAKEN_ALONG = (
    "title", "answers", "municipalities", "starts_on", "ends_on", "asked_cents", "iban", "signatory_name",
    "signatory_role",
)  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """Proof of a submission: the hash is over the content and the moment, and can be checked offline."""

    number: str
    version: int
    received_at: datetime
    in_time: bool
    content_hash: str


def submit_application(application: Application, *, received_at: datetime, by: Actor) -> Receipt:
    """Submit the draft as a new version; the moment the request came in decides, inside the transaction.

    In time: the version counts (the last one before closing does). Late: the file is recorded as such and its
    text stays, ready for the next round. Refuses a draft with open problems, naming the first.
    """
    hold(application)
    require(application, ApplicationStatus.DRAFT, ApplicationStatus.TO_SIGN, ApplicationStatus.SUBMITTED)
    problems = missing(application)
    if problems:
        raise DomainError(problems[0].message, field=problems[0].field)
    _refuse_stopped(application)
    planned = session.get_one(Round, application.round_id, populate_existing=True)
    in_time = phases.is_open(application, received_at)
    if in_time and not _still_takes(application, planned):
        raise DomainError(_("This call takes no applications any more."))
    version = _freeze(application, received_at, in_time=in_time, by=by)
    if version.in_time:
        _accept(application, version, by=by)
    elif application.status == ApplicationStatus.SUBMITTED:
        raise DomainError(_("The round has closed. Your last version in time stays the one that counts."))
    else:
        move(application, ApplicationStatus.LATE, by=by, event="late")
    return receipt(application, version)


def _refuse_stopped(application: Application) -> None:
    """An organization may have stopped since the draft began."""
    named = [application.organization_id, *(partner.organization_id for partner in application.partners)]
    for organization in session.scalars(sa.select(Organization).where(Organization.id.in_(named))):
        field = "organization" if organization.id == application.organization_id else "partner"
        refuse_stopped(organization, field=field)


def _still_takes(application: Application, planned: Round) -> bool:
    """A withdrawn call takes nothing; what came in before a fixed closing counts, also somewhat later."""
    call = application.call
    if planned.closes_at is None and application.phase_closes_at is None:
        return call.status == CallStatus.PUBLISHED
    return call.status in (CallStatus.PUBLISHED, CallStatus.IN_ASSESSMENT)


def _accept(application: Application, version: ApplicationVersion, *, by: Actor) -> None:
    application.submitted_at = version.received_at
    assessments.recuse_tied(application, by=by)
    if application.status == ApplicationStatus.SUBMITTED:
        audit.record("application.resubmitted", application, by=by, changes={"version": version.number})
    else:
        move(application, ApplicationStatus.SUBMITTED, by=by, event="submitted")
    outbox.put(
        "mail.application_received",
        payload={"application_id": str(application.id), "version": version.number},
        tenant_id=application.tenant_id,
    )


def _freeze(
    application: Application, received_at: datetime, *, in_time: bool, by: Actor
) -> ApplicationVersion:
    if in_time:
        attachments.remove_left_letters(application, by=by)
    content = as_submitted(application)
    version = ApplicationVersion(
        number=len(application.versions) + 1,
        received_at=received_at,
        in_time=in_time,
        content=content,
        content_hash=hash_of(content, received_at),
        submitted_by=by.user_id,
    )
    application.versions.append(version)
    session.flush()
    return version


def as_submitted(application: Application) -> dict[str, Any]:
    """The content of a version: everything the authority will judge, without the account number."""
    return {
        "number": application.number,
        "title": application.title,
        "organization": str(application.organization_id),
        "answers": application.answers,
        "municipalities": sorted(application.municipalities),
        "starts_on": application.starts_on.isoformat() if application.starts_on else None,
        "ends_on": application.ends_on.isoformat() if application.ends_on else None,
        "asked_cents": application.asked_cents,
        "budget": [[line.category, line.description, line.amount_cents] for line in application.budget],
        "funding": [[line.kind, line.source, line.amount_cents] for line in application.funding],
        "partners": sorted([str(p.organization_id), p.role] for p in application.partners),
        "signatory": [application.signatory_name, application.signatory_role],
        "documents": sorted([a.kind, a.sha256] for a in attachments.of_record(application)),
    }


def hash_of(content: dict[str, Any], received_at: datetime) -> str:
    """SHA-256 over the proof of a version; whoever keeps that file can compute it again, without us."""
    return hashlib.sha256(proof_of(content, received_at)).hexdigest()


def proof_of(content: dict[str, Any], received_at: datetime) -> bytes:
    """What was submitted and when, as canonical JSON: the bytes that the hash of the receipt is made of."""
    text = json.dumps(
        [content, received_at.isoformat()], sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return text.encode()


def receipt(application: Application, version: ApplicationVersion) -> Receipt:
    return Receipt(
        application.number, version.number, version.received_at, version.in_time, version.content_hash
    )


def counting_version(application: Application) -> ApplicationVersion | None:
    """The version that is judged: the last one that came in time, or with the completion."""
    return application.counting


@dataclass(frozen=True)
class Planned:
    """One row of the budget as it was submitted. Cents."""

    category: str
    description: str
    amount_cents: int


@dataclass(frozen=True)
class Funding:
    """One row of other money as it was submitted. Cents."""

    kind: str
    source: str
    amount_cents: int


@dataclass(frozen=True)
class Judged:
    """What the authority reads: the version that counts, whatever the applicant typed since. Cents."""

    title: str
    answers: dict[str, str]
    municipalities: list[str]
    starts_on: date | None
    ends_on: date | None
    asked_cents: int
    signatory_name: str
    budget: list[Planned]
    funding: list[Funding]

    @property
    def cost_cents(self) -> int:
        return sum(line.amount_cents for line in self.budget)


def _day(text: str | None) -> date | None:
    """A phase before the full file may have no period yet."""
    return date.fromisoformat(text) if text else None


def as_judged(version: ApplicationVersion) -> Judged:
    """A frozen version in the shape of an application."""
    content = version.content
    return Judged(
        title=content["title"],
        answers=content["answers"],
        municipalities=content["municipalities"],
        starts_on=_day(content["starts_on"]),
        ends_on=_day(content["ends_on"]),
        asked_cents=content["asked_cents"],
        signatory_name=content["signatory"][0],
        budget=[Planned(*row) for row in content["budget"]],
        funding=[Funding(*row) for row in content["funding"]],
    )


def restore_counting(application: Application) -> None:
    """Put the draft back to the version that counts, where the applicant typed on after submitting."""
    version = counting_version(application)
    if version is None or as_submitted(application) == version.content:
        return
    content = version.content
    for name in ("title", "answers", "municipalities", "asked_cents"):
        setattr(application, name, content[name])
    application.starts_on, application.ends_on = _day(content["starts_on"]), _day(content["ends_on"])
    application.signatory_name, application.signatory_role = content["signatory"]
    application.budget.clear()
    application.funding.clear()
    session.flush()
    application.budget.extend(
        BudgetLine(position=n, category=c, description=d, amount_cents=a)
        for n, (c, d, a) in enumerate(content["budget"], 1)
    )
    application.funding.extend(
        FundingLine(position=n, kind=FundingKind(k), source=s, amount_cents=a)
        for n, (k, s, a) in enumerate(content["funding"], 1)
    )
    named = {uuid.UUID(organization): role for organization, role in content["partners"]}
    for partner in list(application.partners):
        if named.pop(partner.organization_id, None) is None:
            application.partners.remove(partner)
    session.flush()
    for organization_id, role in named.items():
        attachments.put_partner(application, organization_id, role)


def move_to_next_round(application: Application, *, by: Actor) -> Application:
    """Take a late or inadmissible file along to the next round as a new draft with the same text.

    Refuses to do so twice, and beside another file where one is the rule.
    """
    hold(application)
    require(application, ApplicationStatus.LATE, ApplicationStatus.INADMISSIBLE)
    earlier = taken_along(application)
    if earlier is not None:
        raise DomainError(_("You took this along already, as %(number)s.", number=earlier))
    refuse_another(application)
    at = clock.now()
    later = [r for r in application.call.rounds if r.closes_at is None or at < r.closes_at]
    planned = min(later, key=lambda r: r.opens_at, default=None)
    if planned is None:
        raise DomainError(_("There is no later round in this call."))
    copy = _copy_for(application, planned, by=by)
    session.add(copy)
    session.flush()
    audit.record("application.moved_on", copy, by=by, changes={"from": application.number})
    instances.start(
        "application", subject=copy, data={}, by=by, parties=lanes(copy.call.tenant_id, copy.tenant_id)
    )
    return copy


def _copy_for(application: Application, planned: Round, *, by: Actor) -> Application:
    """A draft in a later round with the text, budget, funding and partners of an earlier file."""
    copy = Application(
        call_id=application.call_id,
        round_id=planned.id,
        tenant_id=application.tenant_id,
        organization_id=application.organization_id,
        number=next_number(Application, "A-"),
        phase=phases.first(application.call),
        goes_on_from_id=application.id,
        created_at=clock.now(),
        created_by=by.user_id,
        **{name: getattr(application, name) for name in TAKEN_ALONG},
    )
    copy.call, copy.round = application.call, planned
    copy.budget = [
        BudgetLine(
            position=b.position, category=b.category, description=b.description, amount_cents=b.amount_cents
        )
        for b in application.budget
    ]
    copy.funding = [
        FundingLine(position=f.position, kind=f.kind, source=f.source, amount_cents=f.amount_cents)
        for f in application.funding
    ]
    copy.partners = [
        ApplicationPartner(organization_id=p.organization_id, role=p.role, letter_received=p.letter_received)
        for p in application.partners
    ]
    return copy


def taken_along(application: Application) -> str | None:
    """The number of the file that goes on from this one."""
    gone = (ApplicationStatus.WITHDRAWN, ApplicationStatus.NOT_SUBMITTED)
    query = sa.select(Application.number).where(
        Application.goes_on_from_id == application.id, Application.status.not_in(gone)
    )
    return session.scalar(query.limit(1))


def close_unsubmitted(*, now: datetime) -> int:
    """Sweep: drafts of closed rounds were not submitted; they stay on record. Returns how many."""
    edge = now - SUBMISSION_IN_FLIGHT
    query = (
        sa.select(Application.id)
        .join(Round)
        .where(
            Application.status.in_(UNSUBMITTED),
            sa.func.coalesce(Application.phase_closes_at, Round.closes_at) < edge,
            ~sweeps.suspended(Application),
        )
        .order_by(Application.id)
        .limit(sweeps.BATCH)
    )
    return sweeps.each(Application, sweeps.found(query), lambda one: _close_unsubmitted(one, edge))


def _close_unsubmitted(application: Application, edge: datetime) -> bool:
    """False when it came in meanwhile, or its closing was put off."""
    hold(application)
    closes_at = phases.closes_at(application)
    if application.status not in UNSUBMITTED or closes_at is None or closes_at >= edge:
        return False
    by = system_actor(application.call.tenant_id)
    move(application, ApplicationStatus.NOT_SUBMITTED, by=by, event="not_submitted")
    return True


def freeze_completion(application: Application, received_at: datetime, *, by: Actor) -> Receipt:
    """A version made of the completed sections; the term of the completion was checked by the caller."""
    problems = missing(application)
    if problems:
        raise DomainError(problems[0].message, field=problems[0].field)
    return receipt(application, _freeze(application, received_at, in_time=True, by=by))
