"""On what ground a file is shared, and how that ends: withdrawing closes the door the same second."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock
from core.access import Actor
from core.db import lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import cases, consent_texts, exclusion_rules, items, referrals, transitions
from intake.consent_texts import Told
from intake.models.bases import Basis, BasisKind, Capacity, ConsentChannel, Purpose
from intake.models.cases import Case
from intake.models.persons import ABLE_FROM
from intake.models.referrals import FINAL, Referral, ReferralKind
from socialmap.models.directory import Service

SPEAK_FOR_MINORS = {Capacity.PARENT, Capacity.GUARDIAN}


def get(basis_id: uuid.UUID) -> Basis | None:
    query = (
        sa.select(Basis)
        .options(
            joinedload(Basis.case).options(
                joinedload(Case.person),
                joinedload(Case.content_key),
                joinedload(Case.holder),
                joinedload(Case.household),
            )
        )
        .where(Basis.id == basis_id)
    )
    return session.scalars(query).first()


def of_case(case: Case) -> list[Basis]:
    """Every basis of a file, the newest first."""
    return list(session.scalars(sa.select(Basis).where(Basis.case_id == case.id).order_by(Basis.id.desc())))


@dataclass(frozen=True)
class Given:
    """By whom a consent was given, with whose help, and what was left out of it."""

    capacity: Capacity = Capacity.CITIZEN
    representative: str = ""
    interpreter: str = ""
    exclusions: str = ""
    language: str = "nl"  # in which it was explained
    shown: str = ""  # mark of the text that the page showed; empty: what holds now was told


def give_basis(
    case: Case,
    service: Service,
    *,
    kind: BasisKind,
    shared: Sequence[str],
    channel: ConsentChannel | None = None,
    witness: str = "",
    given: Given = Given(),
    motivation: str = "",
    ends_on: date | None = None,
    by: Actor,
) -> Basis:
    """Record on what ground `shared` may go to this service: how consent was given, or why it needs none."""
    case = cases.open_for_change(case)
    unknown = set(shared) - set(items.codes())
    if unknown:
        raise DomainError(_("Choose what to share from the list."), field="items")
    is_consent = kind == BasisKind.CONSENT
    if is_consent and channel is None:
        raise DomainError(_("Say how the citizen agreed."), field="channel")
    excluded = exclusion_rules.excluded_in(case)
    exclusion_rules.refuse(excluded, service, ReferralKind.ANNOUNCED, shared, kind)
    if is_consent:
        _refuse_unable(case, given)
    elif not motivation.strip():
        raise DomainError(_("Say why you may share this without consent."), field="motivation")
    if ends_on is not None and ends_on < clock.today():
        raise DomainError(_("Choose a date in the future."), field="ends_on")
    told = _text_told(case, given) if is_consent else None
    basis = Basis(
        id=uuid7(),
        case_id=case.id,
        tenant_id=case.tenant_id,
        kind=kind,
        purpose=Purpose.REFERRAL,
        service_id=service.id,
        recipient=f"{service.organization.name}, {service.name}",
        items=sorted({items.CONTACT, *shared}),
        channel=channel if is_consent else None,
        given_on=clock.today(),
        ends_on=ends_on,
        recorded_by_id=by.user_id,
    )
    basis.case = case
    basis.witness = witness.strip() or None
    basis.motivation = motivation.strip() or None
    if told is not None:
        _note_consent(basis, given, told)
    session.add(basis)
    session.flush()
    facts = {"kind": str(kind), "to": basis.recipient, "items": basis.items}
    transitions.add("basis.given", basis, by=by, basis_id=basis.id, facts=facts)
    audit.record("basis.given", basis, by=by, changes={"kind": str(kind), "items": basis.items})
    return basis


def _note_consent(basis: Basis, given: Given, told: Told) -> None:
    """Write on a consent who gave it, with whose help, and which text was told before."""
    basis.text_id, basis.text_version, basis.text_language = told.text_id, str(told.number), told.language
    basis.capacity = given.capacity
    basis.representative = given.representative.strip() or None
    basis.interpreter = given.interpreter.strip() or None
    basis.exclusions = given.exclusions.strip() or None


def _text_told(case: Case, given: Given) -> Told:
    """The text that holds, and that was shown: never one in another language, or published since."""
    told = consent_texts.in_force(case.tenant_id).get(given.language)
    if told is None:
        raise DomainError(_("There is no text in this language yet."), field="text_language")
    if given.shown and told.mark != given.shown:
        raise Conflict(
            _("The text to tell first is another one now. Read it, tell it to the citizen, and send again."),
            field="text_language",
        )
    return told


def _refuse_unable(case: Case, given: Given) -> None:
    """Whoever agreed for the citizen is named. Under 12 somebody speaks for a child; from 12 a note says what
    the minor can decide (decree of 7 May 2004 on minors, art. 4).
    """
    if given.capacity != Capacity.CITIZEN and not given.representative.strip():
        raise DomainError(_("Write down who agreed for the citizen."), field="representative")
    person = case.person
    if person is None or given.capacity in SPEAK_FOR_MINORS:
        return
    age = person.age()
    if age is not None and age < ABLE_FROM:
        raise DomainError(
            _("A child under 12 does not agree alone. Say which parent or guardian agreed."), field="capacity"
        )
    if person.decides_as_minor and not person.capacity_note:
        raise DomainError(
            _("Write first, with the person, what this minor can decide: that makes the consent valid."),
            field="capacity",
        )


def withdraw_basis(basis: Basis, *, reason: str = "", by: Actor) -> Basis:
    """End a basis now: every open referral on it is withdrawn; package and previews show nothing any more."""
    found = lock(Basis, basis.id)
    assert found is not None  # noqa: S101 - a basis is never removed
    if found.withdrawn_at is not None:
        raise Conflict(_("This was withdrawn already."))
    found.withdrawn_at, found.withdrawn_by_id = clock.now(), by.user_id
    found.withdraw_reason = reason.strip() or None
    session.flush()
    transitions.add("basis.withdrawn", found, by=by, basis_id=found.id, facts={"to": found.recipient})
    audit.record("basis.withdrawn", found, by=by)
    on_it = sa.select(Referral).where(Referral.basis_id == found.id, Referral.status.notin_(FINAL))
    for referral in session.scalars(on_it):
        referrals.close_for_basis(referral, by=by)
    return found
