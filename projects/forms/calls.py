"""What is typed about a call: texts, regulation, criteria, costs, questions, rounds."""

from typing import Any

from wtforms import BooleanField, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from core.fields import DayField, EuroField, MomentField, NumberField, choices
from core.forms import Form, RowForm, max_length
from core.i18n import _l
from projects.forms.assessments import ChecksField
from projects.forms.fields import MunicipalitiesField, NeededBeside, RowsField, ShareField
from projects.labels import AID_TYPES, PHASES, SECTORS
from workflows.signal_source import THEMES


class NewCallForm(Form):
    title = StringField(
        _l("Title"), validators=[InputRequired(_l("Give the call a title.")), max_length(200)]
    )
    theme = SelectField(_l("Theme"), choices=choices(THEMES))


class ChangeForm(Form):
    """The texts that can still change after publication, and why."""

    summary = TextAreaField(_l("Summary in two sentences"), validators=[Optional(), max_length(600)])
    text = TextAreaField(_l("Text of the call"), validators=[Optional(), max_length(20_000)])
    legal_basis = StringField(_l("Regulation it rests on"), validators=[Optional(), max_length(300)])
    remedies = TextAreaField(_l("How one can object"), validators=[Optional(), max_length(2000)])
    reason = TextAreaField(
        _l("Why it changes"), validators=[InputRequired(_l("Give the reason.")), max_length(2000)]
    )


class CallForm(Form):
    """The parameters of the regulation, on one page in groups."""

    title = StringField(
        _l("Title"), validators=[InputRequired(_l("Give the call a title.")), max_length(200)]
    )
    theme = SelectField(_l("Theme"), choices=choices(THEMES))
    summary = TextAreaField(_l("Summary in two sentences"), validators=[Optional(), max_length(600)])
    text = TextAreaField(_l("Text of the call"), validators=[Optional(), max_length(20_000)])
    legal_basis = StringField(_l("Regulation it rests on"), validators=[Optional(), max_length(300)])
    deciding_body = StringField(_l("Body that decides"), validators=[Optional(), max_length(200)])
    higher_body = StringField(_l("Higher body"), validators=[Optional(), max_length(200)])
    higher_body_from_cents = EuroField(_l("Higher body decides from"), validators=[Optional()])
    remedies = TextAreaField(_l("How one can object"), validators=[Optional(), max_length(2000)])
    aid_type = SelectField(_l("State aid"), choices=choices(AID_TYPES))
    applicant_kinds = ChecksField(
        _l("Who may apply (none chosen: everyone)"), choices=choices(SECTORS), validators=[Optional()]
    )
    phases = ChecksField(_l("Phases"), choices=choices(PHASES), validators=[Optional()])
    municipalities = MunicipalitiesField(_l("Territory"), validators=[Optional()])
    credit_cents = EuroField(_l("Credit"), validators=[Optional()])
    budget_line = StringField(_l("Budget line"), validators=[Optional(), max_length(60)])
    action_code = StringField(_l("Action code"), validators=[Optional(), max_length(60)])
    max_share = ShareField(_l("Highest share of the costs, in percent"), validators=[InputRequired()])
    min_own = ShareField(_l("Least own contribution, in percent of the costs"), validators=[Optional()])
    max_grant_cents = EuroField(_l("Highest grant"), validators=[Optional()])
    min_grant_cents = EuroField(_l("Lowest grant"), validators=[Optional()])
    max_months = NumberField(
        _l("Longest duration in months"), validators=[InputRequired()], least=1, most=120
    )
    min_municipalities = NumberField(
        _l("Least number of municipalities"), validators=[InputRequired()], least=0, most=50
    )
    min_partners = NumberField(_l("Least number of partners"), validators=[InputRequired()], least=0, most=50)
    one_per_applicant = BooleanField(_l("One application per organization"))
    min_score = ShareField(_l("Lowest score out of 100"), validators=[InputRequired()])
    jury_size = NumberField(_l("Size of the jury"), validators=[InputRequired()], least=1, most=30)
    quorum = NumberField(_l("Quorum of the jury"), validators=[InputRequired()], least=1, most=30)
    completion_days = NumberField(
        _l("Working days to complete a file"), validators=[InputRequired()], least=1, most=60
    )
    advance_share = ShareField(_l("Advance, in percent of the grant"), validators=[InputRequired()])
    interim_share = ShareField(
        _l("After the first interim report, in percent of the grant"), validators=[Optional()]
    )
    report_months = NumberField(
        _l("Months between interim reports"), validators=[InputRequired()], least=1, most=60
    )

    final_report_days = NumberField(
        _l("Days for the final report, from the last day of the project"),
        validators=[InputRequired()],
        least=1,
        most=730,
    )

    DIRECT = (
        "title",
        "theme",
        "summary",
        "text",
        "legal_basis",
        "deciding_body",
        "higher_body",
        "higher_body_from_cents",
        "remedies",
        "aid_type",
        "applicant_kinds",
        "municipalities",
        "budget_line",
        "action_code",
        "max_months",
        "min_municipalities",
        "min_partners",
        "one_per_applicant",
        "jury_size",
        "quorum",
        "completion_days",
        "report_months",
        "final_report_days",
    )

    def values(self) -> dict[str, Any]:
        """Columns of `Call`."""
        advance = self.advance_share.data or 0
        interim = self.interim_share.data or 0
        tranches = [
            {"kind": "advance", "share_bp": advance, "condition": "signed"},
            {"kind": "interim", "share_bp": interim, "condition": "report_accepted"},
            {"kind": "balance", "share_bp": 10_000 - advance - interim, "condition": "settled"},
        ]
        return {
            **{name: getattr(self, name).data for name in self.DIRECT},
            "credit_cents": self.credit_cents.data or 0,
            "max_grant_cents": self.max_grant_cents.data or 0,
            "min_grant_cents": self.min_grant_cents.data or 0,
            "max_share_bp": self.max_share.data or 0,
            "min_score_bp": self.min_score.data or 0,
            "min_own_bp": self.min_own.data or 0,
            "phases": [code for code in PHASES if code in (self.phases.data or ())],
            "tranches": [part for part in tranches if part["share_bp"] or part["kind"] == "balance"],
        }

    @classmethod
    def of(cls, call: Any) -> "CallForm":
        """The form filled from a call."""
        advance = sum(t["share_bp"] for t in call.tranches if t["kind"] == "advance")
        interim = sum(t["share_bp"] for t in call.tranches if t["kind"] == "interim")
        return cls(
            obj=call,
            data={
                "max_share": call.max_share_bp,
                "min_own": call.min_own_bp,
                "interim_share": interim,
                "min_score": call.min_score_bp,
                "advance_share": advance if call.tranches else 8_000,
            },
        )


