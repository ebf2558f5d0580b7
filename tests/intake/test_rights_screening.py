"""The rights review agrees with the golden households, and less knowledge never gives a stronger answer."""

import csv
import json
from copy import deepcopy
from datetime import date

import jsonschema
import pytest

from intake.rights_documents import InvalidHousehold
from intake.rights_screening import RIGHTS, DatedParameters, check_household, library_tables
from workflows.engine import dmn

CASES = [
    "widow-sold-house", "igo-after-expiry", "pension-age-today", "pension-age-tomorrow", "leap-day-still-17",
    "leap-day-now-18", "lone-mother-payer-missing", "leefloon-three-months", "brussels",
    "student-25-just-above", "foreign-pension", "minor-mother", "brother-in-the-house", "couple-last-day",
    "couple-next-day", "moved-recently", "moved-three-months", "merged-municipality", "no-address",
    "nothing-known", "nationality-household-open", "well-off-abroad", "disabled-child", "leefloon-student-24",
]  # fmt: skip
PEELED = ["pension-age-today", "moved-three-months", "brother-in-the-house", "disabled-child"]


class Municipalities:
    """Municipalities from the open data beside the repository."""

    def __init__(self, folder):
        with (folder / "gemeenten.csv").open(encoding="utf-8") as file:
            self.region = {row["nis"]: row["gewest_nis"] for row in csv.DictReader(file)}
        with (folder / "nis_wijzigingen.csv").open(encoding="utf-8") as file:
            self.changes = list(csv.DictReader(file))

    def successor(self, nis, on):
        for change in self.changes:
            if change["oud_nis"] == nis and change["vanaf"] <= on.isoformat():
                return self.successor(change["nieuw_nis"], on)
        return nis

    def is_flemish(self, nis):
        return self.region[nis] == "2000" if nis in self.region else None


class Nowhere:
    """A country without municipalities."""

    def successor(self, nis, on):
        return nis

    def is_flemish(self, nis):
        return None


@pytest.fixture(scope="session")
def rights(shared):
    """The data folder: golden cases, parameters, municipalities, schema of the answer."""
    folder = shared / "data" / "rights"
    return {
        "cases": {case["id"]: case for case in json.loads((folder / "households.json").read_text("utf-8"))},
        "parameters": DatedParameters.from_document(
            json.loads((folder / "parameters.json").read_text("utf-8"))
        ),
        "places": Municipalities(shared / "data" / "geo"),
        "schema": json.loads((folder / "answer.schema.json").read_text("utf-8")),
    }


def review(rights, document):
    return check_household(document, parameters=rights["parameters"], places=rights["places"])


def test_all_golden_households_are_tried(rights):
    assert sorted(rights["cases"]) == sorted(CASES)


@pytest.mark.parametrize("case", CASES)
def test_a_golden_household_agrees_in_every_key_given(rights, case):
    golden = rights["cases"][case]
    answer = review(rights, golden["input"])
    jsonschema.validate(answer, rights["schema"])
    for right in answer["rights"]:
        expected = golden["expected"].get(right["right"], {})
        for key, value in expected.items():
            found = right[key]
            if key in ("missing", "blockers"):
                assert sorted(found) == sorted(value), (right["right"], key)
            else:
                assert found == value, (right["right"], key)


def without(document, path):
    """Return the document without one field."""
    copy = deepcopy(document)
    *parents, last = path
    target = copy
    for key in parents:
        target = target[key]
    del target[last]
    return copy


def fields(document):
    for part in ("household", "held", "income", "energy", "child_benefit"):
        yield from ((part, key) for key in document.get(part, {}))
    for position, person in enumerate(document.get("persons", [])):
        yield from (("persons", position, key) for key in person if key != "relation")
    yield from ((key,) for key in ("nis", "persons") if key in document)


def pytest_generate_tests(metafunc):
    """Peel four households in every run, all of them in a long one."""
    if "peeled" in metafunc.fixturenames:
        metafunc.parametrize("peeled", CASES if metafunc.config.getoption("--long") else PEELED)


def test_less_knowledge_never_gives_another_certain_answer(rights, peeled):
    document = rights["cases"][peeled]["input"]
    full = {right["right"]: right for right in review(rights, document)["rights"]}
    for path in fields(document):
        answer = review(rights, without(document, path))
        for right in answer["rights"]:
            if right["outcome"] != "check":
                assert right["outcome"] == full[right["right"]]["outcome"], (path, right)
                assert right["rule"] == full[right["right"]]["rule"], (path, right)


