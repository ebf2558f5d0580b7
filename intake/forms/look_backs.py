"""What the citizen says at a look back."""

import uuid
from typing import Any

from wtforms import SelectField
from wtforms.validators import InputRequired, Optional

from core.forms import Form
from core.i18n import _l
from intake import labels
from intake.forms.fields import LineField
from intake.forms.signals import CheckboxesField
from intake.models.help_requests import HelpRequest
from intake.models.vocabulary import CitizenSays


class LookBackForm(Form):
    """`says` is the button that was pressed."""

    about = CheckboxesField(_l("For which question did help not come"), [Optional()])
    words = LineField(_l("In the words of the citizen"), [Optional()], limit=300)
    says = SelectField(
        _l("What does the citizen say?"),
        [InputRequired(_l("Choose what the citizen says."))],
        choices=labels.choices(CitizenSays),
    )

    def __init__(self, *args: Any, requests: list[HelpRequest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about.choices = [(str(one.id), (one.own_words or "")[:160]) for one in requests]

    def chosen(self) -> list[uuid.UUID]:
        """The questions that were ticked."""
        return [uuid.UUID(value) for value in self.about.data or []]
