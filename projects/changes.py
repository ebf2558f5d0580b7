"""A published call changes under four eyes and in the open: proposed by one officer, made by a second one.

What was approved as a rule stays: amounts, criteria, questions; a closing only moves to later.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale

from core import audit, clock, outbox
from core.access import Actor
from core.db import check_version, session, touch
from core.errors import Conflict, DomainError
from core.i18n import _
from core.statements import Statement
from projects import calls, closings, extensions, versions
from projects.models.calls import Call, CallStatus, Round
from projects.models.changes import CallChange, ChangeKind, ChangeStatus
from projects.transitions import hold, need_reason, require

CHANGEABLE = ("summary", "text", "legal_basis", "remedies")


def propose_texts(
    call: Call, *, reason: str, by: Actor, sent_version: int | None = None, **values: str
) -> CallChange:
    """Propose other texts. Refuses a form of before a colleague's change."""
    hold(call)
    check_version(call, sent_version)
    require(call, CallStatus.PUBLISHED)
    need_reason(reason)
    changed = {name: values[name] for name in CHANGEABLE if name in values}
    changed = {name: text for name, text in changed.items() if getattr(call, name) != text}
    if not changed:
        raise DomainError(_("Nothing changed."))
    for name, text in changed.items():
        if not text.strip():
            raise DomainError(_("A published call cannot do without this."), field=name)
    before = {name: getattr(call, name) for name in changed}
    return _propose(call, ChangeKind.TEXTS, changed, before, reason, by)


def propose_closing(planned: Round, *, closes_at: datetime, reason: str, by: Actor) -> CallChange:
    """Propose that a round closes later than announced, for everybody."""
    require(planned.call, CallStatus.PUBLISHED)
    need_reason(reason)
    _refuse_earlier(planned, closes_at)
    _refuse_past(closes_at)
    before = {"closes_at": _iso(planned.closes_at)}
    values = {"round_id": str(planned.id), "closes_at": _iso(closes_at)}
    return _propose(planned.call, ChangeKind.CLOSING, values, before, reason, by)


def propose_round(
    call: Call, name: str, *, opens_at: datetime, closes_at: datetime | None, by: Actor
) -> CallChange:
    """Propose one more window for submission."""
    require(call, CallStatus.PUBLISHED)
    calls.refuse_backwards(opens_at, closes_at)
    _refuse_past(closes_at)
    values = {"name": name, "opens_at": _iso(opens_at), "closes_at": _iso(closes_at)}
    with force_locale("nl"):  # the public page is Dutch, whatever the language of the officer
        reason = _("A round was added: %(name)s.", name=name)
    return _propose(call, ChangeKind.ROUND, values, {}, reason, by)


def _propose(
    call: Call, kind: ChangeKind, values: dict[str, Any], before: dict[str, Any], reason: str, by: Actor
) -> CallChange:
    change = CallChange(
        call_id=call.id,
        kind=kind,
        after=values,
        before=before,
        reason=reason,
        proposed_at=clock.now(),
        proposed_by=by.user_id,
        proposer_name=by.name,
    )
    change.call = call
    session.add(change)
    session.flush()
    audit.record("call.change_proposed", call, by=by, changes={"kind": str(kind), "fields": sorted(values)})
    outbox.put("mail.call_change_proposed", {"change_id": str(change.id)}, tenant_id=call.tenant_id)
    return change


def make_change(change: CallChange, *, by: Actor) -> None:
    """Make a proposed change as the second person: a new version, a notice and a mail to who applies."""
    call = change.call
    hold(call)
    session.refresh(change)
    refuse_unmakeable(change)
    if by.user_id == change.proposed_by:
        raise DomainError(_("Someone else has to approve: you proposed this change."))
    calls.read_rounds_anew(call)
    versions.keep_first(call)
    _MAKE[change.kind](call, change, by)
    change.status, change.decided_at, change.decided_by = ChangeStatus.MADE, clock.now(), by.user_id
    touch(call)
    session.flush()
    closings.reopen(call, by=by)
    versions.keep(call, reason=change.reason)
    calls.announce(call, change.reason, by=by)
    outbox.put("mail.call_changed", payload={"call_id": str(call.id)}, tenant_id=call.tenant_id)
    audit.record("call.changed", call, by=by, changes={"fields": sorted(change.after)})


def decline_change(change: CallChange, *, reason: str, by: Actor) -> None:
    """Leave the call as it is, with the reason; who proposed it may take it back so too."""
    hold(change.call)
    session.refresh(change)
    refuse_answered(change)
    need_reason(reason)
    change.status, change.answer = ChangeStatus.DECLINED, reason
    change.decided_at, change.decided_by = clock.now(), by.user_id
    audit.record("call.change_declined", change.call, by=by, changes={"kind": str(change.kind)})
    if by.user_id != change.proposed_by:
        payload = {"change_id": str(change.id)}
        outbox.put("mail.call_change_declined", payload, tenant_id=change.call.tenant_id)


