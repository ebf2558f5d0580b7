"""Words for themes and states of bundles."""

from wtforms import SelectChoice

from core.i18n import _l

THEMES = {
    "rural": _l("Rural policy"),
    "farmers": _l("Farmers"),
    "income": _l("Income and rights"),
    "energy": _l("Energy and water"),
    "debts": _l("Debts"),
    "housing": _l("Housing"),
    "loneliness": _l("Loneliness"),
    "family": _l("Family and children"),
    "digital": _l("Papers and digital"),
    "care": _l("Care"),
}
STATUS = {
    "proposed": (_l("Proposed"), "warn"),
    "validated": (_l("Validated"), "ok"),
    "rejected": (_l("Not validated"), "danger"),
}
# What policy decided on the need that a bundle became.
FEEDBACK = {"linked": _l("Relevant: a call may answer it"), "not_retained": _l("Not retained")}


def theme_choices() -> list[SelectChoice]:
    return [SelectChoice(code, word) for code, word in THEMES.items()]
