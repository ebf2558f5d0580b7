"""Every change of status goes through here: column, history, trail and process move together."""

from typing import Any

import sqlalchemy as sa

from core import audit, clock, outbox
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError
from core.i18n import _
from projects.models.applications import Application, ApplicationStatus
from projects.models.transitions import ProjectTransition
from workflows import instances


def move(
    record: Any,
    to: Any,
    *,
    by: Actor,
    event: str | None = None,
    basis: str = "",
    motivation: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Give `record` the status `to`, note why, and let its process take `event` (without one it stays put).

    `data` are routing values for the process: codes, counts, ids; never personal data.
    """
    before = record.status
    record.status = to
    session.add(
        ProjectTransition(
            subject_type=record.subject_type,
            subject_id=record.id,
            from_status=before,
            to_status=to,
            at=clock.now(),
            user_id=by.user_id,
            actor_name=by.name,
            basis=basis,
            motivation=motivation,
        )
    )
    session.flush()
    audit.record(f"{record.subject_type}.{to}", record, by=by, changes={"status": [str(before), str(to)]})
    if event is not None:
        instances.advance(record, event, by=by, data=data)


def require(record: Any, *statuses: Any) -> None:
    """Refuse an act on a record that has moved on."""
    if record.status not in statuses:
        raise Conflict(_("This can no longer be done: the file is in another step now. Look at it again."))


def hold(record: Any) -> None:
    """Lock the row until the end of the transaction, and see it as it is now."""
    session.flush()
    model = type(record)  # a statement of its own: a joined row cannot be locked on PostgreSQL
    session.execute(sa.select(model.id).where(model.id == record.id).with_for_update())
    session.refresh(record)


def need_reason(reason: str, field: str = "reason") -> None:
    """Refuse an act that has to be explained and is not."""
    if not reason.strip():
        raise DomainError(_("Give the reason."), field=field)


def turn_away(
    application: Application, status: ApplicationStatus, *, event: str, motivation: str, by: Actor
) -> None:
    """End the file before the jury, with a letter: never without reasons, nor without how to object."""
    if not motivation.strip():
        raise DomainError(_("A refusal needs its reasons."), field="motivation")
    if not application.call.remedies.strip():
        raise DomainError(_("The call does not say how one can object: no letter without remedies."))
    move(application, status, by=by, event=event, motivation=motivation)
    outbox.put(
        "mail.application_decided",
        payload={"application_id": str(application.id)},
        tenant_id=application.tenant_id,
    )