def refuse_answered(change: CallChange) -> None:
    """Nothing is asked any more about a change that was made or declined."""
    if change.status != ChangeStatus.WAITING:
        raise Conflict(_("A colleague answered this already."))


def refuse_unmakeable(change: CallChange) -> None:
    """Nor is a change made once the call went on to the jury."""
    refuse_answered(change)
    require(change.call, CallStatus.PUBLISHED)


def _make_texts(call: Call, change: CallChange, _by: Actor) -> None:
    if any(getattr(call, name) != text for name, text in change.before.items()):
        raise Conflict(_("The call changed after this was proposed. Decline it and propose it anew."))
    for name, text in change.after.items():
        setattr(call, name, text)


def _make_closing(call: Call, change: CallChange, by: Actor) -> None:
    planned = next(one for one in call.rounds if str(one.id) == change.after["round_id"])
    closes_at = datetime.fromisoformat(change.after["closes_at"])
    _refuse_earlier(planned, closes_at)
    _refuse_passed(closes_at)
    has_closed = not planned.is_open(clock.now())
    planned.closes_at, planned.extended_reason = closes_at, change.reason
    session.flush()
    if has_closed:
        extensions.take_back_closing(planned, reason=change.reason, by=by)


def _make_round(call: Call, change: CallChange, _by: Actor) -> None:
    opens_at, closes_at = (_moment(change.after[name]) for name in ("opens_at", "closes_at"))
    _refuse_passed(closes_at)
    call.rounds.append(Round(name=change.after["name"], opens_at=opens_at, closes_at=closes_at))


_MAKE = {
    ChangeKind.TEXTS: _make_texts,
    ChangeKind.CLOSING: _make_closing,
    ChangeKind.ROUND: _make_round,
}


def _refuse_earlier(planned: Round, closes_at: datetime) -> None:
    if planned.closes_at is None or closes_at <= planned.closes_at:
        raise DomainError(_("Choose a moment after the present closing."), field="closes_at")


def _refuse_past(closes_at: datetime | None) -> None:
    if closes_at is not None and closes_at <= clock.now():
        raise DomainError(_("Choose a moment in the future."), field="closes_at")


def _refuse_passed(closes_at: datetime | None) -> None:
    if closes_at is not None and closes_at <= clock.now():
        raise DomainError(_("The proposed closing has passed meanwhile. Decline it and propose a later one."))


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# ---------------------------------------------------------------- reading
def waiting(call: Call, found: Sequence[CallChange]) -> list[CallChange]:
    """What of these a second person has to look at: nothing once the call went on to the jury."""
    if call.status != CallStatus.PUBLISHED:
        return []
    return [one for one in found if one.status == ChangeStatus.WAITING]


def not_made(call: Call, found: Sequence[CallChange]) -> list[CallChange]:
    """What a colleague declined last of these, until another one is proposed; then what lapsed."""
    if call.status in (CallStatus.IN_ASSESSMENT, CallStatus.WITHDRAWN):
        return [one for one in found if one.status == ChangeStatus.DECLINED and one.decided_by is None]
    last = found[-1] if found and call.status == CallStatus.PUBLISHED else None
    if last is None or last.status != ChangeStatus.DECLINED or last.decided_by == last.proposed_by:
        return []
    return [last]


# Made once: the day of every officer asks it.
_TO_ANSWER = Statement(
    sa.select(CallChange.id, Call.title, CallChange.proposer_name)
    .join(CallChange.call)
    .where(
        Call.tenant_id == sa.bindparam("tenant_id"),
        Call.status == CallStatus.PUBLISHED,
        CallChange.status == ChangeStatus.WAITING,
        CallChange.proposed_by != sa.bindparam("user_id"),
    )
    .order_by(CallChange.proposed_at, CallChange.id)
    .limit(20)
)


def to_answer(tenant_id: uuid.UUID | None, *, by: Actor) -> list[Any]:
    """What this officer can answer in the calls of the authority, oldest first; at most twenty.

    Rows with the id of the change, the title of the call and the name of who proposes.
    """
    return _TO_ANSWER.all(session, {"tenant_id": tenant_id, "user_id": by.user_id})


def differences(change: CallChange) -> list[versions.Difference]:
    """What readers would see change, part by part and word by word."""
    now = versions.content_of(change.call)
    if change.kind == ChangeKind.TEXTS:
        return versions.differences({**now, **change.before}, {**now, **change.after})
    rounds = [list(row) for row in now["rounds"]]
    if change.kind == ChangeKind.ROUND:
        rounds.append([change.after[name] for name in ("name", "opens_at", "closes_at")])
    for row, planned in zip(rounds, change.call.rounds, strict=False):
        if str(planned.id) == change.after.get("round_id"):
            row[2] = change.after["closes_at"]
    return versions.differences(now, {**now, "rounds": rounds})
