"""Everything that the page of a service or an organization shows, in few statements."""

import uuid
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from core.db import session
from socialmap import area_sets, geography, history, observations, services
from socialmap.history import Line
from socialmap.models import details
from socialmap.models.directory import Location, Organization, Service, ServiceAreaNis, ServiceAtLocation
from socialmap.models.searching import ServiceSearch
from socialmap.relations import Named, Relations, relations_of
from socialmap.successions import successor_of

MANY_MUNICIPALITIES = 25


@dataclass(frozen=True)
class Contact:
    """Whom to ask for: a person or a function."""

    name: str | None
    title: str | None


@dataclass
class ServicePage:
    """What the page of a service needs beside the record itself."""

    card: dict[str, Any]
    phones: list[str]
    places: list[dict[str, Any]]
    municipalities: list[geography.Municipality]
    area: str
    documents: list[str]
    contacts: list[Contact]
    history: list[Line]
    successor: Organization | None
    experience: observations.Experience | None


@dataclass
class OrganizationPage:
    """What the page of an organization needs beside the record itself."""

    services: list[Service]
    identifiers: list[tuple[str, str, str]]
    places: list[dict[str, Any]]
    phones: list[str]
    municipality: geography.Municipality | None
    relations: Relations
    history: list[Line] = field(default_factory=list)

    @property
    def doubles(self) -> list[Named]:
        return self.relations.doubles


def of_service(service: Service) -> ServicePage:
    """Collect what belongs to a service; what is confidential shows no address."""
    card = session.scalar(sa.select(ServiceSearch.card).where(ServiceSearch.service_id == service.id)) or {}
    small = _small_parts(service)
    codes = (row.text for row in small["area"])
    towns = sorted(filter(None, (geography.municipality(nis) for nis in codes)), key=lambda m: m.name)
    return ServicePage(
        card=card,
        phones=list(dict.fromkeys(row.text for row in small["phone"])),
        places=_places(ServiceAtLocation.service_id == service.id),
        municipalities=towns,
        area=area_name(towns),
        documents=[row.text for row in small["document"] if row.text],
        contacts=[Contact(row.text, row.more) for row in small["contact"]],
        history=history.of_service(service.id, limit=20),
        successor=None if service.is_active else successor_of(service.organization_id),
        experience=observations.summary([(row.text, row.number) for row in small["answer"]]),
    )


def _small_parts(service: Service) -> dict[str, list[Any]]:
    """Municipalities, papers, people, telephone numbers and answers to referrals; one statement."""
    area, paper, contact = ServiceAreaNis, details.RequiredDocument, details.ServiceContact
    numbers, answers = services.numbers_of(service).subquery(), observations.answers_of(service.id).subquery()
    first, no_text, no_number = sa.literal(0), sa.cast(sa.null(), sa.Text), sa.cast(sa.null(), sa.Float)
    query: Any = sa.union_all(
        sa.select(
            sa.literal("area").label("kind"), first.label("rank"), area.nis.label("key"),
            area.nis.label("text"), no_text.label("more"), no_number.label("number"),
        ).where(area.service_id == service.id),
        sa.select(sa.literal("document"), first, paper.external_id, paper.document, no_text, no_number)
        .where(paper.service_id == service.id),
        sa.select(
            sa.literal("contact"), first, contact.external_id, contact.name, contact.title, no_number,
        ).where(contact.service_id == service.id),
        sa.select(
            sa.literal("phone"), numbers.c.rank, numbers.c.key, numbers.c.number, no_text, no_number
        ),
        sa.select(sa.literal("answer"), first, no_text, answers.c.kind, no_text, answers.c.hours),
    )  # fmt: skip
    found: dict[str, list[Any]] = {kind: [] for kind in ("area", "document", "contact", "phone", "answer")}
    for row in sorted(session.execute(query), key=lambda row: (row.rank, row.key or "")):
        found[row.kind].append(row)
    return found


def area_name(towns: list[geography.Municipality]) -> str:
    """The name of the area that these municipalities are, else their names; long lists are only counted."""
    codes = frozenset(m.nis for m in towns)
    if len(codes) < 2:
        return ", ".join(m.name for m in towns)
    known = next((area.name for area in geography.areas().values() if area.nis == codes), "")
    if known or (known := area_sets.named(codes)):
        return known
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
    related = relations_of(organization)
    offers = list(organization.services)
    if related.doubles:
        ids = [double.id for double in related.doubles]
        offers += session.scalars(sa.select(Service).where(Service.organization_id.in_(ids)))
    places, identifiers, phones = _contact(organization.id)
    return OrganizationPage(
        services=sorted(offers, key=lambda s: (not s.is_active, s.name)),
        identifiers=identifiers,
        places=places,
        phones=phones,
        municipality=geography.current(organization.nis) if organization.nis else None,
        relations=related,
        history=history.of_organization(organization.id, limit=20),
    )


def _contact(
    organization_id: uuid.UUID,
) -> tuple[list[dict[str, Any]], list[tuple[str, str, str]], list[str]]:
    """Places, identifiers as (type, scheme, number) and telephone numbers; one statement."""
    one, phone, place, at = details.OrganizationIdentifier, details.Phone, Location, details.Address
    none = sa.cast(sa.null(), sa.Text)
    query: Any = sa.union_all(
        sa.select(
            sa.literal("place").label("kind"), sa.cast(place.id, sa.Text).label("key"), place.name,
            place.confidential.label("secret"), at.address_1, at.address_2, at.postal_code, at.city,
        )
        .outerjoin(at, at.location_id == place.id)
        .where(place.organization_id == organization_id),
        sa.select(sa.literal("id"), one.identifier_type, one.identifier, sa.false(),
                  one.identifier_scheme, none, none, none)
        .where(one.organization_id == organization_id),
        sa.select(sa.literal("phone"), phone.external_id, phone.number, sa.false(), none, none, none, none)
        .where(phone.organization_id == organization_id),
    ).order_by("kind", "name", "key")  # fmt: skip
    places: dict[str, dict[str, Any]] = {}
    identifiers: list[tuple[str, str, str]] = []
    phones: list[tuple[str, str]] = []
    for row in session.execute(query).mappings():
        if row["kind"] == "place":
            shown = {"name": row["name"]} if row["secret"] else dict(row)
            places.setdefault(row["key"], {**shown, "secret": bool(row["secret"])})
        elif row["kind"] == "id":
            identifiers.append((row["key"], row["address_1"] or "", row["name"]))
        else:
            phones.append((row["key"], row["name"]))
    return list(places.values()), sorted(identifiers), list(dict.fromkeys(n for _key, n in sorted(phones)))
