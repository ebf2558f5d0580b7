"""What we work out ourselves from the records of sources: municipality, sector, area, search entry."""

import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import session
from socialmap import forgetting, geography, hsds, indexing, numbers, secrecy, successions, words
from socialmap.models import details
from socialmap.models.directory import (
    LOCAL,
    Location,
    Organization,
    Sector,
    Service,
    ServiceAreaNis,
    ServiceAtLocation,
)
from socialmap.models.sourced import Lasting

CHUNK = 500
WIDE = 60  # an area of this many municipalities is a province or more
# First rule that fits wins; the words are those of names and legal forms in Flanders.
_SECTORS = (
    (Sector.OCMW, re.compile(r"\bocmw\b|\bsociaal huis\b|openbaar centrum voor maatschappelijk")),
    (Sector.CAW, re.compile(r"\bcaw\b|algemeen welzijnswerk")),
    (Sector.DMW, re.compile(r"\bdmw\b|dienst maatschappelijk werk|mutualiteit|ziekenfonds")),
    (Sector.HOUSING, re.compile(r"woonmaatschappij|sociaal verhuurkantoor|\bsvk\b|huisvesting")),
    (Sector.AUTHORITY, re.compile(r"zorgraad|^provincie\b|agentschap|departement")),
    (Sector.MUNICIPALITY, re.compile(r"^gemeente\b|^stad\b|huis van het kind")),
    (Sector.YOUTH, re.compile(r"jeugd|jongeren|overkop|kinderopvang|\bckg\b|\bjac\b")),
    (Sector.HEALTH, re.compile(r"\bcgg\b|gezondheid|thuiszorg|woonzorg|ziekenhuis|wijkgezondheid")),
    (
        Sector.ASSOCIATION,
        re.compile(r"\bvzw\b|vereniging|welzijnsschakel|zelfhulp|praatgroep|ruilwinkel|voedsel"),
    ),
)
# The legal form of somebody who works alone: what we hold of the organization is about a person.
_ALONE = re.compile(r"natuurlijke? persoon|eenmanszaak|^zelfstandige?( zorgverlener)?$|personne physique")
_ROLES = (
    ("category", re.compile(r"rubriek|categor|thema|onderwerp|\btaxonomy\b|service type")),
    ("target_group", re.compile(r"doelgroep|target|audience|eligib")),
)


@dataclass
class Touched:
    """Records that changed, by kind; what hangs on them is worked out anew."""

    organizations: set[uuid.UUID] = field(default_factory=set)
    services: set[uuid.UUID] = field(default_factory=set)
    locations: set[uuid.UUID] = field(default_factory=set)
    at_locations: set[uuid.UUID] = field(default_factory=set)
    terms: set[uuid.UUID] = field(default_factory=set)
    taxonomies: set[uuid.UUID] = field(default_factory=set)
    # Services whose area must be read again; a change of text alone leaves it.
    areas: set[uuid.UUID] = field(default_factory=set)

    def add(self, resource: str, ident: uuid.UUID) -> None:
        kinds = {
            "organization": self.organizations, "service": self.services, "location": self.locations,
            "service_at_location": self.at_locations, "taxonomy_term": self.terms,
            "taxonomy": self.taxonomies,
        }  # fmt: skip
        if resource in kinds:
            kinds[resource].add(ident)

    def note(self, resource: hsds.Resource, row: Mapping[str, Any]) -> None:
        """Remember a row of any table: itself, and whatever it belongs to."""
        self.add(resource.name, row["id"])
        if resource.name == "attribute":
            self.add(row["link_entity"], row["link_id"])
            return
        for owner in resource.owners:
            if (
                owner != "resource_id"
                and row[owner] is not None
                and resource.name not in ("program", "service")
            ):
                self.add(owner.removesuffix("_id"), row[owner])
        if resource.name in ("service_area", "service_at_location") and row["service_id"] is not None:
            self.areas.add(row["service_id"])
        if resource.name == "service":
            self.areas.add(row["id"])


