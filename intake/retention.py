"""Erasing files that were closed long enough ago: only what is counted remains (Bestuursdecreet art. III.87).

It needs a published selection rule of the organization: a parameter with the years, the rule as its source
and the days on which the rule holds, five years at most. Without one nothing is erased. The keys go too, so
that no copy of the sealed words alone can be read. A backup of before holds words and keys: it has a term of
its own, and after a restore the files that are due are erased again (docs/running.md).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from core import audit, clock, crypto, files, parameters
from core.access import Actor
from core.db import Base, lock, session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import Tenant
from core.models.files import StoredFile
from core.models.records import ContentKey, Draft
from intake.models.appointments import Appointment, ReferralLink
from intake.models.cases import Case
from intake.models.contacts import ContactMoment
from intake.models.exclusions import Exclusion
from intake.models.households import Household, HouseholdMember
from intake.models.notes import Note
from intake.models.persons import Identity, Person, PersonKey
from intake.models.referrals import Referral, ReferralMessage
from intake.models.rights import RightsAnswers
from intake.models.signals import Signal
from intake.models.transitions import Transition

YEARS = "retention.closed_years"
RULE_MONTHS = 60
# Rows that are nothing but words; of the others the row stays, to be counted.
ONLY_WORDS: tuple[type[Any], ...] = (Note, ReferralMessage, Appointment, Exclusion, RightsAnswers)


@dataclass(frozen=True)
class Rule:
    """A published selection rule: its id, and how many years after closing a file is erased."""

    id: str
    years: int


def check_years(years: Any) -> None:
    """Refuse what is no number of years after which a file may go."""
    if not _are_years(years):
        raise DomainError(_("Write a whole number of years, one or more."), field="value")


def _are_years(years: Any) -> bool:
    return isinstance(years, int) and not isinstance(years, bool) and years >= 1


def rule_of(tenant: Tenant, *, on: date | None = None) -> Rule | None:
    """The rule of an organization on a day; None without one, or where it is none that may be followed."""
    found = parameters.entry(YEARS, on=on, tenant_id=tenant.id)
    if found is None or found.tenant_id != tenant.id or not found.source or found.valid_to is None:
        return None
    if found.valid_to > clock.add_months(found.valid_from, RULE_MONTHS):
        return None
    return Rule(found.source, found.value) if _are_years(found.value) else None


def due(tenant: Tenant, *, on: date | None = None) -> list[Case]:
    """The files that the rule says to erase by now, the oldest first."""
    rule = rule_of(tenant, on=on)
    if rule is None:
        return []
    return list(session.scalars(_due_by(rule, tenant, on).order_by(Case.closed_at, Case.id)))


def _due_by(rule: Rule, tenant: Tenant, on: date | None = None) -> sa.Select[Case]:
    until = clock.start_of(clock.add_months(on or clock.today(), -12 * rule.years))
    query = sa.select(Case).join(ContentKey, ContentKey.owner_id == Case.id)
    return query.where(Case.tenant_id == tenant.id, Case.closed_at < until, ContentKey.destroyed_at.is_(None))


def erase(case: Case, *, by: Actor) -> None:
    """Erase a file that is due: names, words, documents and keys go, its rows stay to be counted."""
    case = lock(Case, case.id) or case
    tenant = session.get_one(Tenant, case.tenant_id)
    rule = rule_of(tenant)
    if rule is None or session.scalar(_due_by(rule, tenant).where(Case.id == case.id)) is None:
        raise DomainError(_("No selection rule says to erase this file now."))
    for document in session.scalars(sa.select(StoredFile).where(StoredFile.owner_id == case.id)):
        files.remove(document, by=by)
    _erase_notices(case)
    _erase_drafts(case)
    referrals = sa.select(Referral.id).where(Referral.case_id == case.id)
    session.execute(sa.delete(ReferralLink).where(ReferralLink.referral_id.in_(referrals)))
    session.execute(sa.update(Referral).where(Referral.case_id == case.id).values(better_address=""))
    for transition in session.scalars(sa.select(Transition).where(Transition.case_id == case.id)):
        transition.facts = {key: fact for key, fact in (transition.facts or {}).items() if key != "better"}
    _erase_words(case)
    _forget_people(case)
    crypto.destroy_content_key(case.id)
    session.flush()
    session.expire_all()
    audit.record("case.erased", case, by=by, changes={"rule": rule.id, "years": rule.years})


def _erase_words(case: Case) -> None:
    for model in ONLY_WORDS:
        session.execute(sa.delete(model).where(model.case_id == case.id))
    for model in {mapper.class_ for mapper in Base.registry.mappers} - {*ONLY_WORDS}:
        owner: Any = Case.id if model is Case else getattr(model, "case_id", None)
        if owner is not None and _sealed(model):
            session.execute(sa.update(model).where(owner == case.id).values(dict.fromkeys(_sealed(model))))


def _sealed(model: type[Any]) -> list[str]:
    """The sealed columns of a table."""
    return [name for name in sa.inspect(model).columns.keys() if name.endswith("_sealed")]  # noqa: SIM118 - a collection of columns iterates over these


def _erase_notices(case: Case) -> None:
    """The notices and contacts that became this file, whose words have keys of their own."""
    for signal in session.scalars(sa.select(Signal).where(Signal.case_id == case.id)):
        for name in ("source_name", "source_contact", "subject_name", "subject_phone"):
            setattr(signal, name, "")
        for column in _sealed(Signal):
            setattr(signal, column, None)
        crypto.destroy_content_key(signal.id)
    for contact in session.scalars(sa.select(ContactMoment).where(ContactMoment.case_id == case.id)):
        contact.line_sealed = None


def _erase_drafts(case: Case) -> None:
    """What somebody was still typing; an address names the file or a referral of it."""
    referrals = session.scalars(sa.select(Referral.id).where(Referral.case_id == case.id))
    for ident in (case.id, *referrals):
        session.execute(sa.delete(Draft).where(Draft.subject_key.contains(str(ident))))


# ---------------------------------------------------------------- people
def _forget_people(case: Case) -> None:
    """The person and the household of the file, unless a file that stays needs them."""
    if case.household_id is not None and not _is_needed(case, Case.household_id == case.household_id):
        household = session.get_one(Household, case.household_id)
        household.name = ""
        for member in session.scalars(
            sa.select(HouseholdMember).where(HouseholdMember.household_id == household.id)
        ):
            member.described_as = ""
            if member.person_id is not None:
                _forget_unless_needed(case, member.person_id)
    if case.person_id is not None:
        _forget_unless_needed(case, case.person_id)


def _forget_unless_needed(case: Case, person_id: Any) -> None:
    lives_in = sa.select(HouseholdMember.household_id).where(HouseholdMember.person_id == person_id)
    if _is_needed(case, sa.or_(Case.person_id == person_id, Case.household_id.in_(lives_in))):
        return
    for person in session.scalars(
        sa.select(Person).where(sa.or_(Person.id == person_id, Person.merged_into_id == person_id))
    ):
        _forget(person)


def _is_needed(case: Case, condition: sa.ColumnElement[bool]) -> bool:
    """Whether another file that was not erased has this person or household."""
    query = (
        sa.select(Case.id)
        .join(ContentKey, ContentKey.owner_id == Case.id)
        .where(Case.id != case.id, ContentKey.destroyed_at.is_(None), condition)
    )
    return session.scalar(query.limit(1)) is not None


def _forget(person: Person) -> None:
    """Sex, language and municipality stay to be counted; nothing that tells who it was."""
    for name in ("first_name", "last_name", "alias", "phone", "phone_digits", "mail", "contact_hours"):
        setattr(person, name, "")
    for name in ("birth_year", "birth_month", "birth_day", "ssin_hash", "contact_preference"):
        setattr(person, name, None)
    for column in _sealed(Person):
        setattr(person, column, None)
    person.avoid, person.identity = [], Identity.ANONYMOUS
    session.execute(sa.delete(PersonKey).where(PersonKey.person_id == person.id))
    session.expire(person, ["keys"])
