"""The ledger of a call: credit, reservations, payments. Entries are only added; no sum exceeds its limit."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from core import clock
from core.access import Actor
from core.db import lock, session
from core.errors import DomainError
from core.i18n import _, euro
from projects.models.awards import Award
from projects.models.calls import Call
from projects.models.payments import EntryKind, LedgerEntry, Payment
from projects.models.projects import Project


def open_credit(call: Call, *, by: Actor) -> None:
    """Commit the credit of a call; the visum is checked by the operation on the call."""
    _add(call.id, EntryKind.CREDIT, call.credit_cents, call, by=by)


def reserve(award: Award, *, by: Actor) -> None:
    """Take an award out of the credit. Refuses what does not fit any more."""
    lock(Call, award.call_id)
    left = free_credit(award.call_id)
    if award.amount_cents > left:
        raise DomainError(
            _("The credit does not allow this: %(left)s is left.", left=euro(left)), field="amount"
        )
    _add(
        award.call_id, EntryKind.AWARD, award.amount_cents, award, by=by, application_id=award.application_id
    )


def release(project: Project, cents: int, *, by: Actor) -> None:
    """Give back what a stopped project did not use; the reserve list may live from it."""
    if cents > 0:
        _add(project.call_id, EntryKind.RELEASE, cents, project, by=by, project=project)


def release_rest(project: Project, act: Any, *, by: Actor) -> None:
    """Give back what a settled project neither keeps nor still holds: when settled, then as money returns.

    What has to come back is no credit yet: awarded anew, it would be paid twice out of one sum.
    """
    sums = _sums(LedgerEntry.project_id == project.id)
    kept = max(project.settled_cents or 0, paid_of(sums))
    cents = project.awarded_cents - sums[EntryKind.RELEASE] - kept
    if cents > 0:
        _add(project.call_id, EntryKind.RELEASE, cents, act, by=by, project=project)


def pay(payment: Payment, *, by: Actor) -> None:
    """Note that a payment left the account. Refuses what exceeds the award."""
    project = payment.project
    lock(Project, project.id)
    ceiling = project.settled_cents if project.settled_cents is not None else project.awarded_cents
    if paid(project.id) + payment.amount_cents > ceiling:
        raise DomainError(_("This payment would go over what was awarded."))
    _add(project.call_id, EntryKind.PAYMENT, payment.amount_cents, payment, by=by, project=project)


def repay(project: Project, cents: int, act: Any, *, by: Actor) -> None:
    """Note money that came back from the applicant."""
    if cents > paid(project.id):
        raise DomainError(_("More cannot come back than was paid."), field="amount")
    _add(project.call_id, EntryKind.REPAYMENT, cents, act, by=by, project=project)


def free_credit(call_id: uuid.UUID) -> int:
    """Credit minus reservations plus what was given back, in cents."""
    return free_of(totals(call_id))


def free_of(sums: Mapping[EntryKind, int]) -> int:
    """What is left of a credit, of the sums of its call."""
    return sums[EntryKind.CREDIT] - sums[EntryKind.AWARD] + sums[EntryKind.RELEASE]


def paid(project_id: uuid.UUID) -> int:
    """What a project received, minus what came back, in cents."""
    return paid_of(_sums(LedgerEntry.project_id == project_id))


def paid_of(sums: Mapping[EntryKind, int]) -> int:
    """What was paid and did not come back, of the sums of a project."""
    return sums[EntryKind.PAYMENT] - sums[EntryKind.REPAYMENT]


def totals(call_id: uuid.UUID) -> dict[EntryKind, int]:
    """The sums of a call per kind of entry, in cents."""
    return _sums(LedgerEntry.call_id == call_id)


def _sums(condition: sa.ColumnElement[bool]) -> dict[EntryKind, int]:
    return by_kind(session.execute(sums_query(condition)))


def sums_query(condition: sa.ColumnElement[bool]) -> sa.Select[EntryKind, int]:
    """The sum of each kind of entry, for `by_kind`."""
    total = sa.cast(sa.func.sum(LedgerEntry.amount_cents), sa.BigInteger).label("total")
    return sa.select(LedgerEntry.kind, total).where(condition).group_by(LedgerEntry.kind)


def by_kind(rows: Iterable[Any]) -> dict[EntryKind, int]:
    """Sums by kind, in cents; nothing for a kind without entries."""
    found = {kind: int(total) for kind, total in rows}
    return {kind: found.get(kind, 0) for kind in EntryKind}


def _add(
    call_id: uuid.UUID,
    kind: EntryKind,
    cents: int,
    act: Any,
    *,
    by: Actor,
    project: Project | None = None,
    application_id: uuid.UUID | None = None,
) -> None:
    session.add(
        LedgerEntry(
            call_id=call_id,
            project_id=project.id if project else None,
            application_id=project.application_id if project else application_id,
            kind=kind,
            amount_cents=cents,
            act_type=act.__tablename__,
            act_id=act.id,
            at=clock.now(),
            user_id=by.user_id,
        )
    )
    session.flush()
