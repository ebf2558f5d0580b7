"""The application form: its questions come from the call; everything may stay empty until it is submitted."""

from typing import Any

from wtforms import FormField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from core.fields import DayField, EuroField, choices
from core.forms import Form, RowForm, max_length
from core.i18n import _l
from projects.accounts import clean_iban
from projects.forms.fields import MunicipalitiesField, RowsField
from projects.labels import FUNDING_KINDS
from projects.models.applications import FULL, Application
from projects.models.calls import Question

ANSWER = "answer_"


class StartForm(Form):
    organization = SelectField(
        _l("For which organization"), validators=[InputRequired(_l("Choose an organization."))]
    )


class CostRow(RowForm):
    category = SelectField(_l("Sort of cost"), validators=[Optional()], validate_choice=False)
    description = StringField(_l("Description"), validators=[Optional(), max_length(200)])
    amount = EuroField(_l("Amount"), validators=[Optional()])


class FundingRow(RowForm):
    kind = SelectField(_l("Sort of money"), choices=choices(FUNDING_KINDS), default="own")
    source = StringField(_l("From whom"), validators=[Optional(), max_length(200)])
    amount = EuroField(_l("Amount"), validators=[Optional()])


class PhaseForm(Form):
    """What a phase before the full file asks; `make_form` adds a field for each question of the phase."""

    title = StringField(_l("Title of the project"), validators=[Optional(), max_length(200)])

    def answers(self) -> dict[str, str]:
        """Question code -> text, of the questions on this form."""
        return {
            name.removeprefix(ANSWER): field.data or ""
            for name, field in self._fields.items()
            if name.startswith(ANSWER)
        }

    def values(self) -> dict[str, Any]:
        """Columns of `Application` that this form asks."""
        return {"title": self.title.data or ""}


class ApplicationForm(PhaseForm):
    """The full file: with budget, partners and signature."""

    municipalities = MunicipalitiesField(_l("Municipalities that take part"), validators=[Optional()])
    starts_on = DayField(_l("First day"), validators=[Optional()])
    ends_on = DayField(_l("Last day"), validators=[Optional()])
    asked = EuroField(_l("Amount you ask"), validators=[Optional()])
    costs = RowsField(FormField(CostRow), spare=3)
    funding = RowsField(FormField(FundingRow), spare=2)
    iban = StringField(_l("Account number (IBAN)"), validators=[Optional(), max_length(42)])
    signatory_name = StringField(
        _l("Who signs for the organization"), validators=[Optional(), max_length(200)]
    )
    signatory_role = StringField(_l("Function"), validators=[Optional(), max_length(200)])

    def values(self) -> dict[str, Any]:
        return {
            **super().values(),
            "municipalities": self.municipalities.data,
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
            "asked_cents": self.asked.data or 0,
            "iban": clean_iban(self.iban.data) if self.iban.data else None,
            "signatory_name": self.signatory_name.data or "",
            "signatory_role": self.signatory_role.data or "",
        }

    def cost_lines(self) -> list[dict[str, Any]]:
        """Columns of `BudgetLine`."""
        return [
            {
                "category": row["category"] or "",
                "description": row["description"] or "",
                "amount_cents": row["amount"] or 0,
            }
            for row in self.costs.filled("description", "amount")
        ]

    def funding_lines(self) -> list[dict[str, Any]]:
        """Columns of `FundingLine`."""
        return [
            {"kind": row["kind"], "source": row["source"] or "", "amount_cents": row["amount"] or 0}
            for row in self.funding.filled("source", "amount")
        ]

    def offer_categories(self, categories: list[tuple[str, str]]) -> None:
        """Hand the accepted costs of the call to every row."""
        for entry in self.costs.entries:
            entry.form.category.choices = choices([("", ""), *categories])


def make_form(application: Application, questions: list[Question]) -> PhaseForm:
    """The form of one application, filled with what was saved."""
    fields = {
        f"{ANSWER}{question.code}": TextAreaField(
            question.title, description=question.why, validators=[Optional(), max_length(20_000)]
        )
        for question in questions
    }
    base = ApplicationForm if application.phase == FULL else PhaseForm
    kind = type("ApplicationFormOfCall", (base,), fields)
    form: PhaseForm = kind(data=_saved(application))
    if isinstance(form, ApplicationForm):
        form.offer_categories([(c.code, c.title) for c in application.call.cost_categories])
    return form


def _saved(application: Application) -> dict[str, Any]:
    names = (
        "title",
        "municipalities",
        "starts_on",
        "ends_on",
        "iban",
        "signatory_name",
        "signatory_role",
        "version",
    )
    return {
        **{name: getattr(application, name) for name in names},
        "asked": application.asked_cents or None,
        **{f"{ANSWER}{code}": text for code, text in application.answers.items()},
        "costs": [
            {"category": b.category, "description": b.description, "amount": b.amount_cents}
            for b in application.budget
        ],
        "funding": [
            {"kind": f.kind, "source": f.source, "amount": f.amount_cents} for f in application.funding
        ],
    }


class PartnerForm(Form):
    organization = SelectField(_l("Organization"), validators=[InputRequired(_l("Choose an organization."))])
    role = StringField(_l("What it does in the project"), validators=[Optional(), max_length(200)])
