"""Proposed changes of a call that nobody answered while it could change: the product itself declines them."""

import sqlalchemy as sa
from flask_babel import force_locale

from core import audit, clock, outbox
from core.access import Actor
from core.db import session
from core.i18n import _
from projects.models.calls import Call
from projects.models.changes import CallChange, ChangeStatus


def waiting_in(call: Call) -> list[CallChange]:
    """What would lapse if the call went on now."""
    query = sa.select(CallChange).where(
        CallChange.call_id == call.id, CallChange.status == ChangeStatus.WAITING
    )
    return list(session.scalars(query.order_by(CallChange.proposed_at, CallChange.id)))


def end_waiting(call: Call, *, by: Actor) -> None:
    """The call goes on to the jury or ends: what still waits is not made, and every officer hears so."""
    for change in waiting_in(call):
        change.status, change.decided_at = ChangeStatus.DECLINED, clock.now()  # decided by nobody
        with force_locale("nl"):  # what is kept is Dutch, as the call is
            change.answer = _("Nobody answered before the call went on. The change was not made.")
        audit.record("call.change_lapsed", call, by=by, changes={"kind": str(change.kind)})
        outbox.put("mail.call_change_lapsed", {"change_id": str(change.id)}, tenant_id=call.tenant_id)
