"""Noting and ending what a citizen does not want passed on; what runs already follows the same second."""

import uuid

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import joinedload

from core import audit, clock
from core.access import Actor, system_actor
from core.db import lock, session, transaction, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import bases, cases, exclusion_rules, items, referral_steps, transitions
from intake.excluded_names import names_of
from intake.exclusion_rules import AGREED_KINDS, Excluded
from intake.models.bases import Basis
from intake.models.cases import Case
from intake.models.exclusions import Exclusion, ExclusionKind
from intake.models.referrals import FINAL, Referral
from socialmap import words
from socialmap.models.directory import Organization, Service

log = structlog.get_logger(__name__)

FOUND = 6
EVERY_SECONDS = 3600


def get(exclusion_id: uuid.UUID) -> Exclusion | None:
    query = sa.select(Exclusion).options(
        joinedload(Exclusion.case).options(joinedload(Case.content_key), joinedload(Case.person))
    )
    return session.scalars(query.where(Exclusion.id == exclusion_id)).first()


def organization_named(text: str) -> Organization:
    """The organization of the social map with this name. Raises DomainError for none, or for several."""
    wanted = _folded(text)
    query = sa.select(Organization.id, Organization.name).where(Organization.merged_into_id.is_(None))
    rows = session.execute(query.order_by(Organization.name, Organization.id)) if wanted else ()
    folded = [(_folded(name), name, ident) for ident, name in rows]
    found = [row for row in folded if wanted in row[0]]
    chosen = next((row for row in found if row[0] == wanted), found[0] if len(found) == 1 else None)
    if not found:
        raise DomainError(_("No organisation of the social map is called this."), field="organization")
    if chosen is None:
        names = "; ".join(name for _text, name, _ident in found[:FOUND])
        raise DomainError(_("Which one do you mean: %(names)s?", names=names), field="organization")
    return session.get_one(Organization, chosen[2])


def _folded(text: str) -> str:
    """A name without capitals and accents; databases differ in what they lower."""
    return " ".join(words.fold(text).split())


def exclude(
    case: Case,
    *,
    item: str = "",
    organization: Organization | None = None,
    name: str = "",
    by: Actor,
) -> Exclusion:
    """Note one exclusion. Agreements with an excluded organization end; running referrals lose the rest."""
    case = cases.open_or_closed(case)
    chosen = [bool(item), organization is not None, bool(name.strip())]
    if sum(chosen) != 1:
        raise DomainError(_("Choose one: a subject, an organisation or a person."), field="kind")
    if item and (item not in items.codes() or item == items.CONTACT):
        raise DomainError(_("Choose a subject from the list."), field="item")
    if name.strip() and not names_of(name):
        raise DomainError(_("Write by which name the person is called."), field="name")
    kind = list(ExclusionKind)[chosen.index(True)]
    made = Exclusion(
        id=uuid7(),
        case_id=case.id,
        tenant_id=case.tenant_id,
        kind=kind,
        item=item or None,
        organization_id=organization.id if organization else None,
        added_at=clock.now(),
        added_by_id=by.user_id,
    )
    made.case, made.organization = case, organization
    if name.strip():
        made.name = name.strip()
    session.add(made)
    session.flush()
    transitions.add("case.exclusion_added", case, by=by, facts={"kind": str(kind)})
    audit.record("exclusion.added", made, by=by, changes={"kind": str(kind)})
    excluded = exclusion_rules.excluded_in(case)
    _end_agreements(case, excluded, by)
    _withhold(case, excluded)
    return made


def end_exclusion(exclusion: Exclusion, *, by: Actor) -> Exclusion:
    """The citizen changed their mind. What was agreed before shows again; what ended stays ended."""
    found = lock(Exclusion, exclusion.id)
    assert found is not None  # noqa: S101 - an exclusion is never removed
    if found.ended_at is not None:
        raise Conflict(_("This ended already."))
    found.ended_at, found.ended_by_id = clock.now(), by.user_id
    session.flush()
    transitions.add("case.exclusion_ended", found.case, by=by, facts={"kind": str(found.kind)})
    audit.record("exclusion.ended", found, by=by, changes={"kind": str(found.kind)})
    _withhold(found.case, exclusion_rules.excluded_in(found.case))
    return found


def follow_mergers() -> int:
    """End what runs with an organization that became an excluded one since: a merger, a new account."""
    query = (
        sa.select(Case.id)
        .join(Exclusion, Exclusion.case_id == Case.id)
        .join(Basis, Basis.case_id == Case.id)
        .where(
            Exclusion.organization_id.is_not(None),
            Exclusion.ended_at.is_(None),
            Basis.withdrawn_at.is_(None),
            Basis.kind.in_(AGREED_KINDS),
        )
        .order_by(Case.id)
        .distinct()
    )
    with transaction():
        ids = list(session.scalars(query))
    return sum(map(_follow_in, ids))


def _follow_in(case_id: uuid.UUID) -> int:
    """One file by itself: what goes wrong in it is logged and stops no other."""
    try:
        with transaction():
            case = lock(Case, case_id)
            return _end_merged(case) if case is not None else 0
    except Exception as error:
        log.error("intake.merger_not_followed", case_id=str(case_id), error=type(error).__name__)
        return 0


def _end_merged(case: Case) -> int:
    """End what the exclusions of a file cover by now; the sender hears that it came back."""
    query = sa.select(Referral).where(Referral.case_id == case.id, Referral.status.notin_(FINAL))
    running = list(session.scalars(query.order_by(Referral.id)))
    ended = _end_agreements(case, exclusion_rules.excluded_in(case), system_actor(case.tenant_id))
    for referral in running:
        if referral.status.is_final:
            referral_steps.tell_sender(referral, "basis_ended")
    return ended


def _end_agreements(case: Case, excluded: Excluded, by: Actor) -> int:
    query = sa.select(Basis, Service).join(Service, Service.id == Basis.service_id)
    query = query.options(joinedload(Service.organization)).where(
        Basis.case_id == case.id, Basis.withdrawn_at.is_(None), Basis.kind.in_(AGREED_KINDS)
    )
    covered = [basis for basis, service in session.execute(query).all() if excluded.covers(service)]
    for basis in covered:
        bases.withdraw_basis(basis, by=by)
    return len(covered)


def _withhold(case: Case, excluded: Excluded) -> None:
    """Every package that a partner may still open shows without what is excluded now."""
    query = sa.select(Referral).join(Basis, Basis.id == Referral.basis_id)
    query = query.where(
        Referral.case_id == case.id, Basis.withdrawn_at.is_(None), Basis.kind.in_(AGREED_KINDS)
    )
    text = excluded.to_json() if excluded.items or excluded.names else None
    for referral in session.scalars(query):
        referral.withheld = text
    session.flush()
