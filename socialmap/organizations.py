"""Operations on organizations: who takes part, what we enter ourselves, who does a stopped one's work."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core import clock
from core.db import session, uuid7
from core.errors import NotFound
from socialmap import derivations, hsds, validation
from socialmap.models import details
from socialmap.models.directory import LOCAL, Organization, Sector, Service, ServiceStatus
from socialmap.successions import successor_of

__all__ = ["add_local", "add_local_service", "find", "get", "of_tenant", "successor_of"]


def get(organization_id: uuid.UUID) -> Organization:
    """The organization with its services; raises NotFound."""
    found = find(organization_id)
    if found is None:
        raise NotFound(organization_id)
    return found


def find(organization_id: uuid.UUID) -> Organization | None:
    """The organization with its services, or None."""
    query = sa.select(Organization).where(Organization.id == organization_id)
    return session.scalars(query.options(orm.joinedload(Organization.services))).unique().first()


def of_tenant(tenant_id: uuid.UUID) -> list[Organization]:
    """The entries of the map that a participating organization answers for."""
    query = sa.select(Organization).where(Organization.tenant_id == tenant_id).order_by(Organization.name)
    return list(session.scalars(query))


def add_local(
    name: str, *, description: str = "", sector: Sector | None = None, nis: str | None = None,
    tenant_id: uuid.UUID | None = None, organization_id: uuid.UUID | None = None, **facts: Any,
) -> Organization:  # fmt: skip
    """Enter an organization that the source lacks (ADR 0016)."""
    ident = organization_id or uuid7()
    made = Organization(
        id=ident, source=LOCAL, external_id=str(ident), name=name, description=description, missed=0,
        tenant_id=tenant_id, nis=nis, **facts,
    )  # fmt: skip
    made.content_hash = digest_of("organization", made, {})
    session.add(made)
    session.flush()
    derivations.settle(derivations.Touched(organizations={ident}))
    session.refresh(made)
    made.sector = sector or made.sector
    made.nis = nis or made.nis
    session.flush()
    return made


def add_local_service(
    organization: Organization, name: str, *, nis: list[str], categories: list[str],
    target_groups: list[str] | None = None, service_id: uuid.UUID | None = None, **facts: Any,
) -> Service:  # fmt: skip
    """Enter a service of an organization; categories and target groups are codes of terms that are there."""
    ident = service_id or uuid7()
    made = Service(
        id=ident, source=LOCAL, external_id=str(ident), organization_id=organization.id, name=name, missed=0,
        status=ServiceStatus.ACTIVE, changed_at=clock.now(), last_modified=clock.now(), **facts,
    )  # fmt: skip
    made.content_hash = digest_of(
        "service", made, {organization.id: (organization.source, organization.external_id)}
    )
    session.add(made)
    session.flush()
    area = details.ServiceArea(
        id=uuid7(), source=LOCAL, service_id=ident, extent=" ".join(nis), extent_type="nis"
    )
    area.external_id = str(area.id)
    area.content_hash = digest_of("service_area", area, {ident: (LOCAL, str(ident))})
    session.add(area)
    wanted = [*categories, *(target_groups or [])]
    query = sa.select(details.TaxonomyTerm).where(details.TaxonomyTerm.code.in_(wanted))
    for term in session.scalars(query.order_by(details.TaxonomyTerm.code)):
        link = details.Attribute(
            id=uuid7(), source=LOCAL, link_id=ident, link_entity="service", taxonomy_term_id=term.id
        )
        link.external_id = str(link.id)
        keys = {ident: (LOCAL, str(ident)), term.id: (term.source, term.external_id)}
        link.content_hash = digest_of("attribute", link, keys)
        session.add(link)
    session.flush()
    derivations.settle(derivations.Touched(services={ident}, areas={ident}))
    return made


def digest_of(resource: str, record: Any, keys: dict[uuid.UUID, tuple[str, str]]) -> str:
    """The digest that the record would have in a delivery, so that our own export changes nothing."""
    values = []
    for column in hsds.BY_NAME[resource].columns:
        value = getattr(record, column.name)
        if column.kind in ("ref", "poly") and value is not None:
            value = keys[value]
        elif column.kind == "choice" and value is not None:
            value = str(value)
        elif column.kind == "number" and value is not None:
            value = float(value)
        values.append(value)
    return validation.digest(values)
