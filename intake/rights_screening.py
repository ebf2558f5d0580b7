"""The rights review: a household against the decision tables of six rights. Pure: no database, no clock.

The rules are in the tables (`workflows/library/rights/*.dmn`) and the dated parameters; here is only what
holds for every right: the order, the shape of question and answer, municipalities that merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from intake.rights_documents import PARTS, InvalidHousehold, problems
from workflows.engine import dmn
from workflows.engine.dmn import Decision
from workflows.engine.feel_values import Unknown

RIGHTS = ("vt", "igo", "social_energy_tariff", "social_supplement", "school_allowance", "uitpas")
OUTCOMES = ("probable", "check", "no", "has")
LIBRARY = Path(__file__).resolve().parent.parent / "workflows" / "library" / "rights"
PARAMETER_PREFIX = "parameters."


class Places(Protocol):
    """What the review asks about municipalities."""

    def successor(self, nis: str, on: date) -> str:
        """Return the code that stands for a code on a date: itself, or what it was merged into."""

    def is_flemish(self, nis: str) -> bool | None:
        """Tell whether a municipality lies in Flanders, None when the code is not known."""


class Parameters(Protocol):
    """Dated amounts, ages and municipal rules (`uitpas.NIS`)."""

    @property
    def version(self) -> str:
        """The version of the parameters that were used."""

    def __call__(self, key: str, on: date) -> Any:
        """Return the value on a date, None when it has none."""

    def known(self, key: str) -> bool:
        """Tell whether the parameter has a value on any date."""


@dataclass(frozen=True, slots=True)
class RightAnswer:
    """The answer on one right, with the decision it comes from (rule, version, inputs)."""

    right: str
    outcome: str
    rule: str
    missing: tuple[str, ...]
    blockers: tuple[str, ...]
    automatic: bool
    euro_per_year: int | None
    decision: Decision = field(compare=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the answer in the shape of data/rights/answer.schema.json."""
        return {
            "right": self.right,
            "outcome": self.outcome,
            "rule": self.rule,
            "missing": list(self.missing),
            "blockers": list(self.blockers),
            "automatic": self.automatic,
            "euro_per_year": self.euro_per_year,
        }


@dataclass(frozen=True, slots=True)
class DatedParameters:
    """Parameters in memory, as `rights parameters load FILE` reads them (data/rights/parameters.json)."""

    version: str
    values: Mapping[str, tuple[tuple[date, date | None, Any], ...]]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> DatedParameters:
        """Return the parameters of a file. Raises ValueError for a document of another shape."""
        values: dict[str, list[tuple[date, date | None, Any]]] = {}
        try:
            for parameter in document["parameters"]:
                for entry in parameter["values"]:
                    values.setdefault(parameter["id"], []).append((*_period(entry), entry["value"]))
            for rule in document.get("uitpas", ()):
                kept = {key: rule.get(key) for key in ("accepts", "income", "automatic")}
                values.setdefault(f"uitpas.{rule['nis']}", []).append((*_period(rule), kept))
            return cls(str(document["version"]), {key: tuple(entries) for key, entries in values.items()})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a parameter file: {error!r}") from error

    def __call__(self, key: str, on: date) -> Any:
        """Return the value with valid_from <= on <= valid_to, None when there is none."""
        for first, last, value in self.values.get(key, ()):
            if first <= on and (last is None or on <= last):
                return value
        return None

    def known(self, key: str) -> bool:
        """Tell whether the parameter has a value on any date."""
        return key in self.values


def _period(entry: Mapping[str, Any]) -> tuple[date, date | None]:
    last = entry.get("valid_to")
    return date.fromisoformat(entry["valid_from"]), None if last is None else date.fromisoformat(last)


@lru_cache(maxsize=1)
def library_tables() -> dict[str, bytes]:
    """Return the tables that come with the product, by right."""
    return {right: (LIBRARY / f"{right}.dmn").read_bytes() for right in RIGHTS}


def prepared(document: Mapping[str, Any], places: Places, on: date) -> dict[str, Any]:
    """Return the inputs of the tables: absent parts as empty ones, codes of old municipalities replaced."""
    inputs: dict[str, Any] = {key: value for key, value in document.items() if key != "on"}
    for part in PARTS:
        inputs[part] = dict(inputs.get(part) or {})
    nis = inputs.get("nis")
    flemish: bool | None = None
    if nis is not None:
        inputs["nis"] = places.successor(nis, on)
        flemish = places.is_flemish(inputs["nis"])
    previous = inputs["household"].get("previous_nis")
    if previous is not None:
        inputs["household"]["previous_nis"] = places.successor(previous, on)
    inputs["flemish"] = Unknown(frozenset({"nis"})) if flemish is None else flemish
    return inputs


def screen(
    document: Mapping[str, Any],
    *,
    parameters: Parameters,
    places: Places,
    tables: Mapping[str, bytes] | None = None,
    rights: Iterable[str] = RIGHTS,
) -> list[RightAnswer]:
    """Return the answer on each right, in their fixed order; later rights read earlier outcomes.

    Raises InvalidHousehold for a document against the schema, or with a birth date after its reference date.
    """
    faults = problems(document)
    if faults:
        raise InvalidHousehold(faults)
    on = date.fromisoformat(document["on"])
    inputs = prepared(document, places, on)
    outcomes: dict[str, str] = {}
    answers: list[RightAnswer] = []
    wanted = set(rights)
    for right in RIGHTS:
        model = dmn.load((tables or library_tables())[right])
        decision = dmn.evaluate(
            model,
            {**inputs, "outcomes": outcomes},
            as_of=on,
            parameters=parameters,
            decision=f"rights.{right}",
        )
        answer = answered(right, decision)
        outcomes[right] = answer.outcome
        if right in wanted:
            answers.append(answer)
    return answers


def answered(right: str, decision: Decision) -> RightAnswer:
    """Return a decision as an answer: what is not known asks for a person, never for more than that."""
    outputs = decision.outputs
    outcome = str(outputs.get("outcome"))
    outcome = outcome if outcome in OUTCOMES else "check"
    probable = outcome == "probable"
    blockers = [item for item in outputs.get("blockers") or () if item]
    if decision.unknown and any(path.startswith(PARAMETER_PREFIX) for path in decision.missing):
        blockers.append("parameter_expired")
    euro = outputs.get("euro_per_year") if probable else None
    return RightAnswer(
        right,
        outcome,
        decision.matched[0] if decision.matched else "",
        tuple(sorted(decision.missing)) if decision.unknown else (),
        tuple(sorted(set(blockers))),
        probable and outputs.get("automatic") is True,
        int(euro) if isinstance(euro, int | float | Decimal) and not isinstance(euro, bool) else None,
        decision,
    )


def check_household(
    document: Mapping[str, Any],
    *,
    parameters: Parameters,
    places: Places,
    tables: Mapping[str, bytes] | None = None,
) -> dict[str, Any]:
    """Return the whole review in the shape of data/rights/answer.schema.json. Raises InvalidHousehold."""
    answers = screen(document, parameters=parameters, places=places, tables=tables)
    return {"parameters": parameters.version, "rights": [answer.as_dict() for answer in answers]}
