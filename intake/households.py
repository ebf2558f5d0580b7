"""Households: who lives together."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from intake.models.cases import Case
from intake.models.households import Household, HouseholdMember, Relation
from intake.models.persons import Person


def create_household(name: str, *, nis: str, first: Person | None = None, by: Actor) -> Household:
    """A household, known by a name and a municipality, with at most one person to begin with."""
    if not name.strip():
        raise DomainError(_("Give the household a name."), field="household_name")
    household = Household(tenant_id=by.tenant_id, name=name.strip(), nis=nis, created_at=clock.now())
    session.add(household)
    session.flush()
    if first is not None:
        add_member(household, person=first, relation=Relation.SELF, by=by)
    audit.record("household.created", household, by=by)
    return household


def add_member(
    household: Household,
    *,
    person: Person | None = None,
    described_as: str = "",
    relation: Relation,
    is_dependant: bool = False,
    by: Actor,
) -> HouseholdMember:
    """Add someone: a person of the same organization, or a description such as `son, 8 years`."""
    if person is not None and person.tenant_id != household.tenant_id:
        raise DomainError(_("This person belongs to another organization."), field="person")
    if person is None and not described_as.strip():
        raise DomainError(_("Choose a person or describe who it is."), field="described_as")
    member = HouseholdMember(
        household_id=household.id,
        person_id=person.id if person else None,
        described_as=described_as.strip(),
        relation=relation,
        is_dependant=is_dependant,
        from_on=clock.today(),
    )
    session.add(member)
    session.flush()
    audit.record("household.member_added", household, by=by, changes={"relation": str(relation)})
    return member


def members_of(case: Case) -> list[HouseholdMember]:
    """Who lives in the household of a file now."""
    if case.household_id is None:
        return []
    return list(
        session.scalars(
            sa.select(HouseholdMember)
            .options(joinedload(HouseholdMember.person))
            .where(HouseholdMember.household_id == case.household_id, HouseholdMember.until_on.is_(None))
            .order_by(HouseholdMember.id)
        )
    )
