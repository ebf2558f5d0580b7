"""What is filled in about a request for aid."""

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from core.fields import DayField
from core.forms import Form, max_length
from core.i18n import _l
from intake import labels
from intake.models.aid_requests import AidKind, AidOutcome


class AidRequestForm(Form):
    kind = SelectField(_l("What is asked"), choices=labels.choices(AidKind))
    words = TextAreaField(
        _l("In the words of the citizen"),
        validators=[InputRequired(_l("Write what the citizen asks, in their words.")), max_length(4000)],
    )
    asked_on = DayField(_l("Day of the request"), validators=[InputRequired(_l("Enter the day."))])
    spoken = BooleanField(_l("Asked orally"))


class ForwardForm(Form):
    to = StringField(
        _l("Competent OCMW"),
        validators=[InputRequired(_l("Name the OCMW that is competent.")), max_length(200)],
    )
    reason = TextAreaField(
        _l("Reason"),
        validators=[
            InputRequired(_l("Give the reason: without it the forwarding is void.")),
            max_length(4000),
        ],
    )
    forwarded_on = DayField(_l("Forwarded on"), validators=[InputRequired(_l("Enter the day."))])


class AidDecisionForm(Form):
    outcome = RadioField(
        _l("Decision"),
        choices=labels.choices(AidOutcome),
        validators=[InputRequired(_l("Choose a decision."))],
    )
    body = SelectField(_l("Body that decided"), validate_choice=False)
    is_urgent = BooleanField(_l("Urgent decision, still to be ratified"))
    decided_on = DayField(_l("Decided on"), validators=[InputRequired(_l("Enter the day."))])
    reason = TextAreaField(
        _l("Reasons"), validators=[InputRequired(_l("A decision needs its reasons.")), max_length(8000)]
    )


class AidDayForm(Form):
    day = DayField(_l("Day"), validators=[InputRequired(_l("Enter the day."))])


class AidReasonForm(Form):
    reason = TextAreaField(_l("Reason"), validators=[InputRequired(_l("Give the reason.")), max_length(2000)])
