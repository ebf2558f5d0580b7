"""Forms of the team board."""

import uuid
from typing import Any

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, ValidationError

from core.fields import DayField
from core.forms import Form
from core.i18n import _, _l
from intake.forms.signals import CheckboxesField


class ColleagueForm(Form):
    """Another colleague."""

    to = SelectField(_l("To whom"), [InputRequired(_l("Choose a colleague."))])

    def __init__(self, *args: Any, workers: list[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to.choices = [(str(key), name) for key, name in workers]


class HandOverForm(ColleagueForm):
    """Which files go to whom: all of them unless some are chosen."""

    which = RadioField(
        _l("Which files"),
        choices=[("all", _l("All open files")), ("chosen", _l("Only the files I choose"))],
        default="all",
    )
    files = CheckboxesField(_l("Files"))

    def __init__(self, *args: Any, files: list[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.files.choices = [(str(key), text) for key, text in files]

    def validate_which(self, field: RadioField) -> None:
        """Ticked files beside “all” are a slip: everything would go."""
        if field.data != "chosen" and self.files.data:
            raise ValidationError(_("You ticked files. Choose “Only the files I choose”, or untick them."))

    @property
    def chosen(self) -> list[uuid.UUID] | None:
        """None: all of them."""
        if self.which.data != "chosen":
            return None
        return [uuid.UUID(key) for key in self.files.data or []]


class AbsenceForm(ColleagueForm):
    """Days away, and who stands in."""

    to = SelectField(_l("Who stands in"), [InputRequired(_l("Choose a colleague."))])
    starts_on = DayField(_l("First day"), [InputRequired(_l("Enter the day."))])
    ends_on = DayField(_l("Last day"), [InputRequired(_l("Enter the day."))])
