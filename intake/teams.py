"""The board of a team lead: who carries how much, who is away, and handing files over."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock
from core.access import Actor, Role
from core.db import lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from core.models.accounts import User
from intake import cases
from intake.models.absences import Absence
from intake.models.cases import Case, CaseStatus, FollowUp
from intake.models.vocabulary import Urgency

URGENT = (Urgency.U1, Urgency.U2)


@dataclass(frozen=True)
class Load:
    """What one colleague carries now. `absence`: the one that holds today, if any."""

    user: User
    open: int
    urgent: int
    waiting: int
    late: int
    absence: Absence | None


def leads(actor: Actor) -> bool:
    return actor.tenant_id is not None and actor.has(Role.TEAM_LEAD)


def loads(tenant_id: uuid.UUID) -> list[Load]:
    """Every colleague who may hold files, by name, in a fixed number of statements."""
    today = clock.today()
    is_waiting = Case.status.in_([CaseStatus.AWAITING_PARTNER, CaseStatus.AWAITING_CITIZEN])
    counted = {
        row[0]: row[1:]
        for row in session.execute(
            sa.select(
                Case.holder_id,
                sa.func.count(),
                sa.func.count(sa.case((Case.urgency.in_(URGENT), 1))),
                sa.func.count(sa.case((is_waiting, 1))),
            )
            .where(Case.tenant_id == tenant_id, Case.status != CaseStatus.CLOSED)
            .group_by(Case.holder_id)
        )
    }
    late = {
        row[0]: row[1]
        for row in session.execute(
            sa.select(FollowUp.assignee_id, sa.func.count())
            .where(FollowUp.tenant_id == tenant_id, FollowUp.done_at.is_(None), FollowUp.due_on < today)
            .group_by(FollowUp.assignee_id)
        )
    }
    away = {found.user_id: found for found in absences(tenant_id) if found.starts_on <= today}
    return [
        Load(user, *counted.get(user.id, (0, 0, 0)), late=late.get(user.id, 0), absence=away.get(user.id))
        for user in cases.workers_of(tenant_id)
    ]


def unallocated(tenant_id: uuid.UUID, *, limit: int = 25) -> list[Case]:
    """Open files without a holder for good, the most urgent first."""
    query = (
        sa.select(Case)
        .options(joinedload(Case.person), joinedload(Case.holder), joinedload(Case.household))
        .where(Case.tenant_id == tenant_id, Case.is_provisional, Case.status != CaseStatus.CLOSED)
        .order_by(Case.urgency, Case.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def absences(tenant_id: uuid.UUID) -> list[Absence]:
    """Absences of today and later, the first one first."""
    query = (
        sa.select(Absence)
        .options(joinedload(Absence.user), joinedload(Absence.substitute))
        .where(Absence.tenant_id == tenant_id, Absence.ends_on >= clock.today())
        .order_by(Absence.starts_on, Absence.id)
    )
    return list(session.scalars(query))


def set_absence(user: User, substitute: User, starts_on: date, ends_on: date, *, by: Actor) -> Absence:
    """A colleague is away; the substitute gets what falls due in their day. Files keep their holder."""
    assert by.tenant_id is not None  # noqa: S101 - the rule of the page asks for one
    if user.id == substitute.id:
        raise DomainError(_("Choose another colleague as substitute."), field="to")
    if ends_on < starts_on or ends_on < clock.today():
        raise DomainError(_("The last day lies before the first one, or in the past."), field="ends_on")
    overlap = sa.select(Absence.id).where(
        Absence.user_id.in_([user.id]), Absence.starts_on <= ends_on, Absence.ends_on >= starts_on
    )
    if session.scalar(overlap) is not None:
        raise DomainError(_("There is an absence in these days already."), field="starts_on")
    made = Absence(
        id=uuid7(),
        tenant_id=by.tenant_id,
        user_id=user.id,
        substitute_id=substitute.id,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    session.add(made)
    session.flush()
    audit.record("absence.set", made, by=by)
    return made


def get_absence(absence_id: uuid.UUID) -> Absence | None:
    return session.get(Absence, absence_id)


def can_end_absence(actor: Actor, absence: Absence) -> bool:
    return leads(actor) and absence.tenant_id == actor.tenant_id


def end_absence(absence: Absence, *, by: Actor) -> None:
    """Back sooner: yesterday was the last day away. One that begins today or later never was."""
    today = clock.today()
    found = lock(Absence, absence.id)
    if found is None or found.ends_on < today:
        raise Conflict(_("This absence has ended already."))
    audit.record("absence.ended", found, by=by, changes={"until": found.ends_on.isoformat()})
    if found.starts_on >= today:
        session.delete(found)
    else:
        found.ends_on = today - timedelta(days=1)
    session.flush()


def replaced_by(user_id: uuid.UUID | None, tenant_id: uuid.UUID | None) -> sa.Select[uuid.UUID]:
    """Ids of colleagues for whom this user stands in today, as a subquery."""
    today = clock.today()
    return sa.select(Absence.user_id).where(
        Absence.substitute_id == user_id,
        Absence.tenant_id == tenant_id,
        Absence.starts_on <= today,
        Absence.ends_on >= today,
    )


def caseload(holder: User, tenant_id: uuid.UUID | None) -> sa.Select[Case]:
    """The open files of a colleague, the most urgent first."""
    return (
        sa.select(Case)
        .where(Case.tenant_id == tenant_id, Case.holder_id == holder.id, Case.status != CaseStatus.CLOSED)
        .order_by(Case.urgency, Case.id)
    )


def hand_over(giver: User, to: User, *, chosen: Collection[uuid.UUID] | None = None, by: Actor) -> int:
    """Give open files of a colleague, and what is planned in them, to another one; how many.

    All of them, or the chosen ones. Refuses when a chosen file is no longer with this colleague.
    """
    if giver.id == to.id:
        raise DomainError(_("Choose another colleague."), field="to")
    if chosen is not None and not chosen:
        raise DomainError(_("Choose at least one file."), field="files")
    query = caseload(giver, by.tenant_id)
    found = list(session.scalars(query if chosen is None else query.where(Case.id.in_(chosen))))
    if chosen is not None and len(found) < len(set(chosen)):
        raise Conflict(_("Some of these files are no longer with %(name)s. Choose again.", name=giver.name))
    if not found:
        raise DomainError(_("%(name)s holds no open files.", name=giver.name))
    for case in found:
        cases.allocate(case, to, by=by)
    session.execute(
        sa.update(FollowUp)
        .where(
            FollowUp.tenant_id == by.tenant_id,
            FollowUp.assignee_id == giver.id,
            FollowUp.done_at.is_(None),
            FollowUp.case_id.in_([case.id for case in found]),
        )
        .values(assignee_id=to.id)
    )
    return len(found)
