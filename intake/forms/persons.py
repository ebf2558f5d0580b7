"""Forms of persons: search first, then make or choose."""

from typing import Any

from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import InputRequired, Optional

from core.forms import Form
from core.i18n import _l
from core.merging import MergingForm
from intake import labels
from intake.forms.fields import BirthField, LineField, WordsField
from intake.forms.signals import CheckboxesField
from intake.models.households import Relation
from intake.models.persons import Avoid, Person, Sex
from intake.models.vocabulary import Channel, Mutuality
from intake.persons import NewPerson, Sought


class PersonSearchForm(Form):
    """What a worker types to find someone."""

    class Meta:
        csrf = False  # a search changes nothing and its address may be kept

    first_name = LineField(_l("First name"), [Optional()])
    last_name = LineField(_l("Last name"), [Optional()])
    birth = BirthField(_l("Birth date"), [Optional()])
    phone = LineField(_l("Phone number"), [Optional()], limit=40)
    ssin = LineField(_l("National number"), [Optional()], limit=40)

    def to_sought(self) -> Sought:
        return Sought(
            first_name=self.first_name.data or "",
            last_name=self.last_name.data or "",
            born=self.birth.born,
            phone=self.phone.data or "",
            ssin=self.ssin.data or "",
        )


class HouseholdForm(Form):
    """A household, by the name under which colleagues know it."""

    household_name = LineField(_l("Name of the household"), [InputRequired(_l("Give the household a name."))])


RELATIONS = [(code, text) for code, text in labels.choices(Relation) if code != "self"]


class MemberSearchForm(PersonSearchForm):
    """Who lives along, and what they are to the person of the file."""

    relation = SelectField(_l("What is it to the person of the file"), choices=RELATIONS, default="child")
    is_dependant = BooleanField(_l("Dependant"))


class MemberForm(Form):
    """Someone new in a household: a name as far as known, or only a description."""

    token = HiddenField()
    first_name = LineField(_l("First name"), [Optional()])
    last_name = LineField(_l("Last name"), [Optional()])
    birth = BirthField(_l("Birth date"), [Optional()])
    described_as = LineField(_l("Or a description"), [Optional()], limit=60)
    relation = SelectField(_l("What is it to the person of the file"), choices=RELATIONS, default="child")
    is_dependant = BooleanField(_l("Dependant"))
    capacity_note = WordsField(_l("A minor from 12: what can they decide"), [Optional()], limit=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self._fields.items():
            field.id = field.label.field_id = f"member-{name}"

    @property
    def is_description(self) -> bool:
        """Nothing but a word is known, so no record of a person is made."""
        return not (self.first_name.data or self.last_name.data) and bool(self.described_as.data)


class PersonForm(MergingForm):
    """A person, as far as known."""

    token = HiddenField()
    first_name = LineField(_l("First name"), [Optional()])
    last_name = LineField(_l("Last name"), [Optional()])
    alias = LineField(_l("How do you speak of this person"), [Optional()], limit=60)
    birth = BirthField(_l("Birth date"), [Optional()])
    sex = SelectField(
        _l("Sex"),
        choices=[
            (code, _l("Not known") if code == Sex.UNKNOWN else text) for code, text in labels.choices(Sex)
        ],
        default="unknown",
    )
    language = SelectField(_l("Language"), choices=list(labels.LANGUAGES.items()), default="nl")
    needs_interpreter = BooleanField(_l("An interpreter is needed"))
    phone = LineField(_l("Phone number"), [Optional()], limit=40)
    mail = LineField(_l("E-mail"), [Optional()])
    place = LineField(_l("Municipality or postcode"), [Optional()])
    address = LineField(_l("Address"), [Optional()])
    mutuality = SelectField(
        _l("Mutuality"), [Optional()], choices=labels.choices(Mutuality, empty=_l("Not known"))
    )
    ssin = LineField(_l("National number"), [Optional()], limit=40)
    contact_preference = SelectField(
        _l("Preferred way of contact"),
        [Optional()],
        choices=labels.choices(Channel, empty=_l("No preference")),
    )
    contact_hours = LineField(_l("When can you call"), [Optional()])
    avoid = CheckboxesField(_l("Not safe"), [Optional()], choices=labels.choices(Avoid))
    code_word = LineField(_l("Code word"), [Optional()], limit=60)
    not_to_know = WordsField(_l("Who may not know"), [Optional()], limit=500)
    capacity_note = WordsField(_l("A minor from 12: what can they decide"), [Optional()], limit=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The search form stands on the same page with the same names: ids must differ.
        for name, field in self._fields.items():
            field.id = field.label.field_id = f"person-{name}"

    def show(self, person: Person, place: str) -> None:
        """Fill in what is known."""
        for name in (
            "first_name", "last_name", "alias", "phone", "mail", "contact_hours", "language",
            "needs_interpreter",
        ):  # fmt: skip
            self[name].data = getattr(person, name)
        self.birth.data, self.place.data = person.birth_text, place
        self.sex.data, self.avoid.data = str(person.sex), list(person.avoid)
        self.mutuality.data = str(person.mutuality) if person.mutuality else ""
        self.contact_preference.data = person.contact_preference or ""
        self.address.data, self.code_word.data = person.address, person.code_word
        self.not_to_know.data, self.capacity_note.data = person.not_to_know, person.capacity_note

    def to_new(self, nis: str | None) -> NewPerson:
        values: dict[str, Any] = {
            name: self[name].data or ""
            for name in (
                "first_name", "last_name", "alias", "phone", "mail", "address", "ssin", "contact_hours",
                "code_word", "not_to_know", "capacity_note",
            )
        }  # fmt: skip
        return NewPerson(
            **values,
            born=self.birth.born,
            sex=Sex(self.sex.data),
            language=self.language.data,
            needs_interpreter=bool(self.needs_interpreter.data),
            nis=nis,
            mutuality=Mutuality(self.mutuality.data) if self.mutuality.data else None,
            contact_preference=self.contact_preference.data or None,
            avoid=tuple(Avoid(code) for code in self.avoid.data or []),
        )
