"""How notices were spread over the organizations of a partnership: counts, for all of them to see."""

from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from core import clock
from core.access import Actor
from core.db import session
from core.models.accounts import Partnership, PartnershipMember, Tenant
from intake import routing, suppression
from intake.models.signals import Signal, SignalStatus


@dataclass(frozen=True)
class Share:
    """One organization: what it received, took into files, and got from or gave to another one.

    Counts as `suppression.rounded` leaves them: every partner reads them, on every day.
    """

    name: str
    received: int | None
    taken: int | None
    passed_to: int | None
    passed_on: int | None


@dataclass(frozen=True)
class Table:
    """One partnership, its organizations by name. `withheld`: what was passed on is not shown at all."""

    name: str
    shares: list[Share]
    withheld: bool = False

    @property
    def total(self) -> int:
        """Of what is shown: an exact one would tell the cells that are not."""
        return sum(share.received or 0 for share in self.shares)


def tables(by: Actor, *, since: date) -> list[Table]:
    """The partnerships of this organization, each with the shares of all its members since a day."""
    return [_table(found, since) for found in partnerships(by)]


def _table(found: Partnership, since: date) -> Table:
    counted = _counts(routing.members(found.id), since)
    shares = [Share(name, *map(suppression.rounded, counts)) for name, counts in counted]
    withheld = suppression.pin_down([one.passed_to for one in shares], [one.passed_on for one in shares])
    if withheld:
        shares = [replace(one, passed_on=None) for one in shares]
    return Table(found.name, shares, withheld)


def partnerships(by: Actor) -> list[Partnership]:
    """The partnerships in which this organization takes part today, by name."""
    today = clock.today()
    query = (
        sa.select(Partnership)
        .join(PartnershipMember, PartnershipMember.partnership_id == Partnership.id)
        .where(PartnershipMember.tenant_id == by.tenant_id, PartnershipMember.starts_on <= today)
        .where(sa.or_(PartnershipMember.ends_on.is_(None), PartnershipMember.ends_on >= today))
        .order_by(Partnership.name)
    )
    return list(session.scalars(query).unique())


def _counts(members: list[Tenant], since: date) -> list[tuple[str, tuple[int, ...]]]:
    """By organization: received, taken, got from a partner, passed on."""
    ids = [tenant.id for tenant in members]
    moment = clock.start_of(since)
    is_taken = Signal.status.in_([SignalStatus.TAKEN, SignalStatus.LINKED])
    received = {
        row[0]: row[1:]
        for row in session.execute(
            sa.select(
                Signal.tenant_id,
                sa.func.count(),
                sa.func.count(sa.case((is_taken, 1))),
                sa.func.count(Signal.passed_on_at),
            )
            .where(Signal.tenant_id.in_(ids), Signal.received_at >= moment)
            .group_by(Signal.tenant_id)
        )
    }
    given = {
        row[0]: row[1]
        for row in session.execute(
            sa.select(Signal.passed_on_from_id, sa.func.count())
            .where(Signal.passed_on_from_id.in_(ids), Signal.received_at >= moment)
            .group_by(Signal.passed_on_from_id)
        )
    }
    return [
        (tenant.name, (*received.get(tenant.id, (0, 0, 0)), given.get(tenant.id, 0))) for tenant in members
    ]
