"""Fields of projects: municipalities by name, rows of a table."""

import re
from typing import Any

from wtforms import FieldList, SelectField, StringField, TextAreaField
from wtforms.validators import StopValidation

from core.i18n import _
from projects.money import WHOLE
from socialmap import geography

PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))? ?%?")


class MunicipalitiesField(TextAreaField):
    """Municipalities by name or postcode, separated by commas; data is a sorted list of NIS codes."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0] if valuelist else ""
        found, unknown = set(), []
        for name in (part.strip() for part in text.replace("\n", ",").split(",")):
            if not name:
                continue
            place = geography.find_place(name)
            if place is None:
                unknown.append(name)
            else:
                found.add(place.nis)
        self.data: Any = sorted(found)
        if unknown:
            raise ValueError(_("We do not know %(names)s. Look at the spelling.", names=", ".join(unknown)))

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        places = [geography.municipality(nis) for nis in self.data or []]
        return ", ".join(place.name for place in places if place)


class ShareField(StringField):
    """A part of a whole in percent, such as 33,5; data is basis points."""

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        options.setdefault("render_kw", {"inputmode": "decimal"})
        super().__init__(label, validators, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data: Any = None
        if not text:
            return
        found = PERCENT.fullmatch(text)
        share = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else WHOLE + 1
        if share > WHOLE:
            raise ValueError(_("Enter a number from 0 to 100, such as 33,5."))
        self.data = share

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data / 100:g}".replace(".", ",") if self.data is not None else ""


class RowsField(FieldList):
    """Rows of a table with some empty ones at the end, so that rows can be added without script."""

    def __init__(self, *args: Any, spare: int = 2, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spare = spare

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(formdata, data or [], extra_filters)
        if not formdata:
            for _number in range(self.spare):
                self.append_entry()

    @property
    def shown(self) -> int:
        """How many rows stand open: those with something in them, and one more to go on."""
        used = [n for n, entry in enumerate(self.entries, 1) if any(_typed(field) for field in entry.form)]
        return max(used, default=0) + 1

    def filled(self, *names: str) -> list[dict[str, Any]]:
        """The rows in which one of `names` was filled in."""
        return [
            {key: value for key, value in entry.data.items() if key != "csrf_token"}
            for entry in self.filled_entries(*names)
        ]

    def filled_entries(self, *names: str) -> list[Any]:
        """The same as fields, to say what is wrong with one."""
        return [
            entry for entry in self.entries if any(entry.data.get(name) not in (None, "") for name in names)
        ]

    def refuse(self, entry: Any, name: str, message: str) -> None:
        """Put a refusal at one field of one row."""
        field = entry.form[name]
        field.errors = [*field.errors, message]
        self.errors = [row.errors for row in self.entries]


class NeededBeside:
    """Validator of a field in a row: needed as soon as another field of that row says something."""

    def __init__(self, message: Any, *names: str) -> None:
        self.message, self.names = message, names

    def __call__(self, row: Any, field: Any) -> None:
        if field.raw_data and str(field.raw_data[0]).strip():
            return
        field.errors = []
        if any(row[name].data not in (None, "") for name in self.names):
            raise StopValidation(self.message)
        raise StopValidation


def _typed(field: Any) -> bool:
    """Whether somebody filled this in; a choice that begins with a value says nothing."""
    return bool(field.errors) or (not isinstance(field, SelectField) and field.data not in (None, "", False))
