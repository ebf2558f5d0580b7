"""The questions of the rights review: which path of the household document each fills, and in what words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.i18n import _l

PERSON = re.compile(r"persons\[(\d+)\]\.(\w+)$")

# The order in which questions make sense at a table; what is not listed comes last.
PERSON_FIELDS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "birth_date": (_l("Birth date"), "day", {}),
    "nationality": (
        _l("Nationality"),
        "choice",
        {
            "be": _l("Belgian"), "eu": _l("European"), "protected": _l("Protected"),
            "other": _l("Another one"),
        },
    ),
    "civil_status": (
        _l("Civil status"),
        "choice",
        {
            "single": _l("Single"), "married": _l("Married"),
            "cohabiting_legal": _l("Legally cohabiting"),
            "widowed": _l("Widowed"), "divorced": _l("Divorced"),
        },
    ),
    "activity": (
        _l("What does this person do"),
        "choice",
        {
            "employed": _l("Works for an employer"), "self_employed": _l("Self-employed"),
            "unemployed": _l("Unemployed"), "incapacitated": _l("Unable to work"),
            "pensioner": _l("Pensioner"),
            "student": _l("Student"), "none": _l("None of these"),
        },
    ),
    "activity_since": (_l("Since when"), "day", {}),
    "statuses": (
        _l("Which of these does this person have"),
        "choices",
        {
            "leefloon": _l("Living wage"), "leefloon_equivalent": _l("Equivalent of the living wage"),
            "ocmw_advance": _l("Advance of the OCMW"), "igo": _l("Income guarantee for the elderly"),
            "ivt": _l("Income-replacing allowance"), "it": _l("Integration allowance"),
            "handicap_65": _l("Recognised as 65 percent disabled"),
            "care_budget_elderly": _l("Care budget for the elderly"),
            "child_4_points": _l("Child with at least 4 points"), "orphan": _l("Orphan of both parents"),
            "unaccompanied_minor": _l("Unaccompanied minor"), "budget_management": _l("Budget management"),
            "debt_settlement": _l("Collective debt settlement"),
        },
    ),
    "leefloon_since": (_l("Living wage since"), "day", {}),
    "gross_month": (_l("Gross income per month, now"), "euro", {}),
    "net_month": (_l("Net income per month, now"), "euro", {}),
    "taxable_year": (_l("Taxable income on the last tax bill"), "euro", {}),
    "foreign_pension": (_l("Receives a foreign pension"), "yes", {}),
    "days_abroad_year": (_l("Days abroad per year"), "number", {}),
    "health_fund": (_l("Member of a health insurance fund"), "yes", {}),
    "dependent": (_l("Dependant for the health insurance"), "yes", {}),
    "child_benefit": (_l("Still gets child benefit"), "yes", {}),
    "school_level": (
        _l("School"),
        "choice",
        {
            "none": _l("No school"), "kindergarten": _l("Kindergarten"), "primary": _l("Primary school"),
            "secondary": _l("Secondary school"), "higher": _l("Higher education"),
        },
    ),
    "school_flemish": (_l("School of the Flemish Community"), "yes", {}),
    "attendance_ok": (_l("Enrolled in time and present enough"), "yes", {}),
}  # fmt: skip
OTHER_FIELDS: dict[str, tuple[Any, str]] = {
    "nis": (_l("Municipality of the main residence"), "place"),
    "household.complete": (_l("Everybody who lives at the address is on the list"), "yes"),
    "household.domiciled": (_l("Has the main residence or a reference address there"), "yes"),
    "household.residence_since": (_l("Lives in this municipality since"), "day"),
    "household.previous_nis": (_l("Municipality before that"), "place"),
    "held.vt": (_l("Already has the increased reimbursement"), "yes"),
    "held.social_energy_tariff": (_l("Already has the social tariff for energy"), "yes"),
    "held.social_supplement": (_l("Already has the social supplement"), "yes"),
    "held.school_allowance": (_l("Already has the school allowance for this year"), "yes"),
    "held.uitpas": (_l("Already has a UiTPAS with opportunity rate"), "yes"),
    "income.capital": (_l("Savings of the couple"), "euro"),
    "income.real_estate": (_l("Owns, sold or gave away real estate in the last ten years"), "yes"),
    "income.cadastral_other": (_l("Cadastral income of other real estate"), "euro"),
    "income.months_below_limit": (_l("Months in a row with an income below the limit"), "number"),
    "energy.contract_name_matches": (_l("The energy contract is in the name of someone here"), "yes"),
    "energy.contract_address_matches": (_l("The energy contract is on this address"), "yes"),
    "energy.collective_heating_social": (_l("Social flat with collective heating"), "yes"),
    "child_benefit.payer_known": (_l("A payer of the child benefit is known"), "yes"),
}


@dataclass(frozen=True)
class Question:
    """One field of the form: where the answer goes, its words, what sort of answer."""

    path: str
    label: Any
    kind: str  # day, choice, choices, euro, number, yes, place
    choices: dict[str, Any]
    person: int | None = None


def question(path: str) -> Question | None:
    """The question that fills a path; None for parameters and for the list of persons itself."""
    if match := PERSON.match(path):
        known = PERSON_FIELDS.get(match[2])
        return None if known is None else Question(path, *known, person=int(match[1]))
    other = OTHER_FIELDS.get(path)
    return None if other is None else Question(path, *other, {})


def still_needed(missing: Iterable[str]) -> list[Question]:
    """The questions behind missing paths, each once: persons in order, then the household."""
    found = {path: asked for path in missing if (asked := question(path)) is not None}
    fields, others = list(PERSON_FIELDS), list(OTHER_FIELDS)

    def place(asked: Question) -> tuple[int, int]:
        if asked.person is not None:
            return asked.person, fields.index(asked.path.rpartition(".")[2])
        return 1_000, others.index(asked.path)

    return sorted(found.values(), key=place)


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Write an answer at its path; None takes the answer away (unknown is never a default)."""
    if match := PERSON.match(path):
        target = document["persons"][int(match[1])]
        key = match[2]
    elif "." in path:
        part, _dot, key = path.partition(".")
        target = document.setdefault(part, {})
    else:
        target, key = document, path
    if value is None:
        target.pop(key, None)
    else:
        target[key] = value


def get(document: dict[str, Any], path: str) -> Any:
    """The answer at a path; None when it is unknown."""
    if match := PERSON.match(path):
        persons = document.get("persons", [])
        return persons[int(match[1])].get(match[2]) if int(match[1]) < len(persons) else None
    if "." in path:
        part, _dot, key = path.partition(".")
        return document.get(part, {}).get(key)
    return document.get(path)
