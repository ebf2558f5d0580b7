"""One person who was written down twice: the records become one, and nothing of either is lost.

A BIS number gives way to the national number that replaced it and keeps finding the person. Two different
national numbers are two people until one of them is corrected.
"""

import sqlalchemy as sa

from core import audit, crypto
from core.access import Actor
from core.db import lock, session
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import insz, persons, policy, transitions
from intake.birth_dates import PartialDate
from intake.models.cases import Case
from intake.models.households import HouseholdMember
from intake.models.persons import Person, Sex
from intake.persons import Match, Sought

FILLED = (
    "first_name",
    "last_name",
    "alias",
    "mail",
    "nis",
    "address",
    "mutuality",
    "contact_hours",
    "code_word",
)


def doubles_of(person: Person, *, by: Actor) -> list[Match]:
    """Who may be the same person, likeliest first; without the person."""
    born = PartialDate(person.birth_year, person.birth_month, person.birth_day)
    sought = Sought(person.first_name, person.last_name, born, person.phone)
    if sought.is_empty:
        return []
    return [match for match in persons.find_matches(sought, by=by) if match.person.id != person.id]


def merge_persons(double: Person, into: Person, *, by: Actor) -> Person:
    """Make one of two: `into` stays and takes files, households, number and what it lacks."""
    first, second = sorted((double.id, into.id))
    if first == second:
        raise DomainError(_("Choose another person."))
    for key in (first, second):
        lock(Person, key)
    if double.tenant_id != into.tenant_id or into.tenant_id != by.tenant_id:
        raise DomainError(_("This person belongs to another organization."))
    if double.merged_into_id is not None or into.merged_into_id is not None:
        raise Conflict(_("These two were put together already."))
    _refuse_hidden_files(double, by)
    _settle_numbers(double, into)
    _fill_in(double, into)
    moved = _move(double, into, by)
    double.merged_into_id = into.id
    session.execute(
        sa.update(Person).where(Person.merged_into_id == double.id).values(merged_into_id=into.id)
    )
    session.flush()
    audit.record("person.merged", into, by=by, changes={"double": str(double.id), "files": moved})
    return into


def _refuse_hidden_files(double: Person, by: Actor) -> None:
    """A file that this colleague may not see is not moved by them."""
    every = sa.select(sa.func.count()).where(Case.person_id == double.id)
    seen = policy.cases_visible_to(by).where(Case.person_id == double.id).with_only_columns(sa.func.count())
    if session.scalar(every) != session.scalar(seen):
        raise DomainError(_("Ask your team lead to put these two together."))


def _settle_numbers(double: Person, into: Person) -> None:
    """The national number stands; a BIS number stays with the double, where it still finds the person."""
    theirs, ours = double.ssin, into.ssin
    if not theirs:
        return
    if not ours:
        _give_number(double, None)
        _give_number(into, theirs)
        return
    is_bis = [insz.parse(number).kind == insz.InszKind.BIS for number in (theirs, ours)]
    if is_bis == [False, False]:
        raise DomainError(
            _("These two have different national numbers. Correct the wrong one first, if it is one person.")
        )
    if is_bis == [False, True]:
        _give_number(double, None)
        _give_number(into, theirs)
        _give_number(double, ours)


def _give_number(person: Person, digits: str | None) -> None:
    person.ssin = digits
    person.ssin_hash = crypto.lookup_hash(person.tenant_id, digits) if digits else None
    session.flush()


def _fill_in(double: Person, into: Person) -> None:
    """What is not known of `into` comes from the double; what endangers one endangers both."""
    for name in FILLED:
        if not getattr(into, name):
            setattr(into, name, getattr(double, name))
    if into.birth_year is None or (into.birth_year == double.birth_year and not into.birth_day):
        into.birth_year, into.birth_month = double.birth_year, double.birth_month
        into.birth_day = double.birth_day
    if not into.phone:
        into.phone, into.phone_digits = double.phone, double.phone_digits
    if into.sex == Sex.UNKNOWN:
        into.sex = double.sex
    into.avoid = sorted({*into.avoid, *double.avoid})
    words = [text for text in (into.not_to_know, double.not_to_know) if text]
    into.not_to_know = "; ".join(dict.fromkeys(words)) or None
    persons.index(into, also=(double.first_name, double.last_name))


def _move(double: Person, into: Person, by: Actor) -> int:
    files = list(session.scalars(sa.select(Case).where(Case.person_id == double.id).order_by(Case.id)))
    for case in files:
        case.person_id = into.id
        transitions.add("case.person_set", case, by=by, detail_id=into.id)
    homes = sa.select(HouseholdMember.household_id).where(
        HouseholdMember.person_id == into.id, HouseholdMember.until_on.is_(None)
    )
    twice = sa.delete(HouseholdMember).where(
        HouseholdMember.person_id == double.id, HouseholdMember.household_id.in_(homes)
    )
    session.execute(twice)
    session.execute(
        sa.update(HouseholdMember).where(HouseholdMember.person_id == double.id).values(person_id=into.id)
    )
    return len(files)
