"""Decision tables: every hit policy, gaps and overlaps, dated parameters, explanation, accessible HTML."""

# ruff: noqa: E501 - XML of a case stays on one line
import ast
import contextlib
import re
from datetime import date

import pytest
from lxml import etree

from tests.conftest import ROOT
from tests.workflows.engine.tables import file, literal, table
from workflows.engine import dmn, dmn_words, feel_syntax, said
from workflows.engine.dmn_html import model_as_html

ON = date(2026, 5, 1)


def decide(data, decision=None, parameters=None, **inputs):
    return dmn.decide(data, inputs, as_of=ON, parameters=parameters, decision=decision)


def codes(data, **options):
    return [found.code for found in dmn.check(data, **options)]


AGES = file(table([("< 18", '"minor"'), ("[18..65]", '"adult"'), ("> 65", '"senior"')]))


@pytest.mark.parametrize(("age", "expected"), [(17, "minor"), (18, "adult"), (65, "adult"), (65.5, "senior")])
def test_a_unique_table(age, expected):
    decision = decide(AGES, x=age)
    assert decision.outputs == {"y": expected}
    assert len(decision.matched) == 1


def test_no_rule_gives_nothing_or_the_default():
    assert decide(file(table([("1", "2")])), x=5).outputs == {"y": None}
    default = "<defaultOutputEntry><text>7</text></defaultOutputEntry>"
    assert decide(file(table([("1", "2")], output=default)), x=5).outputs == {"y": 7}


def test_a_unique_table_never_hides_a_contradiction():
    data = file(table([("< 10", "1"), ("> 5", "2")]))
    assert codes(data) == ["dmn-overlap"]
    assert dmn.check(data)[0].level == "warning"
    assert dmn.check(data, deploying=True)[0].level == "error"
    assert "5 < … < 10" in dmn.check(data)[0].message("nl")
    with pytest.raises(dmn.DecisionError):
        decide(data, x=7)
    assert decide(data, x=3).outputs == {"y": 1}


ROWS = [("< 10", '"low"'), ("> 5", '"high"'), ("-", '"any"')]


@pytest.mark.parametrize(
    ("policy", "more", "expected"),
    [
        ("FIRST", "", {"y": "low"}),
        ("RULE ORDER", "", [{"y": "low"}, {"y": "high"}, {"y": "any"}]),
        ("COLLECT", "", [{"y": "low"}, {"y": "high"}, {"y": "any"}]),
    ],
)
def test_policies_for_several_matches(policy, more, expected):
    assert decide(file(table(ROWS, policy=policy, more=more)), x=7).outputs == expected


def test_priority_follows_the_listed_values():
    listed = '<outputValues><text>"any","high","low"</text></outputValues>'
    assert decide(file(table(ROWS, policy="PRIORITY", output=listed)), x=7).outputs == {"y": "any"}
    ordered = decide(file(table(ROWS, policy="OUTPUT ORDER", output=listed)), x=7).outputs
    assert [row["y"] for row in ordered] == ["any", "high", "low"]


@pytest.mark.parametrize(("aggregation", "expected"), [("SUM", 6), ("MIN", 1), ("MAX", 3), ("COUNT", 3)])
def test_collect_with_an_aggregate(aggregation, expected):
    rows = [("-", "1"), ("> 1", "2"), ("> 2", "3"), ("> 99", "4")]
    data = file(table(rows, policy="COLLECT", more=f'aggregation="{aggregation}"'))
    assert decide(data, x=7).outputs == {"y": expected}


def test_any_wants_one_answer():
    assert decide(file(table([("< 10", "1"), ("> 5", "1")], policy="ANY")), x=7).outputs == {"y": 1}
    data = file(table([("< 10", "1"), ("> 5", "2")], policy="ANY"))
    assert codes(data) == ["dmn-overlap"]
    with pytest.raises(dmn.DecisionError):
        decide(data, x=7)


def test_gaps_are_named_with_an_example():
    found = dmn.check(file(table([("< 18", "1"), ("(18..65)", "2")])))
    assert [item.code for item in found] == ["dmn-gap"] * 3
    assert {item.args["example"] for item in found} == {"x: 18", "x: 65", "x: > 65"}


