"""What is typed about policy themes and bundles."""

from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired

from core.fields import choices
from core.forms import Form, max_length
from core.i18n import _l
from workflows.signal_source import THEMES


class TagForm(Form):
    theme = SelectField(
        _l("Policy theme"), choices=choices(THEMES), validators=[InputRequired(_l("Choose a theme."))]
    )


class ProposeForm(Form):
    summary = TextAreaField(
        _l("What goes wrong, in one sentence"),
        validators=[InputRequired(_l("Say in one sentence what goes wrong.")), max_length(300)],
    )


class RejectForm(Form):
    reason = TextAreaField(_l("Reason"), validators=[InputRequired(_l("Give the reason.")), max_length(1000)])


class ConfirmForm(Form):
    """Nothing but the confirmation itself."""