class CriterionRow(RowForm):
    kind = SelectField(
        _l("Sort"),
        choices=choices({"scored": _l("Scored"), "admissibility": _l("Admissibility")}),
        default="scored",
    )
    title = StringField(_l("Criterion"), validators=[Optional(), max_length(200)])
    guidance = StringField(_l("Explanation"), validators=[Optional(), max_length(500)])
    weight = NumberField(_l("Weight"), validators=[Optional()], least=0, most=100)
    scale = NumberField(_l("Scale"), validators=[Optional()], least=1, most=100)
    minimum = NumberField(_l("Minimum"), validators=[Optional()], least=0, most=100)


class CriteriaForm(Form):
    rows = RowsField(FormField(CriterionRow), spare=3)

    def values(self) -> list[dict[str, Any]]:
        """Columns of `Criterion`."""
        return [
            {
                "kind": row["kind"],
                "code": f"c{number}",
                "title": row["title"],
                "guidance": row["guidance"] or "",
                "weight": row["weight"] or 0,
                "scale": row["scale"] or 10,
                "minimum": row["minimum"] or 0,
            }
            for number, row in enumerate(self.rows.filled("title"), 1)
        ]


class CostCategoryRow(RowForm):
    title = StringField(_l("Sort of cost"), validators=[Optional(), max_length(200)])
    guidance = StringField(_l("What is accepted"), validators=[Optional(), max_length(500)])
    max_share = ShareField(_l("At most, in percent of the costs"), validators=[Optional()])
    max_hour = EuroField(_l("At most per hour"), validators=[Optional()])
    vat_accepted = BooleanField(_l("VAT is accepted"))
    is_wage = BooleanField(_l("Wages"))


class CostCategoriesForm(Form):
    rows = RowsField(FormField(CostCategoryRow), spare=2)

    def values(self) -> list[dict[str, Any]]:
        """Columns of `CostCategory`."""
        return [
            {
                "code": f"k{number}",
                "title": row["title"],
                "guidance": row["guidance"] or "",
                "max_share_bp": row["max_share"],
                "max_hour_cents": row["max_hour"],
                "vat_accepted": row["vat_accepted"],
                "is_wage": row["is_wage"],
            }
            for number, row in enumerate(self.rows.filled("title"), 1)
        ]


class QuestionRow(RowForm):
    phase = SelectField(_l("Phase"), choices=choices(PHASES), default="full")
    section = StringField(_l("Section"), validators=[Optional(), max_length(60)])
    title = StringField(_l("Question"), validators=[Optional(), max_length(300)])
    why = StringField(_l("Why we ask, and who reads it"), validators=[Optional(), max_length(300)])
    max_words = NumberField(_l("Most words"), validators=[Optional()], least=10, most=5000)
    required = BooleanField(_l("Required"), default=True)


class QuestionsForm(Form):
    rows = RowsField(FormField(QuestionRow), spare=2)

    def values(self) -> list[dict[str, Any]]:
        """Columns of `Question`."""
        return [
            {
                "phase": row["phase"] or "full",
                "section": row["section"] or "project",
                "code": f"q{number}",
                "title": row["title"],
                "why": row["why"] or "",
                "max_words": row["max_words"] or 400,
                "required": row["required"],
            }
            for number, row in enumerate(self.rows.filled("title"), 1)
        ]


class DutyRow(RowForm):
    text = TextAreaField(_l("What the recipient does"), validators=[Optional(), max_length(500)])
    source = StringField(
        _l("Where that comes from"),
        validators=[NeededBeside(_l("Say where this duty comes from."), "text"), max_length(200)],
    )


class DutiesForm(Form):
    rows = RowsField(FormField(DutyRow), spare=2)

    def values(self) -> list[dict[str, Any]]:
        """Columns of `Duty`."""
        rows = self.rows.filled("text")
        return [{"text": row["text"].strip(), "source": row["source"].strip()} for row in rows]


class RoundForm(Form):
    name = StringField(
        _l("Name of the round"), validators=[InputRequired(_l("Name the round.")), max_length(100)]
    )
    opens_at = MomentField(_l("Opens"), validators=[InputRequired(_l("Enter the opening moment."))])
    closes_at = MomentField(_l("Closes"), validators=[Optional()])


class AdviceForm(Form):
    council = StringField(_l("Council"), validators=[InputRequired(_l("Name the council.")), max_length(200)])
    received_on = DayField(_l("Received on"), validators=[InputRequired(_l("Enter the day."))])
    text = TextAreaField(_l("Advice"), validators=[InputRequired(_l("Write the advice.")), max_length(5000)])
    reply = TextAreaField(_l("Our reply"), validators=[Optional(), max_length(5000)])
