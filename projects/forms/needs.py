"""What is typed about needs."""

from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from core.fields import DayField, choices
from core.forms import Form, max_length
from core.i18n import _l
from projects.forms.fields import MunicipalitiesField
from projects.labels import OWNER_LEVELS
from workflows.signal_source import THEMES


class NeedForm(Form):
    title = StringField(
        _l("Title"), validators=[InputRequired(_l("Give the need a title.")), max_length(200)]
    )
    theme = SelectField(_l("Theme"), choices=choices(THEMES))
    affected_group = StringField(_l("Who is affected"), validators=[Optional(), max_length(200)])
    municipalities = MunicipalitiesField(_l("Municipalities"), validators=[Optional()])
    owner_level = SelectField(_l("Who has to answer"), choices=choices(OWNER_LEVELS), default="province")
    answer_due_on = DayField(_l("Answer due on"), validators=[Optional()])


class FactForm(Form):
    text = TextAreaField(_l("Fact"), validators=[InputRequired(_l("Write the fact.")), max_length(2000)])
    source = StringField(
        _l("Source"), validators=[InputRequired(_l("Say where this fact comes from.")), max_length(300)]
    )


class NeedDecisionForm(Form):
    decision = RadioField(
        _l("Decision"),
        choices=choices({"linked": _l("Relevant: a call may answer it"), "not_retained": _l("Not retained")}),
        validators=[InputRequired(_l("Choose a decision."))],
    )
    reason = TextAreaField(
        _l("Reason"),
        validators=[
            InputRequired(_l("Give the reason: those who reported it will read it.")),
            max_length(2000),
        ],
    )
