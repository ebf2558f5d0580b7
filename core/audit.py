"""The only trail: what was done, who looked, what was refused. Ids and names of fields, no personal values.

Changes are written in the transaction of the act. Looks and refusals are queued and written before the answer
leaves; when that fails, the answer does not leave (ADR 0005).
"""

import uuid
from typing import Any, cast

import sqlalchemy as sa
import structlog
from flask import Flask, Response, g, has_request_context

from core import refusals
from core.access import Actor
from core.clock import now
from core.db import own_transaction, release, session
from core.i18n import _
from core.models.accounts import User
from core.models.trail import AuditEntry
from core.statements import Statement

log = structlog.get_logger(__name__)
# To the table, past the mapper: the trail is written with every act and never changed after.
_INSERT = Statement(
    sa.insert(cast(sa.Table, AuditEntry.__table__)).inline().execution_options(unanswered=True)
)


def record(
    action: str,
    subject: Any = None,
    *,
    by: Actor,
    changes: dict[str, Any] | None = None,
    tenant_id: uuid.UUID | None = None,
) -> None:
    """Write an act in the running transaction. `changes` holds field names, codes, ids and counts only."""
    _INSERT.run(session, _row(action, subject, by, changes, tenant_id))


def read(subject: Any, *, by: Actor, action: str | None = None) -> None:
    """Note that someone looked at a record of a person. The default action is `<subject_type>.read`."""
    _note(_row(action or f"{_type_of(subject)}.read", subject, by, None, None))


def who_changed(subject: Any, field_name: str) -> str:
    """The name of whoever changed a field of a record last, as far as the trail names fields."""
    query = (
        sa.select(AuditEntry.changes, User.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.subject_type == _type_of(subject), AuditEntry.subject_id == str(subject.id))
        .order_by(AuditEntry.id.desc())
        .limit(20)
    )
    for changes, name in session.execute(query):
        if field_name in changes.get("fields", ()):
            return str(name or _("A colleague"))
    return str(_("A colleague"))


def refused(rule: str, subject: Any, *, by: Actor) -> None:
    """Note that someone tried what the rule forbids."""
    _note(_row("access.refused", subject, by, {"rule": rule}, None))


def _row(
    action: str, subject: Any, by: Actor, changes: dict[str, Any] | None, tenant_id: uuid.UUID | None
) -> dict[str, Any]:
    owner = tenant_id or getattr(subject, "tenant_id", None) or by.tenant_id
    return {
        "at": now(),
        "action": action,
        "tenant_id": owner,
        "user_id": by.user_id,
        "membership_id": by.membership_id,
        "on_behalf_of": by.on_behalf_of,
        "actor_kind": by.kind,
        "subject_type": _type_of(subject) if subject is not None else None,
        "subject_id": str(subject.id) if getattr(subject, "id", None) is not None else None,
        "changes": changes or {},
        "request_id": g.get("request_id"),
    }


def _type_of(subject: Any) -> str:
    return getattr(subject, "subject_type", None) or str(getattr(type(subject), "__tablename__", "record"))


def _note(row: dict[str, Any]) -> None:
    if not has_request_context():
        session.add(AuditEntry(**row))
        return
    noted: dict[tuple[Any, ...], dict[str, Any]] = g.setdefault("audit_noted", {})
    noted.setdefault((row["action"], row["subject_type"], row["subject_id"]), row)


def write_noted() -> None:
    """Write the looks and refusals of this request, in a transaction of their own."""
    noted = g.pop("audit_noted", None)
    if noted:
        release()  # the page has been made: its read need not stay open beside the write
        with own_transaction() as own:
            _INSERT.run(own, *noted.values())


def init_app(app: Flask) -> None:
    """Hold every answer until its looks are written; refuse to answer when they cannot be."""

    @app.after_request
    def write_before_answering(response: Response) -> Response:
        try:
            write_noted()
        except Exception as error:
            log.error("audit.failed", error=type(error).__name__)
            return refusals.answer(503)
        return response
