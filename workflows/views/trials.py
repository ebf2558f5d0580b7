"""Trying a decision table: inputs that are made up, a day, and which rule fired. Nothing is kept."""

import json
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Optional, ValidationError

from core.fields import DayField
from core.forms import Form, max_length
from core.i18n import _, choose_locale
from workflows import decisions
from workflows.engine.dmn import DecisionError

LONGEST = 10_000
PREFIX = "value_"


def show_trial(data: bytes, back: str) -> ResponseReturnValue:
    """The page of a trial, with its answer once it was asked."""
    names = decisions.asked_by(data)
    form = _form(names)
    answer = None
    if form.validate_on_submit():
        try:
            given = {name: decisions.read_input(form[PREFIX + name].data or "") for name in names}
            answer = decisions.try_out(data, _without_nothing(given), on=form["on"].data)
        except DecisionError as refusal:
            form.form_errors.append(refusal.message(choose_locale()))
    page = render_template(
        "workflows/try_decision.html",
        title=decisions.title(data),
        form=form,
        names=names,
        answer=answer,
        explanation=answer.explanation if answer else {},
        said=_said,
        translated=decisions.translated,
        table=decisions.as_html(data, choose_locale(), answer.matched if answer else ()),
        back=back,
    )
    return page, 422 if form.errors else 200


def _without_nothing(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _said(value: Any) -> str:
    """A value of an answer on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _form(names: list[str]) -> Form:
    rules = [Optional(), max_length(LONGEST), _readable]
    fields: dict[str, Any] = {PREFIX + name: StringField(decisions.called(name), rules) for name in names}
    made: Form = type("TryForm", (Form,), {**fields, "on": DayField(_("Day of the values"), [Optional()])})()
    return made


def _readable(_form: Form, field: Any) -> None:
    try:
        decisions.read_input(field.data or "")
    except ValueError:
        raise ValidationError(_("This cannot be read as a value.")) from None
