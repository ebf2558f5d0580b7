"""Days as people type them: `17/03/1952`, or a birth date of which only a part is known."""

import re
from dataclasses import dataclass
from datetime import date

from core import clock
from core.errors import DomainError
from core.i18n import _

_SEPARATORS = re.compile(r"[\s./-]+")
OLDEST_YEAR = 1900


@dataclass(frozen=True)
class PartialDate:
    """A date of which the day, the month or everything may be unknown."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    @property
    def is_empty(self) -> bool:
        return self.year is None

    @property
    def swapped(self) -> "PartialDate":
        """Day and month exchanged, the usual slip; itself when that is no date."""
        if self.year and self.month and self.day and self.day <= 12:
            return PartialDate(self.year, self.day, self.month)
        return self


def parse_day(text: str, *, field: str) -> date | None:
    """`dd/mm/jjjj` to a date; None for an empty text. Raises DomainError on `field`."""
    if not text.strip():
        return None
    parts = _numbers(text, field)
    if len(parts) != 3 or len(str(parts[2])) != 4:
        raise DomainError(_("Write the date as day/month/year, for example 27/11/2026."), field=field)
    return _real(parts[2], parts[1], parts[0], field)


def parse_birth(text: str, *, field: str = "birth") -> PartialDate:
    """`17/03/1952`, `03/1952` or `1952`; empty when nothing is known. Zeros mean unknown."""
    if not text.strip():
        return PartialDate()
    parts = _numbers(text, field)
    if len(parts) > 3 or len(str(parts[-1])) != 4:
        raise DomainError(
            _("Write the birth date as 17/03/1952. If you only know the year, write 1952."), field=field
        )
    year = parts[-1]
    month = parts[-2] if len(parts) > 1 else 0
    day = parts[-3] if len(parts) > 2 else 0
    born = _real(year, month or 1, day or 1, field)
    if born > clock.today():
        raise DomainError(_("This birth date lies in the future."), field=field)
    if year < OLDEST_YEAR:
        raise DomainError(_("Check the year of birth: %(year)s is too long ago.", year=year), field=field)
    return PartialDate(year, month or None, (day or None) if month else None)


def _numbers(text: str, field: str) -> list[int]:
    parts = [part for part in _SEPARATORS.split(text.strip()) if part]
    if not parts or not all(part.isascii() and part.isdecimal() and len(part) <= 4 for part in parts):
        raise DomainError(_("Write the date as day/month/year, for example 27/11/2026."), field=field)
    return [int(part) for part in parts]


def _real(year: int, month: int, day: int, field: str) -> date:
    if not 1 <= month <= 12:
        raise DomainError(_("There is no month %(month)s. Write day/month/year.", month=month), field=field)
    try:
        return date(year, month, day)
    except ValueError:
        raise DomainError(_("That month has no day %(day)s. Check the date.", day=day), field=field) from None