def test_gaps_over_two_columns():
    rows = [('"a"', "true", "1"), ('"a"', "false", "2"), ('not("a")', "true", "3")]
    found = dmn.check(file(table(rows, inputs=("k", "b"))))
    assert [item.args["example"] for item in found] == ["k: …, b: false"]


@pytest.mark.parametrize(
    "rows",
    [
        [('< date("2026-01-01")', "1"), ('>= date("2026-01-01")', "2")],
        [("true", "1"), ("false", "2")],
        [("null", "1"), ("<= 3", "2"), ("> 3", "3")],
        [('"a","b"', "1"), ('not("a","b")', "2")],
    ],
)
def test_complete_tables_have_no_findings(rows):
    assert codes(file(table(rows))) == []


def test_dates_and_lists_match_as_written():
    data = file(
        table([('[date("2026-01-01")..date("2026-06-30")]', '"first"'), ("-", '"other"')], policy="FIRST")
    )
    assert decide(data, x=date(2026, 6, 30)).outputs == {"y": "first"}
    assert decide(data, x="2026-06-30").outputs == {"y": "other"}


@pytest.mark.parametrize(
    ("cell", "fits"),
    [
        ("x > 3", True),
        ("z > 3", False),
        ("x > 3 and z < 9", True),
        ("not(z > 3)", True),
        ("x in [1..5]", True),
    ],
)
def test_a_condition_on_names_fits_when_it_holds(cell, fits):
    data = file(table([(cell, "true"), ("-", "false")], policy="FIRST"))
    assert decide(data, x=4, z=2).outputs == {"y": fits}


def test_a_condition_on_names_beside_a_truth_value_is_compared_with_it():
    data = file(table([("z > 3", '"so"'), ("-", '"not so"')], policy="FIRST"))
    assert [decide(data, x=x, z=2).outputs["y"] for x in (True, False)] == ["not so", "so"]


def test_decisions_use_each_other():
    data = file(
        literal("double", "x * 2"),
        literal("limit", 'parameter("limit")'),
        table([("true", "double"), ("false", "null")], inputs=("double <= limit",)),
    )
    assert decide(data, parameters=lambda key, on: 10, x=4).outputs == {"y": 8}
    assert decide(data, "double", x=4).outputs == {"double": 8}


def test_parameters_are_asked_on_the_date():
    asked = []
    decide(file(literal("a", 'parameter("k")')), parameters=lambda key, on: asked.append((key, on)), x=1)
    assert asked == [("k", ON)]


def test_the_first_row_that_is_not_false_decides():
    more = 'd:unknown="decides"'
    data = file(table([("> 10", '"big"'), ("-", '"small"')], policy="FIRST", more=more))
    assert decide(data, x=3).outputs == {"y": "small"}
    unknown = decide(data)
    assert (unknown.unknown, unknown.matched, unknown.missing) == (True, ("r1",), frozenset({"x"}))
    plain = decide(file(table([("> 10", '"big"'), ("-", '"small"')], policy="FIRST")))
    assert (plain.outputs, plain.missing) == ({"y": "small"}, frozenset({"x"}))


def test_a_decision_explains_itself():
    told = decide(AGES, x=20).explanation
    assert told["rules"] == ["r2"]
    assert told["inputs"] == {"x": 20}
    assert told["on"] == "2026-05-01"
    assert told["version"] == dmn.load(AGES).hash
    assert dmn.load(AGES).hash != dmn.load(AGES.replace(b"65", b"66")).hash


