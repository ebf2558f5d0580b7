"""Forms of the editors for organizations and services that no source delivers."""

from typing import Any

from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import URL, Email, InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.fields import DayField
from core.forms import Form, max_length
from core.i18n import _l


def _email() -> list[Any]:
    return [Optional(), Email(_l("Write a full e-mail address, with an @.")), max_length(200)]


def _web() -> list[Any]:
    return [
        Optional(),
        URL(message=_l("Write a full web address, such as https://example.org.")),
        max_length(400),
    ]


class TicksField(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class OrganizationForm(Form):
    """Who it is and where one finds it. `another`: look-alikes were seen, and this is another one."""

    name = StringField(
        _l("Name"), validators=[InputRequired(_l("Give the organization a name.")), max_length(200)]
    )
    sector = SelectField(_l("Sector"))
    kbo = StringField(_l("Enterprise number (KBO)"), validators=[Optional(), max_length(20)])
    nis = SelectField(
        _l("Municipality"), validators=[InputRequired(_l("Choose the municipality from the list."))]
    )
    street = StringField(_l("Street and number"), validators=[Optional(), max_length(200)])
    postcode = StringField(_l("Postcode"), validators=[Optional(), max_length(4)])
    phone = StringField(_l("Telephone"), validators=[Optional(), max_length(40)])
    email = StringField(_l("E-mail"), validators=_email())
    website = StringField(_l("Website"), validators=_web())
    description = TextAreaField(_l("Description"), validators=[Optional(), max_length(4000)])
    last_day = DayField(_l("Last day"), validators=[Optional()])
    another = BooleanField(_l("I looked: this is another organization"))


class ServiceForm(Form):
    """What it offers, to whom, where, and how one applies."""

    name = StringField(
        _l("Name"), validators=[InputRequired(_l("Give the service a name.")), max_length(200)]
    )
    description = TextAreaField(
        _l("What it does"),
        validators=[InputRequired(_l("Say in one sentence what it does.")), max_length(4000)],
    )
    who = StringField(_l("For whom"), validators=[Optional(), max_length(400)])
    apply = TextAreaField(_l("How to apply"), validators=[Optional(), max_length(1000)])
    fees = StringField(_l("Cost"), validators=[Optional(), max_length(200)])
    area = SelectField(_l("Area"), validators=[Optional()])
    nis = TicksField(_l("Municipalities"), validate_choice=False)
    categories = TicksField(_l("Categories"), validators=[InputRequired(_l("Choose at least one category."))])
    target_groups = TicksField(_l("Target groups"))
    phone = StringField(_l("Telephone"), validators=[Optional(), max_length(40)])
    contact = StringField(_l("Whom to ask for"), validators=[Optional(), max_length(200)])
    email = StringField(_l("E-mail"), validators=_email())
    url = StringField(_l("Website"), validators=_web())
    here = BooleanField(_l("Given at the address of the organization"))
    last_day = DayField(_l("Last day"), validators=[Optional()])
