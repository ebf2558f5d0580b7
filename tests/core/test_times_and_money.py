"""How days, moments and amounts are written."""

from datetime import date

import pytest
import time_machine
from flask import g

from core.clock import start_of
from core.i18n import long_date, quarter, recent, short_date, whole_euro


@pytest.fixture(params=["nl", "en"])
def language(app, request):
    with app.app_context():
        g.locale = request.param
        yield request.param


@time_machine.travel("2026-11-24T09:00:00+00:00", tick=False)
def test_moments_of_a_story_are_short(language):
    words = {
        "nl": ("vandaag 0.00", "gisteren 0.00", "vr 20 nov 0.00"),
        "en": ("today 0:00", "yesterday 0:00"),
    }
    days = (date(2026, 11, 24), date(2026, 11, 23), date(2026, 11, 20))
    for day, text in zip(days, words[language], strict=False):
        assert recent(start_of(day)) == text


@pytest.mark.parametrize(
    ("language", "short", "long"),
    [
        ("nl", "vr 27 nov", "vrijdag 27 november 2026"),
        ("fr", "ven 27 nov", "vendredi 27 novembre 2026"),
        ("en", "Fri 27 Nov", "Friday 27 November 2026"),
        ("de", "Fr 27. Nov", "Freitag, 27. November 2026"),
    ],
)
@time_machine.travel("2026-11-24T09:00:00+00:00", tick=False)
def test_days_are_written_as_each_language_does(app, language, short, long):
    with app.app_context():
        g.locale = language
        assert (short_date(date(2026, 11, 27)), long_date(date(2026, 11, 27))) == (short, long)


def test_quarters_are_named(language):
    assert quarter("2026-Q3") == {"nl": "3e kwartaal 2026", "en": "3rd quarter 2026"}[language]
    assert quarter("soon") == "soon"


@pytest.mark.parametrize(("amount", "dutch"), [(840, "€ 840"), (1001, "€ 1.001"), (100_000, "€ 100.000")])
def test_round_amounts_have_no_cents(app, amount, dutch):
    with app.app_context():
        g.locale = "nl"
        assert whole_euro(amount).replace("\xa0", " ") == dutch
