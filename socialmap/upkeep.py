"""The editors' work list: what on the map asks for attention, oldest first."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import session
from core.errors import DomainError
from core.i18n import _
from socialmap import geography
from socialmap.matching import STALE_DAYS
from socialmap.models.directory import Organization, Service, ServiceStatus
from socialmap.models.upkeep import Correction, CorrectionState

KINDS = ("errors", "gone", "stale", "unanswered")
PAGE = 50
CAP = 1000  # more than this many is only said to be more
WAIT_DAYS = 14  # so long a keeper gets to answer before it is an editor's work
_NEVER = date(1, 1, 1)


@dataclass(frozen=True)
class Row:
    """A service that asks for attention, since when, and the notice when somebody reported an error."""

    service: Service
    organization: str
    since: datetime | date
    notice: Correction | None = None


@dataclass
class Page:
    """Part of the list; `after` is where the next part begins."""

    rows: list[Row]
    after: str | None


@dataclass(frozen=True)
class Filters:
    """What narrows the list: a source, and a named area such as `province:40000` of the organization."""

    source: str = ""
    area: str = ""

    def rules(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = []
        if self.source:
            found.append(Service.source == self.source)
        kind, _colon, code = self.area.partition(":")
        here = geography.area(kind, code) if code else None
        if self.area:
            found.append(Organization.nis.in_(sorted(here.nis)) if here else sa.false())
        return found


def page(kind: str, filters: Filters, *, after: str = "", limit: int = PAGE) -> Page:
    """One part of a list of `KINDS`, the longest waiting first. Raises DomainError for a strange `after`."""
    since, ident = _order(kind)
    query = _query(kind, filters, Service, Organization.name, since, *_notice(kind)).order_by(since, ident)
    if after:
        moment, last_id = _place(kind, after)
        query = query.where(sa.or_(since > moment, sa.and_(since == moment, ident > last_id)))
    found = session.execute(query.limit(limit + 1)).all()
    rows = [Row(row[0], row[1], row[2], row[3] if kind == "errors" else None) for row in found[:limit]]
    last = rows[-1] if len(found) > limit else None
    key = (last.notice or last.service).id if last else None
    return Page(rows, f"{last.since.isoformat()}~{key}" if last else None)


def counts(filters: Filters) -> dict[str, int]:
    """How long each list is, counted to `CAP`; one statement."""
    parts = [
        sa.select(sa.func.count()).select_from(
            _query(kind, filters, Service.id).limit(CAP + 1).subquery(kind)
        )
        for kind in KINDS
    ]
    row = session.execute(sa.select(*(part.scalar_subquery() for part in parts))).one()
    return dict(zip(KINDS, row, strict=True))


def sources() -> list[str]:
    """Names of the sources to filter by."""
    return list(session.scalars(sa.select(Service.source).distinct().order_by(Service.source)))


def _query(kind: str, filters: Filters, *columns: Any) -> sa.Select[Any]:
    query = (
        sa.select(*columns)
        .select_from(Service)
        .join(Organization, Organization.id == Service.organization_id)
    )
    if kind == "errors":
        query = query.join(Correction, Correction.service_id == Service.id)
    return query.where(*_rules(kind), *filters.rules())


def _rules(kind: str) -> list[sa.ColumnElement[bool]]:
    s, today = Service, clock.today()
    if kind == "errors":
        return [Correction.state != CorrectionState.CLOSED]
    live = [s.status == ServiceStatus.ACTIVE]
    if kind == "gone":
        since = sa.func.date(s.not_seen_since)  # who answered after that, said that it still exists
        unsaid = sa.or_(s.answered_on.is_(None), s.answered_on < since)
        return [*live, s.not_seen_since.is_not(None), unsaid]
    if kind == "stale":
        edge = today - timedelta(days=STALE_DAYS)
        return [*live, s.not_seen_since.is_(None), sa.or_(s.assured_date.is_(None), s.assured_date <= edge)]
    silent = [sa.or_(on.is_(None), on < s.asked_on) for on in (s.answered_on, s.assured_date)]
    return [*live, s.asked_on <= today - timedelta(days=WAIT_DAYS), *silent]


def _order(kind: str) -> tuple[Any, Any]:
    """What a list is sorted by: since when it waits, then an id."""
    s = Service
    moments: dict[str, Any] = {
        "errors": Correction.made_at, "gone": s.not_seen_since, "unanswered": s.asked_on,
        "stale": sa.type_coerce(sa.func.coalesce(s.assured_date, _NEVER), sa.Date),
    }  # fmt: skip
    return moments[kind], Correction.id if kind == "errors" else s.id


def _notice(kind: str) -> list[Any]:
    return [Correction] if kind == "errors" else []


def _place(kind: str, after: str) -> tuple[datetime | date, uuid.UUID]:
    read: Any = datetime if kind in ("errors", "gone") else date
    moment, _tilde, key = after.partition("~")
    try:
        place = read.fromisoformat(moment), uuid.UUID(key)
        if read is datetime and place[0].tzinfo is None:
            raise ValueError(moment)  # nothing we gave out
    except ValueError:
        raise DomainError(_("This page of the list is not known.")) from None
    return place
