"""Reports and what is answered to them."""

import re
from typing import Any

from wtforms import BooleanField, FormField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from core.errors import DomainError
from core.fields import DayField, EuroField, NumberField, choices
from core.forms import Form, RowForm, max_length
from core.i18n import _l
from projects.forms.fields import NeededBeside, RowsField
from projects.labels import CONCLUSIONS
from projects.models.reports import Report

TYPED = ("description", "amount")  # a row in which one of these stands is a cost


class CostLineRow(RowForm):
    category = SelectField(_l("Sort of cost"), validators=[Optional()], validate_choice=False)
    description = StringField(_l("Description"), validators=[Optional(), max_length(200)])
    spent_on = DayField(_l("Day"), validators=[NeededBeside(_l("Enter the day."), "description", "amount")])
    document_number = StringField(_l("Document"), validators=[Optional(), max_length(60)])
    hours = NumberField(_l("Hours"), validators=[Optional()], least=0, most=100_000)
    amount = EuroField(_l("Amount"), validators=[Optional()])
    vat = EuroField(_l("VAT in this amount"), validators=[Optional()])
    vat_recoverable = BooleanField(_l("You get this VAT back"))


class ReportForm(Form):
    text = TextAreaField(_l("What the project did"), validators=[Optional(), max_length(20_000)])
    people_reached = NumberField(_l("People reached"), validators=[Optional()], least=0, most=1_000_000)
    other_income = EuroField(_l("Other subsidies and income"), validators=[Optional()])
    lines = RowsField(FormField(CostLineRow), spare=4)

    def cost_lines(self) -> list[dict[str, Any]]:
        """Columns of `CostLine`."""
        return [
            {
                "category": row["category"] or "",
                "description": row["description"] or "",
                "spent_on": row["spent_on"],
                "document_number": row["document_number"] or "",
                "hours": row["hours"],
                "amount_cents": row["amount"] or 0,
                "vat_cents": row["vat"] or 0,
                "vat_recoverable": row["vat_recoverable"],
            }
            for row in self.lines.filled(*TYPED)
        ]

    def refuse(self, refusal: DomainError) -> None:
        """What is wrong with a cost, such as `lines-2-spent_on`, stands in its row; empty rows are none."""
        found = re.fullmatch(r"lines-(\d+)-(\w+)", refusal.field or "")
        if found is None:
            super().refuse(refusal)
            return
        row = self.lines.filled_entries(*TYPED)[int(found[1])]
        self.lines.refuse(row, found[2], refusal.message)


def make_form(report: Report) -> ReportForm:
    """The form of a report, filled with what was saved."""
    lines = [
        {
            "category": line.category,
            "description": line.description,
            "spent_on": line.spent_on,
            "document_number": line.document_number,
            "hours": line.hours,
            "amount": line.amount_cents,
            "vat": line.vat_cents or None,
            "vat_recoverable": line.vat_recoverable,
        }
        for line in report.lines
    ]
    form = ReportForm(
        data={
            "text": report.text,
            "people_reached": report.people_reached,
            "lines": lines,
            "version": report.version,
            "other_income": report.other_income_cents or None,
        }
    )
    categories = [(c.code, c.title) for c in report.project.application.call.cost_categories]
    for entry in form.lines.entries:
        entry.form.category.choices = choices([("", ""), *categories])
    return form


class AnswerForm(Form):
    answer = TextAreaField(_l("Answer to the applicant"), validators=[Optional(), max_length(3000)])


class AmendmentForm(Form):
    reason = TextAreaField(
        _l("Why the project changes"), validators=[InputRequired(_l("Say why the project changes."))]
    )
    new_ends_on = DayField(_l("New last day"), validators=[Optional()])


class AmendmentAnswerForm(Form):
    approved = RadioField(
        _l("Decision"),
        choices=choices({"yes": _l("Approve"), "no": _l("Refuse")}),
        validators=[InputRequired(_l("Choose a decision."))],
    )
    answer = TextAreaField(_l("Reason"), validators=[InputRequired(_l("Give the reason.")), max_length(3000)])


class EvaluationForm(Form):
    outcome = TextAreaField(
        _l("What changed for people"),
        validators=[InputRequired(_l("Fill this in: it is the point of the evaluation."))],
    )
    lessons = TextAreaField(
        _l("What others can learn"),
        validators=[InputRequired(_l("Fill this in: it is the point of the evaluation."))],
    )
    conclusion = RadioField(
        _l("What now"), choices=choices(CONCLUSIONS), validators=[InputRequired(_l("Choose what now."))]
    )
    people_reached = NumberField(_l("People reached"), validators=[Optional()], least=0, most=1_000_000)
