"""The open interface in the form of HSDA: lists with filters that add up, and whole records."""

import math
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.db import session
from core.errors import DomainError, NotFound
from core.i18n import _
from socialmap import exports, geography, matching
from socialmap.models import details
from socialmap.models.directory import (
    Location,
    Organization,
    Sector,
    Service,
    ServiceAreaNis,
    ServiceAtLocation,
)
from socialmap.models.sourced import Lasting
from socialmap.tables import table

MAX_PAGE = 1000
STREAMED = 200  # records that a stream reads at once
IN_ONE = 5000  # ids in one statement
DERIVED = 4  # the level of an area that was not given but worked out from the place
_KM_PER_DEGREE = 111.32
KINDS = ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms")
RESOURCE = {
    "services": "service", "organizations": "organization", "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy", "taxonomy_terms": "taxonomy_term",
}  # fmt: skip


@dataclass(frozen=True)
class Filters:
    """What a list is limited to; all that is given must hold."""

    search: str | None = None
    taxonomy_term_id: uuid.UUID | None = None
    taxonomy_id: uuid.UUID | None = None
    organization_id: uuid.UUID | None = None
    modified_after: datetime | None = None
    postcode: str | None = None
    proximity: int | None = None  # metres around the centre of the postcode
    top_only: bool = False
    parent_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Shape:
    """How much of each record is given: `minimal` its id and moment, `full` all that belongs to it,
    `services` the whole services of an organization as well; otherwise its own values."""

    minimal: bool = False
    full: bool = False
    services: bool = False


def page(
    kind: str, filters: Filters, *, number: int = 1, size: int | None = 50, shape: Shape | None = None
) -> dict[str, Any]:
    """One page of a list in the envelope of the standard; without a `size` all of it."""
    shape = shape or Shape()
    t = table(RESOURCE[kind])
    rule = sa.and_(sa.true(), *_rules(kind, filters))
    total = session.scalar(sa.select(sa.func.count()).select_from(t).where(rule)) or 0
    query = sa.select(t.c.id).where(rule).order_by(t.c.source, t.c.external_id)
    if size is not None:
        query = query.offset((number - 1) * size).limit(size)
    ids = list(session.scalars(query))
    return exports.page(_shaped(kind, ids, shape), number=number, size=size or total, total=total)


Mark = tuple[str, str]


def part(
    kind: str, filters: Filters, shape: Shape, *, after: Mark | None = None
) -> tuple[list[dict[str, Any]], Mark | None]:
    """The records after a mark, and the mark of the following part; None when this is the last one."""
    t = table(RESOURCE[kind])
    query = sa.select(t.c.id, t.c.source, t.c.external_id).where(*_rules(kind, filters))
    if after is not None:
        query = query.where(sa.tuple_(t.c.source, t.c.external_id) > sa.tuple_(*after))
    rows = session.execute(query.order_by(t.c.source, t.c.external_id).limit(STREAMED)).all()
    last = (rows[-1].source, rows[-1].external_id) if len(rows) == STREAMED else None
    return _shaped(kind, [row.id for row in rows], shape), last


def _shaped(kind: str, ids: list[uuid.UUID], shape: Shape) -> list[dict[str, Any]]:
    return _minimal(kind, ids) if shape.minimal else _records(kind, ids, shape)


def record(kind: str, ident: uuid.UUID, *, services: bool = False) -> dict[str, Any]:
    """One whole record, by the id that the interface shows. Raises NotFound."""
    t = table(RESOURCE[kind])
    text = str(ident)
    rules = [t.c.external_id.in_([text, text.upper()]), t.c.id == ident]
    visible = sa.and_(sa.true(), *_rules(kind, Filters()))
    found = session.scalar(sa.select(t.c.id).where(sa.or_(*rules), visible).limit(1))
    shape = Shape(full=True, services=services)
    made = _records(kind, [found], shape) if found is not None else []
    if not made:
        raise NotFound(ident)
    return made[0]


def _ours(resource: str, ident: uuid.UUID | None) -> sa.ScalarSelect[Any]:
    """Our id of a record that the reader names by the id the interface shows."""
    t = table(resource)
    query = sa.select(t.c.id).where(sa.or_(t.c.external_id == str(ident), t.c.id == ident))
    return query.limit(1).scalar_subquery()


