"""Opening hours as minutes of a week: what a schedule says, and which services are open at a moment."""

from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from core import clock
from socialmap.models.searching import ServiceOpening

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MIDNIGHT = 24 * 60
ROUND_THE_CLOCK = MIDNIGHT - 1  # sources write 24:00 as 23:59


def of_schedule(
    byday: str | None, opens: time | None, closes: time | None, first: date | None = None,
    last: date | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows for one block that repeats weekly; hours past midnight run on into the next day.

    Days such as `1MO`, the first Monday of a month, tell nothing about an ordinary week and are left out.
    """
    if opens is None or closes is None:
        return []
    begin, end = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
    rows = []
    for name in (byday or "").split(","):
        if name.strip() not in DAYS:
            continue
        day = DAYS.index(name.strip())
        parts = [(day, begin, end)] if end > begin else [(day, begin, MIDNIGHT), ((day + 1) % 7, 0, end)]
        rows += [
            {"day": d, "opens": a, "closes": b, "valid_from": first, "valid_to": last}
            for d, a, b in parts
            if b > a
        ]
    return rows


def open_at(moment: datetime) -> sa.ColumnElement[bool]:
    """Rows of `service_opening` that hold at a moment, by the clock of Brussels.

    On a holiday only what is open round the clock counts: schedules do not say whether they hold then, and
    a closed door is worse than one telephone call.
    """
    local = clock.brussels(moment)
    o, today = ServiceOpening, local.date()
    minute = local.hour * 60 + local.minute
    rules = [
        o.day == today.weekday(), o.opens <= minute, o.closes > minute,
        sa.or_(o.valid_from.is_(None), o.valid_from <= today),
        sa.or_(o.valid_to.is_(None), o.valid_to >= today),
    ]  # fmt: skip
    if clock.is_holiday(today):
        rules += [o.opens == 0, o.closes >= ROUND_THE_CLOCK]
    return sa.and_(*rules)
