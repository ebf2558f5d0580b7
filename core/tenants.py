"""Organizations that keep files: made by who runs the installation."""

import uuid

import sqlalchemy as sa

from core import audit
from core.access import Actor
from core.clock import now
from core.db import session, uuid7
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import Tenant, TenantKind


def create_tenant(name: str, kind: TenantKind, *, nis: str | None = None, by: Actor) -> Tenant:
    """Make an organization. Raises DomainError for a name that is in use: people tell them apart by it."""
    name = " ".join(name.split())
    if not name or len(name) > 200:
        raise DomainError(_("Fill in the name."), field="name")
    if session.scalar(sa.select(Tenant.id).where(sa.func.lower(Tenant.name) == name.lower())):
        raise DomainError(_("There is an organization with this name already."), field="name")
    if nis is not None and not (nis.isascii() and nis.isdecimal() and len(nis) == 5):
        raise DomainError(_("A NIS code has five digits."), field="nis")
    tenant = Tenant(id=uuid7(), name=name, kind=kind, nis=nis, settings={}, created_at=now())
    session.add(tenant)
    session.flush()
    audit.record("tenant.created", tenant, by=by, tenant_id=tenant.id, changes={"kind": kind.value})
    return tenant


def find(text: str) -> Tenant:
    """An organization by its id or its whole name. Raises DomainError when there is none."""
    try:
        found = session.get(Tenant, uuid.UUID(text))
    except ValueError:
        name = " ".join(text.split()).lower()
        found = session.scalars(sa.select(Tenant).where(sa.func.lower(Tenant.name) == name)).first()
    if found is None:
        raise DomainError(_("This organization does not exist."), field="tenant")
    return found
