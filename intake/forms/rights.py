"""Forms of the rights review: only the questions that are still needed, and what was done about a right."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from wtforms import RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from core.fields import DayField, EuroField, NumberField
from core.forms import Form
from core.i18n import _, _l
from intake import places, rights_questions
from intake.forms.signals import CheckboxesField
from intake.rights_questions import Question
from intake.rights_texts import NON_TAKE_UP

RELATIONS = {
    "partner": _l("Partner"),
    "child": _l("Child"),
    "parent": _l("Parent or grandparent"),
    "other": _l("Somebody else"),
}


class PersonAtAddressForm(Form):
    relation = SelectField(_l("Who"), choices=[SelectChoice(code, text) for code, text in RELATIONS.items()])
    birth_date = DayField(_l("Birth date"), validators=[Optional()])


class RightDayForm(Form):
    day = DayField(_l("Day"), validators=[InputRequired(_l("Enter the day."))])


class RealisedForm(RightDayForm):
    euro = NumberField(_l("Euro per year"), validators=[Optional()], least=0, most=100_000)


class NonTakeUpForm(Form):
    reason = RadioField(
        _l("Why it is not taken up"),
        choices=[SelectChoice(code.value, text) for code, text in NON_TAKE_UP.items()],
        validators=[InputRequired(_l("Choose a reason."))],
    )


def _field(asked: Question) -> Any:
    if asked.kind == "day":
        return DayField(asked.label, validators=[Optional()])
    if asked.kind == "euro":
        return EuroField(asked.label, validators=[Optional()])
    if asked.kind == "number":
        return NumberField(asked.label, validators=[Optional()], least=0, most=366)
    if asked.kind == "choice":
        listed = [SelectChoice("", _l("Not known")), *(SelectChoice(c, t) for c, t in asked.choices.items())]
        return SelectField(asked.label, choices=listed)
    if asked.kind == "choices":
        listed = [
            SelectChoice("none", _l("None of these")),
            *(SelectChoice(c, t) for c, t in asked.choices.items()),
        ]
        return CheckboxesField(asked.label, [Optional()], choices=listed)
    if asked.kind == "place":
        return StringField(asked.label, validators=[Optional()])
    listed = [SelectChoice("yes", _l("Yes")), SelectChoice("no", _l("No")), SelectChoice("", _l("Not known"))]
    return RadioField(asked.label, choices=listed, validators=[Optional()])


def _name(path: str) -> str:
    return path.replace("[", "-").replace("]", "").replace(".", "-")


def _shown(asked: Question, value: Any) -> Any:
    if value is None:
        return ""
    if asked.kind == "yes":
        return "yes" if value else "no"
    if asked.kind == "day":
        return date.fromisoformat(value)
    if asked.kind == "euro":
        return round(float(value) * 100)
    if asked.kind == "choices":
        return value or ["none"]
    return places.name(value) if asked.kind == "place" else value


def questions_form(
    asked: Iterable[Question], document: dict[str, Any]
) -> tuple[Form, list[tuple[Question, Any]]]:
    """A form with a field for each question, and the fields beside their questions, in order."""
    listed = list(asked)
    fields = {_name(question.path): _field(question) for question in listed}
    data = {
        _name(q.path): _shown(q, value)
        for q in listed
        if (value := rights_questions.get(document, q.path)) is not None
    }
    form: Form = type("RightsQuestionsForm", (Form,), fields)(data=data)
    return form, [(question, form[_name(question.path)]) for question in listed]


def answers(pairs: Iterable[tuple[Question, Any]]) -> dict[str, Any]:
    """The answers by path; None where nothing was filled in. Raises DomainError for an unknown place."""
    return {question.path: _value(question, field) for question, field in pairs}


def _value(asked: Question, field: Any) -> Any:
    value = field.data
    if value in (None, "", []):
        return None
    if asked.kind == "yes":
        return value == "yes"
    if asked.kind == "day":
        return value.isoformat()
    if asked.kind == "euro":
        return value / 100 if value % 100 else value // 100
    if asked.kind == "choices":
        return [code for code in value if code != "none"]
    return places.parse(value, field=field.name).nis if asked.kind == "place" else value


def who(number: int, document: dict[str, Any]) -> str:
    """How a person of the list is called on the page: by relation and year of birth."""
    person = document["persons"][number]
    relation = str(RELATIONS.get(person["relation"], _("The citizen")))
    year = str(person.get("birth_date", ""))[:4]
    return f"{relation} ({year})" if year else relation
