"""What a rights review looked at, in the words of the questions rather than the paths of the table."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import format_decimal

from core.i18n import _, _l, euro, long_date
from intake import places, rights_parameter_names, rights_questions
from intake.forms.rights import RELATIONS
from intake.rights_questions import Question

OTHERS = {"flemish": _l("Lives in Flanders")}


def lines(inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each input with its label and value; what was not known says so."""
    return [_line(path, value) for path, value in inputs.items()]


def _line(path: str, value: Any) -> tuple[str, str]:
    if path.startswith("parameters."):
        return _parameter(path.removeprefix("parameters."), value)
    if path.endswith(".relation"):
        return str(_("Relation to the citizen")), str(RELATIONS.get(value, _("The citizen")))
    asked = rights_questions.question(path)
    label = str(asked.label if asked else OTHERS.get(path, path))
    if value is None:
        return label, str(_("Not known"))
    return label, _text(asked, value)


def _parameter(name: str, value: Any) -> tuple[str, str]:
    """An amount, an age or a term by its name, in the reader's figures."""
    known = rights_parameter_names.NAMES.get(name)
    label = str(known or _("Amount or term: %(name)s", name=name.replace("_", " ")))
    if value is None:
        return label, str(_("missing"))
    return label, format_decimal(value) if isinstance(value, int | float) else str(value)


def _text(asked: Question | None, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if asked is None:
        return str(value)
    if asked.kind == "day":
        return long_date(date.fromisoformat(value))
    if asked.kind == "euro":
        return euro(round(float(value) * 100))
    if asked.kind == "choice":
        return str(asked.choices.get(value, value))
    if asked.kind == "choices":
        return ", ".join(str(asked.choices.get(code, code)) for code in value) or str(_("None of these"))
    return places.name(value) if asked.kind == "place" else str(value)
