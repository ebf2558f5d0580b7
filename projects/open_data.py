"""Awards as open data in the 360Giving Data Standard 1.4, without natural persons.

The JSON package follows the standard's schemas with their format checks; the table uses the titles of the
standard as columns. Sources: standard.threesixtygiving.org, reference and "Formats".
"""

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from openpyxl import Workbook

from core import clock
from core.access import Actor
from core.db import session
from core.models.accounts import Tenant
from core.text import safe_cell
from projects import policy
from projects.decisions import DECIDED
from projects.models.applications import Application
from projects.models.awards import Award, Outcome
from projects.models.calls import Call
from projects.models.payments import EntryKind, LedgerEntry
from projects.models.projects import Project
from socialmap import geography
from socialmap.models.directory import Organization

PREFIX = "360G-draaischijf"
GRANTED = (Outcome.GRANTED, Outcome.PARTLY_GRANTED)

COLUMNS = (
    ("Identifier", ("id",)),
    ("Title", ("title",)),
    ("Description", ("description",)),
    ("Currency", ("currency",)),
    ("Amount Applied For", ("amountAppliedFor",)),
    ("Amount Awarded", ("amountAwarded",)),
    ("Amount Disbursed", ("amountDisbursed",)),
    ("Award Date", ("awardDate",)),
    ("Planned Dates:Start Date", ("plannedDates", 0, "startDate")),
    ("Planned Dates:End Date", ("plannedDates", 0, "endDate")),
    ("Recipient Org:Identifier", ("recipientOrganization", 0, "id")),
    ("Recipient Org:Name", ("recipientOrganization", 0, "name")),
    ("Funding Org:Identifier", ("fundingOrganization", 0, "id")),
    ("Funding Org:Name", ("fundingOrganization", 0, "name")),
    ("Grant Programme:Code", ("grantProgramme", 0, "code")),
    ("Grant Programme:Title", ("grantProgramme", 0, "title")),
    ("Beneficiary Location:Name", ("beneficiaryLocation", 0, "name")),
    ("Beneficiary Location:Country Code", ("beneficiaryLocation", 0, "countryCode")),
    ("From An Open Call?", ("fromOpenCall",)),
    ("Last Modified", ("dateModified",)),
)


def grants(reader: Actor | None = None) -> list[dict[str, Any]]:
    """Every award of money, as objects of the standard, oldest first; without a reader, all of them."""
    query = (
        sa.select(Award, Application, Call, Organization, Tenant, Project)
        .join(Application, Application.id == Award.application_id)
        .join(Call, Call.id == Award.call_id)
        .join(Organization, Organization.id == Application.organization_id)
        .join(Tenant, Tenant.id == Call.tenant_id)
        .outerjoin(Project, Project.award_id == Award.id)
        .where(Award.outcome.in_(GRANTED), Award.amount_cents > 0, Call.status.in_(DECIDED))
        .where(policy.not_recused(reader), policy.no_persons())
        .order_by(Award.decided_on, Application.number)
    )
    paid = _paid_per_project()
    return [_grant(*row, paid=paid) for row in session.execute(query)]


def _paid_per_project() -> dict[Any, int]:
    sign = sa.case((LedgerEntry.kind == EntryKind.REPAYMENT, -1), else_=1)
    query = (
        sa.select(LedgerEntry.project_id, sa.func.sum(LedgerEntry.amount_cents * sign))
        .where(LedgerEntry.kind.in_((EntryKind.PAYMENT, EntryKind.REPAYMENT)))
        .group_by(LedgerEntry.project_id)
    )
    return {project_id: int(total) for project_id, total in session.execute(query)}


def _grant(
    award: Award,
    application: Application,
    call: Call,
    organization: Organization,
    tenant: Tenant,
    project: Project | None,
    *,
    paid: dict[Any, int],
) -> dict[str, Any]:
    grant: dict[str, Any] = {
        "id": f"{PREFIX}-{application.number}",
        "title": application.title,
        "description": call.summary or call.title,
        "currency": "EUR",
        "amountAppliedFor": _amount(application.asked_cents),
        "amountAwarded": _amount(award.amount_cents),
        "awardDate": award.decided_on.isoformat(),
        "recipientOrganization": [{"id": organization_id(organization), "name": organization.name}],
        "fundingOrganization": [{"id": f"{PREFIX}-{tenant.id}", "name": tenant.name}],
        "grantProgramme": [{"code": call.number, "title": call.title}],
        "fromOpenCall": "Yes",
        "dateModified": _moment(award.decided_at),
    }
    if project is not None:
        grant["amountDisbursed"] = _amount(paid.get(project.id, 0))
    if application.starts_on and application.ends_on:
        period = {"startDate": application.starts_on.isoformat(), "endDate": application.ends_on.isoformat()}
        grant["plannedDates"] = [period]
    names = [found.name for nis in application.municipalities if (found := geography.municipality(nis))]
    if names:
        grant["beneficiaryLocation"] = [{"name": name, "countryCode": "BE"} for name in names]
    return grant


def organization_id(organization: Organization) -> str:
    """The enterprise number under the list code of org-id.guide, else an id of our own."""
    return f"BE-BCE_KBO-{organization.kbo}" if organization.kbo else f"{PREFIX}-{organization.id}"


def _amount(cents: int) -> int | float:
    euros = Decimal(cents) / 100
    return int(euros) if euros == euros.to_integral_value() else float(euros)


def _moment(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def as_json(publisher: str = "Draaischijf", *, reader: Actor | None = None) -> str:
    """The package of the standard, version 1.4, as JSON text."""
    package = {
        "version": "1.4",
        "title": f"{publisher}: awards",
        "issued": clock.today().isoformat(),
        "publisher": {"name": publisher},
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "grants": grants(reader),
    }
    return json.dumps(package, ensure_ascii=False, indent=2)


def rows(reader: Actor | None = None) -> list[list[Any]]:
    """A header of the standard's titles, and a row per award."""
    table: list[list[Any]] = [[title for title, _path in COLUMNS]]
    table += [[_at(grant, path) for _title, path in COLUMNS] for grant in grants(reader)]
    return table


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError):
            return ""
    return safe_cell(value) if isinstance(value, str) else value


def as_csv(reader: Actor | None = None) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows(reader))
    return out.getvalue()


def as_xlsx() -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("grants")
    sheet.freeze_panes = "A2"
    for row in rows():
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
