"""The register of requests for aid of a whole OCMW: found by state and period, paged, taken along as a table.

The law asks for each request its number and day, the receipt, the terms, and what which body decided.
Whoever may not see a file sees that there is a request, not of whom.
"""

import csv
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import contains_eager, joinedload

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import Tenant
from core.text import safe_cell
from intake import aid_requests, aid_terms, labels, policy, referrals, safe_contact
from intake.models.aid_requests import AidRequest, AidStatus
from intake.models.cases import Case
from workflows.models.terms import Term

PAGE, CHUNK, MOST = 25, 500, 20_000
OPEN = tuple(status for status in AidStatus if not status.is_final)


class Shown(StrEnum):
    """Which requests the register shows."""

    ALL = "all"
    OPEN = "open"
    LATE = "late"
    WITHOUT_RECEIPT = "without_receipt"


@dataclass(frozen=True)
class Line:
    """A request with the last day of each of its terms.

    `waits_for`: the terms that count now, the first one first. `is_hidden`: the reader may not know whose.
    """

    request: AidRequest
    terms: dict[str, date]
    waits_for: list[str]
    late: frozenset[str]
    is_hidden: bool


@dataclass(frozen=True)
class Sought:
    """A state and a period: the days on which was asked, both included."""

    shown: Shown = Shown.ALL
    from_on: date | None = None
    until_on: date | None = None


def page(
    sought: Sought,
    *,
    by: Actor,
    after: uuid.UUID | None = None,
    size: int = PAGE,
    oldest_first: bool = False,
) -> tuple[list[Line], uuid.UUID | None]:
    """Lines of the own organization as they were entered, and after which one the next page begins."""
    place = (AidRequest.registered_at, AidRequest.id)
    order = [column.asc() if oldest_first else column.desc() for column in place]
    query = _found(sought, by).order_by(*order).limit(size + 1)
    if after is not None:
        last = orm.aliased(AidRequest)
        moment = sa.select(last.registered_at).where(last.id == after).scalar_subquery()
        here, there = sa.tuple_(*place), sa.tuple_(moment, sa.literal(after, sa.Uuid()))
        query = query.where(here > there if oldest_first else here < there)
    found = list(session.scalars(query))
    more, found = len(found) > size, found[:size]
    return _lines(found, by), found[-1].id if more else None


def _found(sought: Sought, by: Actor) -> sa.Select[AidRequest]:
    query = (
        sa.select(AidRequest)
        .join(Case, Case.id == AidRequest.case_id)
        .options(contains_eager(AidRequest.case).options(joinedload(Case.person), joinedload(Case.household)))
        .where(AidRequest.tenant_id == by.tenant_id)
    )
    if sought.from_on is not None:
        query = query.where(AidRequest.asked_on >= sought.from_on)
    if sought.until_on is not None:
        query = query.where(AidRequest.asked_on <= sought.until_on)
    if sought.shown == Shown.OPEN:
        query = query.where(AidRequest.status.in_(OPEN))
    elif sought.shown == Shown.WITHOUT_RECEIPT:
        query = query.where(
            AidRequest.receipt_given_at.is_(None), AidRequest.status.in_(aid_terms.OWES_RECEIPT)
        )
    elif sought.shown == Shown.LATE:
        query = query.where(
            sa.exists().where(
                Term.subject_type == AidRequest.subject_type,
                Term.subject_id == AidRequest.id,
                Term.due_at <= clock.now(),
                aid_terms.counting(),
            )
        )
    return query


def _lines(found: list[AidRequest], by: Actor) -> list[Line]:
    ids = [request.id for request in found]
    terms = sa.select(Term).where(Term.subject_type == AidRequest.subject_type, Term.subject_id.in_(ids))
    by_request: dict[uuid.UUID, list[Term]] = {}
    for term in session.scalars(terms.order_by(Term.id)):
        by_request.setdefault(term.subject_id, []).append(term)
    return [_line(request, by_request.get(request.id, []), by) for request in found]


