"""A new version of what is told before somebody agrees."""

from wtforms import SelectField
from wtforms.validators import InputRequired

from core.forms import Form
from core.i18n import _l
from intake import labels
from intake.forms.fields import DayField, WordsField


class ConsentTextForm(Form):
    """Language, day and text."""

    language = SelectField(
        _l("Language"),
        choices=[(code, text) for code, text in labels.LANGUAGES.items() if code != "other"],
        default="nl",
    )
    valid_from = DayField(_l("Holds from"), [InputRequired(_l("Choose a day."))])
    text = WordsField(_l("Text"), [InputRequired(_l("Write the text first."))])
