"""Expressions of diagrams: what they can do, and sixty ways to do harm that they refuse (trap T10)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.workflows.engine.diagrams import NOW, Case, compiled, end, script, start, unchecked, user, xor
from tests.workflows.engine.stock import stock_workflow
from workflows.engine import functions, scripts
from workflows.engine.model import EngineError

DATA = {"x": 3, "name": "Jan", "list": [1, 2, 3], "case": {"who": {"name": "An"}}, "none": None}


class Holder:
    """Stands for a token."""

    def __init__(self, data):
        self.data = data


def value(text, data=None):
    return scripts.SafeEngine(NOW).value(text, DATA if data is None else data)


def after(script_text, data=None):
    holder = Holder({} if data is None else data)
    scripts.SafeEngine(NOW).execute(holder, script_text)
    return holder.data


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ('name == "Jan"', True),
        ('name in ("Jan", "An") and x > 2', True),
        ("x if none is None else 0", 3),
        ("not none or False", True),
        ("1 + 2 * 3 - 4 / 2", 5.0),
        ("7 // 2 + 7 % 2", 4),
        ("-x", -3),
        ("1 < x <= 3", True),
        ('case["who"]["name"]', "An"),
        ("list[0] + list[-1]", 4),
        ("[1] + [2]", [1, 2]),
        ('{"a": [x]}', {"a": [3]}),
        ('get("missing", 5)', 5),
        ('get(case, "other")', None),
        ('get(case, "other", 7)', 7),
        ('has("x") and not has("y")', True),
        ("today()", "2026-11-21"),
        ("now()", "2026-11-21T10:00:00+01:00"),
        ('add_days("2026-12-31", 1)', "2027-01-01"),
        ('add_working_days("2026-11-20", 1)', "2026-11-23"),
        ('days_between("2026-11-21", "2026-12-01")', 10),
        ('after("2027-03-27T09:00", "P1D")', "2027-03-28T07:00:00+00:00"),
        ('after(today(), "P1M")', "2026-12-20T23:00:00+00:00"),
        ("len(list) + max(list) + min(1, 2) + sum(list) + abs(-1)", 14),
        ('upper(name) + lower("X") + strip(" y ")', "JANxy"),
        ('starts_with(name, "J")', True),
        ('int("5") + round(2.567, 1)', 7.6),
        ('str(5) + "a"', "5a"),
        ("sorted([3, 1, 2])", [1, 2, 3]),
    ],
)
def test_what_expressions_are_for(text, result):
    assert scripts.check_expression(text) == []
    assert value(text) == result


def test_the_moment_is_that_of_the_turn_and_the_day_that_of_brussels():
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert scripts.SafeEngine(late).value("today()", {}) == "2027-01-01"


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [("x is None", True), ("x is not True", True), ('x is "yes"', False), ("x is not y", False)],
)
def test_what_is_compared_by_identity_is_found_before_deploying(text, is_meant):
    """Two equal texts are seldom one: this ran, and silently never held."""
    assert (scripts.check_expression(text) == []) is is_meant


def test_a_script_assigns_and_chooses():
    choice = 'if n > 1:\n    level = "high"\nelse:\n    level = "low"'
    text = f'n = get("n", 0) + 1\n{choice}\ncase["done"] = True\ndel old'
    data = after(text, {"n": 1, "case": {}, "old": 5})
    assert data == {"n": 2, "level": "high", "case": {"done": True}}


def test_a_script_that_fails_changes_nothing():
    holder = Holder({"a": {"b": 1}})
    with pytest.raises(EngineError):
        scripts.SafeEngine(NOW).execute(holder, 'a["b"] = 2\nc = missing')
    assert holder.data == {"a": {"b": 1}}


def test_two_names_never_share_a_value():
    data = after('a = [1]\nb = a\nb[0] = 2\nc = {"x": a}\nc["x"][0] = 3\nc["me"] = c')
    assert data == {"a": [1], "b": [2], "c": {"x": [3], "me": {"x": [3]}}}


def test_data_named_after_a_function_do_no_harm():
    assert value("max(1, 2) + get('max')", {"max": 10}) == 12
    assert after("x = len([1])", {"len": 5, "_add": 6, "__builtins__": 7}) == {
        "len": 5,
        "_add": 6,
        "__builtins__": 7,
        "x": 1,
    }


def test_a_registered_function_is_known_at_once():
    assert scripts.check_expression("fairly_new(1)") != []
    functions.register("fairly_new", lambda number: number + 1)
    try:
        assert scripts.check_expression("fairly_new(1)") == []
        assert value("fairly_new(1)") == 2
    finally:
        del functions.TABLE["fairly_new"]
    for name in ("_x", "today", "a b"):
        with pytest.raises(ValueError, match="cannot be"):
            functions.register(name, print)


def test_names_that_an_expression_reads():
    assert scripts.names_in("len(a) + b[c] if today() else d") == {"a", "b", "c", "d"}


HOSTILE_EXPRESSIONS = [
    # Functions are called, never handed about: their text would show where they lie in memory.
    "len",
    "str(len)",
    "[get]",
    '{"a": max}',
    "max(len, 1)",
    "x == today",
    # Names in disguise.
    "x.\uff3f\uff3fclass\uff3f\uff3f",
    "\uff3f\uff3fbuiltins\uff3f\uff3f",
    # Reaching for Python.
    "().__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "''.__class__.__mro__[1]",
    "(1).__class__",
    "x.__init__.__globals__",
    "name.format(x)",
    "'{0.__class__}'.format(x)",
    "name.upper()",
    "list.append(1)",
    "__import__('os').system('id')",
    "__builtins__",
    "__name__",
    "_add",
    "_copy(x)",
    "__builtins__['open']",
    "open('/etc/passwd')",
    "eval('1')",
    "exec('1')",
    "compile('1', '', 'eval')",
    "globals()",
    "locals()",
    "vars()",
    "dir()",
    "getattr(x, 'y')",
    "setattr(x, 'y', 1)",
    "type(x)",
    "super()",
    "breakpoint()",
    "input()",
    "print(1)",
    "help()",
    "object()",
    "range(10)",
    "map(len, list)",
    "get('x')()",
    "(lambda: 1)()",
    "[len][0]('x')",
    "len.__self__",
    # Forms of the language that are not ours.
    "lambda: 1",
    "[y for y in list]",
    "{y for y in list}",
    "{y: y for y in list}",
    "(y for y in list)",
    "(y := 5)",
    "f'{x}'",
    "f'{x:>1000000000}'",
    "await x",
    "yield x",
    "*list",
    "[*list]",
    "{**case}",
    "len(*list)",
    "max(list, key=len)",
    "list[0:2]",
    "...",
    "b'bytes'",
    "1j",
    "{1, 2}",
    "x @ x",
    "x << 5",
    "x >> 1",
    "x | 1",
    "x & 1",
    "x ^ 1",
    "~x",
    # Growing.
    "2 ** 999999999",
    "9 ** 9 ** 9",
    "1" * 90,
    "1e999",
    "(" * 100 + "1" + ")" * 100 + " + " + " + ".join(["1"] * 300),
    "-" * 200 + "1",
    "[" * 40 + "]" * 40,
    "x" * 5000,
    "1 if " * 300,
    # No expressions.
    "",
    "   ",
    "x =",
    "x = 1",
    "import os",
    "x; y",
    "x\ny",
    "\x00",
    "'unclosed",
    "if x: pass",
]


@pytest.mark.parametrize("text", HOSTILE_EXPRESSIONS)
def test_a_hostile_expression_is_refused_before_it_runs(text):
    assert scripts.check_expression(text) != []
    with pytest.raises(EngineError):
        value(text)


HOSTILE_AT_RUN_TIME = [
    "str([name])",
    "str({})",
    "add_working_days('2026-01-01', 1000000000)",
    "add_working_days('2026-01-01', -1000000000)",
    "add_working_days('2026-01-01', 1e308)",
    "after('2026-01-01T00:00:00Z', 'P999999999999999M')",
    "int(float('inf'))",
    "sorted([1, 'a'])",
    '"a" * 10 * 1000000000',
    "[0] * 1000000000",
    "list * 1000",
    "1000000 * [x]",
    '"%1000000000d" % 1',
    '"%s" % case',
    "(10.0 / 3) % 0",
    "1 / 0",
    "1e308 * 10 / 1e-300",
    "round(1, -1000000000)",
    "round(5, 999)",
    "int('9' + '9' + name)",
    "int(1e300) * int(1e300)",
    "sum([name])",
    "add_days(today(), 999999999)",
    "add_working_days(today(), 999999999)",
    "after(today(), 'P99999Y')",
    "after('0001-01-01', '-P1D')",
    "days_between('x', 'y')",
    "get()",
    "get(1, 2, 3, 4)",
    "len(5)",
    "missing",
    "list[99]",
    "case['no']",
    "name + 1",
    "name < 1",
    "{x: 1}",
    "upper(5)",
    "float('x')",
    "sorted([1, 'a'])",
]


@pytest.mark.parametrize("text", HOSTILE_AT_RUN_TIME)
def test_what_grows_or_fails_while_it_runs_is_an_error_of_ours(text):
    with pytest.raises(EngineError):
        value(text)


HOSTILE_SCRIPTS = [
    "import os",
    "from os import system",
    "while True:\n    pass",
    "for i in [1]:\n    x = i",
    "def f():\n    return 1",
    "class A:\n    pass",
    "try:\n    x = 1\nexcept Exception:\n    pass",
    "with x:\n    pass",
    "global x",
    "nonlocal x",
    "assert x",
    "raise x",
    "return 1",
    "x.y = 1",
    "x, y = 1, 2",
    "x = y = 1",
    "[x] = [1]",
    "x: int = 1",
    "_hidden = 1",
    "__builtins__ = 1",
    "today = 1",
    "len = 1",
    "del len",
    "get('x')['y'] = 1",
    "x = [1]\nx[0:1] = [2]",
    "async def f(): pass",
    "match x:\n    case 1:\n        pass",
    "x **= 9",
    "x @= 1",
    "\n".join(f"a{n} = {n}" for n in range(300)),
]


@pytest.mark.parametrize("text", HOSTILE_SCRIPTS)
def test_a_hostile_script_is_refused_before_it_runs(text):
    assert scripts.check_script(text) != []
    with pytest.raises(EngineError):
        after(text, {"x": 1})


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(["a = [1]"] + ["a = [a, a]"] * 60),
        "\n".join(["a = [1]"] + ["a = a + a"] * 60),
        "\n".join(["a = 'x'"] + ["a = a + a"] * 60),
        "\n".join(["a = 9"] + ["a = a * a"] * 60),
        "\n".join(["a = 9"] + ["a *= a"] * 60),
        "\n".join(["a = {}"] + ["a['k'] = a"] * 60 + ["b = a == a"]),
        "\n".join(["a = [1]", "b = [1]"] + ["a = [a, a]\nb = [b, b]"] * 30 + ["c = a == b"]),
    ],
)
def test_values_do_not_grow_without_end(text):
    with pytest.raises(EngineError):
        after(text)


def test_a_diagram_with_a_hostile_expression_is_not_deployed():
    from workflows.engine.model import NotDeployable

    for nodes, flow in (
        ([start(), script("bad", "import os"), end()], "start > bad > end"),
        (
            [start(), xor("g"), user("a"), end()],
            "start > g\ng > a if __import__('os')\ng > end if True\na > end",
        ),
    ):
        with pytest.raises(NotDeployable):
            compiled(nodes, flow)
        # Even past the linter it does not run.
        with pytest.raises(EngineError):
            Case(unchecked(nodes, flow))


def test_the_corpus_of_attacks_only_grows():
    assert len({*HOSTILE_EXPRESSIONS, *HOSTILE_AT_RUN_TIME, *HOSTILE_SCRIPTS}) >= 159


def test_the_library_runs_whatever_is_in_a_diagram(tmp_path):
    mark = tmp_path / "mark"
    stock_workflow([start(), script("bad", f"open({str(mark)!r}, 'w').close()"), end()], "start > bad > end")
    assert mark.exists()


def test_long_lists_in_a_loop_are_counted():
    engine, holder = scripts.SafeEngine(NOW), Holder({"x": list(range(4_000))})

    def repeat():
        for _turn in range(1_000):
            engine.execute(holder, "y = len(x)")

    with pytest.raises(EngineError, match="copy more than"):
        repeat()
    assert engine.copied <= scripts.MAX_COPIED + 5_000
