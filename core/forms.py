"""The base of every form: errors of operations land on their field, and typed text survives."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID

from babel import support
from flask import request
from flask_babel import get_locale
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Form as PlainForm
from wtforms import HiddenField, StringField
from wtforms.csrf.core import CSRFTokenField
from wtforms.i18n import messages_path
from wtforms.validators import ValidationError

from core import drafts
from core.access import current_actor
from core.db import uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from core.text import clean


@cache
def _own_messages(locale: str) -> support.NullTranslations:
    return support.Translations.load(messages_path(), [locale], domain="wtforms")


class CleaningMeta(FlaskForm.Meta):
    """Whatever is typed becomes text that a database and a page can bear, also where it is shown again."""

    def wrap_formdata(self, form: Any, formdata: Any) -> Any:
        sent = super().wrap_formdata(form, formdata)
        if sent is None:
            return None
        pairs = sent.items(multi=True)
        return MultiDict([(name, clean(each) if isinstance(each, str) else each) for name, each in pairs])

    def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
        kind, given = unbound_field.field_class, unbound_field.kwargs
        if isinstance(kind, type) and issubclass(kind, StringField) and clean not in given.get("filters", ()):
            options = {**options, "filters": [clean, *given.get("filters", ())]}
        return unbound_field.bind(form=form, **options)


class RowForm(PlainForm):
    """The fields of one row of a table, inside a form."""

    class Meta(CleaningMeta):
        csrf = False


class TokenField(CSRFTokenField):  # type: ignore[misc]
    """Signs its token when that is shown: a form that was sent and is right needs none."""

    def process(self, *args: Any, **kwargs: Any) -> None:
        super(CSRFTokenField, self).process(*args, **kwargs)

    @property
    def current_token(self) -> Any:
        return self.csrf_impl.generate_csrf_token(self)


class TokenOnShow(FlaskForm.Meta.csrf_class):  # type: ignore[misc,name-defined]
    """See `TokenField`."""

    field_class = TokenField


class Form(FlaskForm):
    """A form with a command id, so that a double click counts once, and the version it was made from."""

    class Meta(CleaningMeta):
        """See `CleaningMeta`."""

        csrf_class = TokenOnShow

        def get_translations(self, _form: FlaskForm) -> Any:
            """The messages of WTForms itself; read once for each language, not with every form."""
            return _own_messages(str(get_locale()))

    command_id = HiddenField()
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        draft = kwargs.pop("draft", None) or _requested_draft()
        if draft and not args and "formdata" not in kwargs:
            kwargs["formdata"] = MultiDict((k, v) for k, values in draft.items() for v in values)
        super().__init__(*args, **kwargs)
        self.restored = draft is not None
        if not self.command_id.data:
            self.command_id.data = str(uuid7())

    @property
    def sent_version(self) -> int | None:
        """The version of the record that the user saw, as the form sent it back."""
        text = str(self.version.data or "")
        return int(text) if text.isdecimal() else None

    @property
    def sent_command(self) -> UUID | None:
        try:
            return UUID(self.command_id.data or "")
        except ValueError:
            return None

    @contextmanager
    def errors_from_domain(self) -> Iterator[None]:
        """Put a refusal of an operation where the user looks: on its field, else above the form."""
        try:
            yield
        except DomainError as refusal:
            self.refuse(refusal)

    def refuse(self, refusal: DomainError) -> None:
        field = self._fields.get(refusal.field or "")
        if field is None:
            self.form_errors.append(refusal.message)
        else:
            field.errors = [*field.errors, refusal.message]
        self.conflict = isinstance(refusal, Conflict)


def _requested_draft() -> dict[str, list[str]] | None:
    """What an expired session had typed on this page, when the user comes back for it."""
    actor = current_actor()
    if request.method != "GET" or "kept" not in request.args or actor is None or actor.user_id is None:
        return None
    return drafts.find(actor.user_id, f"form:{request.path}")


def max_length(limit: int) -> Any:
    """Validator: at most `limit` characters, with the number typed in the message."""

    def check(_form: FlaskForm, field: Any) -> None:
        if field.data and len(field.data) > limit:
            raise ValidationError(
                _(
                    "Use at most %(limit)s characters. There are %(count)s now.",
                    limit=limit,
                    count=len(field.data),
                )
            )

    check.field_flags = {"maxlength": limit}  # type: ignore[attr-defined]
    return check
