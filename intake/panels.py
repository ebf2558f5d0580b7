"""What the page of an organization on the social map shows of files and referrals (ADR 0016)."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from core.access import Actor
from core.db import session
from core.i18n import _
from intake import labels, policy
from intake.models.cases import Case
from intake.models.referrals import Referral
from socialmap import panels
from socialmap.models.directory import Service

SHOWN = 10


def register() -> None:
    panels.register("intake.referrals", referrals_to, order=10)
    panels.register("intake.received", referrals_received, order=11)
    panels.register("intake.cases", cases_with, order=20)


def _at(organization_ids: Sequence[uuid.UUID]) -> sa.Select[uuid.UUID]:
    return sa.select(Service.id).where(Service.organization_id.in_(organization_ids))


def referrals_to(organization_ids: Sequence[uuid.UUID], by: Actor) -> panels.Panel | None:
    """Referrals out of files that this actor may see, to services of this organization."""
    if not policy.is_intake_worker(by):
        return None
    query = policy.referrals_sent_by(by).where(Referral.service_id.in_(_at(organization_ids)))
    return panels.Panel(_("Referrals to this organization"), _rows(query))


def referrals_received(organization_ids: Sequence[uuid.UUID], by: Actor) -> panels.Panel | None:
    """Referrals that came to this organization, for its own desk."""
    if not policy.is_desk(by):
        return None
    query = policy.referrals_received_by(by).where(Referral.service_id.in_(_at(organization_ids)))
    return panels.Panel(_("Referrals that came in"), _rows(query))


def _rows(query: sa.Select[Referral]) -> list[tuple[str, str, str]]:
    rows = session.scalars(query.order_by(Referral.status_since.desc(), Referral.id).limit(SHOWN))
    return [
        (
            f"{referral.service_name}, {referral.number}",
            f"/referrals/{referral.id}",
            labels.label(referral.status),
        )
        for referral in rows
    ]


def cases_with(organization_ids: Sequence[uuid.UUID], by: Actor) -> panels.Panel | None:
    """Files that this actor may see and that were referred to this organization: by number, without names."""
    if not policy.is_intake_worker(by):
        return None
    referred = sa.select(Referral.case_id).where(Referral.service_id.in_(_at(organization_ids)))
    query = policy.cases_visible_to(by).where(Case.id.in_(referred)).order_by(Case.id.desc()).limit(SHOWN)
    rows = [
        (_("File %(number)s", number=case.number), f"/cases/{case.id}",
         labels.label(case.status))
        for case in session.scalars(query)
    ]  # fmt: skip
    return panels.Panel(_("Files with this organization"), rows)
