"""Smallest valid records of the intake, made through its operations so that processes run along."""

import itertools
import uuid
from typing import Any

from core.access import Actor, Role
from core.db import session
from core.models.accounts import Partnership, PartnershipMember, Tenant, TenantKind
from intake import bases, cases, help_requests, persons, referrals, signals
from intake.birth_dates import PartialDate
from intake.demo import SINCE
from intake.models.bases import Basis, BasisKind, ConsentChannel
from intake.models.cases import Case
from intake.models.help_requests import HelpRequest
from intake.models.persons import Person
from intake.models.referrals import Referral, ReferralKind
from intake.models.routing import RoutingRule
from intake.models.signals import Signal
from intake.models.vocabulary import LifeDomain
from intake.persons import NewPerson, Sought
from intake.signals import NewSignal
from socialmap import organizations
from socialmap.models.areas import AreaSet, AreaSetMember
from socialmap.models.directory import Organization, Sector, Service
from tests.factories.core import make_actor, make_partnership, make_tenant

EVERGEM = "44019"
LIEVEGEM = "44085"
SAFE_SSIN = "520317-000-21"
SAFE_BIS = "914512-000-23"
_numbers = itertools.count(1)


def make_worker(tenant: Tenant | None = None, *roles: Role) -> Actor:
    """An intake worker of an OCMW."""
    return make_actor(*(roles or (Role.INTAKE_WORKER,)), tenant=tenant)


def make_partner(name: str = "") -> Actor:
    """A partner desk of an association with an account."""
    tenant = make_tenant(name or f"vzw {next(_numbers)}", TenantKind.PARTNER)
    return make_actor(Role.PARTNER_DESK, tenant=tenant)


def make_gbo(*tenants: Tenant, nis: str = EVERGEM) -> Partnership:
    """A partnership over one municipality, without rules yet."""
    partnership = make_partnership(f"GBO {next(_numbers)}")
    code = f"test-{partnership.id}"
    session.add(AreaSet(code=code, kind="partnership", name=partnership.name))
    session.flush()
    session.add(AreaSetMember(code=code, nis=nis))
    partnership.area_set = code
    for tenant in tenants:
        session.add(PartnershipMember(partnership_id=partnership.id, tenant_id=tenant.id, starts_on=SINCE))
    session.flush()
    return partnership


def make_rule(partnership: Partnership, to: Tenant | None, priority: int = 50, **values: Any) -> RoutingRule:
    rule = RoutingRule(
        partnership_id=partnership.id,
        priority=priority,
        to_tenant_id=to.id if to else None,
        **{"starts_on": SINCE, **values},
    )
    session.add(rule)
    session.flush()
    return rule


def new_signal(**values: Any) -> NewSignal:
    facts = {"nis": EVERGEM, "theme": LifeDomain.ENERGY, "observed": "De verwarming staat niet aan."}
    return NewSignal(**{**facts, **values})


def make_signal(by: Actor, **values: Any) -> Signal:
    """A notice registered at the actor's own organization."""
    return signals.register_signal(new_signal(**values), by=by)


def make_person(by: Actor, **values: Any) -> Person:
    facts = {
        "first_name": "Lena",
        "last_name": "Aerts",
        "born": PartialDate(1952, 3, 17),
        "phone": "0400 00 01 52",
    }
    new = NewPerson(**{**facts, **values})
    token = persons.search_token(Sought(first_name=new.first_name, last_name=new.last_name), by=by)
    return persons.create_person(new, token=token, by=by)


def make_case(by: Actor, *, person: Person | None = None, with_person: bool = True, **values: Any) -> Case:
    chosen = person or (make_person(by) if with_person else None)
    return cases.open_case(**{"nis": EVERGEM, "person": chosen, **values}, by=by)


def make_question(
    case: Case, by: Actor, domain: LifeDomain = LifeDomain.ENERGY, **values: Any
) -> HelpRequest:
    words = values.pop("own_words", "Ik kan mijn gasfactuur niet betalen.")
    request = help_requests.note_help_request(case, domain, words, by=by, **values)
    session.refresh(case, ["help_requests"])
    return request


def make_organization(tenant: Tenant | None = None, name: str = "") -> Organization:
    return organizations.add_local(
        name or (tenant.name if tenant else f"Dienst {next(_numbers)}"),
        description="Fictief.",
        sector=Sector.ASSOCIATION,
        nis=EVERGEM,
        tenant_id=tenant.id if tenant else None,
        organization_id=uuid.uuid4(),
    )


def make_service(
    tenant: Tenant | None = None, *, nis: str = EVERGEM, name: str = "", **values: Any
) -> Service:
    """An active service that works in one municipality."""
    return organizations.add_local_service(
        make_organization(tenant),
        name or f"Budgethulp {next(_numbers)}",
        nis=[nis],
        categories=[],
        target_groups=[],
        service_id=uuid.uuid4(),
        **values,
    )


def make_basis(case: Case, service: Service, by: Actor, shared: tuple[str, ...] = (), **values: Any) -> Basis:
    facts: dict[str, Any] = {"kind": BasisKind.CONSENT, "channel": ConsentChannel.ORAL}
    return bases.give_basis(case, service, shared=shared, **{**facts, **values}, by=by)


def make_referral(
    by: Actor, partner: Actor | None = None, *, case: Case | None = None, **values: Any
) -> Referral:
    """A referral from a file of `by` to a service of the partner's organization."""
    case = case or make_case(by)
    tenant = session.get(Tenant, partner.tenant_id) if partner else None
    service = values.pop("service", None) or make_service(tenant)
    shared = values.pop("shared", ())
    kind = values.pop("kind", ReferralKind.ANNOUNCED)
    basis = make_basis(case, service, by, shared) if kind.sends_data else None
    request = values.pop("request", "Help met het afbetalingsplan.")
    return referrals.refer(
        case, service, kind=kind, request=request, shared=shared, basis=basis, by=by, **values
    )