BAD = {
    "not xml": (b"<a", "xml-broken"),
    "entity": (b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "xml-doctype"),
    "bpmn": (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "dmn-not-dmn"),
    "no decision": (file(), "dmn-no-decision"),
    "no rules": (file(table([])), "dmn-no-rules"),
    "no output": (file(table([("1",)], outputs=())), "dmn-no-output"),
    "no logic": (file('<decision id="a" name="a"/>'), "dmn-no-logic"),
    "too few cells": (file(table([("1", "2")], inputs=("a", "b"))), "dmn-columns"),
    "bad cell": (file(table([("1 +", "2")])), "dmn-cell"),
    "bad output": (file(table([("1", "if")])), "dmn-cell"),
    "bad policy": (file(table([("1", "2")], policy="LUCKY")), "dmn-hit-policy"),
    "circle": (file(literal("a", "b"), literal("b", "a")), "dmn-cycle"),
    "requirement": (file(literal("a", "1", ["nowhere"])), "dmn-requirement"),
    "same name": (file(literal("a", "1"), literal("a", "2")), "dmn-duplicate"),
    "python": (file(literal("a", "__import__('os')")), "dmn-cell"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_refused_in_words(case):
    data, code = BAD[case]
    found = dmn.check(data)
    assert code in {item.code for item in found}
    assert all(item.message(locale) for item in found for locale in ("nl", "fr", "en", "de"))
    with pytest.raises(dmn.InvalidTables):
        dmn.load(data)


def test_all_faults_come_at_once():
    data = file(table([("1 +", "if"), ("1",)]), literal("a", "("))
    assert sorted(codes(data)) == ["dmn-cell", "dmn-cell", "dmn-cell", "dmn-columns"]


def test_names_that_nothing_declares_are_found():
    data = file('<inputData id="i" name="age"/>', table([("1", "2")], inputs=("aeg",)))
    assert "dmn-name-unknown" in codes(data)


FAULTS = {
    "a function that is not there": ("matches(?, 1)", "dmn-name-unknown"),
    "too many values for a function": ("floor(1, 2) = ?", "dmn-arguments"),
    "a day that does not exist": ('date("2026-02-30")', "dmn-literal"),
    "a duration that is none": ('duration("30 days")', "dmn-literal"),
    "a range the wrong way round": ("[5..1]", "dmn-range-empty"),
    "a range without anything in it": ("(1..1]", "dmn-range-empty"),
    "days the wrong way round": ('[date("2026-02-01")..date("2026-01-01")]', "dmn-range-empty"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_can_never_mean_anything_is_found_before_deploying(case):
    cell, code = FAULTS[case]
    data = file(table([(cell, "1"), ("-", "2")], policy="FIRST"))
    assert codes(data) == [code]
    assert dmn.check(data, deploying=True)[0].level == "error"


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("date(null)", "null"),
        (f'duration("{"x" * 100}")', f"{'x' * 39}…"),
        ('date("2026-02-30")', "2026-02-30"),
    ],
)
def test_a_day_that_does_not_exist_is_shown_as_it_is_written(cell, shown):
    found = dmn.check(file(table([(cell, "1"), ("-", "2")], policy="FIRST")))
    assert [item.args["unknown"] for item in found] == [shown]


def test_functions_of_the_model_and_of_the_expression_are_known():
    body = "function(f, x) f(x) + (for g in [1] return g)[1]"
    data = file(literal("twice", body), table([("twice(abs, 1)", "1"), ("-", "2")], policy="FIRST"))
    assert codes(data) == []


@pytest.mark.parametrize(
    ("locale", "words"), [("nl", "te vroeg"), ("fr", "trop tôt"), ("en", "too soon"), ("de", "zu früh")]
)
def test_what_is_wrong_with_a_cell_is_said_in_four_languages(locale, words):
    found = dmn.check(file(table([("[1..", "1")])))[0]
    assert words in found.message(locale)
    with pytest.raises(dmn.DecisionError) as refusal:
        decide(file(table([("> 0", '"a"'), ("> 1", '"b"')], policy="ANY")), x=5)
    assert refusal.value.message("nl") == "Tabel t: regels r1, r2 geven een verschillend resultaat"


def test_every_error_of_ours_has_words_in_four_languages():
    texts = set()
    for path in (ROOT / "workflows" / "engine").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        passing_on = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef) and function.name == "_unexpected"
            for node in ast.walk(function)
        }
        for node in ast.walk(tree):
            name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if name in ("FeelError", "DecisionError", "_unexpected") and id(node) not in passing_on:
                text = node.args[0]
                assert isinstance(text, ast.Constant), f"{path.name}:{node.lineno}: {ast.unparse(text)}"
                texts.add(text.value)
                if name == "_unexpected" and text.value != "did not expect {found}":
                    texts.add(text.value.replace("found {found}", "it ends here"))
    assert len(texts) > 20
    assert texts <= set(said.TEXTS)
    for text, others in said.TEXTS.items():
        wanted = set(re.findall(r"{(\w+)}", text))
        assert all(set(re.findall(r"{(\w+)}", other)) == wanted for other in others), text


