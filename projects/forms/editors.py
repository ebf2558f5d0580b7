"""Whom to ask to write along."""

from wtforms import StringField
from wtforms.validators import InputRequired, Regexp

from core.forms import Form, max_length
from core.i18n import _l

ADDRESS = r"^\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$"


class EditorForm(Form):
    email = StringField(
        _l("E-mail address"),
        validators=[
            InputRequired(_l("Enter an e-mail address.")),
            Regexp(ADDRESS, message=_l("Enter an e-mail address, such as name@organization.example.")),
            max_length(200),
        ],
    )
