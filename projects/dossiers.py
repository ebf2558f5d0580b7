"""What is asked once per organization: statutes, accounts, bank proof, who may sign."""

import uuid
from datetime import date

import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from projects import attachments
from projects.models.applications import ApplicantDossier, Application, Attachment
from socialmap.models.directory import Organization

DOCUMENTS = ("statutes", "accounts", "bank_proof")


def find(tenant_id: uuid.UUID | None) -> ApplicantDossier | None:
    """The dossier of an applicant."""
    query = sa.select(ApplicantDossier).where(ApplicantDossier.tenant_id == tenant_id)
    return session.scalars(query).one_or_none()


def of_application(application: Application) -> ApplicantDossier | None:
    return find(application.tenant_id)


def save(
    organization: Organization,
    *,
    signatories: list[tuple[str, str]],
    iban: str | None,
    accounts_year: int | None,
    by: Actor,
) -> ApplicantDossier:
    """Keep who may sign, the account and the year of the last accounts. Every application reads them."""
    if accounts_year is not None and not 2000 <= accounts_year <= clock.today().year:
        raise DomainError(_("Enter the year of the last approved accounts."), field="accounts_year")
    found = find(by.tenant_id)
    if found is None:
        found = ApplicantDossier(
            tenant_id=by.tenant_id, organization_id=organization.id, updated_at=clock.now()
        )
        session.add(found)
        session.flush()
    found.signatories = [{"name": name, "role": role} for name, role in signatories]
    found.iban, found.accounts_year, found.updated_at = iban, accounts_year, clock.now()
    session.flush()
    audit.record("dossier.saved", found, by=by)
    return found


def keep_document(dossier: ApplicantDossier, kind: str, upload: FileStorage, *, by: Actor) -> Attachment:
    """Keep statutes, accounts or bank proof; a new one stands beside the older ones."""
    kept = attachments.attach(dossier, kind, upload, owner_id=dossier.id, tenant_id=dossier.tenant_id, by=by)
    today: date = clock.today()
    if kind == "statutes":
        dossier.statutes_on = today
    elif kind == "bank_proof":
        dossier.bank_proof_on = today
    dossier.updated_at = clock.now()
    return kept


def may_sign(dossier: ApplicantDossier | None, name: str) -> bool:
    """Whether the statutes let this person sign; without a list nobody is refused."""
    if dossier is None or not dossier.signatories:
        return True
    wanted = " ".join(name.casefold().split())
    return any(" ".join(s["name"].casefold().split()) == wanted for s in dossier.signatories)
