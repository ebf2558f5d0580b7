"""Fields as people fill them in: text that any database can keep, and days as `dd/mm/jjjj`."""

from datetime import date
from typing import Any

from wtforms import StringField, TextAreaField
from wtforms.validators import ValidationError

from core.errors import DomainError
from core.forms import max_length
from intake.birth_dates import PartialDate, parse_birth, parse_day

LINE, WORDS = 200, 4000


class LineField(StringField):
    """One line of text, at most 200 characters."""

    def __init__(self, label: Any = None, validators: Any = (), *, limit: int = LINE, **kwargs: Any) -> None:
        filters = [*kwargs.pop("filters", ()), lambda text: text.strip() if text else text]
        super().__init__(label, [*validators, max_length(limit)], filters=filters, **kwargs)


class WordsField(TextAreaField):
    """Free text, at most 4,000 characters unless told."""

    def __init__(self, label: Any = None, validators: Any = (), *, limit: int = WORDS, **kwargs: Any) -> None:
        super().__init__(label, [*validators, max_length(limit)], **kwargs)


class DayField(StringField):
    """A day written as `27/11/2026`; `day` is the date, None when empty; what was typed stays."""

    day: date | None = None

    def __init__(self, label: Any = None, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)

    def pre_validate(self, form: Any) -> None:
        try:
            self.day = parse_day(self.data or "", field=self.name)
        except DomainError as refusal:
            raise ValidationError(refusal.message) from None


class BirthField(StringField):
    """A birth date of which parts may be unknown; `born` is what was understood."""

    born: PartialDate = PartialDate()

    def __init__(self, label: Any = None, validators: Any = (), **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)

    def pre_validate(self, form: Any) -> None:
        try:
            self.born = parse_birth(self.data or "", field=self.name)
        except DomainError as refusal:
            raise ValidationError(refusal.message) from None
