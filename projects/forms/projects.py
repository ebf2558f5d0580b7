"""What is uploaded and noted about an agreement."""

from flask_wtf.file import FileField, FileRequired
from wtforms.validators import InputRequired

from core.fields import DayField
from core.forms import Form
from core.i18n import _l


class SignatureForm(Form):
    agreement = FileField(_l("Signed agreement (PDF)"), validators=[FileRequired(_l("Choose the PDF."))])
    signed_on = DayField(_l("Signed on"), validators=[InputRequired(_l("Enter the day."))])
