"""Shapes of JSON: a dataclass read from it with every fault named, written as it, and told as a schema."""

import dataclasses
import types
import typing
import uuid
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from core.i18n import _
from core.text import clean

S = TypeVar("S")
SHORT = 200  # characters of a text for which nothing else is said
FORMATS: dict[type, dict[str, Any]] = {
    uuid.UUID: {"type": "string", "format": "uuid"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
}


class Invalid(ValueError):
    """Content of the wrong shape; `errors` are pairs of a field and what is wrong with it."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in errors))
        self.errors = errors


@dataclasses.dataclass(frozen=True)
class Told:
    """What an annotation tells of a field: words, and how long, or how large and small, it may be."""

    words: str = ""
    limit: int | None = None
    least: int = 0


# ---------------------------------------------------------------- reading
def read(shape: type[S], data: Any) -> S:
    """An instance of a dataclass from parsed JSON. Raises Invalid with all faults, unknown names too."""
    if not isinstance(data, dict):
        raise Invalid([("", _("An object with fields is expected."))])
    hints, values, errors = hints_of(shape), {}, []
    fields = {field.name: field for field in dataclasses.fields(shape)}  # type: ignore[arg-type]
    errors += [(name, _("There is no such field.")) for name in data if name not in fields]
    for name, field in fields.items():
        if name not in data:
            if not _has_default(field):
                errors.append((name, _("This field is needed.")))
            continue
        try:
            values[name] = _value(hints[name], data[name])
        except ValueError as error:
            errors.append((name, str(error)))
    if errors:
        raise Invalid(errors)
    return shape(**values)


def read_texts(shape: type[S], texts: dict[str, str]) -> S:
    """The same from texts alone, such as the parameters of an address."""
    hints = hints_of(shape)
    data: dict[str, Any] = {}
    for name, text in texts.items():
        kind = _plain(hints[name])[0] if name in hints else str
        data[name] = text
        if kind is bool:
            data[name] = {"true": True, "false": False}.get(text, text)
        elif kind is int and text.isascii() and text.isdecimal() and len(text) < 10:
            data[name] = int(text)
    return read(shape, data)


def _has_default(field: "dataclasses.Field[Any]") -> bool:
    missing = dataclasses.MISSING
    return field.default is not missing or field.default_factory is not missing


def _plain(hint: Any) -> tuple[Any, bool, Told]:
    """A type without its `| None` and its annotation, whether it had the one, and the other."""
    about = Told()
    if typing.get_origin(hint) is typing.Annotated:
        hint, *told = typing.get_args(hint)
        about = next((each for each in told if isinstance(each, Told)), about)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0], True, about
    return hint, False, about


def hints_of(shape: type) -> dict[str, Any]:
    """The types of the fields with their annotations."""
    return typing.get_type_hints(shape, include_extras=True)


def _value(hint: Any, given: Any) -> Any:
    kind, optional, about = _plain(hint)
    if given is None and optional:
        return None
    if typing.get_origin(kind) is tuple:
        if not isinstance(given, list):
            raise ValueError(_("A list is expected."))
        if len(given) > SHORT:
            raise ValueError(_("Use at most %(limit)s values.", limit=SHORT))
        return tuple(_value(typing.get_args(kind)[0], each) for each in given)
    if kind is bool:
        if not isinstance(given, bool):
            raise ValueError(_("True or false is expected."))
        return given
    if kind is int:
        return _number(given, about)
    if not isinstance(given, str):
        raise ValueError(_("A text is expected."))
    return _from_text(kind, given, about)


def _number(given: Any, about: Told) -> int:
    if not isinstance(given, int) or isinstance(given, bool):
        raise ValueError(_("A whole number is expected."))
    least, most = about.least, about.limit or 2**31 - 1
    if not least <= given <= most:
        raise ValueError(_("A number from %(least)s to %(most)s is expected.", least=least, most=most))
    return given


def _from_text(kind: Any, given: str, about: Told) -> Any:
    text = clean(given) or ""
    limit = about.limit or SHORT
    if len(text) > limit:
        raise ValueError(
            _("Use at most %(limit)s characters. There are %(count)s now.", limit=limit, count=len(text))
        )
    if kind is str:
        return text
    if issubclass(kind, StrEnum):
        if text not in {each.value for each in kind}:
            raise ValueError(_("One of these is expected: %(codes)s.", codes=", ".join(kind)))
        return kind(text)
    try:
        return uuid.UUID(text) if kind is uuid.UUID else kind.fromisoformat(text)
    except ValueError:
        name = {uuid.UUID: _("An identifier (UUID) is expected.")}.get(
            kind, _("A date is expected (YYYY-MM-DD).")
        )
        raise ValueError(name) from None


# ---------------------------------------------------------------- writing
def write(value: Any) -> Any:
    """JSON of an instance: moments in UTC, identifiers and codes as text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: write(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, list | tuple):
        return [write(each) for each in value]
    if isinstance(value, dict):
        return {str(key): write(each) for key, each in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


# ---------------------------------------------------------------- telling
def schema(hint: Any, known: dict[str, Any]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a type; dataclasses land in `known` and are referred to by name."""
    kind, optional, about = _plain(hint)
    made = _schema(kind, known, about)
    if optional:
        made = {"anyOf": [made, {"type": "null"}]}
    return {**made, "description": about.words} if about.words else made


def plain_schema(hint: Any, known: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The same without null, and its description apart: for a parameter, which is left out instead."""
    kind, _optional, about = _plain(hint)
    return _schema(kind, known, about), about.words


def _schema(kind: Any, known: dict[str, Any], about: Told) -> dict[str, Any]:
    if typing.get_origin(kind) is tuple:
        return {"type": "array", "items": schema(typing.get_args(kind)[0], known)}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _named(kind, known)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"type": "string", "enum": [each.value for each in kind]}
    if kind is str:
        return {"type": "string", **({"maxLength": about.limit} if about.limit else {})}
    if kind is int:
        most = {"maximum": about.limit} if about.limit else {}
        return {"type": "integer", "minimum": about.least, **most}
    return dict(FORMATS.get(kind, {}))


def _named(kind: type, known: dict[str, Any]) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{kind.__name__}"}
    if kind.__name__ in known:
        return reference
    known[kind.__name__] = {}  # a shape may hold itself
    hints, fields = hints_of(kind), dataclasses.fields(kind)
    known[kind.__name__] = {
        "type": "object",
        "description": (kind.__doc__ or "").strip(),
        "properties": {field.name: schema(hints[field.name], known) for field in fields},
        "required": [field.name for field in fields if not _has_default(field)],
        "additionalProperties": False,
    }
    return reference
