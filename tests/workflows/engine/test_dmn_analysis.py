"""Gaps and overlaps of large tables: found by steps that grow with the table, not with its square."""

import random

import pytest

from tests.workflows.engine.tables import file, table
from workflows.engine import dmn, dmn_analysis, dmn_columns, feel

NUMBERS = ["0", "1", "2.5", "-3", "7"]
DAYS = [f'date("2026-01-0{day}")' for day in (1, 2, 5, 9)] + ['date("9999-12-31")']
TEXTS = ['"a"', '"b"', '"bb"', '"z"']


def cell(draw: random.Random, values: list[str]) -> str:
    def test() -> str:
        one, other = draw.choice(values), draw.choice(values)
        low, high = draw.choice("[(]"), draw.choice("])[")
        compared = [f"{sign} {one}" for sign in ("<", "<=", ">", ">=", "!=")]
        return draw.choice([one, one, f"{low}{one}..{other}{high}", f"[{one}, {other}]", "null", *compared])

    tests = ", ".join(test() for _ in range(draw.randrange(1, 4)))
    return draw.choice([tests, tests, tests, f"not({tests})", "-"])


@pytest.mark.parametrize("values", [NUMBERS, DAYS, TEXTS], ids=["numbers", "days", "texts"])
def test_what_a_cell_fits_is_looked_up_as_asking_it_would_tell(values):
    draw = random.Random(len(values))
    for _ in range(60):
        cells = [feel.cell(cell(draw, values)) for _ in range(4)]
        pieces, order = dmn_columns._pieces(cells, None)
        if order is None:
            continue  # nothing but nulls
        for each in cells:
            assert order.runs(each) == dmn_columns._asked(each, pieces), each.text


def test_rows_that_share_a_piece_are_found_however_their_cells_lie():
    draw = random.Random(7)
    for _ in range(60):
        cells = [feel.cell(cell(draw, NUMBERS)) for _ in range(6)]
        pieces, _order = dmn_columns._pieces(cells, None)
        fitting = [dmn_columns._asked(each, pieces) for each in cells]
        places = [{place for run in runs for place in range(*run)} for runs in fitting]
        column = dmn_columns.Column(pieces, fitting)
        for row, own in enumerate(places):
            expected = [other for other, theirs in enumerate(places) if own & theirs]
            assert dmn_columns.members(column.meeting(row)) == expected


def long_table(rows: int) -> list[tuple[str, ...]]:
    """Rows that exclude each other by their first cell; the last one also meets the fourth."""
    found = [(f"[{10 * row}..{10 * row + 9}]", f"< {row % 97}", f'"t{row}"', "1") for row in range(rows - 1)]
    return [*found, ("[35..36]", "-", '"t3"', "2")]


def test_a_long_table_is_analysed_without_asking_its_cells(monkeypatch):
    monkeypatch.setattr(dmn_columns, "_fits", lambda *_: pytest.fail("a cell was asked about a value"))
    found = dmn.check(file(table(long_table(800), inputs=("x", "y", "z"))))
    overlaps = [(item.args["first"], item.args["second"]) for item in found if item.code == "dmn-overlap"]
    assert overlaps == [("r4", "r800")]
    assert [item.args["example"] for item in found if item.code == "dmn-overlap"] == [
        'x: 35, y: < 0, z: "t3"'
    ]
    assert [item.code for item in found if item.code != "dmn-overlap"] == ["dmn-gap"] * 5


def test_a_table_whose_cases_double_with_every_column_says_that_not_all_was_looked_at():
    columns = [f"c{number}" for number in range(60)]
    rows = [(*("true" if each == number else "-" for each in range(60)), "1") for number in range(60)]
    data = file(table([*rows, (*("-" for _ in columns), "2")], inputs=columns, policy="FIRST"))
    assert [item.code for item in dmn.check(data)] == ["dmn-not-analysed"]


def test_gaps_that_were_found_are_told_when_the_search_is_too_long(monkeypatch):
    rows = [("< 5", "true", "1"), ("[5..9]", "true", "2"), ("> 9", "true", "3")]
    data = file(table(rows, inputs=("x", "b"), name="cut off"))
    whole = [found.code for found in dmn.check(data)]
    monkeypatch.setattr(dmn_analysis, "MAX_STEPS", 6)
    dmn._checked.cache_clear()
    cut = [found.code for found in dmn.check(data)]
    dmn._checked.cache_clear()
    assert whole == ["dmn-gap"] * len(whole)
    assert cut[-1] == "dmn-not-analysed"
    assert 0 < cut.count("dmn-gap") < len(whole)


def test_the_same_files_are_read_once(monkeypatch):
    data = file(table([("< 1", "1"), (">= 1", "2")], name="once"))
    assert dmn.check(data) == []
    monkeypatch.setattr(dmn, "read", lambda *_: pytest.fail("the file was read again"))
    assert dmn.check(data, deploying=True) == []
