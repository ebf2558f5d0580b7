"""One document for a file."""

from flask_wtf.file import FileField, FileRequired

from core.forms import Form
from core.i18n import _l


class DocumentForm(Form):
    file = FileField(_l("Document"), validators=[FileRequired(_l("Choose a document."))])
