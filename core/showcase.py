"""The page of building blocks: one form with every kind of field, and two wrong answers in it."""

from typing import Any

from flask import flash
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    Form,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from core.clock import today
from core.i18n import _, _l


class ShowcaseForm(Form):
    """Every kind of field that `components/field.html` knows."""

    request = StringField(_l("Request for help"), description=_l("In the words of the citizen."))
    visit_on = DateField(_l("Date of the home visit"), format="%d/%m/%Y")
    email = EmailField(_l("E-mail"), validators=[Optional()])
    rooms = IntegerField(_l("Number of rooms"), validators=[Optional()])
    service = SelectField(
        _l("Service"),
        choices=[SelectChoice("", _l("Choose a service")), SelectChoice("debt", _l("Debt mediation"))],
    )
    note = TextAreaField(_l("Note"), validators=[Optional()])
    knows = RadioField(
        _l("Does the person know"), choices=[SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No"))]
    )
    items = SelectMultipleField(
        _l("Pass on"),
        choices=[
            SelectChoice("income", _l("Income")),
            SelectChoice("family", _l("Family")),
            SelectChoice("health", _l("Health")),
        ],
        validators=[InputRequired(_l("Choose at least one."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    agrees = BooleanField(_l("The person agrees"))
    attachment = FileField(_l("Add a file"), validators=[Optional()])

    def validate_visit_on(self, field: DateField) -> None:
        if field.data and field.data < today():
            raise ValidationError(_("Choose a date in the future."))


def context() -> dict[str, Any]:
    """What `core/show_components.html` shows. The form is validated with two wrong answers."""
    answers = MultiDict({"visit_on": "03/11/2025", "service": "debt", "knows": "yes", "agrees": "y"})
    answers["request"] = _("My gas bill is too high")
    sample = ShowcaseForm(answers)
    sample.validate()
    flash(_("Sent. CM got a mail without the name."))
    flash(_("Not sent. The service is closed."), "error")
    return {"sample": sample}
