"""Fields as people fill them in: text that any database can keep, and days as `dd/mm/jjjj`."""

import unicodedata
from datetime import date
from typing import Any

from wtforms import StringField, TextAreaField
from wtforms.validators import ValidationError

from core.errors import DomainError
from core.forms import max_length
from intake.birth_dates import PartialDate, parse_birth, parse_day

LINE, WORDS = 200, 4000
_KEPT = {"\n", "\t"}
# Marks that reorder what follows: a name with one would reverse the rest of a page or a log line.
_REORDER = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def clean(text: str | None) -> str | None:
    """Text without characters that a database or a page cannot bear; accents composed, new lines alike."""
    if text is None:
        return None
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(ch for ch in composed if ch in _KEPT or not _is_harmful(ch))


def _is_harmful(ch: str) -> bool:
    return unicodedata.category(ch) in {"Cc", "Cs"} or ch in _REORDER


class LineField(StringField):
    """One line of text, at most 200 characters."""

    def __init__(self, label: Any = None, validators: Any = (), *, limit: int = LINE, **kwargs: Any) -> None:
        filters = [clean, lambda text: text.strip() if text else text]
        super().__init__(label, [*validators, max_length(limit)], filters=filters, **kwargs)


class WordsField(TextAreaField):
    """Free text, at most 4,000 characters unless told."""

    def __init__(self, label: Any = None, validators: Any = (), *, limit: int = WORDS, **kwargs: Any) -> None:
        super().__init__(label, [*validators, max_length(limit)], filters=[clean], **kwargs)


class DayField(StringField):
    """A day written as `27/11/2026`; `day` is the date, None when empty; what was typed stays."""

    day: date | None = None

    def __init__(self, label: Any = None, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, validators, filters=[clean], **kwargs)

    def pre_validate(self, form: Any) -> None:
        try:
            self.day = parse_day(self.data or "", field=self.name)
        except DomainError as refusal:
            raise ValidationError(refusal.message) from None


class BirthField(StringField):
    """A birth date of which parts may be unknown; `born` is what was understood."""

    born: PartialDate = PartialDate()

    def __init__(self, label: Any = None, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, validators, filters=[clean], **kwargs)

    def pre_validate(self, form: Any) -> None:
        try:
            self.born = parse_birth(self.data or "", field=self.name)
        except DomainError as refusal:
            raise ValidationError(refusal.message) from None
