"""The table by which a partnership routes notices: dated lines that its coordinator adds, changes and ends.

Nothing is rewritten: a line says from which day until which day it held, so that a notice of last year keeps
its reason. Lines that would never get anything, and days on which nobody takes the rest, are refused.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock
from core.access import Actor
from core.db import lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _, long_date
from core.models.accounts import Partnership, Tenant, User
from core.models.trail import AuditEntry
from intake import places, routing
from intake.models.routing import RoutingRule, RuleKind
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality
from socialmap import area_sets

HIGHEST_ROW, NEWS = 999, 20


@dataclass(frozen=True)
class NewLine:
    """What a new line says. Without receiver: whom the citizen wants. Empty conditions match everything."""

    row: int
    receiver: Tenant | None
    starts_on: date
    age_group: AgeGroup | None = None
    mutuality: Mutuality | None = None
    theme: LifeDomain | None = None
    nis: str | None = None


@dataclass(frozen=True)
class News:
    """Who changed what in the table, and when. `act`: added, changed, ended or removed."""

    at: datetime
    who: str
    act: str
    row: int


def get_line(line_id: uuid.UUID) -> RoutingRule | None:
    query = sa.select(RoutingRule).options(joinedload(RoutingRule.to_tenant))
    return session.scalars(query.where(RoutingRule.id == line_id)).first()


def lines(partnership_id: uuid.UUID) -> list[RoutingRule]:
    """Every line there ever was, in the order in which they are tried."""
    query = (
        sa.select(RoutingRule)
        .options(joinedload(RoutingRule.to_tenant))
        .where(RoutingRule.partnership_id == partnership_id)
        .order_by(RoutingRule.priority, RoutingRule.starts_on, RoutingRule.id)
    )
    return list(session.scalars(query))


def is_over(line: RoutingRule) -> bool:
    return line.ends_on is not None and line.ends_on < clock.today()


def is_to_come(line: RoutingRule) -> bool:
    return line.starts_on > clock.today()


def history(partnership_id: uuid.UUID) -> list[News]:
    """The newest changes of the table."""
    query = (
        sa.select(AuditEntry, User.name)
        .outerjoin(User, User.id == AuditEntry.user_id)
        .where(
            AuditEntry.subject_type == Partnership.subject_type,
            AuditEntry.subject_id == str(partnership_id),
            AuditEntry.action.startswith("routing."),
        )
        .order_by(AuditEntry.id.desc())
        .limit(NEWS)
    )
    return [
        News(entry.at, name or "", entry.action.removeprefix("routing."), int(entry.changes.get("row", 0)))
        for entry, name in session.execute(query)
    ]


# ---------------------------------------------------------------- changes
def add_line(partnership: Partnership, new: NewLine, *, by: Actor) -> RoutingRule:
    """Add a line from today or later. Refuses a row in use, and lines that leave each other nothing."""
    _locked(partnership.id)
    _refuse_past(new.starts_on)
    line = _made(partnership.id, new)
    _refuse_receiver(partnership, new)
    if new.nis is not None and not _is_in_area(partnership, new.nis, new.starts_on):
        name = places.name(new.nis)
        raise DomainError(_("%(name)s lies outside the area of the partnership.", name=name), field="place")
    _refuse_clash(line, lines(partnership.id))
    return _keep(line, "added", by)


def change_line(
    line: RoutingRule, receiver: Tenant | None, *, row: int, starts_on: date, by: Actor
) -> RoutingRule:
    """From a day on these notices go to another one, or in another order; until then nothing changes."""
    partnership = _locked(line.partnership_id)
    session.refresh(line)
    _refuse_past(starts_on)
    if line.ends_on is not None and line.ends_on < starts_on:
        raise Conflict(_("This line ends on %(day)s already.", day=long_date(line.ends_on)))
    if starts_on <= line.starts_on:
        day = long_date(line.starts_on)
        raise DomainError(_("This line began on %(day)s. Choose a later day.", day=day), field="starts_on")
    held = {name: getattr(line, name) for name in routing.CONDITIONS}
    new = NewLine(row=row, receiver=receiver, starts_on=starts_on, **held)
    _refuse_receiver(partnership, new)
    follower = _made(partnership.id, new)
    follower.ends_on = line.ends_on
    before = day_without_rest(lines(partnership.id))
    line.ends_on = starts_on - timedelta(days=1)
    _refuse_clash(follower, lines(partnership.id))
    _keep(follower, "changed", by)
    _refuse_gap(line, before)
    return follower


def end_line(line: RoutingRule, *, ends_on: date, by: Actor) -> None:
    """The line holds until a day, that day included. Refuses to leave days on which nobody takes the rest."""
    _locked(line.partnership_id)
    session.refresh(line)
    if ends_on < max(clock.today(), line.starts_on):
        raise DomainError(_("Choose today or a later day on which the line holds."), field="ends_on")
    if line.ends_on is not None and line.ends_on <= ends_on:
        raise Conflict(_("This line ends on %(day)s already.", day=long_date(line.ends_on)))
    before = day_without_rest(lines(line.partnership_id))
    line.ends_on = ends_on
    _refuse_gap(line, before)
    _note(line, "ended", by)


def remove_line(line: RoutingRule, *, by: Actor) -> None:
    """Take back a line that has not begun; the one it would have followed goes on, if it still can."""
    _locked(line.partnership_id)
    session.refresh(line)
    if not is_to_come(line):
        raise Conflict(_("This line has begun. End it instead."))
    others = [other for other in lines(line.partnership_id) if other.id != line.id]
    before = day_without_rest([*others, line])
    day_before = line.starts_on - timedelta(days=1)
    for other in others:
        if other.ends_on == day_before and _same(other, line):
            other.ends_on = line.ends_on
            _refuse_in_the_way(other, others)
    _note(line, "removed", by)
    session.delete(line)
    _refuse_gap(line, before)


def day_without_rest(found: Iterable[RoutingRule], since: date | None = None) -> date | None:
    """The first day, from today on, on which no line takes what the others leave."""
    rest, day = [line for line in found if _is_rest(line)], since or clock.today()
    while True:
        taking = [line for line in rest if line.starts_on <= day <= (line.ends_on or date.max)]
        if not taking:
            return day
        if any(line.ends_on is None for line in taking):
            return None
        day = max(line.ends_on for line in taking if line.ends_on) + timedelta(days=1)


# ---------------------------------------------------------------- refusals
def _refuse_past(day: date) -> None:
    if day < clock.today():
        raise DomainError(
            _("Choose today or a later day: what held before stays as it was."), field="starts_on"
        )


def _refuse_receiver(partnership: Partnership, new: NewLine) -> None:
    if not 1 <= new.row <= HIGHEST_ROW:
        raise DomainError(_("Give a number from 1 to %(most)s.", most=HIGHEST_ROW), field="row")
    if new.receiver is None:
        return
    if new.receiver.id not in {tenant.id for tenant in routing.members(partnership.id, new.starts_on)}:
        name = new.receiver.name
        message = _("%(name)s takes no notices in this partnership on that day.", name=name)
        raise DomainError(message, field="receiver")


def _is_in_area(partnership: Partnership, nis: str, on: date) -> bool:
    area = area_sets.area(partnership.area_set or "", on)
    return area is not None and nis in area.nis


def _refuse_clash(new: RoutingRule, others: list[RoutingRule]) -> None:
    for other in others:
        if other.id == new.id or not _overlaps(other, new):
            continue
        until = _("through %(day)s", day=long_date(other.ends_on)) if other.ends_on else _("without an end")
        told = {"row": other.priority, "until": until}
        if other.priority == new.priority:
            raise DomainError(
                _("Row %(row)s is in use %(until)s. Choose another number.", **told), field="row"
            )
        if _same(other, new):
            raise DomainError(
                _("Row %(row)s is about the same notices, %(until)s. Change that line from a day.", **told)
            )
        if other.priority < new.priority and _covers(other, new):
            raise DomainError(
                _("Row %(row)s comes first and takes all of these, %(until)s. Give a lower number.", **told),
                field="row",
            )
        if new.priority < other.priority and _covers(new, other):
            raise DomainError(
                _(
                    "Row %(row)s would get nothing any more. Give a higher number, or end that row first.",
                    **told,
                ),
                field="row",
            )


def _refuse_in_the_way(line: RoutingRule, others: list[RoutingRule]) -> None:
    """A line that would go on must not meet what was added for the days after it."""
    for other in others:
        if other.id != line.id and _overlaps(line, other) and _clash(line, other):
            told = {"row": line.priority, "other": other.priority, "day": long_date(other.starts_on)}
            raise DomainError(
                _(
                    "Without this line row %(row)s goes on, but row %(other)s of %(day)s is in its way."
                    " Take back or change that one first.",
                    **told,
                )
            )


def _clash(one: RoutingRule, other: RoutingRule) -> bool:
    first, later = sorted((one, other), key=lambda line: line.priority)
    return first.priority == later.priority or _same(first, later) or _covers(first, later)


def _refuse_gap(line: RoutingRule, before: date | None) -> None:
    session.flush()
    after = day_without_rest(lines(line.partnership_id))
    if after is not None and (before is None or after < before):
        day = long_date(after)
        raise DomainError(
            _(
                "From %(day)s nobody would take what the other lines leave. Change this line from a day.",
                day=day,
            )
        )


def _overlaps(one: RoutingRule, other: RoutingRule) -> bool:
    return one.starts_on <= (other.ends_on or date.max) and other.starts_on <= (one.ends_on or date.max)


def _same(one: RoutingRule, other: RoutingRule) -> bool:
    return one.kind == other.kind and all(getattr(one, n) == getattr(other, n) for n in routing.CONDITIONS)


def _covers(first: RoutingRule, later: RoutingRule) -> bool:
    """Whether the first takes everything that the later one could; a wish takes only who has one."""
    if first.kind == RuleKind.WISH and later.kind != RuleKind.WISH:
        return False
    return all(getattr(first, n) in (None, getattr(later, n)) for n in routing.CONDITIONS)


def _is_rest(line: RoutingRule) -> bool:
    return line.kind == RuleKind.FACTS and all(getattr(line, n) is None for n in routing.CONDITIONS)


# ---------------------------------------------------------------- keeping
def _locked(partnership_id: uuid.UUID) -> Partnership:
    """Two coordinators change one table one after the other."""
    found = lock(Partnership, partnership_id)
    assert found is not None  # noqa: S101 - a line names its partnership
    return found


def _made(partnership_id: uuid.UUID, new: NewLine) -> RoutingRule:
    return RoutingRule(
        id=uuid7(),
        partnership_id=partnership_id,
        priority=new.row,
        kind=RuleKind.FACTS if new.receiver else RuleKind.WISH,
        to_tenant_id=new.receiver.id if new.receiver else None,
        starts_on=new.starts_on,
        **{name: getattr(new, name) for name in routing.CONDITIONS},
    )


def _keep(line: RoutingRule, act: str, by: Actor) -> RoutingRule:
    session.add(line)
    session.flush()
    _note(line, act, by)
    return line


def _note(line: RoutingRule, act: str, by: Actor) -> None:
    told: dict[str, Any] = {
        "row": line.priority,
        "line": str(line.id),
        "receiver": str(line.to_tenant_id or ""),
        "from": line.starts_on.isoformat(),
        "until": line.ends_on.isoformat() if line.ends_on else None,
    }
    audit.record(f"routing.{act}", session.get_one(Partnership, line.partnership_id), by=by, changes=told)
