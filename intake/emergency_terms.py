"""How long the officer has to review an emergency access: a reminder on the way, another when it is late.

A working week to say whether it was justified; whoever looked, and whoever was looked at, should know soon.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from core import audit, clock, mail
from core.access import Actor, Role
from core.db import session
from intake import mails, referrals
from intake.models.emergencies import EmergencyAccess
from workflows import terms
from workflows.models.terms import Term, TermStatus

REVIEW, REMINDER = "emergency_review", "emergency_reminder"
DAYS = {REVIEW: 5, REMINDER: 3}  # working days
SHOWN = (TermStatus.RUNNING, TermStatus.REACHED)


def register() -> None:
    for kind, days in DAYS.items():
        terms.register(kind, terms.Rule(days, reached=remind, source="house rule on emergency access"))


def start(access: EmergencyAccess, *, by: Actor) -> None:
    """The file was opened: its review is due."""
    for kind in DAYS:
        terms.start(access, kind, on=clock.today(), by=by, tenant_id=access.tenant_id)


def stop(access: EmergencyAccess, *, by: Actor) -> None:
    """It was reviewed."""
    for kind in DAYS:
        terms.met(access, kind, by=by)


@dataclass(frozen=True)
class Due:
    """Until when one is to be reviewed, and whether that day has passed."""

    last: date | None
    is_late: bool


def due(accesses: Collection[EmergencyAccess]) -> dict[uuid.UUID, Due]:
    """The same for each of these that waits, in one statement."""
    query = sa.select(Term).where(
        Term.subject_type == EmergencyAccess.subject_type,
        Term.subject_id.in_([access.id for access in accesses if access.verdict is None]),
        Term.kind == REVIEW,
        Term.status.in_(SHOWN),
    )
    moment = clock.now()
    return {
        term.subject_id: Due(referrals.last_day(term.due_at), term.due_at <= moment)
        for term in session.scalars(query)
    }


def remind(term: Term, by: Actor) -> None:
    """Tell the officers that a review waits, or is late; nothing of the file but its number."""
    access = session.get(EmergencyAccess, term.subject_id)
    if access is None or access.verdict is not None:
        return
    values: dict[str, Any] = {"number": access.case.number, "is_late": term.kind == REVIEW}
    path = mail.path_to("intake.list_emergencies", tab="open")
    for user_id in mails.desk_of(access.tenant_id, (Role.DPO,)):
        mail.put("emergency_waits", user_id, path=path, values=values, tenant_id=access.tenant_id)
    audit.record("emergency.reminded", access.case, by=by, changes={"kind": term.kind})
