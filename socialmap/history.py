"""What changed in an entry of the map and in all that belongs to it, by whom or through which delivery."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.db import session
from socialmap.models.deliveries import Change, Delivery
from socialmap.models.directory import Location, Organization, ServiceAtLocation


@dataclass(frozen=True)
class Line:
    """One change; `source` is who delivered it, empty when a person here made it."""

    change: Change
    source: str


def of_service(service_id: uuid.UUID, *, limit: int = 50) -> list[Line]:
    """The service, its telephone numbers, hours, costs, places and their addresses, newest first."""
    at = ServiceAtLocation
    places = (
        sa.select(at.location_id)
        .join(Location, Location.id == at.location_id)
        .where(at.service_id == service_id, Location.confidential.is_(False))
    )
    offers = sa.select(at.id).where(at.service_id == service_id, at.location_id.in_(places))
    own = sa.select(sa.literal(service_id, sa.Uuid))
    return _lines(sa.union_all(own, places, offers), limit)


def of_organization(organization_id: uuid.UUID, *, limit: int = 50) -> list[Line]:
    """The organization, its numbers, its places, and the coming and going of services; newest first."""
    places = sa.select(Location.id).where(
        Location.organization_id == organization_id, Location.confidential.is_(False)
    )
    own = sa.select(Organization.id).where(Organization.id == organization_id)
    return _lines(sa.union_all(own, places), limit)


def of_subject(subject_id: uuid.UUID, *, limit: int = 50) -> list[Line]:
    """What changed in one record, newest first."""
    return _lines(sa.union_all(sa.select(sa.literal(subject_id, sa.Uuid))), limit)


def _lines(subjects: sa.CompoundSelect[tuple[uuid.UUID]], limit: int) -> list[Line]:
    ids = subjects.subquery()
    places = sa.select(Location.id).where(Location.confidential)
    hidden = sa.select(ServiceAtLocation.id).where(ServiceAtLocation.location_id.in_(places))
    secret = sa.union_all(places, hidden)
    query = (
        sa.select(Change, Delivery.source)
        .outerjoin(Delivery, Delivery.id == Change.delivery_id)
        .where(sa.or_(Change.resource_id.in_(sa.select(ids)), Change.owner_id.in_(sa.select(ids))))
        .where(Change.resource_id.not_in(secret))
        .order_by(Change.at.desc(), Change.id.desc())
        .limit(limit)
    )
    return [Line(change, source or "") for change, source in session.execute(query)]


def note(
    resource: str, resource_id: uuid.UUID, action: str, *, by: str, at: datetime, before: str = "",
    after: str = "", field: str = "", owner: uuid.UUID | None = None,
) -> None:  # fmt: skip
    """Keep something that a person here did to an entry."""
    session.add(Change(
        resource=resource, resource_id=resource_id, at=at, action=action, field=field, previous=before,
        replacement=after, made_by=by, owner_id=owner,
    ))  # fmt: skip
