"""Referrals for programs: the lists, the card as the partner sees it, and the partner's decisions."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import contains_eager, joinedload

from core import api, audit
from core.access import Actor, requires
from core.db import session
from core.shapes import Told
from intake import acceptance, nudges, partner_view, policy, referrals, turns
from intake.forms.referrals import REQUEST
from intake.models.referrals import (
    DeclinedBy,
    DeclineReason,
    FailReason,
    MessageKind,
    Referral,
    ReferralKind,
    ReferralStatus,
)
from intake.models.vocabulary import Urgency
from intake.partner_view import Line
from intake.views.api_turns import Turn, turn_of
from intake.views.referrals import OPEN, RUNNING, looked_at

ACT = "/referrals/<uuid:referral_id>"
Read = Annotated[int | None, Told("The version that was read; a newer one is refused.", least=1)]


class Direction(StrEnum):
    """Referrals that the organization received, or that it sent."""

    RECEIVED = "received"
    SENT = "sent"


class ReferralList(StrEnum):
    """Which of them: to decide, running, ended, or all."""

    DECIDE = "decide"
    RUNNING = "running"
    ENDED = "ended"
    ALL = "all"


@dataclass(frozen=True)
class ReferralQuery:
    """What a list of referrals can be asked for."""

    direction: Annotated[Direction, Told("Received or sent.")] = Direction.RECEIVED
    list: Annotated[ReferralList, Told("Which of them.")] = ReferralList.DECIDE
    limit: Annotated[int, Told("Rows on a page.", least=1, limit=100)] = api.PAGE
    after: Annotated[uuid.UUID | None, Told("`next` of the page before.")] = None


@dataclass(frozen=True)
class ReferralRow:
    """A referral without what it tells of the citizen."""

    id: uuid.UUID
    number: str
    status: ReferralStatus
    fhir_status: Annotated[str, Told("The status of a FHIR Task.")]
    urgency: Urgency
    kind: ReferralKind
    service_id: uuid.UUID
    service: str
    organization: str
    sender: str
    sent_at: datetime | None
    answer_by: Annotated[date | None, Told("The last day on which an answer is in time.")]
    turn: Turn
    version: int


@dataclass(frozen=True)
class ReferralLine:
    """One line of the card: what it is, its values as codes or words, and both as the page shows them."""

    code: str
    values: tuple[str, ...]
    label: str
    text: str


@dataclass(frozen=True)
class ReferralMessageShown:
    """A question of the partner, or the answer of the sender."""

    kind: MessageKind
    text: str
    at: datetime
    by: str


@dataclass(frozen=True)
class ReferralDetail(ReferralRow):
    """The card as the receiving organization sees it now: nothing more comes out for anybody."""

    stage: Annotated[str, Told("before: without identity; after: what was agreed; closed: nothing.")] = ""
    now: tuple[ReferralLine, ...] = ()
    later: Annotated[tuple[str, ...], Told("What becomes visible on accepting.")] = ()
    agreed: tuple[ReferralLine, ...] = ()
    never: Annotated[tuple[str, ...], Told("What is never shared.")] = ()
    messages: tuple[ReferralMessageShown, ...] = ()
    decline_reason: DeclineReason | None = None
    fail_reason: FailReason | None = None
    better_address: str = ""


@dataclass(frozen=True)
class Decision:
    """A decision without words."""

    version: Read = None


@dataclass(frozen=True)
class Declining:
    """Why the organization cannot take it."""

    reason: DeclineReason
    declined_by: Annotated[DeclinedBy, Told("The organization or the citizen.")] = DeclinedBy.ORGANIZATION
    remark: Annotated[str, Told("In a few words; needed with the reason `other`.", limit=500)] = ""
    better_address: Annotated[str, Told("Who could help better.")] = ""
    version: Read = None


@dataclass(frozen=True)
class Asking:
    """A question to the sender before deciding."""

    question: Annotated[str, Told("Without more data of the citizen than needed.", limit=REQUEST)]
    version: Read = None


@dataclass(frozen=True)
class Answering:
    """The answer of the sender to the question."""

    answer: Annotated[str, Told("The answer.", limit=REQUEST)]
    version: Read = None


@dataclass(frozen=True)
class Finishing:
    """The outcome of the help."""

    result: Annotated[str, Told("In a few words.", limit=REQUEST)] = ""
    version: Read = None


@dataclass(frozen=True)
class Failing:
    """Why accepted help came to nothing."""

    reason: FailReason
    remark: Annotated[str, Told("In a few words.", limit=500)] = ""
    version: Read = None


@dataclass(frozen=True)
class TakingBack:
    """Why the sender takes a referral back."""

    reason: Annotated[str, Told("In a few words.", limit=500)] = ""
    version: Read = None


@dataclass(frozen=True)
class Reminding:
    """A friendly reminder, without words of its own."""


# ---------------------------------------------------------------- reading
@api.operation(
    "GET", "/referrals", tag="referrals", summary="List referrals", answers=ReferralRow, asks=ReferralQuery,
    paged=True,
)  # fmt: skip
@requires(policy.is_desk)
def list_referrals(*, by: Actor) -> ResponseReturnValue:
    """The newest first."""
    asked = api.parameters(ReferralQuery)
    if asked.direction == Direction.SENT:
        query = policy.referrals_sent_by(by).options(contains_eager(Referral.case))
    else:
        query = policy.referrals_received_by(by).options(joinedload(Referral.case))
    if asked.list == ReferralList.DECIDE:
        query = query.where(Referral.status.in_(OPEN))
    elif asked.list == ReferralList.RUNNING:
        query = query.where(Referral.status.in_(RUNNING))
    elif asked.list == ReferralList.ENDED:
        query = query.where(Referral.status.notin_([*OPEN, *RUNNING]))
    if asked.after is not None:
        query = query.where(Referral.id < asked.after)
    query = query.options(joinedload(Referral.tenant))
    rows = list(session.scalars(query.order_by(Referral.id.desc()).limit(asked.limit + 1)))
    shown = rows[: asked.limit]
    after = str(shown[-1].id) if len(rows) > asked.limit else None
    return api.show_page([ReferralRow(**_facts(referral, by)) for referral in shown], after)


@api.operation("GET", ACT, tag="referrals", summary="Read a referral", answers=ReferralDetail)
@requires(policy.can_see_referral, referrals.get)
def show_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """The card as the partner sees it. The first look of the receiving organization makes it `seen`."""
    referral = looked_at(referral, by)
    audit.read(referral, by=by)
    view = partner_view.view_of(referral)
    said = partner_view.messages_of(referral, is_sender=policy.can_see_case(by, referral.case))
    return api.show(
        ReferralDetail(
            **_facts(referral, by),
            stage=view.stage,
            now=_lines(view.now),
            later=view.later,
            agreed=_lines(view.agreed),
            never=view.never,
            messages=tuple(ReferralMessageShown(m.kind, m.text, m.at, m.by_name) for m in said),
            decline_reason=referral.decline_reason,
            fail_reason=referral.fail_reason,
            better_address=referral.better_address,
        )
    )


def _lines(lines: tuple[Line, ...]) -> tuple[ReferralLine, ...]:
    return tuple(
        ReferralLine(line.code, line.values, partner_view.term(line), partner_view.text(line))
        for line in lines
    )


def _facts(referral: Referral, by: Actor) -> dict[str, Any]:
    return {
        "id": referral.id,
        "number": referral.number,
        "status": referral.status,
        "fhir_status": referral.status.fhir,
        "urgency": referral.urgency,
        "kind": referral.kind,
        "service_id": referral.service_id,
        "service": referral.service_name,
        "organization": referral.organization_name,
        "sender": referral.tenant.name,
        "sent_at": referral.sent_at,
        "answer_by": referrals.last_day(referral.answer_due_at),
        "turn": turn_of(turns.of_referral(referral, by)),
        "version": referral.version,
    }


# ---------------------------------------------------------------- deciding
def _carry_out(referral: Referral, do: Callable[[], object], by: Actor) -> ResponseReturnValue:
    def act() -> api.Receipt:
        do()
        changed = session.get_one(Referral, referral.id)
        return api.Receipt(changed.id, changed.number, changed.status, changed.version)

    return api.carry_out(act, by=by)


@api.operation(
    "POST", f"{ACT}/accept", tag="referrals", summary="Accept", takes=Decision, answers=api.Receipt
)
@requires(policy.can_answer_referral, referrals.get)
def accept_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """The organization takes it on; from now the agreed data are visible to it."""
    given = api.content(Decision)
    return _carry_out(referral, lambda: referrals.accept(referral, by=by, version=given.version), by)


@api.operation(
    "POST", f"{ACT}/undo-accept", tag="referrals", summary="Take back an acceptance", takes=Decision,
    answers=api.Receipt,
)  # fmt: skip
@requires(policy.can_answer_referral, referrals.get)
def undo_accept_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """For a quarter of an hour: what was agreed is hidden again, and an answer is awaited as before."""
    given = api.content(Decision)
    return _carry_out(referral, lambda: acceptance.undo_accept(referral, by=by, version=given.version), by)


@api.operation(
    "POST", f"{ACT}/fail", tag="referrals", summary="Say that it did not work out", takes=Failing,
    answers=api.Receipt,
)  # fmt: skip
@requires(policy.can_answer_referral, referrals.get)
def fail_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """It was accepted, but came to nothing; with a coded reason."""
    given = api.content(Failing)

    def do() -> Referral:
        return referrals.fail(referral, given.reason, remark=given.remark, by=by, version=given.version)

    return _carry_out(referral, do, by)


@api.operation(
    "POST", f"{ACT}/waiting-list", tag="referrals", summary="Put on the waiting list", takes=Decision,
    answers=api.Receipt,
)  # fmt: skip
@requires(policy.can_answer_referral, referrals.get)
def waitlist_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """The organization takes it on, but not yet."""
    given = api.content(Decision)
    return _carry_out(
        referral, lambda: referrals.put_on_waiting_list(referral, by=by, version=given.version), by
    )


@api.operation(
    "POST", f"{ACT}/decline", tag="referrals", summary="Decline", takes=Declining, answers=api.Receipt
)
@requires(policy.can_answer_referral, referrals.get)
def decline_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """With a coded reason, and a better address where there is one."""
    given = api.content(Declining)

    def do() -> Referral:
        return referrals.decline(
            referral,
            given.reason,
            declined_by=given.declined_by,
            remark=given.remark,
            better_address=given.better_address,
            by=by,
            version=given.version,
        )

    return _carry_out(referral, do, by)


@api.operation("POST", f"{ACT}/ask", tag="referrals", summary="Ask first", takes=Asking, answers=api.Receipt)
@requires(policy.can_answer_referral, referrals.get)
def ask_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """The clock of the organization stands still until the sender answers."""
    given = api.content(Asking)
    return _carry_out(
        referral, lambda: referrals.ask(referral, given.question, by=by, version=given.version), by
    )


@api.operation(
    "POST", f"{ACT}/start", tag="referrals", summary="Note the first contact", takes=Decision,
    answers=api.Receipt,
)  # fmt: skip
@requires(policy.can_answer_referral, referrals.get)
def start_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """Help has started."""
    given = api.content(Decision)
    return _carry_out(referral, lambda: referrals.start(referral, by=by, version=given.version), by)


@api.operation(
    "POST", f"{ACT}/complete", tag="referrals", summary="Finish", takes=Finishing, answers=api.Receipt
)
@requires(policy.can_answer_referral, referrals.get)
def complete_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """The help is done; the sender reads the outcome."""
    given = api.content(Finishing)
    return _carry_out(
        referral, lambda: referrals.complete(referral, remark=given.result, by=by, version=given.version), by
    )


@api.operation(
    "POST", f"{ACT}/answer", tag="referrals", summary="Answer the question", takes=Answering,
    answers=api.Receipt,
)  # fmt: skip
@requires(policy.can_steer_referral, referrals.get)
def answer_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """The sender answers what the partner asked; the partner is at turn again."""
    given = api.content(Answering)
    return _carry_out(
        referral, lambda: referrals.answer_question(referral, given.answer, by=by, version=given.version), by
    )


@api.operation(
    "POST",
    f"{ACT}/nudge",
    tag="referrals",
    summary="Remind the partner",
    takes=Reminding,
    answers=api.Receipt,
)
@requires(policy.can_steer_referral, referrals.get)
def nudge_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """The desk of the partner gets a mail without a name; at most one a working day."""
    api.content(Reminding)
    return _carry_out(referral, lambda: nudges.nudge(referral, by=by), by)


@api.operation(
    "POST", f"{ACT}/withdraw", tag="referrals", summary="Take a referral back", takes=TakingBack,
    answers=api.Receipt,
)  # fmt: skip
@requires(policy.can_steer_referral, referrals.get)
def withdraw_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """Until the partner has accepted; the partner sees nothing of it any more."""
    given = api.content(TakingBack)
    return _carry_out(
        referral, lambda: referrals.withdraw(referral, reason=given.reason, by=by, version=given.version), by
    )