def test_a_table_is_readable_for_everybody():
    data = file(table([("< 18", '"<b>"'), ("-", "2")], policy="FIRST"))
    page = str(model_as_html(dmn.load(data), "nl"))
    tree = etree.fromstring(page)
    assert (tree.findtext("caption") or "").startswith("Tabel t")
    heads = tree.findall(".//th")
    assert {head.get("scope") for head in heads} == {"col", "colgroup", "row"}
    assert "&lt; 18" in page
    assert "<b>" not in page
    assert "om het even" in page
    assert "anything" in str(model_as_html(dmn.load(data), "en"))


WORDS = [
    ("< 5", "minder dan 5"),
    ("[1..5]", "van 1 tot en met 5"),
    ("(1..5]", "meer dan 1 en hoogstens 5"),
    ('"a","b"', "Aa of b"),
    ('not("a","b")', "niet: Aa of b"),
    (">= 2.50", "minstens 2,5"),
    ("true", "ja"),
    ('<= date("2026-03-01")', "tot en met 01/03/2026"),
    ('list contains(facts, "a")', "facts: Aa"),
    ("x + 1", None),
    ("< y", None),
]


@pytest.mark.parametrize(("cell", "words"), WORDS)
def test_a_condition_reads_as_words(cell, words):
    tree = feel_syntax.parse_tests(cell, ("facts", "x", "y"))
    assert dmn_words.asked_in_words(tree, "nl", {"a": "Aa"}) == words


def asking_each_other(count):
    """Decisions in a row, each of which asks the next one."""
    rows = "".join(
        f'<decision id="d{at}" name="d{at}"><variable name="d{at}"/><informationRequirement>'
        f'<requiredDecision href="#d{at + 1}"/></informationRequirement>'
        f"<literalExpression><text>d{at + 1} + d{at + 1}</text></literalExpression></decision>"
        for at in range(count)
    )
    last = f'<decision id="d{count}" name="d{count}"><literalExpression><text>1</text></literalExpression></decision>'
    head = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
    return f"{head}{rows}{last}</definitions>".encode()


def test_decisions_that_ask_each_other_deeply_end_in_a_word_of_ours():
    with contextlib.suppress(dmn.DecisionError):
        dmn.decide(asking_each_other(290), {})
    assert [found.code for found in dmn.check(asking_each_other(3000))] == ["dmn-too-many"]


WIDE = [
    "distinct values(for i in 1..3000 return i)",
    "count(distinct values(for i in 1..9999 return string(i)))",
]


@pytest.mark.parametrize("text", WIDE)
def test_comparing_everything_with_everything_is_too_much_work(text):
    body = f"<literalExpression><text>{text}</text></literalExpression>"
    head = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
    file = f'{head}<decision id="a" name="a">{body}</decision></definitions>'.encode()
    with pytest.raises(dmn.DecisionError, match="too much work"):
        dmn.decide(file, {})


CONDITIONS = [
    ('theme = "a"', "Thema: Aa"),
    ('(list contains(facts, "a")) and winter', "facts: Aa en Winter"),
    ('facts in ("a", "b") or winter', "facts: Aa of b of Winter"),
    ("x > 3 and winter", None),
    ("count(facts)", None),
]


@pytest.mark.parametrize(("text", "words"), CONDITIONS)
def test_a_condition_on_names_reads_as_words(text, words):
    tree = feel_syntax.parse(text, ("facts", "x", "theme", "winter"))
    codes = {"a": "Aa", "winter": "Winter", "theme": "Thema"}
    assert dmn_words.condition_in_words(tree, "nl", codes) == words
