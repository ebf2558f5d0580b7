"""What a citizen does not want passed on."""

from typing import Any

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from core.forms import Form
from core.i18n import _l
from intake import items, labels
from intake.forms.fields import LineField
from intake.models.exclusions import ExclusionKind

SUBJECTS = [(code, labels.ITEMS[code]) for code in items.codes() if code != items.CONTACT]


class ExclusionForm(Form):
    """One exclusion: of a sort, and what it is."""

    kind = RadioField(
        _l("What may not go along"),
        [InputRequired(_l("Choose one: a subject, an organisation or a person."))],
        choices=labels.choices(ExclusionKind),
    )
    item = SelectField(_l("Subject"), [Optional()], choices=[("", _l("Choose")), *SUBJECTS])
    organization = LineField(_l("Organisation"), [Optional()])
    name = LineField(_l("Person"), [Optional()])

    def only_chosen(self) -> dict[str, Any]:
        """What belongs to the sort that was chosen; the other fields do not count."""
        wanted = {"subject": self.item, "organization": self.organization, "person": self.name}
        return {self.kind.data: (wanted[self.kind.data].data or "").strip()}
