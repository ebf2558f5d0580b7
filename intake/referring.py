"""What the page that refers a file shows of it, read together. Who sends reads it again, behind its lock."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from core import parameters
from core.db import session
from intake import consent_texts, exclusion_rules, partner_view, referrals
from intake.consent_texts import Told
from intake.exclusion_rules import Excluded
from intake.models.cases import Case
from intake.models.exclusions import Exclusion
from intake.models.help_requests import HelpRequest
from socialmap.models.directory import Service


@dataclass(frozen=True)
class Known:
    """A file as the page shows it; `chosen` is the service that the address or the form names."""

    requests: list[HelpRequest]
    texts: dict[str, Told]
    held: tuple[str, ...]  # items that the file has something of
    exclusions: list[Exclusion]
    excluded: Excluded
    answer_days: int | None  # that partners agreed on, None for the term of the product
    chosen: Service | None


def known_of(case: Case, service_id: uuid.UUID | None) -> Known:
    """All that the page needs of a file itself and of its organization, in two statements.

    Every question comes with every exclusion; a file has few of both. More are asked for
    organizations that are excluded: who they are today.
    """
    query = (
        sa.select(
            HelpRequest, Exclusion, Service,
            partner_view.has_shareable_note(Case.id).label("has_note"),
            parameters.holding(referrals.ANSWER_TERM, tenant_id=case.tenant_id).label("days"),
        )
        .select_from(Case)
        .outerjoin(HelpRequest, HelpRequest.case_id == Case.id)
        .outerjoin(Exclusion, sa.and_(Exclusion.case_id == Case.id, Exclusion.ended_at.is_(None)))
        .outerjoin(Exclusion.organization)
        .outerjoin(Service, Service.id == service_id)
        .options(contains_eager(Exclusion.organization), joinedload(Service.organization))
        .where(Case.id == case.id)
        .order_by(HelpRequest.id, Exclusion.id)
    )  # fmt: skip
    rows = session.execute(query).all()
    first = rows[0]
    requests = list(dict.fromkeys(row.HelpRequest for row in rows if row.HelpRequest is not None))
    exclusions = list(dict.fromkeys(row.Exclusion for row in rows if row.Exclusion is not None))
    set_committed_value(case, "help_requests", requests)
    return Known(
        requests,
        consent_texts.in_force(case.tenant_id),
        partner_view.available(case, has_note=bool(first.has_note)),
        exclusions,
        exclusion_rules.together(exclusions),
        first.days,
        first.Service,
    )
