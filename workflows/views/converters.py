"""The part of an address that names a subject of any kind: `case-0197c3…`."""

import uuid
from typing import Any

from werkzeug.routing import BaseConverter, ValidationError

from workflows.subjects import Reference


class SubjectConverter(BaseConverter):
    """`<subject:...>` in an address; `url_for` takes the record itself."""

    regex = r"[a-z_]+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

    def to_python(self, value: str) -> Reference:
        subject_type, _dash, text = value.partition("-")
        try:
            return Reference(subject_type, uuid.UUID(text))
        except ValueError as error:
            raise ValidationError from error

    def to_url(self, value: Any) -> str:
        return f"{value.subject_type}-{value.id}"
