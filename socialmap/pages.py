"""Everything that the page of a service or an organization shows, in few statements."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core.db import session
from socialmap import geography, history, observations, services
from socialmap.history import Line
from socialmap.models import details
from socialmap.models.directory import Location, Organization, Service, ServiceAreaNis, ServiceAtLocation
from socialmap.models.searching import ServiceSearch
from socialmap.successions import doubles_of, successor_of

MANY_MUNICIPALITIES = 25


@dataclass
class ServicePage:
    """What the page of a service needs beside the record itself."""

    card: dict[str, Any]
    phones: list[str]
    places: list[dict[str, Any]]
    municipalities: list[geography.Municipality]
    area: str
    documents: list[str]
    contacts: list[Any]
    history: list[Line]
    successor: Organization | None
    experience: observations.Experience | None


@dataclass
class OrganizationPage:
    """What the page of an organization needs beside the record itself."""

    services: list[Service]
    identifiers: list[Any]
    places: list[dict[str, Any]]
    phones: list[str]
    successor: Organization | None
    predecessors: list[Organization]
    municipality: geography.Municipality | None
    merged_into: Organization | None = None
    parts: list[Organization] = field(default_factory=list)
    doubles: list[Organization] = field(default_factory=list)
    history: list[Line] = field(default_factory=list)


def of_service(service: Service) -> ServicePage:
    """Collect what belongs to a service; what is confidential shows no address."""
    card = session.scalar(sa.select(ServiceSearch.card).where(ServiceSearch.service_id == service.id)) or {}
    codes = session.scalars(sa.select(ServiceAreaNis.nis).where(ServiceAreaNis.service_id == service.id))
    towns = sorted(filter(None, (geography.municipality(nis) for nis in codes)), key=lambda m: m.name)
    document, contact = details.RequiredDocument, details.ServiceContact
    documents = session.scalars(sa.select(document.document).where(document.service_id == service.id))
    contacts = session.scalars(sa.select(contact).where(contact.service_id == service.id))
    return ServicePage(
        card=card,
        phones=services.phones(service),
        places=_places(ServiceAtLocation.service_id == service.id),
        municipalities=towns,
        area=area_name(towns),
        documents=[text for text in documents if text],
        contacts=list(contacts),
        history=history.of_service(service.id, limit=20),
        successor=None if service.is_active else successor_of(service.organization_id),
        experience=observations.experience(service.id),
    )


def area_name(towns: list[geography.Municipality]) -> str:
    """The name of the area that these municipalities are, else their names; long lists are only counted."""
    codes = frozenset(m.nis for m in towns)
    for known in geography.areas().values():
        if known.nis == codes and len(codes) > 1:
            return known.name
    if len(towns) <= MANY_MUNICIPALITIES:
        return ", ".join(m.name for m in towns)
    return ""


def _places(rule: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    at, address = ServiceAtLocation, details.Address
    query = (
        sa.select(
            Location.id, Location.name, Location.confidential, Location.latitude, Location.longitude,
            address.address_1, address.address_2, address.postal_code, address.city, Location.transportation,
        )
        .outerjoin(at, at.location_id == Location.id)
        .outerjoin(address, address.location_id == Location.id)
        .where(rule)
        .order_by(Location.name, Location.id)
    )  # fmt: skip
    found: dict[Any, dict[str, Any]] = {}
    for row in session.execute(query).mappings():
        if row["confidential"]:
            found.setdefault(row["id"], {"name": row["name"], "secret": True})
        else:
            found.setdefault(row["id"], {**row, "secret": False})
    return list(found.values())


def of_organization(organization: Organization) -> OrganizationPage:
    """Collect what belongs to an organization."""
    identifier, phone = details.OrganizationIdentifier, details.Phone
    numbers = session.scalars(
        sa.select(identifier)
        .where(identifier.organization_id == organization.id)
        .order_by(identifier.identifier_type)
    )
    phones = session.scalars(
        sa.select(phone.number).where(phone.organization_id == organization.id).order_by(phone.external_id)
    )
    from socialmap.models.directory import OrganizationSuccessor

    before = session.scalars(
        sa.select(Organization)
        .join(OrganizationSuccessor, OrganizationSuccessor.organization_id == Organization.id)
        .where(OrganizationSuccessor.successor_id == organization.id)
        .order_by(Organization.name)
    )
    parts = session.scalars(
        sa.select(Organization)
        .where(Organization.parent_organization_id == organization.id)
        .order_by(Organization.name)
        .limit(50)
    )
    merged = organization.merged_into_id
    doubles = _doubles(organization)
    offers = [service for entry in (organization, *doubles) for service in entry.services]
    return OrganizationPage(
        services=sorted(offers, key=lambda s: (not s.is_active, s.name)),
        identifiers=list(numbers),
        places=_places(Location.organization_id == organization.id),
        phones=list(dict.fromkeys(phones)),
        successor=successor_of(organization.id),
        predecessors=list(before),
        municipality=geography.current(organization.nis) if organization.nis else None,
        merged_into=session.get(Organization, merged) if merged else None,
        parts=list(parts),
        doubles=doubles,
        history=history.of_organization(organization.id, limit=20),
    )


def _doubles(organization: Organization) -> list[Organization]:
    ids = doubles_of(organization.id)
    if not ids:
        return []
    query = sa.select(Organization).where(Organization.id.in_(ids)).order_by(Organization.name)
    return list(session.scalars(query.options(orm.selectinload(Organization.services))))
