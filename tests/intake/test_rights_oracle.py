"""The decision tables say the same as a second, plain reading of the rules, on random households."""

import json
from collections import Counter
from random import Random

import pytest

from intake.rights_screening import DatedParameters, check_household
from tests.intake import rights_households, rights_oracle
from tests.intake.test_rights_screening import Municipalities

# Every row of every right, decided: a generator that no longer reaches a row would prove nothing about it.
ROWS = {"VT": 8, "IGO": 9, "SET": 5, "SUP": 9, "SCH": 6, "UIT": 9}
BLOCK = 250


@pytest.fixture(scope="module")
def given(shared):
    return json.loads((shared / "data" / "rights" / "parameters.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def places(shared):
    return Municipalities(shared / "data" / "geo")


def compared(seed, given, places):
    """The answers of the tables and those of the plain reading, for the household of a seed."""
    by = Random(seed)
    document = rights_households.household(by)
    parameters = rights_households.parameters(by, given)
    found = check_household(document, parameters=DatedParameters.from_document(parameters), places=places)
    return found["rights"], rights_oracle.answers(document, parameters, places)


def test_the_plain_reading_agrees_with_the_golden_households(shared, given, places):
    golden = json.loads((shared / "data" / "rights" / "households.json").read_text("utf-8"))
    for case in golden:
        for answer in rights_oracle.answers(case["input"], given, places):
            for key, value in case["expected"].get(answer["right"], {}).items():
                expected = sorted(value) if isinstance(value, list) else value
                assert answer[key] == expected, (case["id"], answer["right"], key)


def pytest_generate_tests(metafunc):
    """Two blocks of households in every run, eighty in a long one."""
    if "block" in metafunc.fixturenames:
        metafunc.parametrize("block", range(80 if metafunc.config.getoption("--long") else 2))


def test_tables_and_plain_reading_agree_on_random_households(given, places, block):
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        found, expected = compared(seed, given, places)
        assert found == expected, f"household of seed {seed}"


@pytest.mark.long
def test_random_households_reach_every_row(given, places):
    decided = Counter(
        answer["rule"]
        for seed in range(3000)
        for answer in compared(seed, given, places)[1]
        if not answer["missing"]
    )
    rows = {f"{right}-{row + 1}" for right, count in ROWS.items() for row in range(count)}
    assert rows - set(decided) == set()
