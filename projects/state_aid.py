"""State aid: what one undertaking may receive in three years, summed over our own awards.

Ceilings and window: regulations (EU) 2023/2831 (de-minimis) and 2023/2832 (services of general economic
interest). The amounts are parameters with dates; the ones here hold where none was loaded.
"""

from datetime import date

import sqlalchemy as sa

from core import clock, parameters
from core.db import session
from core.errors import DomainError
from core.i18n import _, _l, euro
from projects.models.applications import Application
from projects.models.awards import Award
from projects.models.calls import AidType, Call
from socialmap.models.directory import Organization

CEILING_CENTS = {AidType.DE_MINIMIS: 300_000_00, AidType.DAEB: 750_000_00}
YEARS = 3


def declare_parameters() -> None:
    parameters.declare(
        f"aid.{AidType.DE_MINIMIS}",
        _l("Most de-minimis aid to one undertaking in three years, in cents"),
        CEILING_CENTS[AidType.DE_MINIMIS],
    )
    parameters.declare(
        f"aid.{AidType.DAEB}",
        _l("Most aid for services of general interest in three years, in cents"),
        CEILING_CENTS[AidType.DAEB],
    )


def ceiling(aid: AidType, on: date) -> int:
    """The most in cents, from the dated parameters, else from the regulation itself."""
    try:
        return int(parameters.value(f"aid.{aid}", on=on))
    except parameters.Unknown:
        return CEILING_CENTS[aid]


def received(organization_id: object, aid: AidType, on: date) -> int:
    """What an organization, and those it is one with by mergers, got under one type in three years; cents."""
    into = sa.select(Organization.merged_into_id).where(Organization.id == organization_id)
    whole = session.scalar(into) or organization_id
    same = sa.select(Organization.id).where(
        sa.or_(Organization.id == whole, Organization.merged_into_id == whole)
    )
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(Award.amount_cents), 0))
        .join(Application, Application.id == Award.application_id)
        .join(Call, Call.id == Award.call_id)
        .where(
            Call.aid_type == aid,
            Application.organization_id.in_(same),
            Award.decided_on > _years_before(on),
        )
    )
    return int(session.scalar(query) or 0)


def _years_before(on: date) -> date:
    """The day from which awards count; what was decided on it has just left the window."""
    leap = (on.month, on.day) == (2, 29)
    return on.replace(year=on.year - YEARS, day=28 if leap else on.day)


def refuse_above_ceiling(application: Application, cents: int) -> None:
    """Refuse an award that lifts its recipient over the ceiling of the call's type of aid."""
    aid = application.call.aid_type
    if aid == AidType.NONE or not cents:
        return
    today = clock.today()
    left = ceiling(aid, today) - received(application.organization_id, aid, today)
    if cents > left:
        raise DomainError(
            _(
                "State aid: this organization may receive %(left)s more in three years.",
                left=euro(max(left, 0)),
            ),
            field="amount",
        )
