"""Forms that steps of project processes may ask, by key: choices, days and numbers, never text."""

from core.i18n import _l
from workflows.task_forms import FormField, TaskForm

FINDINGS = (
    ("in_order", _l("In order")),
    ("points_of_attention", _l("Points of attention")),
    ("not_in_order", _l("Not in order")),
)

FORMS = (
    TaskForm(
        "projects.site_visit",
        _l("Visit to a project"),
        (
            FormField("visited_on", "date", _l("Day of the visit")),
            FormField("finding", "choice", _l("What did you find?"), choices=FINDINGS),
            FormField("visit_again", "yes_no", _l("Is another visit needed?")),
        ),
    ),
    TaskForm(
        "projects.budget_check",
        _l("Check of a budget"),
        (
            FormField("budget_sound", "yes_no", _l("Is the budget sound?")),
            FormField(
                "share_at_most", "number", _l("Highest share that we pay (in percent)"), least=0, most=100
            ),
        ),
    ),
    TaskForm(
        "projects.advice",
        _l("Advice of a colleague"),
        (
            FormField(
                "advice",
                "choice",
                _l("What do you advise?"),
                choices=(
                    ("favourable", _l("Favourable")),
                    ("conditional", _l("Favourable with conditions")),
                    ("unfavourable", _l("Unfavourable")),
                ),
            ),
        ),
    ),
)
