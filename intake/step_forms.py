"""Forms that steps of intake processes may ask, by key: choices, days and numbers, never text."""

from core.i18n import _l
from workflows.task_forms import FormField, TaskForm

CHANNELS = (
    ("phone", _l("By phone")),
    ("visit", _l("At home")),
    ("desk", _l("At our desk")),
    ("video", _l("By video call")),
)

FORMS = (
    TaskForm(
        "intake.second_opinion",
        _l("Second opinion of a colleague"),
        (
            FormField(
                "advice",
                "choice",
                _l("What do you advise?"),
                choices=(
                    ("agree", _l("I agree")),
                    ("adjust", _l("Adjust it")),
                    ("disagree", _l("I do not agree")),
                ),
            ),
            FormField("discuss_in_team", "yes_no", _l("Discuss it in the team?")),
        ),
    ),
    TaskForm(
        "intake.appointment",
        _l("Make an appointment"),
        (
            FormField("appointment_on", "date", _l("Day")),
            FormField("channel", "choice", _l("How?"), choices=CHANNELS),
            FormField("interpreter_needed", "yes_no", _l("Is an interpreter needed?")),
        ),
    ),
    TaskForm(
        "intake.evaluation",
        _l("Evaluation of the support"),
        (
            FormField("goals_reached", "number", _l("Goals reached (in percent)"), least=0, most=100),
            FormField("continue_support", "yes_no", _l("Does the support go on?")),
            FormField("next_evaluation_on", "date", _l("Next evaluation"), required=False),
        ),
    ),
)
