"""What the exclusions of a file forbid: where nothing goes, and what is left out of what does.

They bind whatever rests on the agreement of the citizen (consent, shared secrecy). A law or an emergency does
not ask for agreement; its motivation answers for what it overrides.
"""

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core.db import session
from core.errors import DomainError
from core.i18n import _
from intake.excluded_names import mentions, names_of, without
from intake.models.bases import BasisKind
from intake.models.cases import Case
from intake.models.exclusions import Exclusion
from intake.models.referrals import ReferralKind
from socialmap import successions
from socialmap.models.directory import Organization, Service

AGREED_KINDS = frozenset({BasisKind.CONSENT, BasisKind.SHARED_SECRECY})
LEFT_OUT = "[…]"


@dataclass(frozen=True)
class Excluded:
    """The exclusions of a file together. `names`: the words by which an excluded person is called."""

    items: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    organizations: frozenset[uuid.UUID] = frozenset()
    tenants: frozenset[uuid.UUID] = frozenset()

    def covers(self, service: Service) -> bool:
        """Whether the organization of a service is excluded, by any of its entries or under its account."""
        tenant = service.organization.tenant_id
        return service.organization_id in self.organizations or (
            tenant is not None and tenant in self.tenants
        )

    def names_in(self, text: str) -> list[str]:
        """Excluded people whom a text names."""
        return sorted({mention.name for mention in mentions(text, self.names)})

    def mask(self, text: str) -> str:
        """A text without the names of excluded people."""
        return without(text, self.names, LEFT_OUT)

    def to_json(self) -> str:
        """What is left out of a package; where it goes is settled already."""
        return json.dumps({"items": sorted(self.items), "names": sorted(self.names)})

    @classmethod
    def from_json(cls, text: str) -> "Excluded":
        """As it was kept; names that were kept under an earlier reading of names are read anew."""
        data = json.loads(text)
        return cls(frozenset(data["items"]), _called(data["names"]))


NOTHING = Excluded()


def _called(described: Iterable[str]) -> frozenset[str]:
    return frozenset(name for each in described for name in names_of(each))


def of_case(case: Case) -> list[Exclusion]:
    """What is excluded now, in the order of adding, in one statement."""
    query = (
        sa.select(Exclusion)
        .options(joinedload(Exclusion.organization))
        .where(Exclusion.case_id == case.id, Exclusion.ended_at.is_(None))
    )
    return list(session.scalars(query.order_by(Exclusion.id)))


def excluded_in(case: Case) -> Excluded:
    return together(of_case(case))


def together(exclusions: Iterable[Exclusion]) -> Excluded:
    listed = list(exclusions)
    organizations, tenants = _entries({e.organization_id for e in listed if e.organization_id is not None})
    return Excluded(
        frozenset(each.item for each in listed if each.item),
        _called(each.name for each in listed if each.name),
        frozenset(organizations),
        frozenset(tenants),
    )


def _entries(chosen: set[uuid.UUID]) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    """Every entry of the social map for these organizations, and the accounts under which they work.

    An account or a merge that one entry has counts for all of them, and so does the organization that took
    over their work: whoever did not want one municipality to know, does not want its successor to.
    """
    if not chosen:
        return set(), set()
    tenant = Organization.tenant_id
    chosen = successions.carried_on(chosen)
    own = sa.select(tenant).where(Organization.id.in_(chosen), tenant.is_not(None))
    tenants = {one for one in session.scalars(own) if one is not None}
    theirs = session.scalars(sa.select(Organization.id).where(tenant.in_(tenants))) if tenants else ()
    return successions.carried_on(chosen.union(theirs)), tenants


def refuse(
    excluded: Excluded, service: Service, kind: ReferralKind, shared: Iterable[str], basis: BasisKind
) -> None:
    """Raise DomainError when the citizen excluded this organization or something of what would go there."""
    if not kind.sends_data or basis not in AGREED_KINDS:
        return
    if excluded.covers(service):
        raise DomainError(
            _(
                "The citizen does not want %(name)s to know. Choose another service, or talk about it.",
                name=service.organization.name,
            ),
            field="service",
        )
    if excluded.items.intersection(shared):
        raise DomainError(_("The citizen does not want all of this passed on."), field="items")


def refuse_names(excluded: Excluded, text: str, *, field: str) -> None:
    """Raise DomainError when a text for a partner names somebody whom the citizen excluded."""
    named = excluded.names_in(text)
    if named:
        raise DomainError(
            _("The citizen does not want %(name)s mentioned. Write it without.", name=", ".join(named)),
            field=field,
        )
