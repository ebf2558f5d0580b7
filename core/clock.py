"""Time as the law and the users count it: UTC stored, Brussels on the calendar, Belgian working days."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

BRUSSELS = ZoneInfo("Europe/Brussels")
# Days on which Flemish public services are closed although they are no legal holidays.
EXTRA_CLOSED = {(7, 11), (11, 2), (11, 15), (12, 26)}


def now() -> datetime:
    """This moment, aware, UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in Brussels."""
    return now().astimezone(BRUSSELS).date()


def brussels(moment: datetime) -> datetime:
    return moment.astimezone(BRUSSELS)


def start_of(day: date) -> datetime:
    """The first moment of a Brussels day, in UTC."""
    return datetime.combine(day, time.min, BRUSSELS).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first moment after a Brussels day, in UTC: terms that end on a day run until here."""
    return start_of(day + timedelta(days=1))


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("BE", years=year))


def is_holiday(day: date) -> bool:
    """A Belgian legal holiday, or a closing day of Flemish public services."""
    return day in _holidays(day.year) or (day.month, day.day) in EXTRA_CLOSED


def is_working_day(day: date) -> bool:
    """Monday to Friday, no Belgian legal holiday, no closing day of Flemish public services."""
    return day.weekday() < 5 and not is_holiday(day)


def add_working_days(day: date, count: int) -> date:
    """The working day that lies `count` working days after `day`; `day` itself does not count."""
    step = 1 if count >= 0 else -1
    left = abs(count)
    while left:
        day += timedelta(days=step)
        left -= is_working_day(day)
    return day


@lru_cache(maxsize=4096)
def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`; negative when `end` lies before `start`."""
    if end < start:
        return -working_days_between(end, start)
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(day) for day in days)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    total = day.month - 1 + months
    year, month = day.year + total // 12, total % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
