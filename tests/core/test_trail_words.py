"""Every code that the trail can hold has words, in every language."""

import ast
import re
from pathlib import Path

import pytest
from flask_babel import force_locale

from core import trail_words
from core.i18n import LOCALES
from intake.models.rights import RightStep
from projects.models.applications import ApplicationStatus
from projects.models.calls import CallStatus
from projects.models.needs import NeedStatus
from projects.models.payments import PaymentStatus
from projects.models.projects import ProjectStatus
from projects.models.reports import ReportStatus
from workflows.models.incidents import IncidentStatus
from workflows.models.terms import TermStatus

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "intake", "projects", "socialmap", "workflows")
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
# Functions of operations that write the code which they are given, beside audit.record and audit.read.
WRITERS = {"_step", "_done", "_note", "_record", "_decided", "_move"}
# Codes made of a record and its status.
BY_STATUS = {
    "right": RightStep,
    "application": ApplicationStatus,
    "call": CallStatus,
    "need": NeedStatus,
    "payment": PaymentStatus,
    "project": ProjectStatus,
    "report": ReportStatus,
    "incident": IncidentStatus,
    "term": TermStatus,
}


def _writes(call):
    name = call.func
    if isinstance(name, ast.Attribute):
        return (
            isinstance(name.value, ast.Name) and name.value.id == "audit" and name.attr in {"record", "read"}
        )
    return isinstance(name, ast.Name) and name.id in WRITERS


def _literals(call):
    """The codes among the arguments, also both sides of a choice; the event of a move of an aid request."""
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "action")]
    move = isinstance(call.func, ast.Name) and call.func.id == "_move"
    for argument in given:
        sides = (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,)
        for side in sides:
            if isinstance(side, ast.Constant) and isinstance(side.value, str):
                if CODE.fullmatch(side.value):
                    yield side.value
                elif move:
                    yield f"aid.{side.value}"


def codes():
    found = {f"{subject}.{status}" for subject, statuses in BY_STATUS.items() for status in statuses}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and _writes(node):
                    found.update(_literals(node))
    looked_at = (
        "case",
        "referral",
        "signal",
        "person",
        "basis",
        "file",
        "application",
        "project",
        "aid_request",
    )
    return found | {f"{subject}.read" for subject in looked_at} | {"access.refused"}


def test_every_code_in_the_source_has_words(app):
    found = codes()
    assert {"case.opened", "referral.sent", "aid.decided", "membership.given", "term.met"} <= found
    with app.test_request_context(), force_locale("en"):
        assert [code for code in sorted(found) if trail_words.what(code) == code] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_words_are_in_the_language_of_the_reader(app, locale):
    words = {
        "nl": "Dossier: bekeken",
        "fr": "Dossier\u00a0: consultation",
        "en": "File: looked at",
        "de": "Akte: angesehen",
    }
    with app.test_request_context(), force_locale(locale):
        assert trail_words.what("case.read") == words[locale]


def test_a_code_without_words_is_shown_as_it_is(app):
    with app.test_request_context():
        assert trail_words.what("odd.code") == "odd.code"
