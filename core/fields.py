"""Fields that read what people in Belgium type: days, moments, amounts of money."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from wtforms import DateField, IntegerField, SelectChoice, StringField
from wtforms.widgets import DateInput

from core.clock import BRUSSELS, brussels
from core.i18n import _, _l

DAY = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})$")
LONGEST_NUMBER = 10  # digits; more is no number that anybody means
TIME = re.compile(r"(\d{1,2})(?:[:.u](\d{2})?)?\s*(?:uur|u|h)?$")


def parse_day(text: str) -> date:
    """A day as typed: 27/11/2026, 27.11.2026 or 2026-11-27. Raises ValueError with a plain message."""
    text = text.strip()
    if match := DAY.match(text):
        day, month, year = (int(part) for part in match.groups())
    elif match := re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})$", text):
        year, month, day = (int(part) for part in match.groups())
    else:
        raise ValueError(_("Write the date like this: 27/11/2026."))
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(_("This day does not exist. Look at day and month.")) from error


def parse_euro(text: str) -> int:
    """An amount as typed (€ 45.000, 45000,50, 45 000.5) in cents. Raises ValueError with a plain message."""
    clean = re.sub(r"[€\s\u00a0\u202f]", "", text)
    for thousands, decimals in ((".", ","), (",", ".")):
        mark, point = re.escape(thousands), re.escape(decimals)
        if re.fullmatch(rf"-?[0-9]{{1,3}}({mark}[0-9]{{3}})+({point}[0-9]{{1,2}})?", clean):
            clean = clean.replace(thousands, "")
    clean = clean.replace(",", ".")
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]{1,2})?", clean):
        raise ValueError(_("Write an amount like this: 45.000 or 45.000,50."))
    whole, _point, rest = clean.partition(".")
    cents = abs(int(whole)) * 100 + int((rest + "00")[:2])
    return -cents if whole.startswith("-") else cents


def show_euro(cents: int) -> str:
    """An amount for a text field: 45.000 or 45.000,50."""
    whole = f"{abs(cents) // 100:,}".replace(",", ".")
    return f"{'-' if cents < 0 else ''}{whole}" + (f",{abs(cents) % 100:02d}" if cents % 100 else "")


def choices(words: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Codes and words for a choice field."""
    pairs = words.items() if isinstance(words, Mapping) else words
    return [SelectChoice(code, word) for code, word in pairs]


class DayField(DateField):
    """A day in one text field."""

    widget = DateInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = parse_day(valuelist[0]) if valuelist and valuelist[0].strip() else None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%d/%m/%Y}" if self.data else ""


class MomentField(StringField):
    """A day and a time of Brussels in one text field, `30/09/2026 23:59`; data is aware, UTC."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        options.setdefault("description", _l("For example 27/11/2026 14:00"))
        super().__init__(label, validators, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            self.data = None
            return
        day, _space, hour = text.partition(" ")
        found = TIME.match(hour.strip() or "0:00")
        if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
            raise ValueError(_("Write the moment like this: 30/09/2026 23:59."))
        local = datetime.combine(parse_day(day), datetime.min.time(), BRUSSELS)
        self.data = local.replace(hour=int(found[1]), minute=int(found[2] or 0)).astimezone(UTC)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{brussels(self.data):%d/%m/%Y %H:%M}" if self.data else ""


class EuroField(StringField):
    """An amount of money; data is integer cents."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data: Any = parse_euro(text) if text else None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return show_euro(self.data) if self.data is not None else ""


class NumberField(IntegerField):
    """A whole number, between two bounds where they are given; one plain message for all that is wrong."""

    def __init__(self, *args: Any, least: int | None = None, most: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.least, self.most = least, most

    def process_formdata(self, valuelist: Any) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = (
            int(text)
            if text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= LONGEST_NUMBER
            else None
        )
        if text and (self.data is None or not self._holds(self.data)):
            raise ValueError(self._wanted())

    def _holds(self, number: int) -> bool:
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    def _wanted(self) -> str:
        # Without thousands signs: what the message writes, the field takes.
        least = "" if self.least is None else str(self.least)
        most = "" if self.most is None else str(self.most)
        if not least and not most:
            return _("Enter a whole number.")
        if not most:
            return _("Enter a whole number of at least %(least)s.", least=least)
        if not least:
            return _("Enter a whole number of at most %(most)s.", most=most)
        return _("Enter a whole number from %(least)s to %(most)s.", least=least, most=most)
