"""Organizations and services that the sources lack: editors enter, change and end them here (ADR 0016)."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core import audit, clock
from core.access import Actor
from core.db import session, transaction, uuid7
from core.errors import DomainError
from core.i18n import _
from socialmap import area_sets, derivations, forgetting, geography, history, hsds, numbers, organizations
from socialmap.models import details
from socialmap.models.directory import (
    LOCAL,
    Location,
    Organization,
    Sector,
    Service,
    ServiceAtLocation,
    ServiceStatus,
)
from socialmap.reasons import Unfit
from socialmap.tables import MODELS

SWEEP_SECONDS = 3600
KBO = {"identifier_scheme": "BE-BCE_KBO", "identifier_type": "KBO-nummer"}
_NIS = {"extent_type": "nis"}


@dataclass(frozen=True)
class OrganizationFacts:
    """What an editor says of an organization."""

    name: str
    sector: Sector
    nis: str
    kbo: str = ""
    description: str = ""
    street: str = ""
    postcode: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    last_day: date | None = None


@dataclass(frozen=True)
class ServiceFacts:
    """What an editor says of a service. `area` is the key of a named area set, taken as it is today."""

    name: str
    description: str
    terms: Collection[uuid.UUID]
    nis: Collection[str] = field(default_factory=frozenset)
    area: str = ""
    who: str = ""
    apply: str = ""
    fees: str = ""
    phone: str = ""
    contact: str = ""
    email: str = ""
    url: str = ""
    here: bool = False
    last_day: date | None = None


# ---------------------------------------------------------------- organizations
def enter_organization(facts: OrganizationFacts, *, by: Actor) -> Organization:
    """Put an organization on the map that no source delivers."""
    kbo = number_of(facts.kbo)
    _refuse_wrong_place(facts)
    made = organizations.add_local(
        facts.name.strip(), description=facts.description.strip(), sector=facts.sector, nis=facts.nis,
        email=facts.email or None, website=facts.website or None, ends_on=facts.last_day,
    )  # fmt: skip
    history.note("organization", made.id, "add", by=by.name, at=clock.now(), after=made.name)
    _keep_parts(made, facts, kbo, by)
    audit.record("organization.entered", made, by=by)
    return made


def change_organization(organization: Organization, facts: OrganizationFacts, *, by: Actor) -> None:
    """Change what was entered here; a last day ends its services that were entered here too."""
    _refuse_sourced(organization)
    kbo = number_of(facts.kbo)
    _refuse_wrong_place(facts)
    _set(organization, "organization", by, {
        "name": facts.name.strip(), "description": facts.description.strip(), "sector": facts.sector,
        "nis": facts.nis, "email": facts.email or None, "website": facts.website or None,
        "ends_on": facts.last_day,
    })  # fmt: skip
    _keep_parts(organization, facts, kbo, by)
    if facts.last_day is not None:
        theirs = sa.select(Service).where(Service.organization_id == organization.id, Service.source == LOCAL)
        for service in session.scalars(theirs):
            if service.ends_on is None or service.ends_on > facts.last_day:
                _end(service, facts.last_day, by)
    audit.record("organization.changed", organization, by=by)


def _keep_parts(organization: Organization, facts: OrganizationFacts, kbo: str | None, by: Actor) -> None:
    owner = {"organization_id": organization.id}
    _put("organization_identifier", owner, [{**KBO, "identifier": kbo}] if kbo else [], by)
    _put("phone", owner, [{"number": facts.phone.strip()}] if facts.phone.strip() else [], by)
    place = place_of(organization)
    touched = derivations.Touched(organizations={organization.id})
    if place is None and facts.street.strip():
        place = _new("location", {"location_type": "physical", "name": facts.name.strip(), **owner}, by)
    if place is not None:
        town = geography.municipality(facts.nis)
        address = {
            "address_1": facts.street.strip(), "postal_code": facts.postcode.strip(), "country": "BE",
            "city": town.name if town else "", "state_province": town.province_name if town else "",
            "address_type": "physical",
        }  # fmt: skip
        _put("address", {"location_id": place.id}, [address] if facts.street.strip() else [], by)
        touched.locations.add(place.id)
    derivations.settle(touched)


def number_of(text: str) -> str | None:
    """The enterprise number without signs; refuses one whose check digits do not fit."""
    if not text.strip():
        return None
    try:
        return numbers.kbo(text)
    except Unfit as error:
        raise DomainError(_("This is no enterprise number: the digits do not fit."), field="kbo") from error


def _refuse_wrong_place(facts: OrganizationFacts) -> None:
    if geography.municipality(facts.nis) is None:
        raise DomainError(_("Choose the municipality from the list."), field="nis")
    if facts.postcode.strip() and facts.nis not in geography.postcode_municipalities(facts.postcode.strip()):
        raise DomainError(_("This postcode is not of this municipality."), field="postcode")
    if facts.street.strip() and not facts.postcode.strip():
        raise DomainError(_("Give the postcode with the street."), field="postcode")


# ---------------------------------------------------------------- services
def enter_service(organization: Organization, facts: ServiceFacts, *, by: Actor) -> Service:
    """Put a service of an organization on the map that no source delivers."""
    made = Service(
        id=uuid7(), source=LOCAL, organization_id=organization.id, name=facts.name.strip(), missed=0,
        status=ServiceStatus.ACTIVE, assured_date=clock.today(),
    )  # fmt: skip
    made.external_id = str(made.id)
    session.add(made)
    session.flush()
    history.note("service", made.id, "add", by=by.name, at=clock.now(), after=made.name)
    _keep_service(made, facts, by)
    audit.record("service.entered", made, by=by, changes={"organization": str(organization.id)})
    return made


def change_service(service: Service, facts: ServiceFacts, *, by: Actor) -> None:
    """Change what was entered here; who changes it has checked it."""
    _refuse_sourced(service)
    _keep_service(service, facts, by)
    service.assured_date = clock.today()
    audit.record("service.changed", service, by=by)


def _keep_service(service: Service, facts: ServiceFacts, by: Actor) -> None:
    extent, area = _extent(facts)
    _set(service, "service", by, {
        "name": facts.name.strip(), "description": facts.description.strip() or None,
        "eligibility_description": facts.who.strip() or None, "fees_description": facts.fees.strip() or None,
        "application_process": facts.apply.strip() or None, "email": facts.email or None,
        "url": facts.url or None, "last_modified": clock.now(),
    })  # fmt: skip
    owner = {"service_id": service.id}
    _put("service_area", owner, [{"name": area, "extent": " ".join(extent), **_NIS}], by)
    _put("phone", owner, [{"number": facts.phone.strip()}] if facts.phone.strip() else [], by)
    _put("contact", owner, [{"name": facts.contact.strip()}] if facts.contact.strip() else [], by)
    link = {"link_id": service.id, "link_entity": "service"}
    _put("attribute", link, [{"taxonomy_term_id": term} for term in sorted(facts.terms)], by)
    place = place_of(service.organization) if facts.here else None
    _put("service_at_location", owner, [{"location_id": place.id}] if place else [], by)
    _end(service, facts.last_day, by)
    offers = set(
        session.scalars(sa.select(ServiceAtLocation.id).where(ServiceAtLocation.service_id == service.id))
    )
    derivations.settle(derivations.Touched(services={service.id}, areas={service.id}, at_locations=offers))


def _extent(facts: ServiceFacts) -> tuple[list[str], str | None]:
    area = area_sets.area(facts.area) if facts.area else None
    if facts.area and area is None:
        raise DomainError(_("Choose the area from the list."), field="area")
    found = set(facts.nis) | (set(area.nis) if area else set())
    if not found or any(geography.municipality(code) is None for code in found):
        raise DomainError(_("Choose an area, or at least one municipality."), field="area")
    return sorted(found), area.name if area and set(area.nis) == found else None


def _end(service: Service, last_day: date | None, by: Actor) -> None:
    """From the day after its last day a service has stopped; without one it goes on."""
    over = last_day is not None and last_day < clock.today()
    status = ServiceStatus.DEFUNCT if over else ServiceStatus.ACTIVE
    _set(service, "service", by, {"ends_on": last_day, "status": status})


def sweep() -> int:
    """What the worker calls: stop the services whose last day is over; returns how many."""
    with transaction():
        return stop_over()


def stop_over() -> int:
    """Stop the services whose last day is over, some at a time."""
    over = sa.select(Service).where(
        Service.ends_on < clock.today(), Service.status != ServiceStatus.DEFUNCT, Service.source == LOCAL
    )
    found = list(session.scalars(over.limit(200).with_for_update(skip_locked=True)))
    for service in found:
        service.status = ServiceStatus.DEFUNCT
        service.content_hash = _digest("service", service)
        history.note("service", service.id, "update", by="", at=clock.now(), field="status", before="active",
                     after="defunct")  # fmt: skip
    if found:
        session.flush()
        derivations.settle(derivations.Touched(services={service.id for service in found}))
    return len(found)


# ---------------------------------------------------------------- what is there
def place_of(organization: Organization) -> Location | None:
    """The place of an organization that one may visit; of one entered here its own place."""
    query = sa.select(Location).where(
        Location.organization_id == organization.id, Location.location_type == "physical",
        Location.confidential.is_(False),
    )  # fmt: skip
    return session.scalars(query.order_by(Location.id).limit(1)).first()


def parts(resource: str, **owner: uuid.UUID) -> list[Any]:
    """What was entered here of one kind that belongs to an entry."""
    kind: Any = MODELS[resource]
    query = sa.select(kind).where(kind.source == LOCAL, *(getattr(kind, n) == v for n, v in owner.items()))
    return list(session.scalars(query.order_by(kind.external_id)))


def terms(role: str) -> list[details.TaxonomyTerm]:
    """The categories or the target groups to choose from; of a tree the leaves."""
    term, parent = details.TaxonomyTerm, orm.aliased(details.TaxonomyTerm)
    query = (
        sa.select(term)
        .join(details.Taxonomy, details.Taxonomy.id == term.taxonomy_id)
        .where(details.Taxonomy.role == role, term.not_seen_since.is_(None))
        .where(~sa.exists().where(parent.parent_id == term.id))
        .order_by(term.code, term.name)
    )
    return list(session.scalars(query))


# ---------------------------------------------------------------- writing
def _refuse_sourced(record: Organization | Service) -> None:
    if record.source != LOCAL:
        raise DomainError(_("A source delivers this entry. Report an error to the source."))


def _set(record: Any, resource: str, by: Actor, values: dict[str, Any]) -> None:
    """Change fields of an entry, each with its line of history."""
    for name, value in values.items():
        before = getattr(record, name)
        if before == value:
            continue
        if name != "last_modified":
            _note(record, resource, by, "update", field=name, before=_text(before), after=_text(value))
        setattr(record, name, value)
    record.changed_at = clock.now()
    session.flush()
    record.content_hash = _digest(resource, record)
    session.flush()


def _put(resource: str, owner: dict[str, Any], wanted: list[dict[str, Any]], by: Actor) -> None:
    """Make what belongs to an entry what it should be: change what differs, add what lacks, take away the
    rest."""
    keys = {name: value for name, value in owner.items() if name != "link_entity"}
    held, wanted = parts(resource, **keys), list(wanted)
    for record in list(held):  # what stays as it is
        same = next((w for w in wanted if all(getattr(record, n) == v for n, v in w.items())), None)
        if same is not None:
            held.remove(record)
            wanted.remove(same)
    subject = next(iter(keys.values()))
    for values in wanted:
        if held and resource not in ("attribute", "service_at_location"):
            record = held.pop(0)
            for name, value in values.items():
                before = getattr(record, name)
                if before != value:
                    _note(record, resource, by, "update", subject, field=name, before=_text(before),
                          after=_text(value))  # fmt: skip
                    setattr(record, name, value)
            session.flush()
            record.content_hash = _digest(resource, record)
        else:
            _new(resource, {**values, **owner}, by, subject)
    for record in held:
        _note(record, resource, by, "remove", subject, before=_said(resource, record))
        session.delete(record)
    session.flush()


def _new(resource: str, values: dict[str, Any], by: Actor, subject: uuid.UUID | None = None) -> Any:
    kind = MODELS[resource]
    record: Any = kind(id=uuid7(), source=LOCAL, **values)
    record.external_id = str(record.id)
    if resource in hsds.LASTING:
        record.missed, record.changed_at = 0, clock.now()
    session.add(record)
    session.flush()
    record.content_hash = _digest(resource, record)
    _note(record, resource, by, "add", subject, after=_said(resource, record))
    session.flush()
    return record


def _note(
    record: Any, resource: str, by: Actor, action: str, owner: uuid.UUID | None = None, **said: Any
) -> None:
    history.note(resource, record.id, action, by=by.name, at=clock.now(), owner=owner, **said)


def _said(resource: str, record: Any) -> str:
    if resource == "attribute":
        return session.get_one(details.TaxonomyTerm, record.taxonomy_term_id).name
    if resource == "service_at_location":
        return session.get_one(Location, record.location_id).name or ""
    shown = [
        str(getattr(record, column.name)) for column in hsds.BY_NAME[resource].columns
        if column.kind not in ("ref", "poly") and getattr(record, column.name)
    ]  # fmt: skip
    return ", ".join(shown)[:500]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _digest(resource: str, record: Any) -> str:
    """The digest that the record would have in a delivery, so that our own export changes nothing."""
    keys = {}
    for column in hsds.BY_NAME[resource].references:
        ident = getattr(record, column.name)
        if ident is not None:
            target = str(getattr(record, column.target)) if column.kind == "poly" else column.target
            found = forgetting.key_of(target, ident)
            if found is not None:
                keys[ident] = found
    return organizations.digest_of(resource, record, keys)
