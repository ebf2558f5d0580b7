"""Forms of the routing table: a line, from which day it changes, until when it holds, and a notice to try."""

import uuid
from typing import Any

from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, Optional

from core.fields import DayField
from core.forms import Form
from core.i18n import _l
from intake import labels
from intake.forms.fields import LineField
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality

WISH = "wish"


class ReceiverForm(Form):
    """Who receives, in which row, from when."""

    receiver = SelectField(_l("To whom"), [InputRequired(_l("Choose an organization."))])
    row = IntegerField(_l("Row"), [InputRequired(_l("Give a number: the lowest row that fits decides."))])
    starts_on = DayField(_l("From this day"), [InputRequired(_l("Enter the day."))])

    def __init__(self, *args: Any, receivers: list[tuple[uuid.UUID | str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.receiver.choices = [(str(key), name) for key, name in receivers]

    @property
    def receiver_id(self) -> uuid.UUID | None:
        """None: whom the citizen wants."""
        return None if self.receiver.data == WISH else uuid.UUID(self.receiver.data)


class LineForm(ReceiverForm):
    """A new line. What is left open matches every notice."""

    theme = SelectField(
        _l("Theme"), [Optional()], choices=labels.choices(LifeDomain, empty=_l("Every theme"))
    )
    place = LineField(_l("Municipality or postcode"), [Optional()])
    age_group = SelectField(_l("Age"), [Optional()], choices=labels.choices(AgeGroup, empty=_l("Every age")))
    mutuality = SelectField(
        _l("Mutuality"), [Optional()], choices=labels.choices(Mutuality, empty=_l("Every mutuality"))
    )


class LastDayForm(Form):
    ends_on = DayField(_l("Last day"), [InputRequired(_l("Enter the day."))])


class TryForm(Form):
    """What a signaller could know of a notice."""

    class Meta(Form.Meta):
        csrf = False  # it only asks

    place = LineField(
        _l("Municipality or postcode"), [InputRequired(_l("Fill in a municipality or postcode."))]
    )
    theme = SelectField(_l("Theme"), choices=labels.choices(LifeDomain))
    age_group = SelectField(_l("Age"), [Optional()], choices=labels.choices(AgeGroup, empty=_l("Not known")))
    mutuality = SelectField(
        _l("Mutuality"), [Optional()], choices=labels.choices(Mutuality, empty=_l("Not known"))
    )
