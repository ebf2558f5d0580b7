"""Forms of a file: allocate, phase, questions, notes, contact, plans, close, reopen."""

import uuid
from typing import Any

from wtforms import BooleanField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional, ValidationError

from core.forms import Form
from core.i18n import _, _l
from core.merging import MergingForm
from intake import labels, rights_texts
from intake.closing import AT_ONCE
from intake.forms.fields import DayField, LineField, WordsField
from intake.models.cases import CaseStatus, ClosingReason
from intake.models.contacts import AttemptResult, ToldHow
from intake.models.help_requests import HelpRequest, Outcome
from intake.models.rights import RightEnd, RightReview
from intake.models.vocabulary import Channel, LifeDomain, Urgency

PHASES = [
    c for c in labels.choices(CaseStatus) if c[0] not in {"closed", "awaiting_partner", "awaiting_citizen"}
]


class ActForm(Form):
    """One button: nothing to fill in, but a command id, a version and the token."""


class OpenCaseForm(Form):
    """A file that starts at the desk."""

    place = LineField(
        _l("Municipality or postcode"), [InputRequired(_l("Fill in a municipality or postcode."))]
    )


class AllocateForm(Form):
    """Give a file a holder."""

    to = SelectField(_l("File holder"), [InputRequired(_l("Choose a colleague."))])

    def __init__(self, *args: Any, workers: list[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.to.choices = [(str(key), name) for key, name in workers]


class PhaseForm(Form):
    """Go straight to a phase."""

    phase = SelectField(_l("Phase"), [InputRequired()], choices=PHASES)


class NoteForm(Form):
    """A note."""

    text = WordsField(_l("Note"), [InputRequired(_l("Write the note first."))])
    is_shareable = BooleanField(_l("May go to a partner, when the citizen agrees"))


class QuickNoteForm(Form):
    """One line, read into contact, result and day."""

    line = LineField(_l("One line in the file"), [InputRequired(_l("Write the note first."))], limit=500)


class AttemptForm(Form):
    """A try to reach the citizen, or a talk."""

    channel = SelectField(_l("How"), [InputRequired()], choices=labels.choices(Channel), default="phone")
    result = RadioField(
        _l("Result"), [InputRequired(_l("Choose the result."))], choices=labels.choices(AttemptResult)
    )
    attempt_note = WordsField(_l("What was said"), [Optional()])
    aid = RadioField(
        _l("Is this a request for aid?"),
        [Optional()],
        choices=[("no", _l("No")), ("yes", _l("Yes, register it"))],
    )
    told_how = RadioField(
        _l("Does the citizen know where the notice came from"), [Optional()], choices=labels.choices(ToldHow)
    )
    again_on = DayField(_l("Try again on"), [Optional()])


class FollowUpForm(Form):
    """Something to do on a day."""

    what = LineField(_l("What has to be done"), [InputRequired(_l("Say what has to be done."))])
    due_on = DayField(_l("When"), [InputRequired(_l("Choose a day."))])


class HelpRequestForm(MergingForm):
    """A question in the words of the citizen."""

    life_domain = SelectField(
        _l("Area of life"),
        [InputRequired(_l("Choose an area of life."))],
        choices=labels.choices(LifeDomain, empty=_l("Choose")),
    )
    own_words = WordsField(
        _l("The question, in the words of the citizen"),
        [InputRequired(_l("Write the question in the words of the citizen."))],
    )
    facts = WordsField(_l("What you know about it"), [Optional()])
    strengths = WordsField(_l("What goes well"), [Optional()])
    question_urgency = SelectField(_l("Urgency"), choices=labels.choices(Urgency), default="U3")

    def show(self, request: HelpRequest) -> None:
        """Fill in what is known."""
        self.life_domain.data, self.question_urgency.data = str(request.life_domain), str(request.urgency)
        self.own_words.data, self.facts.data = request.own_words, request.facts
        self.strengths.data = request.strengths


class OutcomeForm(Form):
    """How one question ended."""

    outcome = RadioField(
        _l("How did it end"),
        [InputRequired(_l("Say how each question ended."))],
        choices=labels.choices(Outcome),
    )


class CloseCaseForm(Form):
    """Why a file ends, and how each question did."""

    reason = SelectField(
        _l("Why do you close"),
        [InputRequired(_l("Choose a reason."))],
        choices=labels.choices(ClosingReason, empty=_l("Choose a reason")),
    )
    note = WordsField(_l("What is good to know later"), [Optional()], limit=2000)

    contradicts = False  # a button at once says another reason than the one that was chosen

    def validate_reason(self, _field: Any) -> None:
        if self.contradicts:
            raise ValidationError(
                _("You chose this reason and pressed a button with another one. Say which one it is.")
            )

    def outcomes(self) -> dict[uuid.UUID, Outcome]:
        """What was chosen per question."""
        return {
            uuid.UUID(name.removeprefix("outcome_")): Outcome(field.data)
            for name, field in self._fields.items()
            if name.startswith("outcome_") and field.data
        }

    def outcome_fields(self) -> list[Any]:
        return [field for name, field in self._fields.items() if name.startswith("outcome_")]

    def rights_ends(self) -> dict[uuid.UUID, RightEnd]:
        """What was chosen per right."""
        return {
            uuid.UUID(name.removeprefix("right_")): RightEnd(field.data)
            for name, field in self._fields.items()
            if name.startswith("right_") and field.data
        }

    def fill_at_once(self, reason: str) -> None:
        """One button for all: what is left open ended as this reason says; of a right nothing is claimed."""
        if reason not in AT_ONCE:
            return
        if self.reason.data and self.reason.data != reason:
            self.contradicts = True
            return
        outcome = str(AT_ONCE[ClosingReason(reason)])
        ends = {
            self.reason: reason,
            **{field: field.data or outcome for field in self.outcome_fields()},
            **{field: field.data or str(RightEnd.STILL_OPEN) for field in self.right_fields()},
        }
        for field, end in ends.items():
            field.process(None, end)
            field.raw_data = [end]  # as if it had been sent: the field is required

    def right_fields(self) -> list[Any]:
        return [field for name, field in self._fields.items() if name.startswith("right_")]


def close_case_form(requests: list[HelpRequest], reviews: list[RightReview]) -> CloseCaseForm:
    """The form with one choice for each open question and each right that is not settled."""
    extra = {
        f"outcome_{request.id}": RadioField(
            _("How did this end: %(question)s", question=(request.own_words or "")[:160]),
            [
                InputRequired(
                    _("Say how this question ended: %(question)s", question=(request.own_words or "")[:60])
                )
            ],
            choices=labels.choices(Outcome),
        )
        for request in requests
        if request.closed_at is None
    }
    extra |= {
        f"right_{review.id}": RadioField(
            _("How did this right end: %(right)s", right=rights_texts.RIGHTS[review.right][0]),
            [
                InputRequired(
                    _("Say how this right ended: %(right)s", right=rights_texts.RIGHTS[review.right][0])
                )
            ],
            choices=labels.choices(RightEnd),
        )
        for review in reviews
    }
    made: CloseCaseForm = type("CloseCaseFormOfCase", (CloseCaseForm,), extra)()
    return made


class ReopenForm(Form):
    """Go on with a closed file."""

    phase = SelectField(_l("Go on with"), [InputRequired()], choices=PHASES, default="in_support")
