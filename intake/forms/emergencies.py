"""Forms of emergency access, its review, and of restricted files."""

from wtforms import RadioField
from wtforms.validators import InputRequired, Optional

from core.forms import Form
from core.i18n import _l
from intake import labels
from intake.forms.fields import LineField, WordsField
from intake.models.emergencies import EmergencyGround, Verdict


class EmergencyForm(Form):
    """Which file, on what ground, and what is happening."""

    number = LineField(_l("Number of the file"), [InputRequired(_l("Fill in the number of the file."))])
    ground = RadioField(
        _l("On what ground"),
        [InputRequired(_l("Choose the ground. Without one nothing opens."))],
        choices=labels.choices(EmergencyGround),
    )
    reason = WordsField(
        _l("What is happening"), [InputRequired(_l("Say in your own words what is happening."))], limit=1000
    )


class ReviewForm(Form):
    """What the data protection officer thinks of it."""

    verdict = RadioField(
        _l("Was it justified"), [InputRequired(_l("Choose an answer."))], choices=labels.choices(Verdict)
    )
    remark = WordsField(_l("Remark"), [Optional()], limit=1000)


class RestrictForm(Form):
    """Why a file is restricted, or not any more."""

    reason = LineField(_l("Why"), [InputRequired(_l("Say why, for who reads the file later."))])
