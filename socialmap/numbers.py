"""Numbers that organizations are known by, checked by their check digits."""

import re

from socialmap.reasons import Reason, Unfit

_DIGITS = re.compile(r"\D+")


def kbo(text: str) -> str:
    """The ten digits of an enterprise number (KBO), from any usual spelling.

    The first digit is 0 or 1 and the last two are 97 - (first eight mod 97); an old nine-digit form gets
    its leading 0. Raises `Unfit`.
    """
    return _checked(
        text, "01",
        Reason("this is no enterprise number: that has ten digits and starts with 0 or 1"),
        Reason("this is no enterprise number: the check digits do not fit"),
    )  # fmt: skip


def establishment(text: str) -> str:
    """The ten digits of an establishment number (vestigingsnummer): starts with 2 to 8. Raises `Unfit`."""
    return _checked(
        text, "2345678",
        Reason("this is no establishment number: that has ten digits and starts with 2 to 8"),
        Reason("this is no establishment number: the check digits do not fit"),
    )  # fmt: skip


def _checked(text: str, first: str, form: Reason, check: Reason) -> str:
    digits = _DIGITS.sub("", text.upper().removeprefix("BE"))
    if len(digits) == 9 and "0" in first:
        digits = f"0{digits}"
    if len(digits) != 10 or digits[0] not in first:
        raise Unfit(form)
    if 97 - int(digits[:8]) % 97 != int(digits[8:]):
        raise Unfit(check)
    return digits


def show_kbo(digits: str) -> str:
    """`0566988259` as `0566.988.259`."""
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"