def test_every_right_explains_itself(rights):
    from intake.rights_screening import screen

    document = rights["cases"]["widow-sold-house"]["input"]
    for answer in screen(document, parameters=rights["parameters"], places=rights["places"]):
        told = answer.decision.explanation
        assert told["rules"] == [answer.rule]
        assert len(told["version"]) == 64
        assert told["inputs"]
        json.dumps(told)


def test_the_rules_are_edited_in_the_table(rights):
    tables = dict(library_tables())
    tables["vt"] = tables["vt"].replace(b"vt_income &lt;= vt_ceiling", b"vt_income &lt;= 2 * vt_ceiling")
    document = rights["cases"]["well-off-abroad"]["input"]
    before = review(rights, document)["rights"][0]
    after = check_household(
        document, parameters=rights["parameters"], places=rights["places"], tables=tables
    )["rights"][0]
    assert (before["rule"], after["rule"]) == ("VT-8", "VT-6")


@pytest.mark.parametrize("right", RIGHTS)
def test_a_table_of_the_library_may_be_deployed(right):
    assert dmn.check(library_tables()[right], deploying=True) == []


def test_terms_that_tables_share_mean_the_same_everywhere():
    texts: dict[str, set[str]] = {}
    for data in library_tables().values():
        for item in dmn.load(data).definitions.values():
            if item.expression is not None:
                texts.setdefault(item.name, set()).add(item.expression.text)
    assert [name for name, found in texts.items() if len(found) > 1] == []


HOUSEHOLD = {"on": "2026-05-01", "persons": [{"relation": "head", "birth_date": "1980-01-01"}]}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"on": "2026-02-30"}, "on"),
        ({"on": None}, "on"),
        ({"nis": "123"}, "nis"),
        ({"extra": 1}, "extra"),
        ({"held": {"vt": "yes"}}, "held.vt"),
        ({"held": []}, "held"),
        ({"income": {"capital": -1}}, "income.capital"),
        ({"income": {"months_below_limit": 1.5}}, "income.months_below_limit"),
        ({"income": {"capital": True}}, "income.capital"),
        ({"persons": []}, "persons"),
        ({"persons": [{"relation": "child"}]}, "persons"),
        ({"persons": [{"relation": "head"}, {"relation": "head"}]}, "persons"),
        ({"persons": [{"relation": "head"}, {"relation": "partner"}, {"relation": "partner"}]}, "persons"),
        ({"persons": [{"relation": "head", "birth_date": "2026-05-02"}]}, "persons[0].birth_date"),
        ({"persons": [{"relation": "head", "statuses": ["rich"]}]}, "persons[0].statuses"),
        ({"persons": [{"relation": "head", "statuses": ["igo", "igo"]}]}, "persons[0].statuses"),
        ({"persons": [{"relation": "head", "name": "Jan"}]}, "persons[0].name"),
        ({"persons": [{}]}, "persons[0].relation"),
        ({"persons": ["head"]}, "persons[0]"),
        ({"nis": "44019\n"}, "nis"),
        ({"nis": "٤٤٠١٩"}, "nis"),
        ({"income": {"capital": 10**400}}, "income.capital"),
        ({"income": {"months_below_limit": 10**400}}, "income.months_below_limit"),
        ({"income": {"cadastral_other": float("nan")}}, "income.cadastral_other"),
    ],
)
def test_a_document_against_the_schema_is_refused_in_words(change, path):
    document = {**HOUSEHOLD, **change}
    with pytest.raises(InvalidHousehold) as refusal:
        check_household(document, parameters=DatedParameters("none", {}), places=Nowhere())
    assert path in {problem.path for problem in refusal.value.problems}


def test_a_birthday_on_the_reference_date_is_accepted(rights):
    document = {"on": "2026-05-01", "persons": [{"relation": "head", "birth_date": "2026-05-01"}]}
    assert len(review(rights, document)["rights"]) == 6


def test_parameters_are_dated():
    values = [{"valid_from": "2026-01-01", "valid_to": "2026-06-30", "value": 1}]
    parameters = DatedParameters.from_document(
        {"version": "v", "parameters": [{"id": "a", "values": values}]}
    )
    assert parameters("a", date(2026, 6, 30)) == 1
    assert parameters("a", date(2026, 7, 1)) is None
    assert parameters.known("a")
    assert not parameters.known("b")
    with pytest.raises(ValueError, match="not a parameter file"):
        DatedParameters.from_document({"version": "v"})
