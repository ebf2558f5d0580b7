"""Taking an accepted referral into a file of one's own: a copy, since every organization keeps its own."""

import sqlalchemy as sa

from core import audit
from core.access import Actor
from core.db import lock, session
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import cases, help_requests, partner_view, policy, transitions
from intake.models.cases import Case, CaseStatus
from intake.models.persons import Person
from intake.models.referrals import Referral
from intake.models.vocabulary import LifeDomain


def open_copy(referral: Referral, person: Person | None, *, by: Actor) -> Case:
    """Open a file in the accepting organization from what was agreed. `person`: its own record, if known."""
    found = lock(Referral, referral.id)
    assert found is not None  # noqa: S101 - referrals are never removed while a page shows them
    view = partner_view.view_of(found)
    if view.stage != "after":
        raise Conflict(_("This referral is not open any more."))
    if found.partner_case_id is not None:
        raise Conflict(_("There is a file for this referral already."))
    if person is not None and person.tenant_id != by.tenant_id:
        raise DomainError(_("This person belongs to another organization."), field="person")
    nis = next(line.values[0] for line in view.now if line.code == "municipality")
    case = cases.open_case(
        nis=nis, urgency=found.urgency, person=person, copied_from=found, status=CaseStatus.INTAKE, by=by
    )
    for line in view.agreed:
        if line.code == "question":
            domain, words, *facts = line.values
            help_requests.note_help_request(case, LifeDomain(domain), words, facts=" ".join(facts), by=by)
    found.partner_case_id = case.id
    session.flush()
    transitions.add("referral.copied", found, by=by, facts={"organization": by.tenant_name})
    audit.record("referral.copied", found, by=by)
    return case


def case_of(referral: Referral, *, by: Actor) -> Case | None:
    """The accepting organization's own file for this referral, when this actor may see it."""
    if referral.partner_case_id is None:
        return None
    query = policy.cases_visible_to(by).where(Case.id == referral.partner_case_id)
    return session.scalars(query).first()


def agreed_name(referral: Referral) -> tuple[str, str]:
    """Name and birth date as text from the agreed package: what a search starts with. Empty once closed."""
    view = partner_view.view_of(referral)
    values = {line.code: line.values[0] for line in view.agreed if line.code in {"name", "birth"}}
    return values.get("name", ""), values.get("birth", "")


def pending(by: Actor) -> sa.Select[Referral]:
    """Referrals of this desk without a file of its own yet."""
    return policy.referrals_received_by(by).where(Referral.partner_case_id.is_(None))
