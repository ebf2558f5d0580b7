"""Small forms of one act: a reason, a day, an amount, a confirmation."""

from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from core.fields import DayField, EuroField, MomentField
from core.forms import Form, max_length
from core.i18n import _l


class ActForm(Form):
    """Nothing but the confirmation itself."""


class ReasonForm(Form):
    reason = TextAreaField(_l("Reason"), validators=[InputRequired(_l("Give the reason.")), max_length(2000)])


class VisumForm(Form):
    visum = StringField(
        _l("Number of the visum"), validators=[InputRequired(_l("Enter the number of the visum."))]
    )


class AnnounceForm(Form):
    text = TextAreaField(
        _l("What changed"), validators=[InputRequired(_l("Write what changed.")), max_length(2000)]
    )


class InviteForm(ReasonForm):
    closes_at = MomentField(_l("The next phase closes"), validators=[InputRequired(_l("Choose a moment."))])


class ExtendForm(ReasonForm):
    closes_at = MomentField(_l("New closing moment"), validators=[InputRequired(_l("Choose a moment."))])


class DayForm(Form):
    day = DayField(_l("Day"), validators=[InputRequired(_l("Enter the day."))])


class RepaymentForm(Form):
    amount = EuroField(_l("Amount"), validators=[InputRequired(_l("Enter an amount."))])
    received_on = DayField(_l("Received on"), validators=[Optional()])
