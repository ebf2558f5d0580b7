"""Mijn dag: what is urgent or late comes first, whatever its kind."""

from datetime import date, datetime
from types import SimpleNamespace as Row
from zoneinfo import ZoneInfo

from intake.day import Day
from intake.models.vocabulary import Urgency

TODAY = date(2026, 11, 24)


def urgencies(day):
    return [(kind, row.urgency) for kind, row in day.decide]


def test_an_urgent_notice_stands_before_questions_and_referrals():
    day = Day(
        on=TODAY,
        asked=[Row(urgency=Urgency.U3)],
        inbound=[Row(urgency=Urgency.U2), Row(urgency=Urgency.U1)],
        signals=[Row(urgency=Urgency.U1), Row(urgency=Urgency.U4)],
    )
    assert urgencies(day)[:2] == [("inbound", Urgency.U1), ("signal", Urgency.U1)]
    assert [kind for kind, _row in day.decide[2:]] == ["asked", "inbound", "signal"]


def test_terms_of_the_law_and_plans_stand_together_by_day():
    end = datetime(2026, 11, 24, tzinfo=ZoneInfo("Europe/Brussels"))  # the first moment after 23 November
    term = (Row(due_at=end), Row())
    plans = [Row(due_on=date(2026, 11, 20)), Row(due_on=date(2026, 11, 24))]
    day = Day(on=TODAY, due=plans, aid=[term])
    assert [last for last, _what in day.dated] == [date(2026, 11, 20), date(2026, 11, 23), TODAY]
    assert day.dated[1][1] == term
