"""Forms of the editors for areas: what a set is called, when it counts, which municipalities it holds."""

from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional

from core.fields import DayField
from core.forms import Form, max_length
from core.i18n import _l


class AreaSetForm(Form):
    """A set of municipalities. `starts_on`: since when there is such a set, or from when it changes."""

    name = StringField(_l("Name"), validators=[InputRequired(_l("Give the area a name.")), max_length(120)])
    kind = SelectField(_l("Kind of area"))
    starts_on = DayField(_l("Counts from"), validators=[Optional()])
    nis = SelectMultipleField(_l("Municipalities"), validate_choice=False)
    like = SelectField(_l("Take over the municipalities of"), validate_choice=False)
    around = SelectField(_l("Map of"), validate_choice=False)


class EndAreaSetForm(Form):
    """The last day of a set; empty when it goes on."""

    last_day = DayField(_l("Last day"), validators=[Optional()])
