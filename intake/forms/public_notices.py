"""What a visitor fills in: place, concern, and a contact if they want."""

from wtforms import HiddenField, SelectField
from wtforms.validators import InputRequired, Optional

from core.forms import Form
from core.i18n import _l
from intake import labels
from intake.forms.fields import LineField, WordsField
from intake.models.vocabulary import LifeDomain


class PublicNoticeForm(Form):
    """`website` is a trap: people do not see it. `opened` is the signed moment of opening."""

    place = LineField(
        _l("Municipality or postcode"), [InputRequired(_l("Fill in a municipality or postcode."))]
    )
    theme = SelectField(
        _l("What is it about"),
        [Optional()],
        choices=labels.choices(LifeDomain, empty=_l("I do not know")),
    )
    concern = WordsField(_l("What worries you"), [InputRequired(_l("Write what worries you."))], limit=1500)
    contact = LineField(_l("Your phone or e-mail"), [Optional()])
    website = LineField(_l("Leave this empty"), [Optional()])
    opened = HiddenField()
