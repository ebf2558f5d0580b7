"""Forms of notices: register, triage, pass on, close."""

import uuid
from typing import Any

from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.forms import Form
from core.i18n import _l
from intake import labels
from intake.forms.fields import LineField, WordsField
from intake.models.signals import About, Circumstance, Informed, Source
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality, Urgency
from intake.signals import NewSignal

OBSERVED = 2000


class CheckboxesField(SelectMultipleField):
    """Several choices of a list."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SignalForm(Form):
    """A new notice, on one page."""

    source = RadioField(_l("Who reports this"), choices=labels.choices(Source), default="colleague")
    source_name = LineField(_l("Name of the reporter"), [Optional()])
    source_contact = LineField(_l("Phone or e-mail of the reporter"), [Optional()])
    wants_feedback = BooleanField(_l("The reporter wants to hear whether it was taken up"))
    about = RadioField(_l("Who is it about"), choices=labels.choices(About), default="person")
    subject_name = LineField(_l("Name of the person or household"), [Optional()])
    subject_phone = LineField(_l("Phone number"), [Optional()], limit=40)
    place = LineField(
        _l("Municipality or postcode"), [InputRequired(_l("Fill in a municipality or postcode."))]
    )
    theme = SelectField(
        _l("What is it about"),
        [InputRequired(_l("Choose what it is about."))],
        choices=labels.choices(LifeDomain, empty=_l("Choose a theme")),
    )
    observed = WordsField(
        _l("What did you see or hear"), [InputRequired(_l("Write what you saw or heard."))], limit=OBSERVED
    )
    circumstances = CheckboxesField(
        _l("Is this the case"), [Optional()], choices=labels.choices(Circumstance)
    )
    age_group = SelectField(_l("Age"), [Optional()], choices=labels.choices(AgeGroup, empty=_l("Not known")))
    mutuality = SelectField(
        _l("Mutuality"), [Optional()], choices=labels.choices(Mutuality, empty=_l("Not known"))
    )
    wish = SelectField(_l("Does the person want a certain organization"), [Optional()])
    informed = RadioField(
        _l("Does the person know that you report this"),
        [InputRequired(_l("Choose an answer."))],
        choices=[
            ("agrees", _l("Yes, and agrees")),
            ("yes", _l("Yes, but does not agree")),
            *[(code, text) for code, text in labels.choices(Informed) if code != "yes"],
        ],
    )
    informed_reason = WordsField(_l("Why not, or why anyway"), [Optional()], limit=1000)

    def __init__(self, *args: Any, tenants: list[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wish.choices = [("", _l("No preference")), *[(str(key), name) for key, name in tenants]]

    def to_new(self, nis: str) -> NewSignal:
        """What was filled in, as the operation takes it."""
        agrees = self.informed.data == "agrees"
        return NewSignal(
            nis=nis,
            theme=LifeDomain(self.theme.data),
            observed=self.observed.data or "",
            source=Source(self.source.data),
            source_name=self.source_name.data or "",
            source_contact=self.source_contact.data or "",
            wants_feedback=bool(self.wants_feedback.data),
            about=About(self.about.data),
            subject_name=self.subject_name.data or "",
            subject_phone=self.subject_phone.data or "",
            circumstances=tuple(Circumstance(code) for code in self.circumstances.data or []),
            age_group=AgeGroup(self.age_group.data) if self.age_group.data else None,
            mutuality=Mutuality(self.mutuality.data) if self.mutuality.data else None,
            wish_tenant_id=uuid.UUID(self.wish.data) if self.wish.data else None,
            informed=Informed.YES if agrees else Informed(self.informed.data),
            informed_reason=self.informed_reason.data or "",
            agrees=agrees,
        )


def facts_field(control: str) -> WordsField:
    """What is true in what a visitor wrote; only asked for a public notice that nobody assessed."""
    return WordsField(_l("The facts, in your own words"), [Optional()], limit=1000, id=control)


def theme_field(control: str) -> SelectField:
    """What it is about; a visitor need not know, and whoever assesses the notice may know better."""
    return SelectField(
        _l("What is it about"),
        [Optional()],
        choices=labels.choices(LifeDomain, empty=_l("Choose a theme")),
        id=control,
    )


class TakeForm(Form):
    """Take a notice of a visitor into a file."""

    facts = facts_field("take-facts")
    theme = theme_field("take-theme")


class TriageForm(Form):
    """How soon someone must act."""

    facts = facts_field("triage-facts")
    theme = theme_field("triage-theme")
    urgency = RadioField(_l("Urgency"), [InputRequired()], choices=labels.choices(Urgency))
    urgency_reason = LineField(_l("Why another urgency than proposed"), [Optional()], limit=500)


class PassOnForm(Form):
    """Give it to another partner, once."""

    facts = facts_field("pass-on-facts")
    to = SelectField(_l("To"), [InputRequired(_l("Choose an organization."))])
    reason = LineField(_l("Why"), [InputRequired(_l("Say why you pass this on."))], limit=500)

    def __init__(self, *args: Any, tenants: list[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(key), name) for key, name in tenants]
        self.to.choices = [("", _l("Choose an organization")), *named] if named else []


class CloseSignalForm(Form):
    """End a notice without a file."""

    how = RadioField(
        _l("How does it end"),
        [InputRequired(_l("Choose an answer."))],
        choices=[("answered", _l("Answered")), ("unfounded", _l("Unfounded"))],
    )
    outcome = WordsField(
        _l("What was answered, or why"), [InputRequired(_l("Write it in one sentence."))], limit=1000
    )


class WithdrawSignalForm(Form):
    """Take back what one's own organization registered."""

    outcome = LineField(
        _l("Why do you withdraw it"), [InputRequired(_l("Say why you withdraw it."))], limit=500
    )
