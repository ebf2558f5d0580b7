"""Uploads, the dossier of an organization, and who may edit along."""

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional, ValidationError

from core.fields import NumberField
from core.forms import Form, max_length
from core.i18n import _, _l


class AttachmentForm(Form):
    kind = SelectField(_l("What it is"))
    file = FileField(_l("Document"), validators=[FileRequired(_l("Choose a document."))])


class DossierForm(Form):
    organization = SelectField(_l("Organization"), validators=[InputRequired(_l("Choose an organization."))])
    signatories = TextAreaField(_l("Who may sign"), validators=[Optional(), max_length(2000)])
    iban = StringField(_l("Account number (IBAN)"), validators=[Optional(), max_length(42)])
    accounts_year = NumberField(_l("Year of the last approved accounts"), validators=[Optional()])
    statutes = FileField(_l("Statutes"), validators=[Optional()])
    accounts = FileField(_l("Annual accounts"), validators=[Optional()])
    bank_proof = FileField(_l("Proof of the bank account"), validators=[Optional()])

    def validate_signatories(self, field: TextAreaField) -> None:
        if any("," not in line for line in _lines(field.data or "")):
            raise ValidationError(_("Write one person a line: name, function."))

    def people(self) -> list[tuple[str, str]]:
        """(name, function) of everyone who may sign."""
        found = []
        for line in _lines(self.signatories.data or ""):
            name, _comma, role = line.partition(",")
            found.append((name.strip(), role.strip()))
        return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
