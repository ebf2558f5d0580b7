"""Days and amounts are read the way people in Belgium type them."""

from datetime import date

import pytest
from flask import Flask

from core.fields import NumberField, parse_day, parse_euro, show_euro
from core.forms import Form


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("€ 45.000", 4_500_000),
        ("45000,50", 4_500_050),
        ("45 000.5", 4_500_050),
        ("1.234.567", 123_456_700),
        ("1,234.56", 123_456),
        ("0,01", 1),
        ("-3,20", -320),
    ],
)
def test_an_amount_is_read_as_typed(typed: str, cents: int) -> None:
    assert parse_euro(typed) == cents
    assert parse_euro(show_euro(cents)) == cents


@pytest.mark.parametrize("typed", ["", "euro", "1,2,3", "12,345,6", "1e5", "٣"])
def test_what_is_no_amount_is_refused(app: Flask, typed: str) -> None:
    with app.test_request_context(), pytest.raises(ValueError, match="45"):
        parse_euro(typed)


@pytest.mark.parametrize("typed", ["27/11/2026", "27-11-2026", "27.11.2026", "2026-11-27", " 27/11/2026 "])
def test_a_day_is_read_as_typed(typed: str) -> None:
    assert parse_day(typed) == date(2026, 11, 27)


@pytest.mark.parametrize("typed", ["31/02/2026", "1/13/2026", "gisteren", "27/11/26", "2026"])
def test_what_is_no_day_is_refused(app: Flask, typed: str) -> None:
    with app.test_request_context(), pytest.raises(ValueError, match=r"\w"):
        parse_day(typed)


def test_every_text_field_gives_text_that_a_database_can_bear(app: Flask) -> None:
    from wtforms import FieldList, FormField, StringField, TextAreaField

    from core.forms import RowForm

    class Row(RowForm):
        name = StringField()

    class Sample(Form):
        line = StringField()
        words = TextAreaField()
        rows = FieldList(FormField(Row))

    odd = "a\x00b\u202ec\r\nde\u0301"
    with app.test_request_context(method="POST", data={"line": odd, "words": odd, "rows-0-name": odd}):
        form = Sample(meta={"csrf": False})
        assert {form.line.data, form.words.data, form.rows[0].form.name.data} == {"abc\nd\u00e9"}


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({}, "Vul een geheel getal in."),
        ({"least": 1}, "Vul een geheel getal van minstens 1 in."),
        ({"most": -2_000}, "Vul een geheel getal van hoogstens -2000 in."),
        ({"least": 1, "most": 9}, "Vul een geheel getal van 1 tot 9 in."),
    ],
)
def test_a_number_that_is_refused_names_the_bounds_it_has(
    app: Flask, bounds: dict[str, int], said: str
) -> None:
    class Sample(Form):
        number = NumberField(**bounds)

    typed = "0" if bounds else "een"
    with app.test_request_context(method="POST", data={"number": typed}):
        form = Sample(meta={"csrf": False})
        assert not form.validate()
        assert form.number.errors == [said]
