"""The open interface in the form of HSDA: lists with filters that add up, and whole records."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core.db import session
from core.errors import DomainError, NotFound
from core.i18n import _
from socialmap import exports, geography
from socialmap.models import details
from socialmap.models.directory import (
    Location,
    Organization,
    Sector,
    Service,
    ServiceAreaNis,
    ServiceAtLocation,
)
from socialmap.tables import table

MAX_PAGE = 100
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


def page(kind: str, filters: Filters, *, number: int, size: int, minimal: bool, full: bool) -> dict[str, Any]:
    """One page of a list in the envelope of the standard. `minimal` gives ids and moments only."""
    size = min(max(size, 1), MAX_PAGE)
    t = table(RESOURCE[kind])
    rule = sa.and_(sa.true(), *_rules(kind, filters))
    total = session.scalar(sa.select(sa.func.count()).select_from(t).where(rule)) or 0
    order = [t.c.source, t.c.external_id]
    query = sa.select(t.c.id, t.c.external_id).where(rule).order_by(*order)
    rows = session.execute(query.offset((number - 1) * size).limit(size)).all()
    if minimal:
        contents = _minimal(kind, [row.id for row in rows])
    else:
        contents = _records(kind, [row.id for row in rows], full=full)
    return exports.page(contents, number=number, size=size, total=total)


def record(kind: str, ident: uuid.UUID) -> dict[str, Any]:
    """One whole record, by the id that the interface shows. Raises NotFound."""
    t = table(RESOURCE[kind])
    text = str(ident)
    rules = [t.c.external_id.in_([text, text.upper()]), t.c.id == ident]
    visible = sa.and_(sa.true(), *_rules(kind, Filters()))
    found = session.scalar(sa.select(t.c.id).where(sa.or_(*rules), visible).limit(1))
    made = _records(kind, [found], full=True) if found is not None else []
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
        rules = _service_rules(filters)
        allowed = sa.select(Service.id).where(Service.organization_id.not_in(hidden), *rules)
        return [ServiceAtLocation.service_id.in_(allowed), *_place_rules(filters)]
    if kind == "taxonomy_terms":
        term = details.TaxonomyTerm
        found: list[sa.ColumnElement[bool]] = []
        if filters.search:
            found.append(term.name.ilike(_like(filters.search), escape="\\"))
        if filters.taxonomy_id:
            found.append(term.taxonomy_id == _ours("taxonomy", filters.taxonomy_id))
        if filters.parent_id:
            found.append(term.parent_id == _ours("taxonomy_term", filters.parent_id))
        if filters.top_only:
            found.append(term.parent_id.is_(None))
        return found
    return [details.Taxonomy.name.ilike(_like(filters.search), escape="\\")] if filters.search else []


def _like(text: str) -> str:
    clean = text[:200].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{clean}%"


def _organization_rules(filters: Filters, hidden: sa.Select[Any]) -> list[sa.ColumnElement[bool]]:
    rules: list[sa.ColumnElement[bool]] = [Organization.id.not_in(hidden)]
    if filters.search:
        rules.append(Organization.name.ilike(_like(filters.search), escape="\\"))
    if filters.taxonomy_term_id or filters.taxonomy_id:
        rules.append(Organization.id.in_(sa.select(Service.organization_id).where(*_term_rules(filters))))
    return rules


def _service_rules(filters: Filters) -> list[sa.ColumnElement[bool]]:
    rules = _term_rules(filters)
    if filters.search:
        like = _like(filters.search)
        rules.append(
            sa.or_(Service.name.ilike(like, escape="\\"), Service.description.ilike(like, escape="\\"))
        )
    if filters.organization_id:
        rules.append(Service.organization_id == _ours("organization", filters.organization_id))
    if filters.modified_after:
        rules.append(sa.func.coalesce(Service.changed_at, Service.last_modified) > filters.modified_after)
    return rules


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
    """Inside the area of the service, and within so many metres of the centre of the postcode."""
    if not filters.postcode:
        return []
    codes = geography.postcode_municipalities(filters.postcode)
    here = geography.municipality(codes[0]) if codes else None
    if here is None:
        raise DomainError(_("This postcode is not known."), field="postcode")
    if filters.proximity is None:
        covered = sa.select(ServiceAreaNis.service_id).where(ServiceAreaNis.nis.in_(codes))
        return [ServiceAtLocation.service_id.in_(covered)]
    reach = filters.proximity / 111_320
    spots = session.execute(
        sa.select(Location.id, Location.latitude, Location.longitude).where(
            Location.latitude.between(here.lat - reach, here.lat + reach),
            Location.longitude.between(here.lon - 2 * reach, here.lon + 2 * reach),
            Location.confidential.is_(False),
        )
    )
    near = [
        ident
        for ident, lat, lon in spots
        if lat is not None
        and lon is not None
        and geography.distance_km((here.lat, here.lon), (lat, lon)) * 1000 <= filters.proximity
    ]
    return [ServiceAtLocation.location_id.in_(near)]


def _minimal(kind: str, ids: list[uuid.UUID]) -> list[dict[str, Any]]:
    t = table(RESOURCE[kind])
    moment: sa.ColumnElement[Any] = sa.null()
    if kind == "services":
        moment = sa.func.coalesce(t.c.changed_at, t.c.last_modified)
        moment = sa.type_coerce(moment, t.c.last_modified.type)
    query = sa.select(t.c.id, t.c.external_id, moment)
    rows = {row[0]: row for row in session.execute(query.where(t.c.id.in_(ids)))}
    made = []
    for ident in ids:
        _id, external, changed = rows[ident]
        entry = {"id": exports.exported_id(external, ident)}
        if changed is not None:
            entry["modified_date"] = changed.isoformat()
        made.append(entry)
    return made


def _records(kind: str, ids: list[uuid.UUID], *, full: bool) -> list[dict[str, Any]]:
    if not ids:
        return []
    directory = exports.Directory(_scope(kind, set(ids)))
    nested = exports.Nested(directory)
    resource = RESOURCE[kind]
    keys = [directory.shown(resource, ident) for ident in ids]
    rows = [nested.by_id[resource][key] for key in keys if key in nested.by_id[resource]]
    if full or kind in ("taxonomies", "taxonomy_terms"):
        return [nested.document(resource, row) for row in rows]
    return [nested.brief(resource, row) for row in rows]


def _scope(kind: str, ids: set[uuid.UUID]) -> dict[str, set[uuid.UUID]]:
    """The records that belong to a page: services with their organization and places, or the other way."""
    scope: dict[str, set[uuid.UUID]] = {
        "organization": set(), "service": set(), "location": set(), "service_at_location": set(),
    }  # fmt: skip
    if kind not in ("services", "organizations", "service_at_locations"):
        return scope
    scope[RESOURCE[kind]] = ids
    at = ServiceAtLocation
    if kind == "services":
        rows = session.execute(sa.select(at.id, at.location_id).where(at.service_id.in_(ids))).all()
        scope["service_at_location"] = {row[0] for row in rows}
        scope["location"] = {row[1] for row in rows}
    elif kind == "service_at_locations":
        rows = session.execute(sa.select(at.service_id, at.location_id).where(at.id.in_(ids))).all()
        scope["service"] = {row[0] for row in rows}
        scope["location"] = {row[1] for row in rows}
    else:
        scope["location"] = set(
            session.scalars(sa.select(Location.id).where(Location.organization_id.in_(ids)))
        )
    owners = sa.select(Service.organization_id).where(Service.id.in_(scope["service"]))
    places = sa.select(Location.organization_id).where(Location.id.in_(scope["location"]))
    scope["organization"] |= set(session.scalars(owners)) | {i for i in session.scalars(places) if i}
    return scope
