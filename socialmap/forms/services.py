"""Forms about one service."""

from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import UUID, AnyOf, Email, InputRequired, NumberRange, Optional

from core.forms import Form, max_length
from core.i18n import _l


class CapacityForm(Form):
    """How much room there is now; it expires by itself."""

    capacity = RadioField(
        _l("Is there room now"),
        choices=[("open", _l("Room now")), ("waiting", _l("Waiting list")), ("full", _l("Full"))],
        validators=[InputRequired(_l("Choose one of the three."))],
    )
    weeks = IntegerField(
        _l("Waiting time in weeks"),
        validators=[Optional(), NumberRange(1, 104, _l("Give a number of weeks from 1 to 104."))],
    )


class AgreementsForm(Form):
    """What partners agreed beside the source."""

    contact = StringField(_l("Contact for referrals"), validators=[Optional(), max_length(200)])
    email = StringField(
        _l("E-mail for referrals"),
        validators=[Optional(), Email(_l("Write a full e-mail address, with an @.")), max_length(200)],
    )
    agreements = TextAreaField(_l("Agreements"), validators=[Optional(), max_length(4000)])


class CorrectionForm(Form):
    """What is wrong in the entry, and in which part of it."""

    field = SelectField(_l("What is it about"), validators=[Optional()], default="")
    text = TextAreaField(
        _l("What is wrong or missing"),
        validators=[InputRequired(_l("Say what is wrong, in one sentence.")), max_length(2000)],
    )


class AnswerRequestForm(Form):
    """An answer to the request to confirm: which service, and what is wrong when it is not right."""

    service_id = HiddenField(validators=[Optional(), UUID()])
    answer = HiddenField(validators=[AnyOf(("right", "wrong", "all"))])
    text = TextAreaField(_l("What is wrong or missing"), validators=[Optional(), max_length(2000)])