def _rules(kind: str, filters: Filters) -> list[sa.ColumnElement[bool]]:
    hidden = sa.select(Organization.id).where(Organization.sector == Sector.PRACTITIONER)
    if kind == "organizations":
        return _organization_rules(filters, hidden)
    if kind == "services":
        return [Service.organization_id.not_in(hidden), *_service_rules(filters)]
    if kind == "service_at_locations":
        rules = _service_rules(replace(filters, modified_after=None))
        allowed = sa.select(Service.id).where(Service.organization_id.not_in(hidden), *rules)
        return [
            ServiceAtLocation.service_id.in_(allowed), *_place_rules(filters),
            *_since(ServiceAtLocation, filters),
        ]  # fmt: skip
    if kind == "taxonomy_terms":
        term = details.TaxonomyTerm
        found = _since(term, filters)
        if filters.search:
            found.append(term.name.ilike(_like(filters.search), escape="\\"))
        if filters.taxonomy_id:
            found.append(term.taxonomy_id == _ours("taxonomy", filters.taxonomy_id))
        if filters.parent_id:
            found.append(term.parent_id == _ours("taxonomy_term", filters.parent_id))
        if filters.top_only:
            found.append(term.parent_id.is_(None))
        return found
    named = [details.Taxonomy.name.ilike(_like(filters.search), escape="\\")] if filters.search else []
    return [*named, *_since(details.Taxonomy, filters)]


def _since(kind: type[Lasting], filters: Filters) -> list[sa.ColumnElement[bool]]:
    """What changed at this moment or later."""
    return [kind.changed_at >= filters.modified_after] if filters.modified_after else []


def _like(text: str) -> str:
    clean = text[:200].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{clean}%"


def _organization_rules(filters: Filters, hidden: sa.Select[Any]) -> list[sa.ColumnElement[bool]]:
    rules: list[sa.ColumnElement[bool]] = [Organization.id.not_in(hidden), *_since(Organization, filters)]
    if filters.search:
        like = _like(filters.search)
        texts = (Organization.name, Organization.alternate_name, Organization.description)
        rules.append(sa.or_(*(text.ilike(like, escape="\\") for text in texts)))
    if filters.taxonomy_term_id or filters.taxonomy_id:
        rules.append(Organization.id.in_(sa.select(Service.organization_id).where(*_term_rules(filters))))
    return rules


def _service_rules(filters: Filters) -> list[sa.ColumnElement[bool]]:
    rules = _term_rules(filters)
    if filters.search:
        like = _like(filters.search)
        texts = (Service.name, Service.alternate_name, Service.description)
        literal = [text.ilike(like, escape="\\") for text in texts]
        rules.append(sa.or_(*literal, Service.id.in_(matching.with_words(filters.search))))
    if filters.organization_id:
        rules.append(Service.organization_id == _ours("organization", filters.organization_id))
    return rules + _since(Service, filters)


def _term_rules(filters: Filters) -> list[sa.ColumnElement[bool]]:
    attribute, term = details.Attribute, details.TaxonomyTerm
    rules: list[sa.ColumnElement[bool]] = []
    if filters.taxonomy_term_id:
        linked = sa.select(attribute.link_id).where(
            attribute.taxonomy_term_id == _ours("taxonomy_term", filters.taxonomy_term_id)
        )
        rules.append(Service.id.in_(linked))
    if filters.taxonomy_id:
        terms = sa.select(term.id).where(term.taxonomy_id == _ours("taxonomy", filters.taxonomy_id))
        rules.append(
            Service.id.in_(sa.select(attribute.link_id).where(attribute.taxonomy_term_id.in_(terms)))
        )
    return rules


def _place_rules(filters: Filters) -> list[sa.ColumnElement[bool]]:
    """Inside the area of the service where it has one, and within so many metres of the postcode's centre."""
    if not filters.postcode:
        if filters.proximity is not None:
            raise DomainError(_("Proximity is measured from a postcode: give one."), field="proximity")
        return []
    codes = geography.postcode_municipalities(filters.postcode)
    spot = geography.postcode_point(filters.postcode)
    if spot is None:
        raise DomainError(_("This postcode is not known."), field="postcode")
    area = ServiceAreaNis
    covered = sa.select(area.service_id).where(area.nis.in_(codes))
    if filters.proximity is None:
        return [ServiceAtLocation.service_id.in_(covered)]
    bounded = sa.select(area.service_id).where(area.level < DERIVED)
    return [
        sa.or_(ServiceAtLocation.service_id.in_(covered), ServiceAtLocation.service_id.not_in(bounded)),
        ServiceAtLocation.location_id.in_(_near(spot, filters.proximity)),
    ]


