"""Bank accounts: what is refused (a number that fails its check) and what only warns (an unknown bank)."""

from stdnum import iban as iban_numbers
from stdnum.be import iban as belgian
from stdnum.exceptions import ValidationError

from core.errors import DomainError
from core.i18n import _


def clean_iban(text: str) -> str:
    """The number in its compact form. Refuses one whose check digits fail (ISO 13616, mod 97)."""
    try:
        number = str(iban_numbers.validate(text, check_country=False))
    except ValidationError as error:
        message = _("This account number is not right. Check it against a bank statement.")
        raise DomainError(message, field="iban") from error
    if number.startswith("BE") and int(number[4:14]) % 97 not in (int(number[14:]), int(number[14:]) - 97):
        raise DomainError(
            _("This account number is not right. Check it against a bank statement."), field="iban"
        )
    return number


def bank_is_unknown(number: str) -> bool:
    """Whether the bank is not in the table we know: a reason to look twice, never to refuse."""
    return number.startswith("BE") and belgian.to_bic(number) is None


def masked(number: str | None) -> str:
    """The last four digits, for pages."""
    return f"… {number[-4:]}" if number else ""
