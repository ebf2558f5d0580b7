"""Forms of referrals: one page to refer, one decision for the partner."""

from typing import Any

from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from core.forms import Form
from core.i18n import _l
from intake import labels
from intake.forms.fields import DayField, LineField, WordsField
from intake.forms.signals import CheckboxesField
from intake.models.bases import BasisKind, Capacity, ConsentChannel
from intake.models.help_requests import HelpRequest
from intake.models.referrals import DeclinedBy, DeclineReason, FailReason, ReferralKind

REQUEST = 1500


class ReferForm(Form):
    """Refer a file, on one page: what is needed, to whom, what is shared and on what ground."""

    help_request = SelectField(_l("Question"), [Optional()], validate_choice=True)
    urgency = SelectField(
        _l("When"),
        choices=[
            ("U3", _l("Normal: an answer within 5 working days")),
            ("U1", _l("Urgent: within 1 working day")),
        ],
        default="U3",
    )
    request = WordsField(
        _l("What do you ask of the partner"),
        [InputRequired(_l("Say what you ask of the service."))],
        limit=REQUEST,
    )
    kind = RadioField(_l("How warm"), choices=labels.choices(ReferralKind), default="announced")
    q = LineField(_l("Search the social map"), [Optional()])
    service = LineField(_l("Service"), [InputRequired(_l("Choose a service."))])
    items = CheckboxesField(_l("Data after acceptance"), [Optional()])
    basis = RadioField(_l("On what ground"), choices=labels.choices(BasisKind), default="consent")
    channel = RadioField(
        _l("How did the citizen agree"), [Optional()], choices=labels.choices(ConsentChannel), default="oral"
    )
    text_language = SelectField(_l("Explained in"), [Optional()])
    told = HiddenField()  # the very text that this page showed
    witness = LineField(_l("Who was there"), [Optional()])
    capacity = SelectField(
        _l("Who agreed"), [Optional()], choices=labels.choices(Capacity), default="citizen"
    )
    representative = LineField(_l("Name of who agreed for the citizen"), [Optional()])
    interpreter = LineField(_l("Interpreter and language"), [Optional()])
    exclusions = LineField(_l("What the citizen said about it, in own words"), [Optional()], limit=500)
    motivation = WordsField(_l("Why may you share this"), [Optional()], limit=1000)
    ends_on = DayField(_l("Valid until and including"), [Optional()])

    def __init__(
        self,
        *args: Any,
        requests: list[HelpRequest],
        available: tuple[str, ...],
        languages: list[tuple[str, Any]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.text_language.choices = languages
        self.help_request.choices = [
            (str(r.id), f"{labels.label(r.life_domain)}: {(r.own_words or '')[:60]}") for r in requests
        ] or [("", _l("No question yet"))]
        self.items.choices = [(code, labels.ITEMS[code]) for code in available if code != "contact"]


class AskForm(Form):
    """A question of the partner, before deciding."""

    question = WordsField(_l("Your question"), [InputRequired(_l("Write your question first."))], limit=1500)


class AnswerForm(Form):
    """The sender's answer."""

    answer = WordsField(_l("Your answer"), [InputRequired(_l("Write your answer first."))], limit=1500)


class DeclineForm(Form):
    """Why it is not possible, and who can help better."""

    reason = RadioField(
        _l("Why is it not possible"),
        [InputRequired(_l("Choose a reason."))],
        choices=labels.choices(DeclineReason),
    )
    who = RadioField(
        _l("Who declined"),
        [Optional()],
        choices=labels.choices(DeclinedBy),
        default="organization",
    )
    remark = LineField(_l("In a few words"), [Optional()], limit=500)
    better = LineField(_l("Who can help better"), [Optional()])


class CompleteForm(Form):
    """What came of it."""

    result = WordsField(_l("What is the result"), [Optional()], limit=1500)


class FailForm(Form):
    """Why it came to nothing after all."""

    fail_reason = RadioField(
        _l("Why did it stop"), [InputRequired(_l("Choose a reason."))], choices=labels.choices(FailReason)
    )
    fail_remark = LineField(_l("In a few words"), [Optional()], limit=500)


class WithdrawForm(Form):
    """Take a referral or a ground back."""

    withdraw_reason = LineField(_l("Why"), [Optional()], limit=500)
