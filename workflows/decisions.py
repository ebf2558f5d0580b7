"""Decisions: DMN tables of the library, by name, with an explanation of what matched."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from core import parameters
from core.clock import today
from workflows.definitions import LIBRARY
from workflows.engine import dmn
from workflows.engine.api import engine
from workflows.engine.dmn_html import model_as_html
from workflows.engine.model import Finding


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


def find(name: str) -> str | None:
    """The name itself when there is such a decision, else None."""
    return name if name in _paths() else None


def titles() -> dict[str, str]:
    """Every decision of the library: its name in the code, and the name that its file gives it."""
    return {name: title(table(name)) or name for name in _paths()}


def title(data: bytes) -> str:
    """The name of the main decision of a file."""
    model = dmn.load(data)
    return model.definitions[model.main].label


def as_html(data: bytes, locale: str) -> Markup:
    """The tables of a file for people, and the terms that their rules use."""
    return model_as_html(dmn.load(data), locale)


def findings(data: bytes) -> list[Finding]:
    """What is remarkable about a file: gaps, overlaps, names that nothing gives."""
    return dmn.check(data, deploying=True)


def evaluate(name: str, inputs: Mapping[str, Any], *, on: date | None = None) -> Any:
    """Ask the table `name`.dmn of the library, with the parameters of a day (default today).

    Returns the engine's Decision: outputs, the rules that matched, the inputs used. Raises UnknownDecision.
    """

    def value(key: str, day: date) -> Any:
        return parameters.value(key, on=day)

    return engine.decide(table(name), dict(inputs), as_of=on or today(), parameters=value)
