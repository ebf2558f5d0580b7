"""Calls: drafted, checked for dead ends, approved by a second person, published, extended, withdrawn."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from core import audit, clock, outbox
from core.access import Actor
from core.db import check_version, session
from core.errors import DomainError
from core.i18n import _
from projects import duties, lapsed_changes, ledger, versions, withdrawals
from projects.models.applications import FULL
from projects.models.calls import (
    Call,
    CallAdvice,
    CallNotice,
    CallStatus,
    CostCategory,
    Criterion,
    CriterionKind,
    Duty,
    Question,
    Round,
)
from projects.models.needs import Need, NeedStatus
from projects.models.transitions import ProjectTransition
from projects.money import WHOLE
from projects.numbers import next_number
from projects.parties import lanes
from projects.rows import replace
from projects.transitions import hold, move, need_reason, require
from workflows import instances

EDITABLE = (CallStatus.DRAFT,)


@dataclass(frozen=True)
class DeadEnd:
    """Something in a call that would stop applicants or the jury; `field` is where to mend it."""

    field: str
    message: str


def draft_call(title: str, *, theme: str, by: Actor, **values: Any) -> Call:
    """Begin a call of the actor's authority, with its usual duties. `values` are columns of `Call`."""
    call = Call(
        tenant_id=by.tenant_id,
        number=next_number(Call, ""),
        title=title,
        theme=theme,
        created_at=clock.now(),
        created_by=by.user_id,
        **values,
    )
    call.duties = duties.usual(by.tenant_id)
    session.add(call)
    session.flush()
    audit.record("call.drafted", call, by=by)
    instances.start("call", subject=call, data={}, by=by, parties=lanes(call.tenant_id))
    return call


def edit_call(call: Call, *, by: Actor, sent_version: int | None = None, **values: Any) -> None:
    """Change a draft. `values` are columns of `Call`. Refuses a form of before a colleague's change."""
    hold(call)
    check_version(call, sent_version)
    require(call, *EDITABLE)
    changed = [name for name, value in values.items() if getattr(call, name) != value]
    for name in changed:
        setattr(call, name, values[name])
    if changed:
        audit.record("call.edited", call, by=by, changes={"fields": changed})


def set_criteria(
    call: Call, rows: list[dict[str, Any]], *, by: Actor, sent_version: int | None = None
) -> None:
    """Replace the criteria of a draft; rows are columns of `Criterion` in order."""
    _replace(call, "criteria", Criterion, rows, by, sent_version)


def set_cost_categories(
    call: Call, rows: list[dict[str, Any]], *, by: Actor, sent_version: int | None = None
) -> None:
    """Replace the cost categories of a draft; rows are columns of `CostCategory` in order."""
    _replace(call, "cost_categories", CostCategory, rows, by, sent_version)


def set_questions(
    call: Call, rows: list[dict[str, Any]], *, by: Actor, sent_version: int | None = None
) -> None:
    """Replace the questions of a draft; rows are columns of `Question` in order."""
    _replace(call, "questions", Question, rows, by, sent_version)


def set_duties(call: Call, rows: list[dict[str, Any]], *, by: Actor, sent_version: int | None = None) -> None:
    """Replace what the agreement of a draft asks; rows are columns of `Duty`, each with its source."""
    if not all(row["source"].strip() for row in rows):
        raise DomainError(_("Say where each duty comes from."), field="rows")
    _replace(call, "duties", Duty, rows, by, sent_version)


def _replace(
    call: Call, name: str, model: Any, rows: list[dict[str, Any]], by: Actor, sent_version: int | None
) -> None:
    """Refuses a form of before a colleague's change: of these rows, or of anything else in the call."""
    hold(call)
    check_version(call, sent_version)
    require(call, *EDITABLE)
    if not replace(call, getattr(call, name), rows, partial(model, call_id=call.id)):
        return
    audit.record("call.edited", call, by=by, changes={"fields": [model.__tablename__]})