def _near(spot: tuple[float, float], metres: int) -> sa.Select[Any]:
    """Places within a distance; on the scale of a region the earth is flat enough."""
    lat, lon = spot
    reach = metres / 1000 / _KM_PER_DEGREE
    shrink = math.cos(math.radians(lat))
    north, east = Location.latitude - lat, (Location.longitude - lon) * shrink
    return sa.select(Location.id).where(
        Location.confidential.is_(False),
        Location.latitude.between(lat - reach, lat + reach),
        Location.longitude.between(lon - reach / shrink, lon + reach / shrink),
        north * north + east * east <= reach * reach,
    )


def _minimal(kind: str, ids: list[uuid.UUID]) -> list[dict[str, Any]]:
    t = table(RESOURCE[kind])
    made = []
    for start in range(0, len(ids), IN_ONE):
        part = ids[start : start + IN_ONE]
        query = sa.select(t.c.id, t.c.external_id, t.c.changed_at).where(t.c.id.in_(part))
        rows = {row.id: row for row in session.execute(query)}
        for ident in part:
            entry = {"id": exports.exported_id(rows[ident].external_id, ident)}
            if rows[ident].changed_at is not None:
                entry["modified_date"] = rows[ident].changed_at.isoformat()
            made.append(entry)
    return made


def _records(kind: str, ids: list[uuid.UUID], shape: Shape) -> list[dict[str, Any]]:
    if not ids:
        return []
    with_services = shape.services and kind == "organizations"
    directory = exports.Directory(_scope(kind, set(ids), with_services=with_services))
    nested = exports.Nested(directory)
    resource = RESOURCE[kind]
    keys = [directory.shown(resource, ident) for ident in ids]
    rows = [nested.by_id[resource][key] for key in keys if key in nested.by_id[resource]]
    if with_services:
        return [nested.with_services(row) for row in rows]
    if kind == "service_at_locations":
        return [nested.at_location(row, full=shape.full) for row in rows]
    if shape.full or kind in ("taxonomies", "taxonomy_terms"):
        return [nested.document(resource, row) for row in rows]
    return [nested.brief(resource, row) for row in rows]


def _scope(kind: str, ids: set[uuid.UUID], *, with_services: bool = False) -> dict[str, set[uuid.UUID]]:
    """The records that belong to a page: services with their organization and places, or the other way."""
    scope: dict[str, set[uuid.UUID]] = {
        "organization": set(), "service": set(), "location": set(), "service_at_location": set(),
    }  # fmt: skip
    if kind not in ("services", "organizations", "service_at_locations"):
        return scope
    scope[RESOURCE[kind]] = ids
    at = ServiceAtLocation
    if with_services:
        scope["service"] = set(session.scalars(sa.select(Service.id).where(Service.organization_id.in_(ids))))
    if kind == "services" or with_services:
        served = scope["service"]
        rows = session.execute(sa.select(at.id, at.location_id).where(at.service_id.in_(served))).all()
        scope["service_at_location"] = {row[0] for row in rows}
        scope["location"] = {row[1] for row in rows}
    elif kind == "service_at_locations":
        rows = session.execute(sa.select(at.service_id, at.location_id).where(at.id.in_(ids))).all()
        scope["service"] = {row[0] for row in rows}
        scope["location"] = {row[1] for row in rows}
    if kind == "organizations":
        own = sa.select(Location.id).where(Location.organization_id.in_(ids))
        scope["location"] |= set(session.scalars(own))
    owners = sa.select(Service.organization_id).where(Service.id.in_(scope["service"]))
    places = sa.select(Location.organization_id).where(Location.id.in_(scope["location"]))
    scope["organization"] |= set(session.scalars(owners)) | {i for i in session.scalars(places) if i}
    return scope
