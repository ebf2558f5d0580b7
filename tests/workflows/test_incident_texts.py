"""Every code that an incident can have has words for whoever deals with it."""

import ast
from collections.abc import Iterator

from tests.conftest import ROOT
from workflows import incident_texts

NO_INCIDENT = {
    "migration-blocked": "the page of the move says which steps are in the way",
    "naive-now": "a call without time zone is a mistake of our own, which tests find",
    "no-process": "part of the findings when files are deployed",
    "stale-task": "said to whoever did the step",
    "unsupported": "part of the findings when files are deployed",
}
OF_FINDINGS = ("normalise", "lint", "dmn", "xmlin")


def codes() -> Iterator[str]:
    """Every text that code of ours gives an error as its code."""
    for path in (ROOT / "workflows").rglob("*.py"):
        if not path.name.startswith(OF_FINDINGS):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                for part in given(node):
                    found = (each for each in ast.walk(part) if isinstance(each, ast.Constant))
                    yield from (each.value for each in found if isinstance(each.value, str))


def given(node: ast.AST) -> list[ast.expr]:
    """What an error is given as `code`: by name, by the short way `failed`, as a default, or by a name."""
    match node:
        case ast.Call(func=ast.Name("failed"), args=[_, code, *_]):
            return [code]
        case ast.Call(keywords=named):
            return [each.value for each in named if each.arg == "code"]
        case ast.Assign(targets=[ast.Name("code")], value=value):
            return [value]
        case ast.FunctionDef(args=ast.arguments(kwonlyargs=names, kw_defaults=values)):
            pairs = zip(names, values, strict=True)
            return [value for name, value in pairs if name.arg == "code" and value is not None]
    return []


def test_every_code_of_an_incident_has_words():
    raised = {*codes(), "failed"}
    assert {"data-missing", "library-error", "engine-error", "worker-lost", "too-deep"} <= raised
    assert raised - set(incident_texts.TEXTS) == set(NO_INCIDENT)
    assert set(incident_texts.TEXTS) <= raised