def add_round(call: Call, name: str, *, opens_at: datetime, closes_at: datetime | None, by: Actor) -> Round:
    """Add a window for submission to a draft. Refuses a closing moment before the opening."""
    require(call, *EDITABLE)
    refuse_backwards(opens_at, closes_at)
    added = Round(name=name, opens_at=opens_at, closes_at=closes_at)
    call.rounds.append(added)
    session.flush()
    audit.record("call.round_added", call, by=by)
    return added


def refuse_backwards(opens_at: datetime, closes_at: datetime | None) -> None:
    if closes_at is not None and closes_at <= opens_at:
        raise DomainError(_("The round closes before it opens. Look at both moments."), field="closes_at")


def link_needs(call: Call, needs: list[Need], *, by: Actor) -> None:
    """Say which needs the call answers; only needs that were judged relevant."""
    require(call, *EDITABLE)
    if any(need.status != NeedStatus.LINKED for need in needs):
        raise DomainError(_("Only needs that were judged relevant can be linked."), field="needs")
    call.needs = needs
    audit.record("call.needs_linked", call, by=by, changes={"needs": [need.number for need in needs]})


def record_advice(
    call: Call, council: str, *, received_on: date, text: str, reply: str = "", by: Actor
) -> CallAdvice:
    """Keep the advice of a council, with the reply of the authority."""
    advice = CallAdvice(call_id=call.id, council=council, received_on=received_on, text=text, reply=reply)
    session.add(advice)
    audit.record("call.advice_recorded", call, by=by)
    return advice


def dead_ends(call: Call) -> list[DeadEnd]:
    """What would make the call impossible to apply to, to judge or to pay; all findings at once."""
    found: list[DeadEnd] = []
    _check_money(call, found)
    _check_judging(call, found)
    _check_rounds(call, found)
    _check_phases(call, found)
    if not call.duties:
        found.append(DeadEnd("duties", _("Say what the agreement asks of who gets a grant.")))
    for name, message in (
        ("text", _("Write the text of the call.")),
        ("legal_basis", _("Name the regulation the call rests on.")),
        ("deciding_body", _("Name the body that decides.")),
        ("remedies", _("Say how one can object: without it the term to appeal does not start.")),
    ):
        if not getattr(call, name).strip():
            found.append(DeadEnd(name, message))
    return found


def _check_money(call: Call, found: list[DeadEnd]) -> None:
    if call.credit_cents <= 0:
        found.append(DeadEnd("credit", _("Enter the credit.")))
    if call.max_grant_cents <= 0:
        found.append(DeadEnd("max_grant", _("Enter the highest grant.")))
    elif call.min_grant_cents > call.max_grant_cents:
        found.append(DeadEnd("min_grant", _("The lowest grant is above the highest.")))
    elif call.min_grant_cents > call.credit_cents:
        found.append(DeadEnd("min_grant", _("The lowest grant does not fit in the credit.")))
    if not 0 < call.max_share_bp <= WHOLE:
        found.append(DeadEnd("max_share", _("The share lies between 1 and 100 percent.")))
    if sum(tranche["share_bp"] for tranche in call.tranches) != WHOLE:
        found.append(DeadEnd("tranches", _("The tranches do not add up to 100 percent.")))
    if any(tranche["share_bp"] < 0 for tranche in call.tranches):
        found.append(DeadEnd("tranches", _("Advance and interim payment are more than the whole grant.")))
    if call.max_share_bp + call.min_own_bp > WHOLE:
        found.append(DeadEnd("min_own", _("Share and own contribution are more than all costs together.")))
    if not call.cost_categories:
        found.append(DeadEnd("cost_categories", _("Say which costs are accepted.")))
    if not call.budget_line.strip() or not call.action_code.strip():
        found.append(DeadEnd("budget_line", _("Enter the budget line and the action code.")))


