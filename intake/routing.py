"""To whom a notice goes. No wrong door: whoever hears it registers it, the agreed table sends it on."""

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import clock
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import Partnership, PartnershipMember, Tenant, TenantKind
from intake.models.routing import RoutingRule, RuleKind
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality
from socialmap import area_sets
from socialmap.models.areas import AreaSet, AreaSetMember

CONDITIONS = ("age_group", "mutuality", "theme", "nis")
CASE_KEEPERS = (TenantKind.OCMW, TenantKind.CAW, TenantKind.DMW)


@dataclass(frozen=True)
class Facts:
    """What the table may look at: what a signaller can know without asking on."""

    nis: str
    theme: LifeDomain | None
    age_group: AgeGroup | None = None
    mutuality: Mutuality | None = None
    wish_tenant_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Route:
    """The organization, and why. `reason`: wish, rule, ocmw (of the municipality) or own."""

    tenant: Tenant
    reason: str
    rule_id: uuid.UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def route(facts: Facts, *, by: Actor, on: date | None = None) -> Route:
    """Find the receiving organization. Raises DomainError on `place` when nobody agreed to receive."""
    day = on or clock.today()
    partnership = partnership_for(facts.nis, day)
    if partnership is not None:
        found = _by_table(partnership, facts, day)
        if found is not None:
            return found
    ocmw = session.scalars(
        sa.select(Tenant).where(
            Tenant.kind == TenantKind.OCMW, Tenant.nis == facts.nis, Tenant.closed_on.is_(None)
        )
    ).first()
    if ocmw is not None:
        return Route(ocmw, "ocmw", facts={"nis": facts.nis})
    own = session.get(Tenant, by.tenant_id) if by.tenant_id else None
    if own is not None and own.kind in CASE_KEEPERS:
        return Route(own, "own")
    raise DomainError(
        _("Nobody has agreed to receive notices for this municipality yet. Call the OCMW there."),
        field="place",
    )


def partnership_for(nis: str, on: date) -> Partnership | None:
    """The partnership with a routing table whose area holds this municipality on that day."""
    has_rules = sa.exists().where(RoutingRule.partnership_id == Partnership.id)
    return session.scalars(
        sa.select(Partnership)
        .join(AreaSet, AreaSet.code == Partnership.area_set)
        .join(AreaSetMember, AreaSetMember.code == AreaSet.code)
        .where(AreaSetMember.nis == nis, area_sets.holds_on(on), has_rules)
        .order_by(Partnership.name)
        .limit(1)
    ).first()


def _by_table(partnership: Partnership, facts: Facts, on: date) -> Route | None:
    rules = session.scalars(
        sa.select(RoutingRule)
        .options(joinedload(RoutingRule.to_tenant))
        .where(
            RoutingRule.partnership_id == partnership.id,
            RoutingRule.starts_on <= on,
            sa.or_(RoutingRule.ends_on.is_(None), RoutingRule.ends_on >= on),
        )
        .order_by(RoutingRule.priority, RoutingRule.id)
    )
    for rule in rules:
        if not all(getattr(rule, name) in (None, getattr(facts, name)) for name in CONDITIONS):
            continue
        tenant = rule.to_tenant if rule.kind == RuleKind.FACTS else _wished(partnership, facts, on)
        if tenant is not None:
            matched = {name: str(value) for name in CONDITIONS if (value := getattr(rule, name)) is not None}
            told = {"partnership": partnership.name, "row": rule.priority, "matched": matched}
            return Route(tenant, "wish" if rule.kind == RuleKind.WISH else "rule", rule.id, told)
    return None


def _wished(partnership: Partnership, facts: Facts, on: date) -> Tenant | None:
    if facts.wish_tenant_id is None:
        return None
    return next((t for t in members(partnership.id, on) if t.id == facts.wish_tenant_id), None)


def members(partnership_id: uuid.UUID, on: date | None = None) -> list[Tenant]:
    """Organizations of a partnership that keep files, by name."""
    day = on or clock.today()
    return list(
        session.scalars(
            sa.select(Tenant)
            .join(PartnershipMember, PartnershipMember.tenant_id == Tenant.id)
            .where(
                PartnershipMember.partnership_id == partnership_id,
                PartnershipMember.starts_on <= day,
                sa.or_(PartnershipMember.ends_on.is_(None), PartnershipMember.ends_on >= day),
                Tenant.kind.in_(CASE_KEEPERS),
            )
            .order_by(Tenant.name)
        )
    )


def colleagues_of(tenant_id: uuid.UUID | None, on: date | None = None) -> list[Tenant]:
    """Every organization that shares a partnership with this one, itself included: the choices of a wish."""
    day = on or clock.today()
    mine = sa.select(PartnershipMember.partnership_id).where(PartnershipMember.tenant_id == tenant_id)
    # Not DISTINCT: PostgreSQL cannot compare the JSON column of a tenant.
    live = sa.select(PartnershipMember.tenant_id).where(
        PartnershipMember.partnership_id.in_(mine),
        PartnershipMember.starts_on <= day,
        sa.or_(PartnershipMember.ends_on.is_(None), PartnershipMember.ends_on >= day),
    )
    query = sa.select(Tenant).where(Tenant.id.in_(live), Tenant.kind.in_(CASE_KEEPERS))
    return list(session.scalars(query.order_by(Tenant.name)))
