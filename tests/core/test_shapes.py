"""Shapes of JSON: what comes in is read strictly, what goes out is told truly."""

import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated

import pytest

from core import shapes
from core.shapes import Told


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Inner:
    name: str


@dataclass(frozen=True)
class Given:
    """An example."""

    text: Annotated[str, Told("A text.", limit=10)]
    colour: Colour
    number: Annotated[int, Told("A number.", least=1, limit=5)] = 2
    flag: bool = False
    day: date | None = None
    key: uuid.UUID | None = None
    colours: tuple[Colour, ...] = ()


GOOD = {"text": "a", "colour": "red"}


def test_defaults_fill_what_is_left_out(app):
    assert shapes.read(Given, GOOD) == Given("a", Colour.RED)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": None}, "text"),
        ({"text": 3}, "text"),
        ({"text": "x" * 11}, "text"),
        ({"colour": "green"}, "colour"),
        ({"colour": ["red"]}, "colour"),
        ({"number": 0}, "number"),
        ({"number": 6}, "number"),
        ({"number": True}, "number"),
        ({"number": "3"}, "number"),
        ({"number": 1.5}, "number"),
        ({"flag": "true"}, "flag"),
        ({"day": "2026-02-30"}, "day"),
        ({"day": 20260101}, "day"),
        ({"key": "no"}, "key"),
        ({"colours": "red"}, "colours"),
        ({"colours": ["red", "green"]}, "colours"),
        ({"colours": ["red"] * 201}, "colours"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_wrong_value_is_named_with_its_field(app, change, field):
    with pytest.raises(shapes.Invalid) as fault:
        shapes.read(Given, {**GOOD, **change})
    assert [name for name, _ in fault.value.errors] == [field]


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_something_else_than_an_object_is_refused(app, data):
    with pytest.raises(shapes.Invalid):
        shapes.read(Given, data)


def test_every_fault_is_told_at_once(app):
    with pytest.raises(shapes.Invalid) as fault:
        shapes.read(Given, {"number": 0, "more": 1})
    assert sorted(name for name, _ in fault.value.errors) == ["colour", "more", "number", "text"]


def test_text_is_cleaned_like_that_of_forms(app):
    assert shapes.read(Given, {**GOOD, "text": "e\u0301\x00\u202e"}).text == "é"


def test_parameters_of_an_address_are_read_from_texts(app):
    assert shapes.read_texts(Given, {**GOOD, "number": "4", "flag": "true"}) == Given(
        "a", Colour.RED, 4, True
    )
    for number in ("4.0", "vier", "-1", "9" * 12, "٤"):
        with pytest.raises(shapes.Invalid):
            shapes.read_texts(Given, {**GOOD, "number": number})


def test_what_is_written_is_plain_json():
    moment = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
    key = uuid.UUID(int=1)
    written = shapes.write(
        {"at": moment, "on": date(2026, 1, 2), "key": key, "code": Colour.RED, "in": [Inner("x")]}
    )
    assert written == {
        "at": "2026-11-28T09:30:00Z", "on": "2026-01-02", "key": str(key), "code": "red",
        "in": [{"name": "x"}],
    }  # fmt: skip


def test_the_schema_tells_what_is_needed_and_how_long():
    known = {}
    assert shapes.schema(Given, known) == {"$ref": "#/components/schemas/Given"}
    made = known["Given"]
    assert made["required"] == ["text", "colour"]
    assert made["additionalProperties"] is False
    assert made["properties"]["text"] == {"type": "string", "maxLength": 10, "description": "A text."}
    assert made["properties"]["number"]["maximum"] == 5
    assert made["properties"]["day"] == {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
    assert made["properties"]["colours"]["items"] == {"type": "string", "enum": ["red", "blue"]}
