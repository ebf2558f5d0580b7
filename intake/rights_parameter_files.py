"""The parameter file of the rights review: its shape, every fault in words before anything is replaced."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from intake.rights_documents import STATUSES, Problem

ACCEPTED = STATUSES | {"vt", "social_supplement"}
AMOUNTS = ("net_month_base", "net_month_per_person")
FILE = {"version", "note", "parameters", "uitpas"}
PARAMETER = {"id", "unit", "note", "values"}
VALUE = {"valid_from", "valid_to", "value", "source", "note"}
RULE = {"nis", "municipality", "valid_from", "valid_to", "accepts", "income", "automatic", "source", "note"}


class InvalidParameters(ValueError):
    """The file was refused; `problems` holds every fault."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def problems(document: Any) -> list[Problem]:
    """Every fault of a parameter file; nothing when it may be loaded."""
    if not isinstance(document, Mapping):
        return [Problem("", "must be an object")]
    found: list[Problem] = []
    version = document.get("version")
    if not isinstance(version, str) or not 0 < len(version) <= 60:
        found.append(Problem("version", "must be a text of 1 to 60 characters"))
    for name, required in (("parameters", True), ("uitpas", False)):
        listed = document.get(name, None if required else [])
        if not isinstance(listed, list):
            found.append(Problem(name, "must be a list"))
            continue
        check = _parameter if name == "parameters" else _municipal_rule
        for position, entry in enumerate(listed):
            path = f"{name}[{position}]"
            found += (
                check(entry, path) if isinstance(entry, Mapping) else [Problem(path, "must be an object")]
            )
    return found or [*_doubles(document), *_overlaps(document)]


def warnings(
    document: Mapping[str, Any], asked: Collection[str], is_place: Callable[[str], bool]
) -> list[Problem]:
    """What a file that may be loaded still brings for nothing, or leaves out.

    `asked`: what rules ask for by name; one ending in `_` stands for all that begin so.
    """
    found = [*_strange_keys(document)]
    beginnings = tuple(name for name in asked if name.endswith("_"))
    given = {entry["id"] for entry in document["parameters"]}
    for position, entry in enumerate(document["parameters"]):
        if entry["id"] not in asked and not entry["id"].startswith(beginnings):
            found.append(Problem(f"parameters[{position}].id", f"no rule asks for {entry['id']}"))
        if not entry["values"]:
            found.append(Problem(f"parameters[{position}].values", "has no value: what needs it is to check"))
    found += [
        Problem(f"parameters.{name}", "is not in the file: what needs it is to check")
        for name in sorted(set(asked) - given - set(beginnings))
    ]
    found += [
        Problem(f"uitpas[{position}].nis", f"no municipality has the NIS code {rule['nis']}")
        for position, rule in enumerate(document.get("uitpas", ()))
        if not is_place(rule["nis"])
    ]
    return found


def _strange_keys(document: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _strange("", document, FILE)
    for position, entry in enumerate(document["parameters"]):
        path = f"parameters[{position}]"
        yield from _strange(path, entry, PARAMETER)
        for number, value in enumerate(entry["values"]):
            yield from _strange(f"{path}.values[{number}]", value, VALUE)
    for position, rule in enumerate(document.get("uitpas", ())):
        yield from _strange(f"uitpas[{position}]", rule, RULE)
        yield from _strange(f"uitpas[{position}].income", rule.get("income") or {}, set(AMOUNTS))


def _strange(path: str, given: Mapping[str, Any], known: Collection[str]) -> Iterator[Problem]:
    for key in given:
        if key not in known:
            yield Problem(f"{path}.{key}".lstrip("."), "is not read: it is no part of this file")


def _parameter(entry: Mapping[str, Any], path: str) -> Iterator[Problem]:
    name = entry.get("id")
    if not isinstance(name, str) or not name.replace("_", "").isalnum() or len(name) > 60:
        yield Problem(f"{path}.id", "must be a name of letters, digits and underscores")
    values = entry.get("values")
    if not isinstance(values, list):
        yield Problem(f"{path}.values", "must be a list")
        return
    for position, value in enumerate(values):
        where = f"{path}.values[{position}]"
        if not isinstance(value, Mapping):
            yield Problem(where, "must be an object")
            continue
        yield from _period(value, where)
        if not _number(value.get("value")):
            yield Problem(f"{where}.value", "must be a number, not negative")


def _municipal_rule(rule: Mapping[str, Any], path: str) -> Iterator[Problem]:
    nis = rule.get("nis")
    if not isinstance(nis, str) or not (len(nis) == 5 and nis.isascii() and nis.isdigit()):
        yield Problem(f"{path}.nis", "must be a NIS code of five digits")
    yield from _period(rule, path)
    accepts = rule.get("accepts")
    if not isinstance(accepts, list) or any(not isinstance(a, str) or a not in ACCEPTED for a in accepts):
        yield Problem(f"{path}.accepts", f"must be a list of {', '.join(sorted(ACCEPTED))}")
    income = rule.get("income")
    if income is not None and not (
        isinstance(income, Mapping) and all(_number(income.get(name)) for name in AMOUNTS)
    ):
        yield Problem(f"{path}.income", f"must be null, or hold the numbers {' and '.join(AMOUNTS)}")
    if not isinstance(rule.get("automatic"), bool):
        yield Problem(f"{path}.automatic", "must be true or false")


def _period(entry: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if "valid_to" not in entry:
        yield Problem(f"{path}.valid_to", "is missing: give the last day, or null while there is none")
    first, last = _day(entry.get("valid_from")), _day(entry.get("valid_to"))
    if first is None:
        yield Problem(f"{path}.valid_from", "must be a date such as 2026-01-31")
    if entry.get("valid_to") is not None and last is None:
        yield Problem(f"{path}.valid_to", "must be a date such as 2026-01-31, or null")
    if first is not None and last is not None and last < first:
        yield Problem(f"{path}.valid_to", "lies before valid_from")


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and (isinstance(value, int) or math.isfinite(value)) and 0 <= value <= 10**12


def _doubles(document: Mapping[str, Any]) -> list[Problem]:
    """A parameter listed twice would leave it to chance which of its sources is shown."""
    seen: set[str] = set()
    found = []
    for position, entry in enumerate(document["parameters"]):
        if entry["id"] in seen:
            found.append(Problem(f"parameters[{position}].id", "is in the file already"))
        seen.add(entry["id"])
    return found


def _overlaps(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Two values on one day would leave it to chance which of them decides."""
    for position, entry in enumerate(document["parameters"]):
        listed = [(f"parameters[{position}].values[{n}]", value) for n, value in enumerate(entry["values"])]
        yield from _overlapping(listed)
    by_place: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for position, rule in enumerate(document.get("uitpas", ())):
        by_place.setdefault(rule["nis"], []).append((f"uitpas[{position}]", rule))
    for rules in by_place.values():
        yield from _overlapping(rules)


def _overlapping(listed: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Problem]:
    ordered = sorted(listed, key=lambda line: str(line[1]["valid_from"]))
    for (before, earlier), (path, later) in pairwise(ordered):
        if earlier.get("valid_to") is None or later["valid_from"] <= earlier["valid_to"]:
            yield Problem(f"{path}.valid_from", f"overlaps {before}: two hold on {later['valid_from']}")
