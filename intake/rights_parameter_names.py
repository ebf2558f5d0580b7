"""The amounts and terms behind the rights review in words; a file brings them as a whole."""

from core.i18n import _l

PREFIX = "rights."
NAMES = {
    "adult_age": _l("Age from which somebody is an adult"),
    "child_benefit_age": _l("Age until which child benefit can run"),
    "vt_income_base": _l("Increased reimbursement: income limit, euro per year"),
    "vt_income_per_person": _l("Increased reimbursement: more per further person, euro per year"),
    "vt_margin": _l("Increased reimbursement: margin above the limit to check, as a share"),
    "vt_leefloon_months": _l("Increased reimbursement: months of living wage"),
    "vt_long_term_months": _l("Increased reimbursement: months that count as long-term"),
    "vt_orphan_age": _l("Increased reimbursement: highest age of an orphan"),
    "vt_student_age": _l("Increased reimbursement: highest age of a student"),
    "vt_value_person": _l("Increased reimbursement: value per person, euro per year"),
    "igo_pension_age": _l("Income guarantee for the elderly: pension age"),
    "igo_limit_single": _l("Income guarantee for the elderly: limit for who lives alone, euro per month"),
    "igo_limit_cohabiting": _l(
        "Income guarantee for the elderly: limit for who lives together, euro per month"
    ),
    "igo_counted_share": _l("Income guarantee for the elderly: share of the income that counts"),
    "igo_capital_free": _l("Income guarantee for the elderly: savings that do not count, euro"),
    "igo_capital_step": _l("Income guarantee for the elderly: savings where the higher rate begins, euro"),
    "igo_capital_rate_low": _l("Income guarantee for the elderly: lower rate on savings, as a share"),
    "igo_capital_rate_high": _l("Income guarantee for the elderly: higher rate on savings, as a share"),
    "igo_max_days_abroad": _l("Income guarantee for the elderly: days abroad per year"),
    "energy_value": _l("Social tariff for energy: value, euro per year"),
    "energy_value_collective": _l("Social tariff for energy: value with collective heating, euro per year"),
    "social_supplement_large_family": _l("Social supplement: children in a large family"),
    "social_supplement_limit_small": _l("Social supplement: limit for a small family, euro per year"),
    "social_supplement_limit_large": _l("Social supplement: limit for a large family, euro per year"),
    "social_supplement_month_small": _l("Social supplement: per child in a small family, euro per month"),
    "social_supplement_month_large": _l("Social supplement: per child in a large family, euro per month"),
    "social_supplement_cadastral": _l("Social supplement: highest cadastral income, euro"),
    "social_supplement_alarm_months": _l("Social supplement: months below the limit"),
    "school_min_age": _l("School allowance: lowest age"),
    "school_income_base": _l("School allowance: income limit, euro per year"),
    "school_income_per_child": _l("School allowance: more per further child, euro per year"),
    "school_value_kindergarten": _l("School allowance: value in kindergarten, euro per year"),
    "school_value_primary": _l("School allowance: value in primary school, euro per year"),
    "school_value_secondary": _l("School allowance: value in secondary school, euro per year"),
    "uitpas_move_months": _l("UiTPAS: months that the former municipality may still count"),
    "uitpas_value_person": _l("UiTPAS: value per person, euro per year"),
    "version": _l("Version of the amounts and terms of rights"),
    "uitpas.": _l("UiTPAS: rule of a municipality"),
}
