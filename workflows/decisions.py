"""Decisions: DMN tables of the library, by name, with an explanation of what matched."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from core import parameters
from core.clock import today
from workflows.definitions import LIBRARY
from workflows.engine.api import engine


class UnknownDecision(LookupError):
    """No table of this name lies in the library."""


@cache
def _table(name: str) -> bytes:
    for path in sorted(LIBRARY.glob(f"*/{name}.dmn")):
        return path.read_bytes()
    raise UnknownDecision(name)


def evaluate(name: str, inputs: Mapping[str, Any], *, on: date | None = None) -> Any:
    """Ask the table `name`.dmn of the library, with the parameters of a day (default today).

    Returns the engine's Decision: outputs, the rules that matched, the inputs used. Raises UnknownDecision.
    """

    def value(key: str, day: date) -> Any:
        return parameters.value(key, on=day)

    return engine.decide(_table(name), dict(inputs), as_of=on or today(), parameters=value)
