"""Organizations that went into another one: dated links, so that old files and new searches find it."""

import uuid
from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from core.db import session
from socialmap import geography, words
from socialmap.models.directory import Organization, OrganizationSuccessor, Sector, Service, ServiceStatus


def link_merged() -> None:
    """Link the OCMWs of merged municipalities to the OCMW of the new one, by name, as of the merger.

    Only an organization without any active service counts as stopped; the link is a fact of the merger
    tables, not a guess about the organization.
    """
    stopped = sa.select(Organization.id, Organization.name).where(
        Organization.sector == Sector.OCMW,
        ~sa.exists().where(
            Service.organization_id == Organization.id, Service.status == ServiceStatus.ACTIVE
        ),
        ~sa.exists().where(OrganizationSuccessor.organization_id == Organization.id),
    )
    links = [(ident, found) for ident, name in session.execute(stopped) if (found := _merger(name))]
    for ident, (new_name, on) in links:
        successor = _ocmw(new_name, other_than=ident)
        if successor is not None:
            session.add(OrganizationSuccessor(organization_id=ident, successor_id=successor, on=on))
    session.flush()


def _merger(name: str) -> tuple[str, date] | None:
    """Name of the municipality of today and the day, when the organization bears the name of an old one."""
    own = words.split(name.split("(")[0])
    if not own or own[0] != "ocmw":
        return None
    for old in geography.former():
        new = geography.municipality(old.successors[0])
        if words.split(old.name) == own[1:] and new is not None and old.valid_to is not None:
            return new.name, old.valid_to
    return None


def _ocmw(name: str, *, other_than: uuid.UUID) -> uuid.UUID | None:
    query = sa.select(Organization.id).where(
        Organization.name == f"OCMW {name}", Organization.id != other_than
    )
    return session.scalar(query.order_by(Organization.id).limit(1))


def successor_of(organization_id: uuid.UUID) -> Organization | None:
    """The organization that does this one's work today, through any number of mergers."""
    current, seen = organization_id, {organization_id}
    while True:
        query = sa.select(OrganizationSuccessor.successor_id).where(
            OrganizationSuccessor.organization_id == current
        )
        following = session.scalar(query.order_by(OrganizationSuccessor.on.desc()).limit(1))
        if following is None or following in seen:
            break
        current = following
        seen.add(following)
    return None if current == organization_id else session.get(Organization, current)


def stays_of(organization_id: uuid.UUID) -> uuid.UUID:
    """The entry that stands for this one: itself, or where it was merged into, however often."""
    current, seen = organization_id, set[uuid.UUID]()
    links = merged()
    while current in links and current not in seen:
        seen.add(current)
        current = links[current]
    return current


def merged() -> dict[uuid.UUID, uuid.UUID]:
    """Every double with the entry that it was merged into."""
    query = sa.select(Organization.id, Organization.merged_into_id)
    rows = session.execute(query.where(Organization.merged_into_id.is_not(None)))
    return {ident: into for ident, into in rows if into is not None}


def doubles_of(organization_id: uuid.UUID) -> list[uuid.UUID]:
    """The entries that this one stands for, doubles of doubles included."""
    links = merged()
    found: list[uuid.UUID] = []
    layer = {organization_id}
    while layer:
        layer = {double for double, into in links.items() if into in layer} - set(found)
        found += sorted(layer)
    return found


def same_as(organization_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """These entries with every entry that stands for the same organizations, merged either way."""
    links, found = merged(), set(organization_ids)
    neighbours: dict[uuid.UUID, set[uuid.UUID]] = {}
    for double, into in links.items():
        neighbours.setdefault(double, set()).add(into)
        neighbours.setdefault(into, set()).add(double)
    layer = set(found)
    while layer:
        layer = {near for one in layer for near in neighbours.get(one, ())} - found
        found |= layer
    return found


def carried_on(organization_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Every entry of these organizations and of those that took over their work, however often."""
    found = same_as(organization_ids)
    layer = found
    while layer:
        link = sa.select(OrganizationSuccessor.successor_id)
        later = session.scalars(link.where(OrganizationSuccessor.organization_id.in_(layer)))
        layer = same_as(set(later)) - found
        found = found | layer
    return found


def services_of(organization_id: uuid.UUID) -> list[uuid.UUID]:
    """The services of an entry and of the doubles that it stands for."""
    ids = [organization_id, *doubles_of(organization_id)]
    return list(session.scalars(sa.select(Service.id).where(Service.organization_id.in_(ids))))
