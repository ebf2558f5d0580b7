"""Adds to the append-only rows of who did what: the source of every timeline."""

import uuid
from collections.abc import Collection
from typing import Any, cast

import sqlalchemy as sa

from core import clock
from core.access import Actor
from core.db import session
from core.statements import Statement
from intake.models.aid_requests import AidRequest
from intake.models.bases import Basis
from intake.models.cases import Case
from intake.models.referrals import Referral
from intake.models.signals import Signal
from intake.models.transitions import Transition

# To the table, past the mapper: every act writes one, and nothing changes it after.
_INSERT = Statement(
    sa.insert(cast(sa.Table, Transition.__table__)).inline().execution_options(unanswered=True)
)
Subject = Signal | Case | Referral | Basis | AidRequest


def add(
    event: str,
    subject: Subject,
    *,
    by: Actor,
    case_id: uuid.UUID | None = None,
    from_status: str | None = None,
    basis_id: uuid.UUID | None = None,
    detail_id: uuid.UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Write one step in the running transaction. `facts`: codes and names of services, never of citizens."""
    if case_id is None:
        case_id = subject.id if isinstance(subject, Case) else subject.case_id
    row = {
        "subject_type": subject.subject_type,
        "subject_id": subject.id,
        "case_id": case_id,
        "tenant_id": subject.tenant_id,
        "event": event,
        "from_status": from_status,
        "to_status": getattr(subject, "status", None),
        "basis_id": basis_id,
        "detail_id": detail_id,
        "facts": facts or {},
        "at": clock.now(),
        "actor_id": by.user_id,
        "actor_name": by.name,
        "actor_tenant_id": by.tenant_id,
        "actor_tenant": by.tenant_name,
    }
    _INSERT.run(session, row)


def state_before(subject: Subject, event: str) -> str | None:
    """How it stood before this event happened to it last."""
    query = sa.select(Transition.from_status).where(
        Transition.subject_type == subject.subject_type,
        Transition.subject_id == subject.id,
        Transition.event == event,
    )
    return session.scalar(query.order_by(Transition.id.desc()).limit(1))


def newest_event(subject: Subject, *, but: Collection[str] = ()) -> str | None:
    """What happened to it last, apart from some events."""
    query = sa.select(Transition.event).where(
        Transition.subject_type == subject.subject_type,
        Transition.subject_id == subject.id,
        Transition.event.notin_(but),
    )
    return session.scalar(query.order_by(Transition.id.desc()).limit(1))
