"""Words of the rights review: rights, outcomes, blockers, steps, bodies."""

from typing import Any

from core.i18n import _l
from intake.models.rights import NonTakeUp, Right, RightOutcome, RightStep

RIGHTS: dict[Right, tuple[Any, Any]] = {
    Right.VT: (_l("Increased reimbursement"), _l("health insurance fund")),
    Right.IGO: (_l("Income guarantee for the elderly"), _l("Pension Service")),
    Right.SOCIAL_ENERGY_TARIFF: (_l("Social tariff for energy"), _l("FPS Economy")),
    Right.SOCIAL_SUPPLEMENT: (_l("Social supplement of the child benefit"), _l("payer of the child benefit")),
    Right.SCHOOL_ALLOWANCE: (_l("School allowance"), _l("payer of the child benefit")),
    Right.UITPAS: (_l("UiTPAS with opportunity rate"), _l("municipality")),
}
OUTCOMES: dict[RightOutcome, tuple[Any, str]] = {
    RightOutcome.PROBABLE: (_l("Probable"), "ok"),
    RightOutcome.CHECK: (_l("To check"), "warn"),
    RightOutcome.NO: (_l("Not now"), ""),
    RightOutcome.HAS: (_l("Already has it"), "info"),
}
STEPS: dict[RightStep, Any] = {
    RightStep.SCREENED: _l("Waits for you to confirm"),
    RightStep.CONFIRMED: _l("Confirmed"),
    RightStep.APPLIED: _l("Applied for"),
    RightStep.REALISED: _l("Realised"),
    RightStep.REFUSED: _l("Refused by the body"),
    RightStep.NOT_TAKEN_UP: _l("Not taken up"),
    RightStep.SET_ASIDE: _l("Set aside"),
}
NON_TAKE_UP: dict[NonTakeUp, Any] = {
    NonTakeUp.NOT_KNOWN: _l("Did not know it"),
    NonTakeUp.NOT_ASKED: _l("Knew it, did not ask"),
    NonTakeUp.NOT_RECEIVED: _l("Asked, did not get it"),
    NonTakeUp.NOT_PROPOSED: _l("Nobody proposed it"),
    NonTakeUp.EXCLUDED: _l("Falls outside the rules"),
    NonTakeUp.NOT_WANTED: _l("Does not want it"),
}
BLOCKERS: dict[str, Any] = {
    "abroad": _l("Many days abroad: the body looks at this."),
    "attendance": _l("Enough days at school still has to be shown."),
    "cadastral_test": _l("Other real estate: the body tests it."),
    "contract_address_mismatch": _l("The energy contract is not on this address. Have it changed."),
    "contract_name_mismatch": _l("The energy contract is in another name. Have it changed."),
    "depends_on_social_supplement": _l("Follows when the social supplement is granted."),
    "depends_on_vt": _l("Follows when the increased reimbursement is granted."),
    "foreign_pension": _l("A foreign pension: the body looks at this."),
    "health_fund_missing": _l("Not a member of a health insurance fund yet. That comes first."),
    "independent_pupil": _l("Perhaps an independent pupil: look into it."),
    "individual_only": _l("Only for this person, not for the household."),
    "just_above_ceiling": _l("Just above the ceiling: have the fund calculate it."),
    "landlord_applies": _l("The landlord applies for it."),
    "minor_head": _l("The person is a minor: look at the parents' situation."),
    "nationality": _l("Nationality and stay have to be looked into."),
    "no_rule_for_municipality": _l("This municipality has no rule here. Ask it."),
    "not_domiciled": _l("No main residence there: look into it."),
    "other_region": _l("Another region pays here."),
    "parameter_expired": _l("The amount for today is missing, so this cannot be judged."),
    "payer_missing": _l("No payer of the child benefit is known. Look for the payer first."),
    "real_estate": _l("Real estate: the body looks at this."),
    "recently_moved": _l("Moved recently: the former municipality may still count."),
    "rerun_after_igo": _l("Look again once the income guarantee is granted."),
    "six_months_not_reached": _l("Six months below the limit are not reached yet."),
    "student_dependent": _l("A student: look at the parents' household."),
    "vt_not_enough": _l("The increased reimbursement alone is not enough."),
}


def step_title(right: str, step: str) -> str:
    """A line of the timeline, from the codes that were kept."""
    return f"{RIGHTS[Right(right)][0]}: {STEPS[RightStep(step)]}"


def shared() -> dict[str, Any]:
    """What templates of the rights review may ask."""
    return {
        "right_name": lambda right: RIGHTS[right][0],
        "right_body": lambda right: RIGHTS[right][1],
        "outcome_tag": lambda outcome: OUTCOMES[outcome],
        "step_name": lambda step: STEPS[step],
        "blocker_text": lambda code: BLOCKERS.get(code, code),
        "non_take_up_name": lambda code: NON_TAKE_UP[code],
    }


def in_tables() -> dict[str, Any]:
    """What the answers of the tables of rights are called."""
    return {outcome.value: text for outcome, (text, _kind) in OUTCOMES.items()}
