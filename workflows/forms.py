"""Forms of the process manager."""

from typing import Any

from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from core.forms import Form, max_length
from core.i18n import _l


class ReasonForm(Form):
    """Why an instance is suspended, resumed or cancelled, or a version retired."""

    reason = StringField(_l("Reason"), [InputRequired(_l("Give a reason.")), max_length(500)])


class AssignForm(ReasonForm):
    """Who takes over one lane of an instance; the choices are handed in."""

    lane = SelectField(_l("Role"))
    assignee = SelectField(_l("New holder"))
    # Last on the page: a form shows its fields in the order in which they were made.
    reason = StringField(_l("Reason"), [InputRequired(_l("Give a reason.")), max_length(500)])

    def __init__(self, *, lanes: list[tuple[str, str]], people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lane.choices = lanes
        self.assignee.choices = people


class NoteForm(Form):
    """What was done about an incident."""

    note = TextAreaField(
        _l("What was done"), [InputRequired(_l("Write what was done about it.")), max_length(2000)]
    )


class DeployForm(Form):
    """The files of one process."""

    diagram = FileField(_l("Diagram (BPMN)"), [FileRequired(_l("Choose a diagram."))])
    tables = MultipleFileField(_l("Decision tables (DMN)"), [Optional()])
    tests = FileField(_l("Tests of the process (YAML)"), [Optional()])


class MoveForm(Form):
    """Moving chosen files to another version."""

    accept_skip = BooleanField(_l("Also move files that pass over new steps"))


class EmptyForm(Form):
    """A button: only the token that shows the page is ours."""
