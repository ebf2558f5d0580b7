"""Account numbers: checked by their digits; a bank that nobody knows is only a warning."""

import pytest

from core.errors import DomainError
from projects import accounts
from tests.factories.projects import IBAN


@pytest.mark.parametrize("iban", ["BE71096123456768", "BE00", "NL91ABNA0417164301", "abc"])
def test_an_account_number_that_fails_its_check_is_refused(iban: str) -> None:
    with pytest.raises(DomainError) as refusal:
        accounts.clean_iban(iban)
    assert refusal.value.field == "iban"


def test_an_unknown_bank_only_warns() -> None:
    assert not accounts.bank_is_unknown(IBAN)
    digits = "9990000001"
    body = f"{digits}{int(digits) % 97 or 97:02d}"
    number = f"BE{98 - int(body + '111400') % 97:02d}{body}"
    assert accounts.clean_iban(number) == number
    assert accounts.bank_is_unknown(number)
