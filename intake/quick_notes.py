"""One line as workers type it ("gebeld, niet bereikt, vrijdag terug") read into contact, result and a date.

Only what the line says for certain is read; the text itself is always kept whole as the note, and the worker
sees what was understood before it counts. The words of each language stand in `quick_note_words`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from core import clock
from core.fields import parse_day
from intake import quick_note_words
from intake.models.contacts import AttemptResult
from intake.models.vocabulary import Channel
from intake.quick_note_words import Words

SENT_ONLY = {Channel.SMS, Channel.MAIL, Channel.LETTER}
LONGEST = 1000  # of a longer text the beginning is read: it is a report, not a line
FRIDAY = 4
MONTHS_AHEAD = 6  # what a day without a year may roll over to
ON = "(?:op|le|on|am|the|den)"  # before a day


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


def read(text: str, *, today: date | None = None) -> QuickNote:
    """What a line says, seen from `today` (Brussels)."""
    day = today or clock.today()
    line = f" {' '.join(text.lower().replace('’', chr(39)).split())[:LONGEST]} "
    words = quick_note_words.of_line(line)
    channel = _channel(line, words)
    result = next((code for code, pattern in words.results if pattern.search(line)), None)
    if channel in SENT_ONLY and result in (None, AttemptResult.REACHED):
        result = AttemptResult.LEFT_MESSAGE
    return QuickNote(
        text=text.strip(), channel=channel, result=result, follow_up_on=_follow_up(line, words, day)
    )


def _channel(line: str, words: Words) -> Channel | None:
    """The way that is named first: what comes after it is left behind, answered or planned."""
    for known in (words.ways, words.later):
        found = [(match.start(), code) for code, pattern in known if (match := pattern.search(line))]
        if found:
            return min(found, key=lambda one: one[0])[1]
    return None


# ---------------------------------------------------------------- when something follows
def _follow_up(line: str, words: Words, today: date) -> date | None:
    """The day on which something has to happen; a day in the past is part of the story, not a task."""
    for find in (_written_day, _relative_day, _weekday, _ordinal_day):
        found = find(line, words, today)
        if found is not None and found > today:
            return found
    return None


def _written_day(line: str, words: Words, today: date) -> date | None:
    """The first written day that is still to come."""
    for match, found in _written(line, words, today):
        before, after = line[: match.start()], line[match.end() :]
        if found is not None and found > today and not _has_been(before, after, words):
            return found
    return None


def _written(line: str, words: Words, today: date) -> Iterator[tuple[re.Match[str], date | None]]:
    for match in re.finditer(r"\b(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})\b", line):
        yield match, _whole_day(match[1])
    day, month = rf"(?P<day>\d{{1,2}})(?:{words.ordinal})?", rf"(?P<month>{'|'.join(words.months)})\b\.?"
    ways = [rf"\b{day} (?:of )?{month}(?: (?P<year>\d{{4}})\b)?"]
    if words.month_first:
        ways.append(rf"\b{month} {day}\b(?:,? (?P<year>\d{{4}})\b)?(?![.:/]\d)")
    for way in ways:
        for match in re.finditer(way, line):
            number = _month(match["month"].removesuffix("."), words)
            yield match, _day_of(int(match["day"]), number, match["year"], _said(line, match, words), today)
    for match in re.finditer(r"\b(\d{1,2})/(\d{1,2})\b(?![.:/]\d)(?! (?:van|de|du|of|von)\b)", line):
        yield match, _day_of(int(match[1]), int(match[2]), None, _said(line, match, words), today)


def _whole_day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


def _has_been(before: str, after: str, words: Words) -> bool:
    """Whether the words around a day say that it has been."""
    return bool(
        re.search(rf"\b(?:{words.past}) $", before)
        or re.match(rf"\.? (?:{words.done})\b", after)
        or re.search(rf"\b(?:{words.born})(?: {ON})? $", before)
    )


def _said(line: str, match: re.Match[str], words: Words) -> bool:
    """Whether a day stands behind what was done ("called on 20/11"): then it is not one far ahead."""
    return re.search(rf"\b(?:{words.done})(?: {ON})? $", line[: match.start()]) is not None


def _day_of(day: int, month: int, year: str | None, is_done: bool, today: date) -> date | None:
    """A day without a year is the next one, but none of the past turns into one of months ahead."""
    try:
        if year is not None:
            return date(int(year), month, day)
        found = date(today.year, month, day)
        if found > today:
            return _soon(found, today) if is_done else found
        return _soon(date(today.year + 1, month, day), today)
    except ValueError:
        return None


def _soon(found: date, today: date) -> date | None:
    return found if found <= clock.add_months(today, MONTHS_AHEAD) else None


def _month(text: str, words: Words) -> int:
    return next(n for n, pattern in enumerate(words.months, 1) if re.fullmatch(pattern, text))


def _relative_day(line: str, words: Words, today: date) -> date | None:
    monday = today + timedelta(days=7 - today.weekday())
    if words.after_tomorrow.search(line):
        return today + timedelta(days=2)
    if words.tomorrow.search(line):
        return today + timedelta(days=1)
    if (match := words.within.search(line)) and (count := _count(match[1], words)):
        return _later(today, count, match[2], words)
    if words.this_week.search(line) and today.weekday() < FRIDAY:
        return today + timedelta(days=FRIDAY - today.weekday())
    if (match := words.next_week.search(line)) and _day_in(line, words) is None:
        is_end = re.search(rf"\b{words.end_of} $", line[: match.start()])
        return monday + timedelta(days=FRIDAY) if is_end else monday
    if words.after_weekend.search(line):
        return monday
    if words.next_month.search(line):
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return None


def _count(text: str, words: Words) -> int:
    """Of a number in digits or letters; "within the week" is one. 0 when it is no number."""
    if text.isdecimal():
        return int(text)
    return 1 if text == "de" else words.numbers.get(text, 0)


def _later(today: date, count: int, unit: str, words: Words) -> date:
    day, week, _month_word = words.units
    if unit.startswith(day):
        return today + timedelta(days=count)
    if unit.startswith(week):
        return today + timedelta(weeks=count)
    month = today.month - 1 + count
    year, month = today.year + month // 12, month % 12 + 1
    return date(year, month, min(today.day, 28))


def _day_in(line: str, words: Words) -> int | None:
    """The weekday that a line names for later, Monday 0."""
    for number, names in enumerate(words.weekdays):
        for match in re.finditer(rf"(?<![\w-])(?:{names})(?![\w-])", line):
            before, after = line[: match.start()], line[match.end() :]
            if not _has_been(before, after, words):
                return number
    return None


def _weekday(line: str, words: Words, today: date) -> date | None:
    number = _day_in(line, words)
    if number is None:
        return None
    if words.next_week.search(line):
        return today + timedelta(days=7 - today.weekday() + number)
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def _ordinal_day(line: str, words: Words, today: date) -> date | None:
    """The 15th: of this month, or of the next when it is past."""
    match = re.search(rf"\b(?:de|le|the|den|am) (\d{{1,2}}){words.ordinal}(?= |,|$)", line)
    if match is None or not 1 <= int(match[1]) <= 28:
        return None
    this = today.replace(day=int(match[1]))
    return this if this > today else (today.replace(day=1) + timedelta(days=32)).replace(day=int(match[1]))
