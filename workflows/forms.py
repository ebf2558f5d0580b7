"""Forms of the process manager."""

from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired

from core.forms import Form, max_length
from core.i18n import _l


class ReasonForm(Form):
    """Why an instance is suspended, resumed or cancelled."""

    reason = StringField(_l("Reason"), [InputRequired(_l("Give a reason.")), max_length(500)])


class NoteForm(Form):
    """What was done about an incident."""

    note = TextAreaField(
        _l("What was done"), [InputRequired(_l("Write what was done about it.")), max_length(2000)]
    )


class EmptyForm(Form):
    """A button: only the token that shows the page is ours."""
