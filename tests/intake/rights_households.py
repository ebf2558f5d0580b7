"""Random households for the rights review: on the edges of amounts, ages, terms and periods, with gaps."""

from calendar import isleap
from datetime import date, timedelta
from random import Random
from typing import Any

STATUSES = (
    "leefloon", "leefloon_equivalent", "ocmw_advance", "igo", "ivt", "it", "handicap_65",
    "care_budget_elderly", "child_4_points", "orphan", "unaccompanied_minor", "budget_management",
    "debt_settlement",
)  # fmt: skip
# Days around the ends of the test parameters' periods, leap days, month ends.
DAYS = (
    "2026-06-30", "2026-07-01", "2026-08-31", "2026-09-01", "2026-09-30", "2026-10-01", "2026-12-31",
    "2027-01-01", "2025-06-30", "2025-12-31", "2026-01-01", "2024-02-29", "2026-02-28", "2026-03-01",
    "2026-05-31", "2030-01-31", "2030-02-01", "2019-12-31", "2026-03-15",
)  # fmt: skip
# With a rule, with an expired rule, without one, abolished, in Brussels, in no list at all.
PLACES = ("11002", "43005", "44019", "44021", "44088", "44043", "44040", "44034", "21004", "62063", "99999")
AGES = (0, 2, 3, 10, 17, 18, 19, 24, 25, 26, 40, 64, 65, 66, 67, 80)
AMOUNTS = {
    "gross_month": (0, 1700, 1701.25, 2300, 2300.01, 2350, 2775, 899.99, 1200.55, 5000),
    "net_month": (0, 1450, 1500, 1800, 1800.01, 1900, 725.5, 3000),
    "taxable_year": (0, 27600, 27600.01, 28200, 30360, 31020, 32700, 33300, 38000, 38000.01, 39000, 44500,
                     71000, 72500, 20500.5, 90000),
}  # fmt: skip


def household(by: Random) -> dict[str, Any]:
    """A household in which each answer is there with a chance that differs per household."""
    known = by.choice((0.5, 0.8, 0.93, 1.0, 1.0))
    on = date.fromisoformat(by.choice(DAYS)) if by.random() < 0.7 else _day(by)
    document: dict[str, Any] = {"on": on.isoformat()}

    def keep(target: dict[str, Any], **answers: Any) -> None:
        target.update({name: value for name, value in answers.items() if by.random() < known})

    keep(document, nis=by.choice(PLACES))
    if by.random() < 0.97:
        document["persons"] = _persons(by, on, keep)
    parts = {part: {} for part in ("household", "held", "income", "energy", "child_benefit")}
    keep(
        parts["household"], complete=by.random() < 0.85, domiciled=by.random() < 0.9,
        residence_since=_months_before(by, on, 3), previous_nis=by.choice(PLACES),
    )  # fmt: skip
    for right in ("vt", "social_energy_tariff", "social_supplement", "school_allowance", "uitpas"):
        keep(parts["held"], **{right: by.random() < 0.12})
    keep(
        parts["income"], capital=by.choice((0, 6200, 6200.01, 18600, 18600.5, 20600, 50000)),
        real_estate=by.random() < 0.1, cadastral_other=by.choice((0, 0, 0, 1400, 1400.01)),
        months_below_limit=by.choice((0, 0, 1, 5, 6, 7, 120)),
    )  # fmt: skip
    for name in ("contract_name_matches", "contract_address_matches", "collective_heating_social"):
        keep(parts["energy"], **{name: by.random() < 0.5})
    keep(parts["child_benefit"], payer_known=by.random() < 0.6)
    document.update({part: answers for part, answers in parts.items() if answers or by.random() < 0.5})
    return document


def _day(by: Random) -> date:
    return date(2024, 1, 1) + timedelta(days=by.randrange(1500))


def _persons(by: Random, on: date, keep: Any) -> list[dict[str, Any]]:
    relations = ["head"] + ["partner"] * (by.random() < 0.4)
    relations += by.choices(
        ("child", "child", "child", "parent", "other"), k=by.choice((0, 0, 1, 1, 2, 3, 4))
    )
    by.shuffle(relations)
    return [_person(by, on, relation, keep) for relation in relations]


def _person(by: Random, on: date, relation: str, keep: Any) -> dict[str, Any]:
    person: dict[str, Any] = {"relation": relation}
    statuses = by.sample(STATUSES, k=by.choice((0, 0, 0, 0, 1, 1, 2)))
    activities = ("employed", "self_employed", "unemployed", "incapacitated", "pensioner", "student", "none")
    keep(
        person, birth_date=_born(by, on, by.choice(AGES)), statuses=statuses,
        leefloon_since=_months_before(by, on, 3), dependent=by.random() < 0.4,
        gross_month=by.choice(AMOUNTS["gross_month"]), net_month=by.choice(AMOUNTS["net_month"]),
        taxable_year=by.choice(AMOUNTS["taxable_year"]), foreign_pension=by.random() < 0.1,
        activity=by.choice(activities), activity_since=_months_before(by, on, 12),
        civil_status=by.choice(("single", "married", "widowed", "divorced", "cohabiting_legal")),
        school_level=by.choice(("none", "kindergarten", "primary", "secondary", "secondary", "higher")),
        school_flemish=by.random() < 0.85, attendance_ok=by.random() < 0.8, child_benefit=by.random() < 0.7,
        nationality=by.choice(("be", "be", "be", "eu", "protected", "other")),
        health_fund=by.random() < 0.8, days_abroad_year=by.choice((0, 0, 29, 30, 366)),
    )  # fmt: skip
    return person


def _born(by: Random, on: date, years: int) -> str:
    """A birth date on, just before or just after the birthday; leap days where they exist."""
    year = on.year - years
    day = on.day if (on.month, on.day) != (2, 29) or isleap(year) else 28
    born = date(year, on.month, day) + timedelta(days=by.choice((-1, 0, 0, 1, -100)))
    if isleap(year) and by.random() < 0.1:
        born = date(year, 2, 29)
    return min(born, on).isoformat()


def _months_before(by: Random, on: date, months: int) -> str:
    """A day near the one from which a term in months ends on the reference date."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    first = date(year, month + 1, 1) + timedelta(days=on.day - 1)
    return (first + timedelta(days=by.choice((-400, -3, -2, -1, 0, 0, 1, 2, 3)))).isoformat()


def parameters(by: Random, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters, now and then with some that have ended, and rules of municipalities that differ."""
    if by.random() < 0.6:
        return given
    gone = by.sample([entry["id"] for entry in given["parameters"]], k=by.choice((1, 2, 5)))
    listed = [
        {**entry, "values": [{**one, "valid_to": "2020-01-02"} for one in entry["values"][:1]]}
        if entry["id"] in gone
        else entry
        for entry in given["parameters"]
    ]
    rules = [{**rule, "accepts": by.sample(rule["accepts"], k=by.choice((1, 2)))} for rule in given["uitpas"]]
    return {**given, "parameters": listed, "uitpas": rules}
