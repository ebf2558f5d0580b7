"""The review of a file: asked once, screened by the tables, confirmed by a person, followed up."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm.exc import StaleDataError

from core import clock
from core.access import Actor
from core.errors import Conflict, DomainError
from intake import rights, rights_sources
from intake.models.cases import Case
from intake.models.rights import NonTakeUp, Right, RightOutcome, RightReview, RightsAnswers, RightStep
from intake.models.transitions import Transition
from intake.rights_screening import answered, library_tables
from tests.conftest import Cli, Client
from tests.factories.intake import make_case, make_worker
from workflows import decision_versions, decisions
from workflows.engine import dmn

TODAY = clock.today().isoformat()
# Test values: round figures that hold today.
VALUES = {
    "adult_age": 18, "child_benefit_age": 25, "vt_income_base": 28_000, "vt_income_per_person": 5_000,
    "vt_margin": 0.1, "vt_leefloon_months": 3, "vt_long_term_months": 12, "vt_orphan_age": 25,
    "vt_student_age": 25, "vt_value_person": 300,
}  # fmt: skip


def document(**changes: Any) -> dict[str, Any]:
    values = [
        {
            "id": key,
            "values": [{"valid_from": "2020-01-01", "valid_to": None, "value": value, "source": "test"}],
        }
        for key, value in {**VALUES, **changes}.items()
    ]
    return {"version": "test", "parameters": values, "uitpas": []}


@pytest.fixture
def case(session: orm.Session) -> Case:
    rights_sources.load_parameters(document())
    return make_case(make_worker())


@pytest.fixture
def worker(case: Case) -> Actor:
    return make_worker(case.tenant)


VALUE = {"valid_from": "2026-01-01", "valid_to": None, "value": 1}
RULE = {
    "nis": "44019", "valid_from": "2026-01-01", "valid_to": None, "accepts": [], "automatic": True,
}  # fmt: skip
WIDOW = {
    "persons[0].birth_date": "1956-03-17", "persons[0].civil_status": "widowed", "persons[0].statuses": [],
    "persons[0].activity": "none", "persons[0].health_fund": True, "persons[0].gross_month": 1500,
    "household.complete": True, "held.vt": False,
}  # fmt: skip


def vt(reviews: list[RightReview]) -> RightReview:
    return next(review for review in reviews if review.right == Right.VT)


def test_without_answers_every_right_is_to_check(case: Case, worker: Actor) -> None:
    reviews = rights.answer(case, {}, by=worker)
    assert {review.right for review in reviews} == set(Right)
    assert {review.outcome for review in reviews} == {RightOutcome.CHECK}
    assert all(review.missing for review in reviews)


def test_an_answered_household_gets_a_probable_right_with_its_rule(case: Case, worker: Actor) -> None:
    review = vt(rights.answer(case, WIDOW, by=worker))
    assert (review.outcome, review.rule, review.euro_per_year) == (RightOutcome.PROBABLE, "VT-6", 300)
    assert review.parameters_version == "test"
    assert review.table_version
    assert json.loads(review.inputs or "{}")


def test_a_question_is_asked_only_while_it_is_needed(case: Case, worker: Actor) -> None:
    before = {question.path for question in rights.questions(rights.answer(case, {}, by=worker))}
    assert "held.vt" in before
    after = {question.path for question in rights.questions(rights.answer(case, WIDOW, by=worker))}
    assert "held.vt" not in after
    assert not after & set(WIDOW)


def test_taking_an_answer_away_makes_it_unknown_again(case: Case, worker: Actor) -> None:
    rights.answer(case, WIDOW, by=worker)
    review = vt(rights.answer(case, {"persons[0].gross_month": None}, by=worker))
    assert review.outcome == RightOutcome.CHECK
    assert review.missing == ["persons[0].gross_month"]


def test_an_expired_amount_gives_to_check_never_probable(case: Case, worker: Actor) -> None:
    expired = document()
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    for parameter in expired["parameters"]:
        if parameter["id"] == "vt_income_base":
            parameter["values"][0]["valid_to"] = yesterday
    rights_sources.load_parameters(expired)
    review = vt(rights.answer(case, WIDOW, by=worker))
    assert review.outcome == RightOutcome.CHECK
    assert "parameter_expired" in review.blockers


def test_a_right_is_confirmed_applied_for_and_realised(case: Case, worker: Actor) -> None:
    review = vt(rights.answer(case, WIDOW, by=worker))
    rights.confirm(review, by=worker)
    rights.note_application(review, applied_on=clock.today(), by=worker)
    rights.note_realised(review, realised_on=clock.today(), euro=310, by=worker)
    assert (review.step, review.realised_euro) == (RightStep.REALISED, 310)
    assert rights.euro_per_year(rights.of_case(case)) == (0, 310)


def test_a_new_screening_keeps_what_a_person_did(case: Case, worker: Actor) -> None:
    review = vt(rights.answer(case, WIDOW, by=worker))
    rights.confirm(review, by=worker)
    rights.answer(case, {"persons[0].gross_month": 9000}, by=worker)
    assert (review.step, review.outcome) == (RightStep.CONFIRMED, RightOutcome.NO)


def test_not_taking_up_needs_and_keeps_a_reason(case: Case, worker: Actor) -> None:
    review = vt(rights.answer(case, WIDOW, by=worker))
    rights.note_not_taken_up(review, NonTakeUp.NOT_KNOWN, by=worker)
    assert review.non_take_up == NonTakeUp.NOT_KNOWN
    rights.look_again(review, by=worker)
    assert (review.step, review.non_take_up) == (RightStep.SCREENED, None)


def test_two_people_do_not_settle_one_right_twice(case: Case, worker: Actor) -> None:
    review = vt(rights.answer(case, WIDOW, by=worker))
    rights.set_aside(review, by=worker)
    with pytest.raises(Conflict):
        rights.confirm(review, by=worker)


def test_a_day_in_the_future_is_refused(case: Case, worker: Actor) -> None:
    review = vt(rights.answer(case, WIDOW, by=worker))
    with pytest.raises(DomainError) as refusal:
        rights.note_application(review, applied_on=clock.today() + timedelta(days=1), by=worker)
    assert refusal.value.field == "applied_on"


def test_there_is_one_partner_on_the_list(case: Case, worker: Actor) -> None:
    rights.add_person(case, "partner", None, by=worker)
    with pytest.raises(DomainError) as refusal:
        rights.add_person(case, "partner", None, by=worker)
    assert refusal.value.field == "relation"
    rights.remove_person(case, 1, by=worker)
    assert len(rights.document_of(case)["persons"]) == 1


def test_answers_lie_sealed_in_the_database(case: Case, worker: Actor, session: orm.Session) -> None:
    from intake.models.rights import RightsAnswers

    rights.answer(case, WIDOW, by=worker)
    row = session.get_one(RightsAnswers, case.id)
    assert b"widowed" not in bytes(row.document_sealed)
    assert "widowed" in (row.document or "")


def test_periods_that_overlap_are_refused(session: orm.Session) -> None:
    doubled = document()
    doubled["parameters"][0]["values"].append(
        {"valid_from": TODAY, "valid_to": None, "value": 21, "source": "test"}
    )
    with pytest.raises(ValueError, match=r"parameters\[0\]\.values\[1\].* overlaps"):
        rights_sources.load_parameters(doubled)


def test_all_golden_households_agree_through_the_commands(shared: Path, cli: Cli, tmp_path: Path) -> None:
    folder = shared / "data" / "rights"
    cli("rights", "parameters", "load", str(folder / "parameters.json"), "--json")
    cases = json.loads((folder / "households.json").read_text("utf-8"))
    path = tmp_path / "household.json"
    wrong = []
    for golden in cases:
        path.write_text(json.dumps(golden["input"]), "utf-8")
        result = cli("rights", "check", str(path), "--json")
        answers = {right["right"]: right for right in json.loads(result.stdout)["rights"]}
        for right, expected in golden["expected"].items():
            for key, value in expected.items():
                found = answers[right][key]
                same = set(found) == set(value) if isinstance(value, list) else found == value
                if not same:
                    wrong.append((golden["id"], right, key, value, found))
    assert len(cases) == 24
    assert wrong == []


@pytest.mark.parametrize(
    "household",
    [{}, {"on": "2026-13-01"}, {"on": TODAY, "persons": []}, {"on": TODAY, "unknown": 1}, [1], "x"],
)
def test_a_document_against_the_schema_is_refused_with_its_faults(
    cli: Cli, tmp_path: Path, household: object
) -> None:
    path = tmp_path / "household.json"
    path.write_text(json.dumps(household), "utf-8")
    result = cli("rights", "check", str(path), "--json", code=1)
    assert json.loads(result.stdout)["problems"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"version": 3}, "version"),
        ({"parameters": None}, "parameters"),
        ({"parameters": [{"id": "a", "values": [{**VALUE, "value": "18"}]}]},
         "parameters[0].values[0].value"),
        ({"parameters": [{"id": "a", "values": [{**VALUE, "valid_from": "2026"}]}]},
         "parameters[0].values[0].valid_from"),
        ({"parameters": [{"id": "a", "values": [
            {"valid_from": "2026-02-01", "valid_to": "2026-01-01", "value": 1}]}]},
         "parameters[0].values[0].valid_to"),
        ({"parameters": [{"id": "a", "values": []}] * 2}, "parameters[1].id"),
        ({"parameters": [{"id": "a", "values": [
            {"valid_from": "2026-01-01", "valid_till": None, "value": 1}]}]},
         "parameters[0].values[0].valid_to"),
        ({"uitpas": [{**RULE, "accepts": ["rich"]}]}, "uitpas[0].accepts"),
        ({"uitpas": [{**RULE, "income": {"net_month_base": 1}}]}, "uitpas[0].income"),
        ({"uitpas": [RULE, {**RULE, "valid_from": "2027-01-01"}]}, "uitpas[1].valid_from"),
        ({"uitpas": [{**RULE, "valid_from": 20260101}]}, "uitpas[0].valid_from"),
    ],
)  # fmt: skip
def test_a_wrong_parameter_file_replaces_nothing_and_says_what_is_wrong(
    session: orm.Session, cli: Cli, tmp_path: Path, change: dict[str, Any], path: str
) -> None:
    rights_sources.load_parameters(document())
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps({**document(), **change}), "utf-8")
    result = cli("rights", "parameters", "load", str(file), "--json", code=1)
    assert [problem["path"] for problem in json.loads(result.stdout)["problems"]] == [path]
    assert rights_sources.stored_parameters()("adult_age", clock.today()) == 18


def test_every_fault_of_a_file_stands_in_one_list(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "parameters.json"
    values = [{"valid_from": "x", "value": True}, 3]
    wrong = {"version": "", "parameters": [{"id": 7, "values": values}, "a"], "uitpas": {"nis": "44019"}}
    file.write_text(json.dumps(wrong), "utf-8")
    refused = cli.json("rights", "parameters", "load", str(file), code=1)
    assert [problem["path"] for problem in refused["problems"]] == [
        "version", "parameters[0].id", "parameters[0].values[0].valid_to",
        "parameters[0].values[0].valid_from", "parameters[0].values[0].value",
        "parameters[0].values[1]", "parameters[1]", "uitpas",
    ]  # fmt: skip


def test_what_a_file_brings_for_nothing_or_leaves_out_is_said(shared: Path, cli: Cli, tmp_path: Path) -> None:
    whole = json.loads((shared / "data" / "rights" / "parameters.json").read_text("utf-8"))
    file = tmp_path / "parameters.json"
    file.write_text(json.dumps(whole), "utf-8")
    assert cli.json("rights", "parameters", "load", str(file))["warnings"] == []
    left_out = whole["parameters"].pop(0)
    whole["parameters"][0] = {**whole["parameters"][0], "colour": "red"}
    whole["parameters"].append({"id": "vt_margn", "values": []})
    whole["uitpas"].append({**RULE, "nis": "99999"})
    file.write_text(json.dumps({**whole, "extra": 1}), "utf-8")
    told = cli.json("rights", "parameters", "load", str(file))["warnings"]
    last, rule = len(whole["parameters"]) - 1, len(whole["uitpas"]) - 1
    assert [warning["path"] for warning in told] == [
        "extra", "parameters[0].colour", f"parameters[{last}].id", f"parameters[{last}].values",
        f"parameters.{left_out['id']}", f"uitpas[{rule}].nis",
    ]  # fmt: skip
    assert all(warning["message"] for warning in told)


def test_rules_are_edited_in_their_table_and_amounts_in_their_file(
    client: Client, session: orm.Session, cli: Cli, tmp_path: Path, case: Case, worker: Actor
) -> None:
    """A deployed table and a loaded file decide at once: on the page and in `rights check`."""
    client.sign_in(worker.email)
    first = vt(rights.answer(case, WIDOW, by=worker))
    assert (first.outcome, first.rule) == (RightOutcome.PROBABLE, "VT-6")
    household, amounts = tmp_path / "household.json", tmp_path / "parameters.json"
    person = {"relation": "head", "birth_date": "1956-03-17", "civil_status": "widowed", "statuses": [],
              "activity": "none", "health_fund": True, "gross_month": 1500}  # fmt: skip
    known = {"on": TODAY, "persons": [person], "household": {"complete": True}, "held": {"vt": False}}
    household.write_text(json.dumps(known), "utf-8")

    def shown() -> tuple[str, str]:
        """The state of the right on the page, and the rule that `rights check` names."""
        page = client.get(f"/cases/{case.id}/rights").text
        state = re.search(r'data-testid="right-row"[^>]*data-state="(\w+)"', page)
        assert state is not None
        return state[1], cli.json("rights", "check", str(household))["rights"][0]["rule"]

    assert shown() == ("probable", "VT-6")
    amounts.write_text(json.dumps(document(vt_income_base=17_000)), "utf-8")
    cli("rights", "parameters", "load", str(amounts))
    assert shown() == ("check", "VT-7")
    table, folder = library_tables()["vt"], tmp_path / "rights"
    folder.mkdir()
    file = folder / "vt.dmn"
    file.write_bytes(table.replace(b"vt_income &lt;= vt_ceiling", b"vt_income &lt;= 2 * vt_ceiling"))
    told = cli.json("process", "deploy", str(folder))["deployed"]
    assert [(one["key"], one["version"]) for one in told] == [("vt", 2)]
    assert cli.json("process", "deploy", str(file))["deployed"] == []
    assert shown() == ("probable", "VT-6")
    file.write_bytes(table)
    assert cli.json("process", "deploy", str(file))["deployed"][0]["version"] == 3
    assert shown() == ("check", "VT-7")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("vt", b"vt_income &lt;= vt_ceiling", b"vt_income &lt;= ("),
        ("vt", b'id="rights.vt"', b'id="rights.other"'),
        ("vt", b'"probable"', b'"granted"'),
        ("triage", b"", b""),
    ],
)
def test_a_table_that_cannot_decide_is_refused_and_changes_nothing(
    cli: Cli, tmp_path: Path, name: str, old: bytes, new: bytes
) -> None:
    file = tmp_path / f"{name}.dmn"
    file.write_bytes(decisions.table(name).replace(old, new))
    assert "Error" in cli("process", "deploy", str(file), code=1).stderr
    assert decision_versions.in_use(["vt"])["vt"] == decisions.table("vt")


def test_every_rule_that_a_review_cannot_hold_is_named_at_once(cli: Cli, tmp_path: Path) -> None:
    table = decisions.table("vt").replace(b'<rule id="VT-1">', b'<rule id="VT-1-of-the-year-2026-and-on">')
    table = table.replace(b'<text>"has"</text>', b'<text>"granted"</text>', 1)
    table = re.sub(rb"<text>round half up[^<]*</text>", b"<text>12.5</text>", table, count=1)
    (tmp_path / "vt.dmn").write_bytes(table)
    said = cli("process", "deploy", str(tmp_path / "vt.dmn"), code=1).stderr
    for fault in ("20 tekens", "niet granted", "VT-2: een bedrag per jaar"):
        assert fault in said
    assert decision_versions.in_use(["vt"])["vt"] == decisions.table("vt")


@pytest.mark.parametrize("euro", ["veel", True, [300]])
def test_an_amount_that_is_none_is_left_out(euro: Any) -> None:
    outputs = {"outcome": "probable", "euro_per_year": euro}
    decision = dmn.Decision("vt", "test", clock.today(), outputs, ("VT-2",))
    assert answered("vt", decision).euro_per_year is None


def test_who_looks_at_changed_rights_is_not_said_to_have_screened(
    client: Client, session: orm.Session, case: Case, worker: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page brings what changed up to date by itself, and answers whatever comes in between."""
    rights.answer(case, WIDOW, by=worker)
    client.sign_in(worker.email)
    page = f"/cases/{case.id}/rights"
    rights_sources.load_parameters(document(vt_income_base=17_000))
    session.commit()
    keep = rights._keep
    for refused in (StaleDataError(), Conflict("later")):

        def fail(*_values: Any, why: Exception = refused) -> RightReview:
            raise why

        monkeypatch.setattr(rights, "_keep", fail)
        assert client.get(page).status_code == 200
    monkeypatch.setattr(rights, "_keep", keep)
    assert vt(rights.of_case(case)).rule == "VT-6"
    assert client.get(page).status_code == 200
    session.expire_all()
    assert vt(rights.of_case(case)).rule == "VT-7"
    done = sa.select(Transition).where(Transition.event == "rights.screened").order_by(Transition.id)
    assert [row.actor_id for row in session.scalars(done)] == [worker.user_id, None]
    answers = session.get_one(RightsAnswers, case.id)
    answers.document = json.dumps({"persons": [{"relation": "head", "birth_date": "30 februari"}]})
    session.commit()
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("command", [("check",), ("parameters", "load")])
def test_a_file_that_is_not_there_is_refused_in_one_document(
    cli: Cli, tmp_path: Path, command: tuple[str, ...]
) -> None:
    for path in (tmp_path / "absent.json", tmp_path):
        refused = cli.json("rights", *command, str(path), code=1)
        assert path.name in refused["problems"][0]["message"]


