"""One line as workers type it ("gebeld, niet bereikt, vrijdag terug") read into contact, result and a date.

Only what the line says for certain is read; the text itself is always kept whole as the note, and the worker
sees what was understood before it counts. Dutch, with the abbreviations of a desk.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from core import clock
from core.fields import parse_day
from intake.models.contacts import AttemptResult
from intake.models.vocabulary import Channel


@dataclass(frozen=True)
class QuickNote:
    """What a line says. Without channel and result it is a plain note; with a day it asks a task."""

    text: str
    channel: Channel | None = None
    result: AttemptResult | None = None
    follow_up_on: date | None = None

    @property
    def is_contact(self) -> bool:
        return self.channel is not None and self.result is not None


CHANNELS: tuple[tuple[Channel, str], ...] = (
    (Channel.SMS, r"\b(sms|ge-?smst|sms'?je|whats?app|bericht(je)? gestuurd)\b"),
    (Channel.MAIL, r"\b(e-?mail|mail(tje)?|gemaild|ge-?e-?maild)\b"),
    (Channel.LETTER, r"\b(brief|briefje|aangetekend)\b"),
    (Channel.VIDEO, r"\b(video|teams|beeldbellen)\b"),
    (Channel.OUTREACH, r"\b(vindplaats|op straat|in de school|voedselbank|buurtwerk(er)?)\b"),
    (Channel.HOME_VISIT, r"\b(huisbezoek|hb|thuis (langs|geweest|bezocht)|aangebeld|aan de deur)\b"),
    (
        Channel.PHONE,
        r"\b(gebeld|opgebeld|belde|bellen|tel\.?|telefoon(gesprek)?|getelefoneerd|"
        r"ingesproken|voicemail)\b",
    ),
    (Channel.DESK, r"\b(loket|langsgekomen|kwam langs|aan de balie|op kantoor|zitdag|permanentie)\b"),
)
RESULTS: tuple[tuple[AttemptResult, str], ...] = (
    (AttemptResult.REFUSED, r"\b(weigert?|geweigerd|wil geen (hulp|contact)|wenst geen|hing op|ingehaakt)\b"),
    (
        AttemptResult.LEFT_MESSAGE,
        r"\b(ingesproken|voicemail|boodschap|bericht (achter)?gelaten|"
        r"briefje (achter)?gelaten)\b",
    ),
    (
        AttemptResult.NOT_REACHED,
        r"\b(niet bereikt|niet thuis|geen gehoor|geen antwoord|neemt niet op|nam niet op|niet opgenomen|"
        r"onbereikbaar|"
        r"niet komen opdagen|niemand (thuis|opgenomen)|deed niet open|bezet|afwezig|nb)\b",
    ),
    (
        AttemptResult.REACHED,
        r"\b(gesproken|bereikt|gesprek|nam op|thuis aangetroffen|besproken|kwam langs|langsgekomen|"
        r"afspraak gemaakt|"
        r"antwoordde|wel thuis)\b",
    ),
)
SENT_ONLY = {Channel.SMS, Channel.MAIL, Channel.LETTER}
WEEKDAYS = (
    ("maandag", "ma"), ("dinsdag", "di"), ("woensdag", "wo"), ("donderdag", "do"), ("vrijdag", "vr"),
    ("zaterdag", "za"), ("zondag", "zo"),
)  # fmt: skip
MONTHS = ("jan", "feb", "maa|mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
NUMBERS = {"een": 1, "één": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6}


def read(text: str, *, today: date | None = None) -> QuickNote:
    """What a line says, seen from `today` (Brussels)."""
    day = today or clock.today()
    line = f" {text.strip().lower()} "
    channel = next((code for code, pattern in CHANNELS if re.search(pattern, line)), None)
    result = next((code for code, pattern in RESULTS if re.search(pattern, line)), None)
    if channel in SENT_ONLY and result in (None, AttemptResult.REACHED):
        result = AttemptResult.LEFT_MESSAGE
    if result is not None and channel is None and result != AttemptResult.REFUSED:
        channel = Channel.HOME_VISIT if "thuis" in line or "open" in line else None
    return QuickNote(text=text.strip(), channel=channel, result=result, follow_up_on=_follow_up(line, day))


def _follow_up(line: str, today: date) -> date | None:
    """The day on which something has to happen; a day in the past is part of the story, not a task."""
    for found in (_written_day(line, today), _relative_day(line, today), _weekday(line, today)):
        if found is not None and found > today:
            return found
    return None


def _written_day(line: str, today: date) -> date | None:
    if match := re.search(r"\b(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})\b", line):
        try:
            return parse_day(match[1])
        except ValueError:
            return None
    months = "|".join(MONTHS)
    if match := re.search(rf"\b(\d{{1,2}})[/ ](\d{{1,2}}|(?:{months})\w*)\b(?![.:]\d)", line):
        return _day_of(int(match[1]), match[2], today)
    return None


def _day_of(day: int, month: str, today: date) -> date | None:
    number = int(month) if month.isdecimal() else _month(month)
    for year in (today.year, today.year + 1):
        try:
            found = date(year, number, day)
        except ValueError:
            return None
        if found > today:
            return found
    return None


def _month(text: str) -> int:
    return next(n for n, pattern in enumerate(MONTHS, 1) if re.match(pattern, text))


def _relative_day(line: str, today: date) -> date | None:
    if re.search(r"\bovermorgen\b", line):
        return today + timedelta(days=2)
    if re.search(r"(?<!goeie)(?<!goede)\bmorgen\b", line) and not re.search(
        r"\b(van|deze|vanmorgen|'s) ?morgen", line
    ):
        return today + timedelta(days=1)
    words = "|".join(NUMBERS)
    if match := re.search(
        rf"\b(?:over|binnen|na) (\d{{1,2}}|{words}) (dag(?:en)?|we(?:ek|ken)|maand(?:en)?)\b", line
    ):
        count = int(match[1]) if match[1].isdecimal() else NUMBERS[match[1]]
        return _later(today, count, match[2])
    if re.search(r"\b(volgende|komende) week\b", line) and _weekday(line, today) is None:
        return today + timedelta(days=7 - today.weekday())
    return None


def _later(today: date, count: int, unit: str) -> date:
    if unit.startswith("dag"):
        return today + timedelta(days=count)
    if unit.startswith("we"):
        return today + timedelta(weeks=count)
    month = today.month - 1 + count
    year, month = today.year + month // 12, month % 12 + 1
    return date(year, month, min(today.day, 28))


def _weekday(line: str, today: date) -> date | None:
    for number, (name, short) in enumerate(WEEKDAYS):
        if re.search(rf"\b(vorige|afgelopen|voorbije) ({name}|{short})\b", line):
            continue
        if re.search(rf"\b({name}|{short})\b\.?", line):
            ahead = (number - today.weekday() - 1) % 7 + 1
            if re.search(
                rf"\bvolgende week ({name}|{short})\b|\b({name}|{short}) (in )?volgende week\b", line
            ):
                return today + timedelta(days=7 - today.weekday() + number)
            return today + timedelta(days=ahead)
    return None