def _check_judging(call: Call, found: list[DeadEnd]) -> None:
    scored = [criterion for criterion in call.criteria if criterion.kind == CriterionKind.SCORED]
    total = sum(criterion.weight for criterion in scored)
    if total != 100:
        found.append(DeadEnd("criteria", _("The weights add up to %(total)s, not to 100.", total=total)))
    if any(criterion.minimum > criterion.scale for criterion in scored):
        found.append(DeadEnd("criteria", _("A minimum lies above its scale.")))
    if call.quorum > call.jury_size:
        found.append(DeadEnd("quorum", _("The quorum is larger than the jury.")))
    if not call.questions:
        found.append(DeadEnd("questions", _("Add at least one question.")))


def _check_rounds(call: Call, found: list[DeadEnd]) -> None:
    if not call.rounds:
        found.append(DeadEnd("rounds", _("Add a round with an opening and a closing moment.")))
    for planned in call.rounds:
        if planned.closes_at is not None and planned.closes_at <= clock.now():
            found.append(DeadEnd("rounds", _("A round has closed already.")))


def _check_phases(call: Call, found: list[DeadEnd]) -> None:
    if not call.phases or call.phases[-1] != FULL:
        found.append(DeadEnd("phases", _("The last phase is the full file: nothing can be granted without.")))
    if any(question.phase not in call.phases for question in call.questions):
        found.append(DeadEnd("questions", _("A question belongs to a phase that the call does not have.")))
    if call.phases and call.questions and call.phases[0] not in {q.phase for q in call.questions}:
        found.append(DeadEnd("questions", _("The first phase asks nothing.")))
    interim = any(tranche["condition"] == "report_accepted" for tranche in call.tranches)
    if interim and call.max_months <= call.report_months:
        found.append(
            DeadEnd("interim_share", _("No project lasts long enough for an interim report to pay on."))
        )


def send_to_review(call: Call, *, by: Actor) -> None:
    """Ask a second person to look. Refuses a call with dead ends."""
    require(call, CallStatus.DRAFT)
    problems = dead_ends(call)
    if problems:
        raise DomainError(problems[0].message, field=problems[0].field)
    move(call, CallStatus.IN_REVIEW, by=by, event="review_asked")


def send_back(call: Call, *, reason: str, by: Actor) -> None:
    """Return the call to its author."""
    require(call, CallStatus.IN_REVIEW)
    need_reason(reason)
    move(call, CallStatus.DRAFT, by=by, event="sent_back", motivation=reason)


def approve_call(call: Call, *, visum: str, by: Actor) -> None:
    """Approve as a second person, with the visum of the financial manager; the credit is committed."""
    require(call, CallStatus.IN_REVIEW)
    if not may_approve(call, by.user_id, review_askers([call.id])):
        if by.user_id == call.created_by:
            raise DomainError(_("Someone else has to approve: you wrote this call."))
        raise DomainError(_("Someone else has to approve: you asked for the review."))
    if not visum.strip():
        raise DomainError(
            _("Enter the number of the visum: without it no credit is committed."), field="visum"
        )
    call.visum, call.visum_on, call.approved_by = visum, clock.today(), by.user_id
    ledger.open_credit(call, by=by)
    move(call, CallStatus.APPROVED, by=by, event="approved")


def may_approve(call: Call, user_id: uuid.UUID | None, askers: Mapping[uuid.UUID, uuid.UUID | None]) -> bool:
    """Under four eyes: neither who wrote the call nor who asked for its review, of `review_askers`."""
    return user_id not in (call.created_by, askers.get(call.id))


def review_askers(call_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID | None]:
    """Who sent each call to its second person, in one statement; none asks none.

    It can be a colleague who changed what another wrote.
    """
    if not call_ids:
        return {}
    query = sa.select(ProjectTransition.subject_id, ProjectTransition.user_id).where(
        ProjectTransition.subject_type == Call.subject_type,
        ProjectTransition.subject_id.in_(call_ids),
        ProjectTransition.to_status == CallStatus.IN_REVIEW,
    )
    rows = session.execute(query.order_by(ProjectTransition.id)).all()
    return {row.subject_id: row.user_id for row in rows}


