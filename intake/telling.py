"""Whether the citizen still has to hear what kind of source a notice came from (GDPR art. 14)."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import orm

from core import clock
from core.db import session
from intake.models.cases import Case
from intake.models.contacts import ContactAttempt
from intake.models.signals import Signal, Source

MONTHS = 1


def untold_since(case_id: uuid.UUID | orm.InstrumentedAttribute[uuid.UUID]) -> sa.Select[datetime]:
    """When the notice came about which nothing was told; nothing for what citizens brought themselves."""
    told = sa.exists().where(ContactAttempt.case_id == case_id, ContactAttempt.told_source)
    return sa.select(sa.func.min(Signal.received_at)).where(
        Signal.case_id == case_id, Signal.source != Source.CITIZEN, ~told
    )


def take_along(case: Case, since: datetime | None) -> None:
    """Keep what was read with a file that is about to change, for one `take_last_day`."""
    sa.inspect(case).info["untold_since"] = since


def take_last_day(case: Case) -> date | None:
    """Until when it is to be told. Asked anew the next time: what is noted now may tell it.

    That nothing is owed may be taken from what came along with the file; that something is, a colleague may
    have settled while we waited for the file, so then it is asked again.
    """
    if sa.inspect(case).info.pop("untold_since", date.min) is None:
        return None
    return last_day(session.scalar(untold_since(case.id)))


def last_day(since: datetime | None) -> date | None:
    """One month after the notice at most."""
    return None if since is None else clock.add_months(clock.brussels(since).date(), MONTHS)
