"""What officers, jurors and the deciding body fill in about an application."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.fields import DayField, EuroField, NumberField, choices
from core.forms import Form, max_length
from core.i18n import _l
from projects.labels import OUTCOMES
from projects.models.calls import Criterion


class ChecksField(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class CompletionForm(Form):
    sections = ChecksField(_l("What has to be completed"))
    reason = TextAreaField(
        _l("What is missing"), validators=[InputRequired(_l("Say what is missing.")), max_length(3000)]
    )


class MotivationForm(Form):
    motivation = TextAreaField(
        _l("Motivation"), validators=[InputRequired(_l("A refusal needs its reasons.")), max_length(5000)]
    )


class JurorsForm(Form):
    jurors = ChecksField(_l("Jurors"))


class InterestsForm(Form):
    organizations = ChecksField(_l("Organizations you have a tie with"))
    text = TextAreaField(_l("Explanation"), validators=[Optional(), max_length(2000)])
    truthful = BooleanField(
        _l("I declared all my ties"), validators=[InputRequired(_l("Confirm your declaration."))]
    )


class RecuseForm(Form):
    reason = TextAreaField(_l("Reason"), validators=[InputRequired(_l("Give the reason.")), max_length(1000)])


class DecisionForm(Form):
    outcome = RadioField(
        _l("Decision"), choices=choices(OUTCOMES), validators=[InputRequired(_l("Choose a decision."))]
    )
    amount = EuroField(_l("Amount granted"), validators=[Optional()])
    decided_on = DayField(_l("Day of the decision"), validators=[Optional()])
    motivation = TextAreaField(
        _l("Motivation"), validators=[InputRequired(_l("A decision needs its reasons.")), max_length(5000)]
    )
    deviation = TextAreaField(
        _l("Why the body deviates from the jury"), validators=[Optional(), max_length(3000)]
    )


def findings_form(criteria: list[Criterion], saved: dict[str, Any]) -> Form:
    """A yes or no with a reason for each admissibility criterion."""
    fields: dict[str, Any] = {}
    for criterion in criteria:
        fields[criterion.code] = RadioField(
            criterion.title,
            choices=choices({"yes": _l("Met"), "no": _l("Not met")}),
            validators=[InputRequired(_l("Choose met or not met."))],
            description=criterion.guidance,
        )
        fields[f"reason-{criterion.code}"] = StringField(
            _l("Reason"), validators=[Optional(), max_length(1000)]
        )
    data: dict[str, Any] = {}
    for code, found in saved.items():
        data[code] = "yes" if found["met"] else "no"
        data[f"reason-{code}"] = found["reason"]
    form: Form = type("FindingsForm", (Form,), fields)(data=data)
    return form


def score_form(criteria: list[Criterion], saved: dict[Any, tuple[int, str]]) -> Form:
    """Points and a reason for each scored criterion; saved maps criterion id to both."""
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for criterion in criteria:
        fields[f"points-{criterion.code}"] = NumberField(
            criterion.title, validators=[Optional()], least=0, most=criterion.scale
        )
        fields[f"motivation-{criterion.code}"] = TextAreaField(
            _l("Reason for this score"), validators=[Optional(), max_length(3000)]
        )
        if criterion.id in saved:
            data[f"points-{criterion.code}"], data[f"motivation-{criterion.code}"] = saved[criterion.id]
    fields["advice"] = TextAreaField(_l("Advice to the body"), validators=[Optional(), max_length(3000)])
    form: Form = type("ScoreForm", (Form,), fields)(data=data)
    return form
