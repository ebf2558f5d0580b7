"""The trail as the data protection officer reads it: who did or read what, of the own organization only."""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from core.access import Actor
from core.clock import BRUSSELS
from core.db import session
from core.models.accounts import Membership, Tenant, User
from core.models.trail import AuditEntry

PAGE = 50
KINDS = ("all", "looks", "acts", "refused")
LOOKS = (".read", ".listed", "printed", ".found", ".downloaded")
Numbers = Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, str]]
Find = Callable[[str, uuid.UUID], uuid.UUID | None]


@dataclass(frozen=True)
class Naming:
    """How a package calls its records in the trail: by their number, never by the name of a citizen."""

    numbers: Numbers
    find: Find
    readers: Callable[[str], str] | None = None  # the address of who looked at one, by its id


@dataclass(frozen=True)
class Filters:
    """What the page asks; everything that is given must hold."""

    kind: str = "all"
    number: str = ""
    person: str = ""
    from_on: date | None = None
    until_on: date | None = None
    after: int | None = None


@dataclass(frozen=True)
class Row:
    """One line: who, when, what, about which record; `readers`: the page with every look at it."""

    entry: AuditEntry
    who: str
    whence: str
    about: str
    readers: str = ""


_namings: dict[str, Naming] = {}


def register(subject_type: str, naming: Naming) -> None:
    """Have records of a kind named in the trail. Safe to repeat."""
    _namings[subject_type] = naming


def page(filters: Filters, *, by: Actor) -> tuple[list[Row], int | None]:
    """The newest first; a page and where the next one begins."""
    query = sa.select(AuditEntry).where(AuditEntry.tenant_id == by.tenant_id, *_rules(filters, by))
    if filters.after is not None:
        query = query.where(AuditEntry.id < filters.after)
    found = list(session.scalars(query.order_by(AuditEntry.id.desc()).limit(PAGE + 1)))
    shown = found[:PAGE]
    return named(shown), shown[-1].id if len(found) > PAGE else None


def _rules(filters: Filters, by: Actor) -> list[sa.ColumnElement[bool]]:
    rules: list[sa.ColumnElement[bool]] = []
    look = is_look()
    if filters.kind == "looks":
        rules.append(look)
    elif filters.kind == "refused":
        rules.append(is_refusal())
    elif filters.kind == "acts":
        rules += [sa.not_(look), AuditEntry.action != "access.refused"]
    if filters.from_on:
        rules.append(AuditEntry.at >= _start(filters.from_on))
    if filters.until_on:
        rules.append(AuditEntry.at < _start(filters.until_on + timedelta(days=1)))
    if person := filters.person.strip().lower():
        found = sa.select(User.id).where(sa.or_(sa.func.lower(User.name) == person, User.email == person))
        rules.append(AuditEntry.user_id.in_(found))
    if number := filters.number.strip().upper():
        rules.append(_about(number, by))
    return rules


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), BRUSSELS)


def _about(number: str, by: Actor) -> sa.ColumnElement[bool]:
    """Lines on the record with this number in the own organization; none when there is no such record."""
    assert by.tenant_id is not None  # noqa: S101 - the rule of the page asks for an organization
    for subject_type, naming in _namings.items():
        found = naming.find(number, by.tenant_id)
        if found is not None:
            return sa.and_(AuditEntry.subject_type == subject_type, AuditEntry.subject_id == str(found))
    return sa.false()


def is_look() -> sa.ColumnElement[bool]:
    """Somebody saw something of a record: on a page, in a list, on paper, in what a search found."""
    return sa.or_(*(AuditEntry.action.like(f"%{ending}") for ending in LOOKS))


def is_refusal() -> sa.ColumnElement[bool]:
    return AuditEntry.action == "access.refused"


def named(entries: list[AuditEntry], *, numbered: bool = True) -> list[Row]:
    """Names of people and organizations in one statement, numbers in one for each kind of record.

    A page about one record knows the number already and asks for none.
    """
    people = _people({entry.user_id for entry in entries if entry.user_id})
    numbers: dict[tuple[str, str], str] = {}
    for subject_type, naming in _namings.items() if numbered else ():
        ids = {e.subject_id for e in entries if e.subject_type == subject_type and e.subject_id}
        if ids:
            named = naming.numbers([uuid.UUID(key) for key in ids])
            numbers |= {(subject_type, str(key)): text for key, text in named.items()}
    users = _people({uuid.UUID(e.subject_id) for e in entries if e.subject_type == "user" and e.subject_id})
    tenants = _tenants({entry.membership_id for entry in entries if entry.membership_id})
    return [
        Row(
            entry,
            people.get(entry.user_id, "") if entry.user_id else "",
            tenants.get(entry.membership_id, "") if entry.membership_id else "",
            numbers.get((entry.subject_type or "", entry.subject_id or ""))
            or (users.get(uuid.UUID(entry.subject_id), "") if entry.subject_type == "user" else ""),
            _readers(entry),
        )
        for entry in entries
    ]


def _readers(entry: AuditEntry) -> str:
    naming = _namings.get(entry.subject_type or "")
    return naming.readers(entry.subject_id) if naming and naming.readers and entry.subject_id else ""


def _people(ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    if not ids:
        return {}
    return {
        row.id: row.name for row in session.execute(sa.select(User.id, User.name).where(User.id.in_(ids)))
    }


def _tenants(memberships: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """For which organization somebody acted: partners read shared files too."""
    if not memberships:
        return {}
    query = (
        sa.select(Membership.id, Tenant.name).join(Membership.tenant).where(Membership.id.in_(memberships))
    )
    return {row[0]: row[1] for row in session.execute(query)}
