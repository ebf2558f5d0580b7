"""Decisions: DMN tables of the library, by name, with an explanation of what matched."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from core import parameters
from core.clock import today
from core.i18n import process_text
from workflows.definitions import LIBRARY
from workflows.engine import dmn
from workflows.engine.api import engine
from workflows.engine.dmn import Decision
from workflows.engine.dmn_html import model_as_html
from workflows.engine.model import Finding

WORDS = {
    "": None,
    "ja": True,
    "nee": False,
    "oui": True,
    "non": False,
    "yes": True,
    "no": False,
    "nein": False,
}
DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class UnknownDecision(LookupError):
    """No table of this name lies in the library."""


@cache
def _paths() -> dict[str, Path]:
    return {path.stem: path for path in sorted(LIBRARY.glob("*/*.dmn"))}


@cache
def table(name: str) -> bytes:
    """The file `name`.dmn of the library. Raises UnknownDecision."""
    if name not in _paths():
        raise UnknownDecision(name)
    return _paths()[name].read_bytes()


_codes: dict[str, Any] = {}


def register_codes(*words: Mapping[str, Any]) -> None:
    """Hand in what codes in tables are called, in the reader's language; called by wiring."""
    for each in words:
        _codes.update(each)


def called(name: str) -> str:
    """What an input is called, with its name in the rules behind it."""
    return f"{_codes[name]} ({name})" if name in _codes else name


def translated(text: str) -> str:
    """A text of a table, such as its name or what it says with a rule, in the reader's language."""
    return process_text("decision", "text", text)


def find(name: str) -> str | None:
    """The name itself when there is such a decision, else None."""
    return name if name in _paths() else None


def titles() -> dict[str, str]:
    """Every decision of the library: its name in the code, and the name that its file gives it."""
    return {name: title(table(name)) or name for name in _paths()}


def title(data: bytes) -> str:
    """The name of the main decision of a file."""
    model = dmn.load(data)
    return translated(model.definitions[model.main].label)


def as_html(data: bytes, locale: str, matched: Collection[str] = ()) -> Markup:
    """The tables of a file for people, and the terms that their rules use; `matched` rules stand out."""
    return model_as_html(dmn.load(data), locale, matched, _codes, translated)


def findings(data: bytes) -> list[Finding]:
    """What is remarkable about a file: gaps, overlaps, names that nothing gives."""
    return dmn.check(data, deploying=True)


def asked_by(data: bytes) -> list[str]:
    """The inputs of a file, in the order of its names."""
    model = dmn.load(data)
    used = {name for definition in model.definitions.values() for name in definition.uses}
    own = {*model.definitions, *(definition.id for definition in model.definitions.values()), "on"}
    return sorted(set(model.inputs) or used - own)


def read_input(text: str) -> Any:
    """What somebody typed to try a table: JSON, yes or no, a day, else the text itself; None for nothing.

    Raises ValueError for JSON that is too deep or numbers that are too long to be meant.
    """
    text = text.strip()
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    if found := DAY.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    try:
        return date.fromisoformat(text) if ISO_DAY.fullmatch(text) else json.loads(text)
    except json.JSONDecodeError:
        return text
    except RecursionError:
        raise ValueError("too deep") from None


def evaluate(name: str, inputs: Mapping[str, Any], *, on: date | None = None) -> Any:
    """Ask the table `name`.dmn of the library, with the parameters of a day (default today).

    Returns the engine's Decision: outputs, the rules that matched, the inputs used. Raises UnknownDecision.
    """
    return try_out(table(name), inputs, on=on)


def try_out(data: bytes, inputs: Mapping[str, Any], *, on: date | None = None) -> Decision:
    """Ask the tables of a file, with the parameters of a day (default today). Nothing is kept.

    Raises DecisionError when rules contradict each other or an expression fails.
    """

    def value(key: str, day: date) -> Any:
        try:
            return parameters.value(key, on=day)
        except parameters.Unknown:  # on that day it had no value: the table says what is missing
            return None

    return engine.decide(data, dict(inputs), as_of=on or today(), parameters=value)