def _line(request: AidRequest, terms: list[Term], by: Actor) -> Line:
    moment = clock.now()
    counting = [term for term in terms if aid_terms.counts(term, request)]
    return Line(
        request=request,
        terms={term.kind: _last_day(term) for term in terms},
        waits_for=[term.kind for term in sorted(counting, key=lambda term: term.due_at)],
        late=frozenset(term.kind for term in counting if term.due_at <= moment),
        is_hidden=not policy.can_see_case(by, request.case),
    )


def _last_day(term: Term) -> date:
    last = referrals.last_day(term.due_at)
    assert last is not None  # noqa: S101 - a term has an end
    return last


# ---------------------------------------------------------------- to take along
def export(sought: Sought, *, by: Actor) -> str:
    """The register as a table with semicolons, as spreadsheets here read it; the trail says that it left."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([str(head) for head in _heads()])
    count = 0
    for line in _all(sought, by):
        count += 1
        if count > MOST:
            raise DomainError(_("These are too many requests for one table. Choose a shorter period."))
        writer.writerow([safe_cell(cell) for cell in _cells(line)])
    taken = {
        "rows": count,
        "shown": str(sought.shown),
        "from": _iso(sought.from_on),
        "until": _iso(sought.until_on),
    }
    audit.record("aid_register.exported", Tenant(id=by.tenant_id), by=by, changes=taken)
    return out.getvalue()


def _all(sought: Sought, by: Actor) -> Iterator[Line]:
    after: uuid.UUID | None = None
    while True:
        lines, after = page(sought, by=by, after=after, size=CHUNK, oldest_first=True)
        yield from lines
        if after is None:
            return


def _heads() -> list[Any]:
    return [
        _("Number of the request"), _("Asked on"), _("How"), _("What is asked"), _("Who"), _("File"),
        _("Registered on"), _("Receipt given on"), _("Forward before the end of"),
        _("Forwarded to"), _("Forwarded on"),
        _("Decide before the end of"), _("Body"), _("Decision"), _("Decided on"), _("Urgent"),
        _("Ratified on"), _("Notice before the end of"), _("Notice on"), _("Appeal possible until"),
        _("State"), _("Late"),
    ]  # fmt: skip


def _cells(line: Line) -> list[str]:
    request = line.request
    late = ", ".join(str(labels.TERMS[kind]) for kind in line.waits_for if kind in line.late)
    return [
        request.number, _iso(request.asked_on), _("orally") if request.spoken else _("in writing"),
        labels.label(request.kind), who(line, leaves=True), "" if line.is_hidden else request.case.number,
        _iso(clock.brussels(request.registered_at).date()),
        _iso(clock.brussels(request.receipt_given_at).date() if request.receipt_given_at else None),
        _iso(line.terms.get(aid_requests.FORWARD)), request.forwarded_to, _iso(request.forwarded_on),
        _iso(line.terms.get(aid_requests.DECISION)), request.body, labels.label(request.outcome),
        _iso(request.decided_on), _("yes") if request.is_urgent else "", _iso(request.ratified_on),
        _iso(line.terms.get(aid_requests.NOTICE)), _iso(request.notified_on), _iso(request.appeal_until),
        labels.label(request.status), late,
    ]  # fmt: skip


def who(line: Line, *, leaves: bool = False) -> str:
    """The name as far as the reader may see it; on what `leaves` the product only where that is safe."""
    case = line.request.case
    if line.is_hidden:
        return str(_("Restricted file"))
    if leaves and not safe_contact.is_safe(case.person, safe_contact.Way.EXPORT):
        return str(_("Name kept out of copies"))
    if case.person is not None and case.person.name:
        return case.person.name
    if case.household is not None and case.household.name:
        return str(_("Household %(name)s", name=case.household.name))
    return str(_("No name given"))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
