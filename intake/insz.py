"""The Belgian social number (INSZ): national number or BIS number. Optional everywhere; never shown in full.

Rules: the check is 97 minus the first nine digits modulo 97, with a 2 before them for births from 2000 on; a
BIS number adds 20 (sex unknown) or 40 (sex known) to the month; 00 means unknown.
"""

from dataclasses import dataclass
from enum import StrEnum

from stdnum.be import bis, nn
from stdnum.exceptions import InvalidChecksum, ValidationError

from core import clock
from core.errors import DomainError
from core.i18n import _
from intake.birth_dates import PartialDate
from intake.models.persons import Sex


class InszKind(StrEnum):
    NATIONAL = "national"
    BIS = "bis"


@dataclass(frozen=True)
class Insz:
    """A valid number: eleven digits and what may be read from them."""

    digits: str
    kind: InszKind
    born: PartialDate
    sex: Sex


def parse(text: str, *, field: str = "ssin") -> Insz:
    """Read what a user typed. Raises DomainError, on `field`, that says what to look at."""
    digits = "".join(ch for ch in text if ch not in " .-/\u00a0")
    if not (digits.isascii() and digits.isdecimal()):
        raise DomainError(_("Use digits only, for example 52.03.17-000.21."), field=field)
    if len(digits) != 11:
        message = _("This number has %(count)s digits. It needs 11.", count=len(digits))
        raise DomainError(message, field=field)
    is_bis = int(digits[2:4]) >= 20
    module = bis if is_bis else nn
    try:
        module.validate(digits)
        year, month = module.get_birth_year(digits), module.get_birth_month(digits)
        born = module.get_birth_date(digits)
    except InvalidChecksum:
        raise DomainError(
            _("This number is not right. Check the last 2 digits, and whether two digits were swapped."),
            field=field,
        ) from None
    except ValidationError:
        raise DomainError(
            _("The first 6 digits are no birth date. Check the year, month and day."), field=field
        ) from None
    if born is not None and born > clock.today():
        raise DomainError(_("This birth date lies in the future."), field=field)
    return Insz(
        digits,
        InszKind.BIS if is_bis else InszKind.NATIONAL,
        PartialDate(year, month, born.day if born else None),
        _sex(digits, is_bis),
    )


def _sex(digits: str, is_bis: bool) -> Sex:
    if is_bis and int(digits[2:4]) < 40:
        return Sex.UNKNOWN
    return Sex.MALE if int(digits[6:9]) % 2 else Sex.FEMALE


def masked(digits: str | None) -> str:
    """What a page may show: the birth date part only, since a birth date is no secret."""
    return f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-•••.••" if digits else ""
