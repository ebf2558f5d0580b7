"""The household document of a rights review: its shape, checked without a database, every fault in words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

MAX_PERSONS = 30
MAX_EURO = 100_000_000

Check = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault in a document: where, and what in plain English."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path or 'document'}: {self.message}"


class InvalidHousehold(Exception):
    """The document was refused; `problems` holds every fault."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _date(value: Any) -> str | None:
    if not isinstance(value, str) or not re.fullmatch(r"(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]", value):
        return "must be a date such as 2026-01-31"
    try:
        date.fromisoformat(value)
    except ValueError:
        return "is a date that does not exist"
    return None


def _nis(value: Any) -> str | None:
    return (
        None
        if isinstance(value, str) and re.fullmatch(r"[1-9][0-9]{4}", value)
        else "must be a NIS code of five digits"
    )


def _number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)  # of any length: a float could not hold it
    return isinstance(value, float) and math.isfinite(value)


def _euro(value: Any) -> str | None:
    return None if _number(value) and 0 <= value <= MAX_EURO else "must be an amount in euro, not negative"


def _whole(most: int) -> Check:
    def check(value: Any) -> str | None:
        fits = _number(value) and 0 <= value <= most and value == int(value)
        return None if fits else f"must be a whole number from 0 to {most}"

    return check


def _one_of(words: str) -> Check:
    allowed = words.split()

    def check(value: Any) -> str | None:
        return None if value in allowed else f"must be one of {', '.join(allowed)}"

    return check


def _statuses(value: Any) -> str | None:
    if not isinstance(value, list) or any(
        not isinstance(item, str) or item not in STATUSES for item in value
    ):
        return f"must be a list of {', '.join(sorted(STATUSES))}"
    return None if len(set(value)) == len(value) else "names a status twice"


STATUSES = frozenset({
    "leefloon", "leefloon_equivalent", "ocmw_advance", "igo", "ivt", "it", "handicap_65",
    "care_budget_elderly", "child_4_points", "orphan", "unaccompanied_minor", "budget_management",
    "debt_settlement",
})  # fmt: skip
PERSON: dict[str, Check] = {
    "relation": _one_of("head partner child parent other"),
    "birth_date": _date,
    "nationality": _one_of("be eu protected other"),
    "civil_status": _one_of("single married cohabiting_legal widowed divorced"),
    "activity": _one_of("employed self_employed unemployed incapacitated pensioner student none"),
    "activity_since": _date,
    "statuses": _statuses,
    "leefloon_since": _date,
    "dependent": _boolean,
    "health_fund": _boolean,
    "child_benefit": _boolean,
    "school_level": _one_of("none kindergarten primary secondary higher"),
    "school_flemish": _boolean,
    "attendance_ok": _boolean,
    "gross_month": _euro,
    "net_month": _euro,
    "taxable_year": _euro,
    "foreign_pension": _boolean,
    "days_abroad_year": _whole(366),
}
PARTS: dict[str, dict[str, Check]] = {
    "household": {
        "complete": _boolean,
        "domiciled": _boolean,
        "residence_since": _date,
        "previous_nis": _nis,
    },
    "held": dict.fromkeys(
        ["vt", "social_energy_tariff", "social_supplement", "school_allowance", "uitpas"], _boolean
    ),
    "income": {
        "capital": _euro,
        "real_estate": _boolean,
        "cadastral_other": _euro,
        "months_below_limit": _whole(120),
    },
    "energy": dict.fromkeys(
        ["contract_name_matches", "contract_address_matches", "collective_heating_social"], _boolean
    ),
    "child_benefit": {"payer_known": _boolean},
}


def problems(document: Any) -> list[Problem]:
    """Return every fault of a household document; nothing when it may be reviewed."""
    if not isinstance(document, dict):
        return [Problem("", "must be an object")]
    found: list[Problem] = []
    known = {"on", "nis", "persons", *PARTS}
    found += [Problem(str(name), "is not known") for name in document if name not in known]
    if "on" not in document:
        found.append(Problem("on", "is required"))
    found += _fields({"on": _date, "nis": _nis}, document, "", only=False)
    for name, checks in PARTS.items():
        if name in document:
            found += _object(checks, document[name], name)
    if "persons" in document:
        found += _persons(document["persons"], document.get("on"))
    return found


def _object(checks: dict[str, Check], value: Any, path: str) -> list[Problem]:
    if not isinstance(value, dict):
        return [Problem(path, "must be an object")]
    return _fields(checks, value, f"{path}.")


def _fields(
    checks: dict[str, Check], values: dict[str, Any], prefix: str, *, only: bool = True
) -> list[Problem]:
    """Check the values that are there; with `only`, names without a check are faults too."""
    found: list[Problem] = []
    for name, value in values.items():
        check = checks.get(name)
        if check is None:
            found += [Problem(f"{prefix}{name}", "is not known")] if only else []
        elif (fault := check(value)) is not None:
            found.append(Problem(f"{prefix}{name}", fault))
    return found


def _persons(value: Any, on: Any) -> list[Problem]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_PERSONS:
        return [Problem("persons", f"must be a list of 1 to {MAX_PERSONS} persons")]
    found: list[Problem] = []
    for position, person in enumerate(value):
        path = f"persons[{position}]"
        faults = _object(PERSON, person, path)
        found += faults
        if isinstance(person, dict) and "relation" not in person:
            found.append(Problem(f"{path}.relation", "is required"))
        if isinstance(person, dict) and not faults and _after(person.get("birth_date"), on):
            found.append(Problem(f"{path}.birth_date", "lies after the reference date"))
    relations = [person.get("relation") for person in value if isinstance(person, dict)]
    if relations.count("head") != 1:
        found.append(Problem("persons", "must hold exactly one head"))
    if relations.count("partner") > 1:
        found.append(Problem("persons", "may hold one partner"))
    return found


def _after(born: Any, on: Any) -> bool:
    return isinstance(born, str) and _date(on) is None and born > on
