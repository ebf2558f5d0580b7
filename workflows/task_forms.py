"""Forms for steps of processes: registered by key, or drawn with the process; typed values, never text.

A diagram names a form with the property `formKey`; deploying refuses a key that nobody registered. The values
become process data under the names of the fields (or as one object, under `variableName`). They are
choices, yes or no, numbers and days: by construction nothing personal gets into the process (ADR 0005).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.errors import DomainError
from core.i18n import _
from workflows.engine.model import FormField, TaskInfo
from workflows.engine.own_forms import CODE, usable_name

__all__ = ["FormField", "TaskForm", "clean", "find", "names", "of", "register", "registered"]

LARGEST = 10**12


@dataclass(frozen=True)
class TaskForm:
    """A form by its key: what it is for, and its fields. Without fields a step is only confirmed."""

    key: str
    title: Any
    fields: tuple[FormField, ...] = ()


_forms: dict[str, TaskForm] = {}


def register(*forms: TaskForm) -> None:
    """Hand in forms by key, such as `intake.second_opinion`; called by wiring, safe to repeat.

    Raises ValueError for a field that process data cannot bear.
    """
    for form in forms:
        fields = [field.name for field in form.fields]
        codes = [code for field in form.fields for code, _label in field.choices]
        if len(set(fields)) < len(fields) or not all(map(usable_name, fields)):
            raise ValueError(f"The form {form.key} has fields that a process cannot hold.")
        if not all(map(CODE.fullmatch, codes)) or any(
            f.kind == "choice" and not f.choices for f in form.fields
        ):
            raise ValueError(f"The form {form.key} has choices that a process cannot hold.")
        _forms[form.key] = form


def names() -> frozenset[str]:
    """All keys a diagram may use, for the check at deploy."""
    return frozenset(_forms)


def registered() -> list[TaskForm]:
    """Every form by key."""
    return [_forms[key] for key in sorted(_forms)]


def find(key: str) -> TaskForm | None:
    """The form of this key, None when nobody registered it."""
    return _forms.get(key)


def of(info: TaskInfo) -> TaskForm | None:
    """The form of a step: its own, else the one that it names; None for a step that is done on a page."""
    if info.fields:
        return TaskForm("", "", info.fields)
    return find(info.form_key) if info.form_key else None


def clean(form: TaskForm, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the declared fields as process data; whatever else was sent is left out.

    Raises DomainError on the first field that is missing or of another type.
    """
    return {field.name: _value(field, values.get(field.name)) for field in form.fields}


def _value(field: FormField, value: Any) -> Any:
    if value is None or value == "":
        if field.required:
            raise DomainError(_("Fill this in."), field=field.name)
        return None
    match field.kind:
        case "choice" if isinstance(value, str) and value in dict(field.choices):
            return value
        case "yes_no" if isinstance(value, bool):
            return value
        case "number" if isinstance(value, int) and not isinstance(value, bool):
            return _number(field, value)
        case "date":
            return _day(field, value)
    raise DomainError(_("This is not one of the possible answers."), field=field.name)


def _number(field: FormField, value: int) -> int:
    least = -LARGEST if field.least is None else field.least
    most = LARGEST if field.most is None else field.most
    if not least <= value <= most:
        text = _("Give a number from %(least)s to %(most)s.", least=least, most=most)
        raise DomainError(text, field=field.name)
    return value


def _day(field: FormField, value: Any) -> str:
    try:
        return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()[:10]
    except (TypeError, ValueError):
        raise DomainError(_("This is not a day."), field=field.name) from None
