"""Forms of the team board."""

import uuid
from typing import Any

from wtforms import SelectField
from wtforms.validators import InputRequired

from core.fields import DayField
from core.forms import Form
from core.i18n import _l


class ColleagueForm(Form):
    """Another colleague."""

    to = SelectField(_l("To whom"), [InputRequired(_l("Choose a colleague."))])

    def __init__(self, *args: Any, workers: list[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to.choices = [(str(key), name) for key, name in workers]


class AbsenceForm(ColleagueForm):
    """Days away, and who stands in."""

    starts_on = DayField(_l("First day"), [InputRequired(_l("Enter the day."))])
    ends_on = DayField(_l("Last day"), [InputRequired(_l("Enter the day."))])