def publish_call(call: Call, *, by: Actor) -> None:
    """Put the call on the public page; it opens and closes by the clock."""
    require(call, CallStatus.APPROVED)
    call.published_at = clock.now()
    move(call, CallStatus.PUBLISHED, by=by, event="published")
    versions.keep(call)


def announce(call: Call, text: str, *, by: Actor) -> None:
    """Tell on the public page what changed."""
    if not text.strip():
        raise DomainError(_("Write what changed."), field="text")
    session.add(CallNotice(call_id=call.id, at=clock.now(), text=text))
    audit.record("call.announced", call, by=by)


def announce_change(call: Call, text: str, *, by: Actor) -> None:
    """Announce a change of a published call to readers, and by mail to whoever has a draft of it."""
    require(call, CallStatus.PUBLISHED, CallStatus.IN_ASSESSMENT)
    announce(call, text, by=by)
    outbox.put("mail.call_changed", payload={"call_id": str(call.id)}, tenant_id=call.tenant_id)


def start_assessment(call: Call, *, by: Actor) -> None:
    """Go on to the jury, once every round has closed or the officer says so for a rolling one."""
    hold(call)
    require(call, CallStatus.PUBLISHED)
    read_rounds_anew(call)
    now = clock.now()
    if any(planned.is_open(now) for planned in call.rounds if planned.closes_at is not None):
        raise DomainError(_("A round is still open."))
    if any(now < planned.opens_at for planned in call.rounds):
        raise DomainError(_("A round has yet to open."))
    lapsed_changes.end_waiting(call, by=by)
    move(call, CallStatus.IN_ASSESSMENT, by=by, event="assessment_started")


def read_rounds_anew(call: Call) -> None:
    """Under the lock: a colleague may have extended or added one since this page read them."""
    session.refresh(call, ["rounds"])
    for planned in call.rounds:
        session.refresh(planned)


def withdraw_call(call: Call, *, reason: str, by: Actor) -> None:
    """End a call before files are ranked, with the reason on the public page; its files end with it."""
    hold(call)
    require(
        call,
        CallStatus.DRAFT,
        CallStatus.IN_REVIEW,
        CallStatus.APPROVED,
        CallStatus.PUBLISHED,
        CallStatus.IN_ASSESSMENT,
    )
    need_reason(reason)
    withdrawals.refuse_judged(call)
    if call.published_at is not None:
        announce_change(call, reason, by=by)
        lapsed_changes.end_waiting(call, by=by)
    move(call, CallStatus.WITHDRAWN, by=by, event="withdrawn", motivation=reason)
    withdrawals.end_files(call, reason=reason, by=by)


def phase_now(call: Call, at: datetime) -> str:
    """What the public page says: upcoming, open, closed, or the status once it is past that."""
    if call.status != CallStatus.PUBLISHED:
        return str(call.status)
    if any(planned.is_open(at) for planned in call.rounds):
        return "open"
    return "upcoming" if any(at < planned.opens_at for planned in call.rounds) else "closed"


def open_round(call: Call, at: datetime) -> Round | None:
    """The round that accepts a file received at `at`."""
    return next((planned for planned in call.rounds if planned.is_open(at)), None)


def deadline(call: Call, at: datetime) -> tuple[str, datetime | None] | None:
    """When the open round closes (none: it stays open), or else when the next one opens."""
    current, later = open_round(call, at), next_round(call, at)
    if call.status != CallStatus.PUBLISHED or (later is None and current is None):
        return None
    return ("closes", current.closes_at) if current else ("opens", later.opens_at if later else None)


def next_round(call: Call, at: datetime) -> Round | None:
    """The first round that still has to close after `at`: where a late file can go."""
    later = [planned for planned in call.rounds if planned.closes_at is None or at < planned.closes_at]
    return min(later, key=lambda planned: planned.opens_at, default=None)


def notices(call: Call) -> list[CallNotice]:
    """What changed since publication, newest first."""
    query = sa.select(CallNotice).where(CallNotice.call_id == call.id).order_by(CallNotice.at.desc())
    return list(session.scalars(query))