def settle(
    touched: Touched, moment: datetime | None = None,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:  # fmt: skip
    """Work out everything that hangs on the records that changed, and put their services in the search.
    `told` hears how many services are done."""
    for ident in touched.taxonomies:
        _set_role(ident)
    secret = _place_locations(touched.locations)
    forgetting.forget_where(secret)
    touched.organizations |= _owners_of(secret)
    services = set(touched.services)
    services |= _services_at(touched)
    moved = _services_of(ServiceAtLocation.location_id, touched.locations)
    _describe_organizations(touched.organizations)
    for ids in chunks(touched.areas | moved):
        _spread_areas(ids)
    _stamp(touched, services | moved, moment or clock.now())
    indexing.refresh(services | moved, told)
    if touched.organizations:
        successions.link_merged()


def settle_secrets() -> None:
    """Lose where secret places are that were kept before it was known, or before it was law here."""
    said = sa.func.lower(
        sa.func.coalesce(Location.name, "") + " " + sa.func.coalesce(Location.description, "")
    )
    known = set(session.scalars(sa.select(Location.id).where(Location.confidential.is_(True))))
    forgetting.forget_where({ident for ident in known if forgetting.is_bare(ident)})
    query = sa.select(Location).where(Location.confidential.is_(False), said.contains(secrecy.COVER))
    found = {
        place.id for place in session.scalars(query)
        if secrecy.is_secret(place.location_type, place.name, place.description)
    }  # fmt: skip
    if found:
        settle(Touched(locations=found))


def _stamp(touched: Touched, services: set[uuid.UUID], moment: datetime) -> None:
    """Say when these records changed, also when only a telephone number or hours of theirs did."""
    stamped: list[tuple[type[Lasting], set[uuid.UUID]]] = [
        (Organization, touched.organizations), (Service, services), (Location, touched.locations),
        (ServiceAtLocation, touched.at_locations), (details.Taxonomy, touched.taxonomies),
        (details.TaxonomyTerm, touched.terms),
    ]  # fmt: skip
    for kind, ids in stamped:
        t: Any = kind.__table__  # type: ignore[attr-defined]
        for part in chunks(ids):
            session.execute(sa.update(t).where(t.c.id.in_(part)).values(changed_at=moment))


def chunks(ids: Iterable[uuid.UUID], size: int = CHUNK) -> list[list[uuid.UUID]]:
    """Ids in an order that does not depend on the run, cut for IN lists."""
    ordered = sorted(ids)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def _set_role(ident: uuid.UUID) -> None:
    taxonomy = session.get(details.Taxonomy, ident)
    if taxonomy is not None and taxonomy.role == "other":
        text = words.fold(f"{taxonomy.name} {taxonomy.description}")
        name = words.fold(taxonomy.name)
        taxonomy.role = next(
            (role for role, rule in _ROLES if rule.search(name)),
            next((role for role, rule in _ROLES if rule.search(text)), "other"),
        )
        session.flush()


def _owners_of(places: set[uuid.UUID]) -> set[uuid.UUID]:
    found: set[uuid.UUID] = set()
    for part in chunks(places):
        query = sa.select(Location.organization_id).where(Location.id.in_(part))
        found |= {ident for ident in session.scalars(query) if ident is not None}
    return found


def _place_locations(ids: set[uuid.UUID]) -> set[uuid.UUID]:
    """Say in which municipality places lie; returns those that are secret."""
    hidden: set[uuid.UUID] = set()
    for part in chunks(ids):
        query = (
            sa.select(Location.id, Location.location_type, Location.name, Location.description,
                      Location.latitude, details.Address.postal_code, details.Address.city)
            .outerjoin(details.Address, details.Address.location_id == Location.id)
            .where(Location.id.in_(part))
            .order_by(Location.id, details.Address.address_type)
        )  # fmt: skip
        rows: dict[uuid.UUID, dict[str, Any]] = {}
        for ident, kind, name, text, latitude, postcode, city in session.execute(query):
            if ident in rows:
                continue
            secret = secrecy.is_secret(kind, name, text)
            hidden |= {ident} if secret else set()
            spot = None if secret else geography.locate(postcode, city)
            precision = "source" if latitude is not None else spot[3] if spot else None
            rows[ident] = {
                "id": ident, "confidential": secret, "nis": spot[0] if spot else None,
                "geo_precision": None if secret else precision,
            }  # fmt: skip
        session.execute(sa.update(Location), list(rows.values()))
    return hidden


def _describe_organizations(ids: set[uuid.UUID]) -> None:
    for part in chunks(ids):
        kbo: dict[uuid.UUID, str] = {}
        identifiers = sa.select(details.OrganizationIdentifier).where(
            details.OrganizationIdentifier.organization_id.in_(part)
        )
        for row in session.scalars(identifiers):
            if "kbo" in f"{row.identifier_scheme} {row.identifier_type}".lower():
                kbo.setdefault(row.organization_id, numbers.kbo(row.identifier))
        seats: dict[uuid.UUID, str] = {}
        locations = (
            sa.select(Location.organization_id, Location.nis)
            .where(Location.organization_id.in_(part), Location.nis.is_not(None))
            .order_by(Location.organization_id, Location.location_type, Location.id)
        )
        for ident, nis in session.execute(locations):
            if ident is not None and nis is not None:
                seats.setdefault(ident, nis)
        query = sa.select(
            Organization.id,
            Organization.name,
            Organization.alternate_name,
            Organization.legal_status,
            Organization.sector,
            Organization.nis,
            Organization.source,
        ).where(Organization.id.in_(part))
        values: list[dict[str, Any]] = []
        for ident, name, alternate, legal, before, nis, source in session.execute(query):
            said = source == LOCAL  # people said so
            stays = before == Sector.PRACTITIONER or (said and before != Sector.OTHER)
            values.append({
                "id": ident, "kbo": kbo.get(ident),
                "nis": (nis if said else None) or seats.get(ident) or _named_municipality(name),
                "sector": before if stays else sector_of(name, alternate, legal),
            })  # fmt: skip
        if values:
            session.execute(sa.update(Organization), values)


def sector_of(name: str, alternate: str | None = None, legal: str | None = None) -> Sector:
    """The sector that an organization's name and legal form tell; a person may correct it."""
    if _ALONE.search(" ".join(words.split(legal or ""))):
        return Sector.PRACTITIONER
    for text in (name, alternate or "", legal or ""):
        folded = " ".join(words.split(text))
        for sector, rule in _SECTORS:
            if rule.search(folded):
                return sector
    return Sector.OTHER


def _named_municipality(name: str) -> str | None:
    """`OCMW Beveren` lies in the municipality that Beveren is now."""
    _rest, place = geography.split_place(name)
    return place.nis if place and place.kind in ("municipality", "former") else None


def _services_at(touched: Touched) -> set[uuid.UUID]:
    found = _services_of(ServiceAtLocation.id, touched.at_locations)
    for part in chunks(touched.organizations):
        found |= set(session.scalars(sa.select(Service.id).where(Service.organization_id.in_(part))))
    terms = set(touched.terms)
    for part in chunks(touched.taxonomies):
        query = sa.select(details.TaxonomyTerm.id).where(details.TaxonomyTerm.taxonomy_id.in_(part))
        terms |= set(session.scalars(query))
    attribute = details.Attribute
    for part in chunks(terms):
        linked = sa.select(attribute.link_id).where(
            attribute.taxonomy_term_id.in_(part), attribute.link_entity == "service"
        )
        found |= set(session.scalars(linked))
    return found


def _services_of(column: Any, ids: set[uuid.UUID]) -> set[uuid.UUID]:
    found: set[uuid.UUID] = set()
    for part in chunks(ids):
        found |= set(session.scalars(sa.select(ServiceAtLocation.service_id).where(column.in_(part))))
    return found


def _spread_areas(ids: list[uuid.UUID]) -> None:
    """Expand the areas of services to municipalities of today, one row each."""
    session.execute(sa.delete(ServiceAreaNis).where(ServiceAreaNis.service_id.in_(ids)))
    areas: dict[uuid.UUID, set[str]] = defaultdict(set)
    area, at = details.ServiceArea, ServiceAtLocation
    owner = sa.func.coalesce(area.service_id, at.service_id)
    query = (
        sa.select(owner, area.extent)
        .outerjoin(at, at.id == area.service_at_location_id)
        .where(sa.func.lower(area.extent_type) == "nis", area.extent.is_not(None), owner.in_(ids))
    )
    for service_id, extent in session.execute(query):
        areas[service_id] |= geography.expand((extent or "").split())[0]
    levels = {ident: 1 if len(nis) == 1 else 3 if len(nis) >= WIDE else 2 for ident, nis in areas.items()}
    bare = [ident for ident in ids if not areas.get(ident)]
    if bare:
        near = (
            sa.select(at.service_id, Location.nis)
            .join(Location, Location.id == at.location_id)
            .where(at.service_id.in_(bare), Location.nis.is_not(None))
        )
        for service_id, nis in session.execute(near):
            if nis is not None:
                areas[service_id].add(nis)
                levels[service_id] = 4
    rows = [
        {"nis": nis, "service_id": ident, "level": levels[ident]}
        for ident, found in areas.items()
        for nis in sorted(found)
    ]
    for start in range(0, len(rows), 2000):
        session.execute(sa.insert(ServiceAreaNis.__table__), rows[start : start + 2000])  # type: ignore[arg-type]
