"""The moment and place of a joint appointment."""

from wtforms.validators import InputRequired

from core.fields import MomentField
from core.forms import Form
from core.i18n import _l
from intake.forms.fields import LineField


class AppointmentForm(Form):
    """A proposal."""

    at = MomentField(_l("Day and hour"), [InputRequired(_l("Choose a moment in the future."))])
    place = LineField(_l("Where do you meet"), [InputRequired(_l("Say where you meet."))])
