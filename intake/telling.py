"""Whether the citizen still has to hear what kind of source a notice came from (GDPR art. 14, domain 0.7)."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa

from core import clock
from intake.models.contacts import ContactAttempt
from intake.models.signals import Signal, Source

MONTHS = 1


def untold_since(case_id: uuid.UUID | sa.BindParameter[uuid.UUID]) -> sa.Select[datetime]:
    """When the notice came about which nothing was told; nothing for what citizens brought themselves."""
    told = sa.exists().where(ContactAttempt.case_id == case_id, ContactAttempt.told_source)
    return sa.select(sa.func.min(Signal.received_at)).where(
        Signal.case_id == case_id, Signal.source != Source.CITIZEN, ~told
    )


def last_day(since: datetime | None) -> date | None:
    """One month after the notice at most."""
    return None if since is None else clock.add_months(clock.brussels(since).date(), MONTHS)
