"""Operations on services: what is ours to say beside the source, and what a referral keeps of a service."""

import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError, NotFound
from core.i18n import _
from socialmap import indexing
from socialmap.models import details
from socialmap.models.deliveries import Change
from socialmap.models.directory import LOCAL, Location, Service, ServiceAtLocation, ServiceStatus

CAPACITIES = ("open", "waiting", "full")
CAPACITY_DAYS = 28  # a word about room is worth this long, then it falls silent by itself
MAX_WEEKS = 104


def get(service_id: uuid.UUID) -> Service:
    """The service with its organization; raises NotFound."""
    found = find(service_id)
    if found is None:
        raise NotFound(service_id)
    return found


def find(service_id: uuid.UUID) -> Service | None:
    """The service with its organization, or None."""
    query = sa.select(Service).where(Service.id == service_id)
    return session.scalar(query.options(orm.joinedload(Service.organization)))


def phones(service: Service) -> list[str]:
    """Numbers to call: of the service, then of its places, then of the organization."""
    found = sorted(session.execute(numbers_of(service)), key=lambda row: (row.rank, row.key))
    return list(dict.fromkeys(row.number for row in found))


def numbers_of(service: Service) -> sa.Select[Any]:
    """Its numbers with what they are sorted by, never that of a confidential place."""
    phone, at = details.Phone, ServiceAtLocation
    places = (
        sa.select(at.location_id)
        .join(Location, Location.id == at.location_id)
        .where(at.service_id == service.id, Location.confidential.is_(False))
    )
    rank = sa.case((phone.service_id.is_(None), 2), else_=0) + sa.case(
        (phone.location_id.is_(None), 1), else_=0
    )
    return sa.select(
        phone.number, rank.label("rank"), phone.external_id.label("key")
    ).where(sa.or_(
        phone.service_id == service.id, phone.location_id.in_(places),
        phone.organization_id == service.organization_id,
    ))  # fmt: skip


def addresses(service: Service) -> list[str]:
    """Where the service is given, as lines; a confidential place is none."""
    at, address = ServiceAtLocation, details.Address
    query = (
        sa.select(address.address_1, address.address_2, address.postal_code, address.city)
        .join(at, at.location_id == address.location_id)
        .join(Location, Location.id == at.location_id)
        .where(at.service_id == service.id, Location.confidential.is_(False))
        .order_by(at.external_id)
    )
    rows = session.execute(query)
    return [", ".join(filter(None, (one, two, f"{code} {city}"))) for one, two, code, city in rows]


def snapshot(service: Service) -> dict[str, Any]:
    """The service as it is now, for a referral to keep: text values only, no place that must stay secret."""
    organization = service.organization
    return {
        "service_id": str(service.id),
        "name": service.name,
        "organization_id": str(organization.id),
        "organization": organization.name,
        "phones": phones(service),
        "email": service.referral_email or service.email or organization.email,
        "url": service.url,
        "contact": service.referral_contact,
        "who": service.eligibility_description,
        "apply": service.application_process,
        "addresses": addresses(service),
        "status": service.status.value,
        "checked_on": service.assured_date.isoformat() if service.assured_date else None,
        "at": clock.now().isoformat(),
    }


def set_capacity(service: Service, capacity: str, *, weeks: int | None = None, by: Actor) -> None:
    """Say how much room there is now: open, waiting (with weeks) or full. It expires after four weeks."""
    if capacity not in CAPACITIES:
        raise DomainError(_("Choose open, waiting list or full."), field="capacity")
    if capacity == "waiting" and (weeks is None or not 0 < weeks <= MAX_WEEKS):
        raise DomainError(_("Give the waiting time in weeks, at most %(n)s.", n=MAX_WEEKS), field="weeks")
    until = clock.today() + timedelta(days=CAPACITY_DAYS)
    _change(service, by, capacity=capacity, capacity_weeks=weeks if capacity == "waiting" else None,
            capacity_until=until)  # fmt: skip
    audit.record("service.capacity_said", service, by=by, changes={"capacity": capacity})


def set_agreements(
    service: Service, *, contact: str | None, email: str | None, agreements: str | None, by: Actor
) -> None:
    """Keep what partners agreed beside the source: whom to ask for, and how to refer."""
    values = {"referral_contact": contact, "referral_email": email, "agreements": agreements}
    clean = {name: (value or "").strip() or None for name, value in values.items()}
    _change(service, by, **clean)
    audit.record("service.agreements_changed", service, by=by, changes={"fields": sorted(clean)})


def confirm(service: Service, *, by: Actor) -> None:
    """A person or the source checked this entry today; only that moves the date."""
    service.answered_on = clock.today()
    _change(service, by, assured_date=clock.today())
    audit.record("service.confirmed", service, by=by)


def stop(service: Service, *, by: Actor) -> None:
    """Say that a service that its source no longer delivers has stopped. A later delivery of it wins."""
    if service.not_seen_since is None and service.source != LOCAL:
        raise DomainError(_("The source still delivers this service. Report an error to the source."))
    if service.status == ServiceStatus.DEFUNCT:
        raise Conflict(_("This service was stopped already."))
    service.content_hash = ""
    _change(service, by, status=ServiceStatus.DEFUNCT)
    audit.record("service.stopped", service, by=by)


def _change(service: Service, by: Actor, **values: Any) -> None:
    moment = clock.now()
    for name, value in values.items():
        before = getattr(service, name)
        if before != value:
            session.add(Change(
                resource="service", resource_id=service.id, at=moment, action="update", field=name,
                previous="" if before is None else str(before),
                replacement="" if value is None else str(value),
                made_by=by.name,
            ))  # fmt: skip
            setattr(service, name, value)
    service.changed_at = moment
    session.flush()
    indexing.refresh([service.id])
