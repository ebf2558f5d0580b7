"""Forms of the editors: a delivery, an answer, a verdict on a pair."""

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Optional, Regexp

from core.forms import Form, max_length
from core.i18n import _l


class DeliveryForm(Form):
    """A file of a source."""

    source = StringField(
        _l("Source"),
        validators=[
            InputRequired(_l("Name the source.")),
            Regexp(r"^[a-z0-9-]{2,60}$", message=_l("Use small letters, digits and hyphens.")),
        ],
    )
    file = FileField(_l("Delivered file"), validators=[FileRequired(_l("Choose a file."))])
    delta = BooleanField(_l("This is only a part: what is not in it stays"))


class ApplyForm(Form):
    """Apply a staged delivery."""

    confirmed = BooleanField(_l("I checked that so much is really gone"))


class AnswerForm(Form):
    """What the source answered."""

    answer = StringField(_l("Answer of the source"), validators=[Optional(), max_length(1000)])


class VerdictForm(Form):
    """Keep two organizations apart, or point one to the other."""
