"""Moments and periods in ISO 8601, in Brussels time.

Days, weeks, months and years are counted on the Brussels calendar (an hour of the clock stays that hour
over the change of summer time); hours, minutes and seconds are counted as they pass. The time zone of the
process plays no part.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workflows.engine.model import EngineError

BRUSSELS = ZoneInfo("Europe/Brussels")
MAX_YEARS = 100
FORMS = (
    r"P(?!$)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?",
    r"(?:T(?=\d)(?:(?P<hours>\d{1,7}(?:[.,]\d{1,6})?)H)?(?:(?P<minutes>\d{1,8}(?:[.,]\d{1,6})?)M)?",
    r"(?:(?P<seconds>\d{1,9}(?:[.,]\d{1,6})?)S)?)?",
)
DURATION = re.compile("".join(FORMS))
CYCLE = re.compile(r"R(?P<times>\d{0,6})/(?P<rest>[^/]+(?:/[^/]+)?)")


class BadTime(EngineError):
    """A text that is no moment, period or cycle we understand."""

    def __init__(self, text: object, expected: str) -> None:
        super().__init__(f"{text!r} is not {expected}.", code="bad-time")


@dataclass(frozen=True, slots=True)
class Duration:
    """A period: calendar months and days, and passing time."""

    months: int
    days: int
    passing: timedelta

    def after(self, moment: datetime) -> datetime:
        """Return the moment this period after `moment`, in UTC."""
        local = moment.astimezone(BRUSSELS)
        day = add_months(local.date(), self.months) + timedelta(days=self.days)
        moved = moment if day == local.date() else at_brussels(day, local.time())
        return moved.astimezone(UTC) + self.passing


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def at_brussels(day: date, clock: time) -> datetime:
    """Return the UTC moment of a Brussels wall clock; an hour that summer time skips is the one after it."""
    return datetime.combine(day, clock.replace(tzinfo=None), BRUSSELS).astimezone(UTC)


def parse_duration(text: object) -> Duration:
    """Read `P1D`, `PT2H30M`, `P1M`.

    Raises BadTime; nothing negative, nothing empty, nothing over 100 years.
    """
    found = DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or not any(found.groups()):
        raise BadTime(text, "a period such as P3D or PT4H")
    part = {name: float((value or "0").replace(",", ".")) for name, value in found.groupdict().items()}
    duration = Duration(
        months=int(part["years"] * 12 + part["months"]),
        days=int(part["weeks"] * 7 + part["days"]),
        passing=timedelta(hours=part["hours"], minutes=part["minutes"], seconds=part["seconds"]),
    )
    if (
        duration.months > MAX_YEARS * 12
        or duration.days > MAX_YEARS * 366
        or duration.passing.days > MAX_YEARS * 366
    ):
        raise BadTime(text, f"a period of at most {MAX_YEARS} years")
    return duration


def parse_moment(text: object) -> datetime:
    """Read a date (its Brussels midnight) or a time (Brussels, unless it says otherwise) as UTC.

    Raises BadTime.
    """
    if not isinstance(text, str):
        raise BadTime(text, "a date or time")
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text.strip()):
            return at_brussels(date.fromisoformat(text.strip()), time(0))
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadTime(text, "a date or time such as 2027-03-01 or 2027-03-01T09:00") from None
    try:
        return at_brussels(moment.date(), moment.time()) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        raise BadTime(text, "a date or time in our era") from None


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repeated moment: `times` counts, -1 is without end; `first` is None for one period from now."""

    times: int
    first: datetime | None
    every: str


def parse_cycle(text: object) -> Cycle:
    """Read `R3/PT24H`, `R/P1W` or `R3/2027-01-01T09:00/P1D`. Raises BadTime."""
    found = CYCLE.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise BadTime(text, "a cycle such as R3/P1D")
    *start, every = found["rest"].split("/")
    duration = parse_duration(every)
    if not duration.months and not duration.days and duration.passing < timedelta(seconds=1):
        raise BadTime(text, "a cycle of at least a second")
    times = int(found["times"] or -1)
    if times == 0:
        raise BadTime(text, "a cycle that comes at least once")
    return Cycle(times, parse_moment(start[0]) if start else None, every)


READERS: dict[str, Callable[[object], object]] = {
    "timeDate": parse_moment,
    "timeDuration": parse_duration,
    "timeCycle": parse_cycle,
}
"""What reads the text of a timer, by the name of its element."""


def iso(moment: datetime) -> str:
    """Write a moment the way states keep it."""
    return moment.astimezone(UTC).isoformat()
