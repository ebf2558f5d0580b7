"""Rights in the demo: round amounts to play with, and two files that show each outcome and each step."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from core import clock
from intake import rights, rights_sources
from intake.models.cases import Case
from intake.models.persons import Sex
from intake.models.rights import NonTakeUp, Right, RightReview
from intake.models.vocabulary import LifeDomain

if TYPE_CHECKING:
    from intake.demo import Stage

SOURCE = "demo, niet voor gebruik met burgers"
# Round figures near the real ones. They never expire, so that the demo shows the same on any day.
AMOUNTS: dict[str, float] = {
    "adult_age": 18, "child_benefit_age": 25, "vt_income_base": 28_200, "vt_income_per_person": 5_100,
    "vt_margin": 0.1, "vt_leefloon_months": 3, "vt_long_term_months": 12, "vt_orphan_age": 25,
    "vt_student_age": 25, "vt_value_person": 310, "igo_pension_age": 66, "igo_limit_single": 1_620,
    "igo_limit_cohabiting": 1_080, "igo_counted_share": 0.9, "igo_capital_free": 6_200,
    "igo_capital_step": 18_600, "igo_capital_rate_low": 0.04, "igo_capital_rate_high": 0.1,
    "igo_max_days_abroad": 29, "energy_value": 640, "energy_value_collective": 380,
    "social_supplement_large_family": 3, "social_supplement_limit_small": 39_000,
    "social_supplement_limit_large": 72_500, "social_supplement_month_small": 74,
    "social_supplement_month_large": 99, "social_supplement_cadastral": 1_400,
    "social_supplement_alarm_months": 6, "school_min_age": 3, "school_income_base": 41_000,
    "school_income_per_child": 3_500, "school_value_kindergarten": 115, "school_value_primary": 180,
    "school_value_secondary": 820, "uitpas_move_months": 3, "uitpas_value_person": 60,
}  # fmt: skip
EVERGEM_RULE = {
    "nis": "44019", "accepts": ["vt", "leefloon", "social_supplement", "budget_management"],
    "income": {"net_month_base": 1_450, "net_month_per_person": 350}, "automatic": False,
}  # fmt: skip
ALWAYS: dict[str, Any] = {"valid_from": "2020-01-01", "valid_to": None, "source": SOURCE}
NOTHING_HELD = {"social_energy_tariff": False, "social_supplement": False, "school_allowance": False}


def tell(s: "Stage") -> None:
    """Amounts first, unless somebody loaded others."""
    if rights_sources.stored_parameters().version == "none":
        rights_sources.load_parameters(
            {
                "version": "demo",
                "parameters": [{"id": key, "values": [{**ALWAYS, "value": n}]} for key, n in AMOUNTS.items()],
                "uitpas": [{**ALWAYS, **EVERGEM_RULE}],
            }
        )
    petra(s)
    hilde(s)


def petra(s: "Stage") -> None:
    """The school told the CAW (I4 of the scenarios): a right that comes by itself, and is blocked."""
    person = s.person(s.karim, "Petra", "Novak", ssin="914512-000-23", sex=Sex.FEMALE, phone="0400 00 01 41")
    case = s.case(s.karim, person)
    s.question(case, LifeDomain.FAMILY, "De school vraagt geld dat ik niet heb.", s.karim)
    mother = {
        "relation": "head", "birth_date": "1991-05-12", "nationality": "eu", "civil_status": "single",
        "activity": "employed", "statuses": [], "health_fund": True, "gross_month": 2_050,
        "net_month": 1_780, "taxable_year": 24_300, "foreign_pension": False, "days_abroad_year": 0,
    }  # fmt: skip
    child = {
        "relation": "child", "birth_date": "2018-02-09", "statuses": [], "gross_month": 0, "net_month": 0,
        "taxable_year": 0, "school_level": "primary", "school_flemish": True,
    }  # fmt: skip
    document = _household(mother, child)
    document["held"] = {**NOTHING_HELD, "vt": True, "uitpas": False}
    document["child_benefit"] = {"payer_known": False}
    found = _reviewed(s, case, document)
    rights.confirm(found[Right.SOCIAL_SUPPLEMENT], by=s.karim)
    s.age(case, 3)


def hilde(s: "Stage") -> None:
    """Every step a right can be at."""
    person = s.person(s.karim, "Hilde", "Mertens", (1955, 9, 2), sex=Sex.FEMALE, phone="0400 00 01 42")
    case = s.case(s.karim, person)
    s.question(case, LifeDomain.INCOME, "Na de huur blijft er te weinig over.", s.karim)
    head = {
        "relation": "head", "birth_date": "1955-09-02", "nationality": "be", "civil_status": "widowed",
        "activity": "pensioner", "statuses": [], "health_fund": True, "gross_month": 1_240,
        "net_month": 1_240, "taxable_year": 14_900, "foreign_pension": False, "days_abroad_year": 0,
    }  # fmt: skip
    document = _household(head)
    document["held"] = {**NOTHING_HELD, "vt": False, "uitpas": False}
    found = _reviewed(s, case, document)
    today = clock.today()
    rights.confirm(found[Right.VT], by=s.karim)
    rights.note_application(found[Right.VT], applied_on=today - timedelta(days=40), by=s.karim)
    rights.note_realised(found[Right.VT], realised_on=today - timedelta(days=6), euro=310, by=s.karim)
    rights.note_application(found[Right.IGO], applied_on=today - timedelta(days=12), by=s.karim)
    rights.note_not_taken_up(found[Right.UITPAS], NonTakeUp.NOT_WANTED, by=s.karim)
    rights.set_aside(found[Right.SCHOOL_ALLOWANCE], by=s.karim)
    energy = found[Right.SOCIAL_ENERGY_TARIFF]
    rights.note_application(energy, applied_on=today - timedelta(days=90), by=s.karim)
    rights.note_refused(energy, by=s.karim)
    s.age(case, 12)


def _household(*persons: dict[str, Any]) -> dict[str, Any]:
    return {
        "nis": "44019",
        "persons": list(persons),
        "household": {"complete": True, "domiciled": True, "residence_since": "2015-06-01"},
        "income": {"capital": 0, "real_estate": False, "cadastral_other": 0, "months_below_limit": 0},
        "energy": {
            "contract_name_matches": True, "contract_address_matches": True,
            "collective_heating_social": False,
        },
    }  # fmt: skip


def _reviewed(s: "Stage", case: Case, document: dict[str, Any]) -> dict[Right, RightReview]:
    return {review.right: review for review in rights.save(case, document, by=s.karim)}
