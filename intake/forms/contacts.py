"""The line of the contact register: three fields at most, no name."""

from typing import Any

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from core.forms import Form
from core.i18n import _l
from intake import labels
from intake.forms.fields import LineField
from intake.models.contacts import ContactOutcome
from intake.models.vocabulary import Channel, LifeDomain

LINE = 300


class ContactForm(Form):
    """What somebody came for. `then` is the button that was pressed: what became of it, open for later."""

    channel = SelectField(_l("How"), choices=labels.choices(Channel), default="desk")
    place = LineField(_l("Municipality or postcode"), [Optional()])
    theme = SelectField(
        _l("What is it about"), [Optional()], choices=labels.choices(LifeDomain, empty=_l("Choose a theme"))
    )
    line = LineField(_l("The question in one line, without a name"), [Optional()], limit=LINE)
    then = SelectField(_l("What became of it"), choices=labels.choices(ContactOutcome), default="open")


class OcmwContactForm(ContactForm):
    """At an OCMW every contact asks whether it is a request for aid: that counts from the first word."""

    aid = RadioField(
        _l("Is this a request for aid?"),
        [InputRequired(_l("Say whether this is a request for aid."))],
        choices=[("no", _l("No")), ("yes", _l("Yes, register it"))],
    )


class ContactPlaceForm(Form):
    """Where the person lives, when that was not asked yet."""

    place = LineField(
        _l("Municipality or postcode"), [InputRequired(_l("Fill in a municipality or postcode."))]
    )


def contact_form(*, is_ocmw: bool, **kwargs: Any) -> ContactForm:
    """The form for the sort of organization of the reader."""
    return OcmwContactForm(**kwargs) if is_ocmw else ContactForm(**kwargs)
