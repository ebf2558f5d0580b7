"""A register of thousands: the one who is meant stands among the first ten, in spite of slips."""

import itertools
import random
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.db import uuid7
from intake import persons
from intake.birth_dates import PartialDate
from intake.models.persons import Identity, Person, PersonKey, Sex
from intake.persons import Sought
from tests.factories import intake as make

FIRST = [
    "Maria", "Johan", "Ann", "Marc", "Kristien", "Luc", "Fatima", "Mohamed", "Emma", "Louis", "Olivia",
    "Arthur", "Noor", "Victor", "Elise", "Jef", "Rosa", "Piet", "Godelieve", "Willy", "Annemie", "Dirk",
    "Greet", "Wouter", "Lies", "Bart", "Hilde", "Koen", "Sofie", "Jan", "Katrien", "Peter", "Els",
    "Tom", "Ilse", "Geert",
]  # fmt: skip
STARTS = [
    "Ver", "De", "Van", "Ja", "Pee", "Mae", "Wil", "Goe", "Coo", "Lam", "Des", "Cla", "Bo", "Du", "Mar",
    "Ber", "Hen", "Sme", "Ro", "Ste", "Ly", "Aer", "Wau", "Mich",
]  # fmt: skip
MIDDLES = [
    "mee", "clerc", "den", "ns", "ter", "lem", "tha", "pe", "bert", "maeck", "he", "ec", "ma", "ce",
    "ti", "tin", "geer", "driek", "ter", "ge", "wyn", "pin", "ten", "el",
]  # fmt: skip
ENDS = [
    "ren", "q", "broeck", "sens", "s", "yck", "els", "mans", "aert", "sen", "ns", "ers", "ke", "aerts",
    "ls", "inck", "kens", "ssens", "x", "t", "ck", "e", "y", "uw",
]  # fmt: skip
PEOPLE, ASKED = 4000, 120


@dataclass
class Known:
    """Someone of the register, as the search should find them."""

    id: object
    first: str
    last: str
    born: date


@pytest.fixture
def register(session) -> tuple[object, list[Known]]:
    """Thousands of made-up people of one organization, written at once."""
    chance = random.Random(20261128)
    by = make.make_worker()
    surnames = ["".join(parts) for parts in itertools.product(STARTS, MIDDLES, ENDS)]
    chance.shuffle(surnames)
    known = [
        Known(
            uuid7(),
            chance.choice(FIRST),
            chance.choice(surnames[:900]),
            date(1930, 1, 1) + timedelta(days=chance.randrange(29_000)),
        )
        for _ in range(PEOPLE)
    ]
    people = [
        {
            "id": one.id,
            "tenant_id": by.tenant_id,
            "first_name": one.first,
            "last_name": one.last,
            "identity": Identity.KNOWN,
            "birth_year": one.born.year,
            "birth_month": one.born.month,
            "birth_day": one.born.day,
            "sex": Sex.UNKNOWN,
            "created_at": clock.now(),
            "avoid": [],
            "version": 1,
        }
        for one in known
    ]
    keys = [
        {"person_id": one.id, "key": key, "tenant_id": by.tenant_id}
        for one in known
        for key in sorted(persons.name_keys(one.first, one.last))
    ]
    session.execute(sa.insert(Person.__table__), people)
    session.execute(sa.insert(PersonKey.__table__), keys)
    return by, known


def slip(word: str, chance: random.Random) -> str:
    """One letter dropped, doubled, exchanged with the next one or replaced."""
    at = chance.randrange(1, len(word) - 1)
    return chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + chance.choice("aeinrst") + word[at + 1 :],
        ]
    )


def wrong(born: date, chance: random.Random) -> PartialDate:
    """A birth date as it is heard wrongly: another day, day and month swapped, one digit of the year."""
    kind = chance.choice(["day", "swap", "year"])
    if kind == "swap" and born.day <= 12:
        return PartialDate(born.year, born.day, born.month)
    if kind == "year":
        return PartialDate(born.year + chance.choice([-10, -1, 1, 10]), born.month, born.day)
    return PartialDate(born.year, born.month, chance.randrange(1, 29))


def asked_for(one: Known, chance: random.Random) -> Sought:
    first = one.first[:3] if chance.random() < 0.3 else one.first
    right = PartialDate(one.born.year, one.born.month, one.born.day)
    born = wrong(one.born, chance) if chance.random() < 0.2 else right
    return Sought(first, slip(one.last, chance), born)


def test_slips_in_name_and_birth_date_still_find_the_person(session, register, statements):
    by, known = register
    chance = random.Random(7)
    found = 0
    for one in chance.sample(known, ASKED):
        with statements() as seen:
            matches = persons.find_matches(asked_for(one, chance), by=by)
        assert len(matches) <= 10
        assert len(seen) <= 2  # one that compares, one that loads the likeliest
        found += one.id in {match.person.id for match in matches}
        session.expunge_all()
    assert found / ASKED >= 0.95


def test_a_name_alone_is_enough_among_thousands_with_the_same_particle(session, register):
    by, _known = register
    for number in range(450):
        make_named(session, by, f"Van {ENDS[number % 24]}{MIDDLES[number // 24]}")
    wanted = make.make_person(by, first_name="Karel", last_name="Van Hecke", born=PartialDate(1960, 5, 4))
    matches = persons.find_matches(Sought("Karel", "Van Heke"), by=by)
    assert wanted.id in {match.person.id for match in matches}


def make_named(session, by, last: str) -> None:
    row = {
        "id": uuid7(),
        "tenant_id": by.tenant_id,
        "last_name": last,
        "identity": Identity.PARTLY,
        "sex": Sex.UNKNOWN,
        "created_at": clock.now(),
        "avoid": [],
        "version": 1,
    }
    session.execute(sa.insert(Person.__table__), [row])
    keys = [
        {"person_id": row["id"], "key": key, "tenant_id": by.tenant_id} for key in persons.name_keys(last)
    ]
    session.execute(sa.insert(PersonKey.__table__), keys)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        (PartialDate(1952, 3, 18), "birth_day"),
        (PartialDate(1962, 3, 17), "birth_slip"),
        (PartialDate(1951, 3, 17), "birth_slip"),
    ],
)
def test_a_usual_slip_in_a_birth_date_is_a_reason(session, typed, reason):
    by = make.make_worker()
    make.make_person(by)
    found = persons.find_matches(Sought("Lena", "Airts", typed), by=by)
    assert found[0].reasons == ("name_like", reason)