def test_a_merger_counts_from_its_first_day(session: orm.Session) -> None:
    places = rights_sources.Municipalities()
    melle, merged = "44040", "44088"
    assert places.successor(melle, date(2024, 12, 31)) == melle
    assert places.successor(melle, date(2025, 1, 1)) == merged


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_a_file_that_is_not_json_is_refused_with_words(cli: Cli, tmp_path: Path, text: str) -> None:
    file = tmp_path / "household.json"
    file.write_text(text, "utf-8")
    result = cli("rights", "check", str(file), "--json", code=1)
    assert "is not JSON" in json.loads(result.stdout)["problems"][0]["message"]


def test_a_name_that_stands_twice_is_refused_and_a_mark_of_windows_is_not(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "household.json"
    file.write_text('{"on": "%s", "nis": "44019", "nis": "11001"}' % TODAY, "utf-8")  # noqa: UP031
    refused = cli.json("rights", "check", str(file), code=1)
    assert refused["problems"] == [{"path": "nis", "message": "is given twice"}]
    file.write_text(json.dumps({"on": TODAY}), "utf-8-sig")
    assert len(cli.json("rights", "check", str(file))["rights"]) == 6


def test_the_inputs_of_a_review_read_as_words(
    client: Client, session: orm.Session, case: Case, worker: Actor, statements: Any
) -> None:
    """Amounts stand there by their name and in the reader's figures; the page asks eight statements."""
    rights.answer(case, WIDOW, by=worker)
    client.sign_in(worker.email)
    path = f"/cases/{case.id}/rights"
    client.get(path)
    with statements() as seen:
        page = client.get(path).text
    assert len(seen) <= 8, seen
    assert "Verhoogde tegemoetkoming: inkomensgrens, euro per jaar" in page
    assert "28.000" in page
    for raw in ("vt_income_base", "vt income base"):
        assert raw not in page
