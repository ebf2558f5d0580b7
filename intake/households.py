"""Households: who lives together."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock
from core.access import Actor
from core.db import lock, session
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import cases
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
    if person is not None and _lives_in(household, person):
        raise DomainError(_("%(name)s is in this household already.", name=person.name), field="last_name")
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


def ensure(case: Case, *, by: Actor) -> Household:
    """The household of a file; one by the name of its person where none was made yet."""
    if case.household is not None:
        return case.household
    if case.person is None:
        raise DomainError(_("Say first who the file is about."), field="last_name")
    name = case.person.last_name or case.person.name
    household = create_household(name, nis=case.nis, first=case.person, by=by)
    cases.set_person(case, household=household, by=by)
    return household


def get_member(member_id: uuid.UUID) -> HouseholdMember | None:
    """A member with the person and the household."""
    query = sa.select(HouseholdMember).options(
        joinedload(HouseholdMember.person), joinedload(HouseholdMember.household)
    )
    return session.scalars(query.where(HouseholdMember.id == member_id)).first()


def end_member(member: HouseholdMember, *, by: Actor) -> HouseholdMember:
    """They live there no longer; that they did stays known."""
    found = lock(HouseholdMember, member.id)
    assert found is not None  # noqa: S101 - members are ended, never removed
    if found.until_on is not None:
        raise Conflict(_("This person left the household already."))
    if found.relation == Relation.SELF:
        raise DomainError(_("The file is about this person. Choose another person for the file first."))
    found.until_on = clock.today()
    session.flush()
    audit.record("household.member_left", member.household, by=by, changes={"relation": str(found.relation)})
    return found


def _lives_in(household: Household, person: Person) -> bool:
    query = sa.select(HouseholdMember.id).where(
        HouseholdMember.household_id == household.id,
        HouseholdMember.person_id == person.id,
        HouseholdMember.until_on.is_(None),
    )
    return session.scalar(query) is not None


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
