"""What a partner sees of a referral. One function composes it; the preview, the partner's page, print and API
all show what it made, so that they cannot differ."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import clock
from core.db import session
from core.i18n import _, long_date
from intake import items, labels, places, policy
from intake.exclusion_rules import AGREED_KINDS, NOTHING, Excluded, excluded_in
from intake.models.bases import BasisKind
from intake.models.cases import Case
from intake.models.help_requests import HelpRequest
from intake.models.households import HouseholdMember, Relation
from intake.models.notes import Note, Visibility
from intake.models.persons import Avoid, Person, Sex
from intake.models.referrals import MessageKind, Referral, ReferralKind
from intake.models.vocabulary import AgeGroup, Urgency


@dataclass(frozen=True)
class Line:
    """One line: what it is, and its values. Codes stay codes until a page shows them in a language."""

    code: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Package:
    """Everything a partner may ever see of one referral: before deciding, and after accepting."""

    now: tuple[Line, ...]
    agreed: tuple[Line, ...]
    items: tuple[str, ...]
    never: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(
            {
                "now": [[line.code, list(line.values)] for line in self.now],
                "agreed": [[line.code, list(line.values)] for line in self.agreed],
                "items": list(self.items),
                "never": list(self.never),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "Package":
        data: dict[str, Any] = json.loads(text)
        return cls(_lines(data["now"]), _lines(data["agreed"]), tuple(data["items"]), tuple(data["never"]))


@dataclass(frozen=True)
class PartnerView:
    """The part of a package that the door lets through. `stage`: before, after or closed."""

    stage: str
    now: tuple[Line, ...] = ()
    later: tuple[str, ...] = ()
    agreed: tuple[Line, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """A question of the partner or an answer of the sender, as the reader may see it."""

    kind: MessageKind
    text: str
    at: datetime
    by_name: str


EMPTY = Package((), (), (), ())
FREE_TEXT = {"request": 0, "household": 1, "question": 1, "note": 1}


def _lines(rows: list[Any]) -> tuple[Line, ...]:
    return tuple(Line(code, tuple(values)) for code, values in rows)


def compose(
    case: Case,
    *,
    kind: ReferralKind,
    request: str,
    shared: set[str],
    urgency: Urgency,
    answer_by: date | None,
    basis_kind: BasisKind,
    given_on: date,
    excluded: Excluded | None = None,
    held: tuple[str, ...] | None = None,
) -> Package:
    """Put together what leaves with a referral. Kinds that send nothing give an empty package.

    A preview hands in what its page has read before: what is `excluded`, and the items `held` (`available`).
    """
    if not kind.sends_data:
        return EMPTY
    if basis_kind not in AGREED_KINDS:
        excluded = NOTHING
    elif excluded is None:
        excluded = excluded_in(case)
    shared = {items.CONTACT, *shared} - excluded.items
    now = _now(case, request, urgency)
    now.append(Line("basis", (str(basis_kind), given_on.isoformat())))
    if answer_by is not None:
        now.append(Line("answer_by", (answer_by.isoformat(),)))
    never = (*items.NEVER, *(code for code in held or available(case) if code not in shared))
    package = Package(
        tuple(now), tuple(_agreed(case, shared)), tuple(c for c in items.codes() if c in shared), never
    )
    return without(package, excluded)


def _now(case: Case, request: str, urgency: Urgency) -> list[Line]:
    """What the partner needs to decide, without who it is about."""
    person = case.person
    now = [
        Line("request", (request,)),
        Line("who", _who(person)),
        Line("municipality", (case.nis,)),
        Line("urgency", (str(urgency),)),
        Line("sender", (case.tenant.name,)),
    ]
    if person is not None:
        now.insert(
            3, Line("language", (person.language, *(("interpreter",) if person.needs_interpreter else ())))
        )
    return now


def _agreed(case: Case, shared: set[str]) -> list[Line]:
    """What opens once the partner has accepted."""
    person = case.person
    agreed = [*_identity(person), *_contact(person)]
    if items.ADDRESS in shared and person is not None and person.address:
        agreed.append(Line("address", (person.address,)))
    if items.HOUSEHOLD in shared:
        agreed += _household(case)
    agreed += _questions(case, shared)
    if items.NOTES in shared:
        agreed += _notes(case)
    return agreed


def without(package: Package, excluded: Excluded) -> Package:
    """A package without the subjects that the citizen excluded, and without the names of people."""
    if not excluded.items and not excluded.names:
        return package
    kept = tuple(code for code in package.items if code not in excluded.items)
    gone = tuple(code for code in package.items if code in excluded.items)
    return Package(
        tuple(_masked(line, excluded) for line in package.now),
        tuple(_masked(line, excluded) for line in package.agreed if _item_of(line) not in excluded.items),
        kept,
        (*package.never, *gone),
    )


def _item_of(line: Line) -> str:
    """Under which item a line was agreed."""
    return {"question": line.values[0], "note": items.NOTES}.get(line.code, line.code)


def _masked(line: Line, excluded: Excluded) -> Line:
    """Free text without the names of excluded people; facts about the citizen stay as they are."""
    free = FREE_TEXT.get(line.code)  # from which value on it is somebody's own words
    if free is None:
        return line
    return Line(line.code, (*line.values[:free], *map(excluded.mask, line.values[free:])))


def available(case: Case, *, has_note: bool | None = None) -> tuple[str, ...]:
    """Items that this file holds something of, in the order of the list: what a page offers to tick.

    A page that read it before says whether there is a note to share (`has_shareable_note`).
    """
    domains = {str(request.life_domain) for request in case.help_requests}
    has = {items.CONTACT: True, items.ADDRESS: bool(case.person and case.person.address_sealed)}
    has[items.HOUSEHOLD] = case.household_id is not None
    if has_note is None:
        has_note = bool(session.scalar(sa.select(has_shareable_note(case.id))))
    has[items.NOTES] = has_note
    return tuple(code for code in items.codes() if has.get(code, code in domains))


def view_of(referral: Referral, *, on: date | None = None) -> PartnerView:
    """What the receiving organization sees now: `policy.stage`, less what was excluded since."""
    return cut(without(package_of(referral), _withheld(referral)), _stage(referral, on))


def messages_of(referral: Referral, *, is_sender: bool) -> tuple[Said, ...]:
    """Questions and answers may tell who it is about: a closed door closes them too, and whom the citizen
    excluded since, only the sender reads."""
    if not is_sender and _stage(referral) == "closed":
        return ()
    excluded = NOTHING if is_sender else _withheld(referral)
    return tuple(Said(m.kind, excluded.mask(m.text or ""), m.at, m.by_name) for m in referral.messages)


def _stage(referral: Referral, on: date | None = None) -> str:
    return policy.stage(referral, referral.basis, on or clock.today())


def _withheld(referral: Referral) -> Excluded:
    """What the citizen excluded since the package was frozen."""
    text = referral.withheld if referral.withheld_sealed is not None else None
    return Excluded.from_json(text) if text else NOTHING


def package_of(referral: Referral) -> Package:
    """The package as it was frozen at sending: for the sender, who may look back at what was shared."""
    text = referral.package
    return Package.from_json(text) if text else EMPTY


def cut(package: Package, stage: str) -> PartnerView:
    """The part of a package that a stage lets through."""
    if stage == "closed":
        return PartnerView("closed")
    if stage == "before":
        return PartnerView("before", package.now, package.items, (), package.never)
    return PartnerView("after", package.now, (), package.agreed, package.never)


# ---------------------------------------------------------------- the lines
def _who(person: Person | None) -> tuple[str, ...]:
    if person is None:
        return ("unknown", "")
    return (str(person.sex), str(person.age_group or ""))


def _identity(person: Person | None) -> list[Line]:
    if person is None:
        return []
    lines = [Line("name", (person.name,))]
    if person.birth_year:
        lines.append(Line("birth", (person.birth_text,)))
    return lines


def _contact(person: Person | None) -> list[Line]:
    """How to reach someone safely; ways that endanger them are named, not left out."""
    if person is None:
        return []
    lines = []
    ways = tuple(text for text in (person.phone, person.mail) if text)
    if ways:
        lines.append(Line("contact", ways))
    if person.contact_hours:
        lines.append(Line("contact_hours", (person.contact_hours,)))
    if person.avoid:
        lines.append(Line("avoid", tuple(person.avoid)))
    return lines


def _household(case: Case) -> list[Line]:
    if case.household_id is None:
        return []
    members = session.scalars(
        sa.select(HouseholdMember)
        .options(joinedload(HouseholdMember.person))
        .where(HouseholdMember.household_id == case.household_id, HouseholdMember.until_on.is_(None))
        .order_by(HouseholdMember.id)
    )
    return [
        Line("household", (str(m.relation), m.person.name if m.person else m.described_as)) for m in members
    ]


def _questions(case: Case, shared: set[str]) -> list[Line]:
    requests: list[HelpRequest] = [r for r in case.help_requests if str(r.life_domain) in shared]
    return [
        Line("question", (str(r.life_domain), r.own_words or "", *((r.facts,) if r.facts else ())))
        for r in requests
    ]


def _notes(case: Case) -> list[Line]:
    query = (
        sa.select(Note)
        .where(Note.case_id == case.id, Note.visibility == Visibility.SHAREABLE)
        .order_by(Note.id)
    )
    return [
        Line("note", (clock.brussels(n.at).date().isoformat(), n.text or "")) for n in session.scalars(query)
    ]


def has_shareable_note(case_id: Any) -> sa.Exists:
    """Whether a file, named by its id or by the column of it, has a note that may be passed on."""
    return sa.exists().where(Note.case_id == case_id, Note.visibility == Visibility.SHAREABLE)


# ---------------------------------------------------------------- shown in the reader's language
def term(line: Line) -> str:
    """What a line is, as the left column says it."""
    if line.code == "question":
        return str(labels.ITEMS.get(line.values[0], line.values[0]))
    texts = {
        "request": _("Question"),
        "who": _("Who"),
        "municipality": _("Municipality"),
        "language": _("Language"),
        "urgency": _("Urgency"),
        "sender": _("From"),
        "basis": _("Ground"),
        "answer_by": _("Answer"),
        "name": _("Name"),
        "birth": _("Born"),
        "contact": _("Contact"),
        "contact_hours": _("When to call"),
        "avoid": _("Not safe"),
        "address": _("Address"),
        "household": _("Household"),
        "note": _("Note"),
    }
    return str(texts.get(line.code, line.code))


def text(line: Line) -> str:
    """The values of a line as one text."""
    values = line.values
    if line.code == "who":
        sex = labels.label_of(Sex, values[0])
        return f"{sex}, {labels.label_of(AgeGroup, values[1])}" if values[1] else sex
    if line.code == "municipality":
        return places.name(values[0])
    if line.code == "language":
        spoken = str(labels.LANGUAGES.get(values[0], values[0]))
        return f"{spoken}, {_('with an interpreter')}" if len(values) > 1 else spoken
    if line.code == "urgency":
        return str(_("Urgent") if values[0] == Urgency.U1 else _("Normal"))
    if line.code == "basis":
        return f"{labels.label_of(BasisKind, values[0])}, {long_date(date.fromisoformat(values[1]))}"
    if line.code == "answer_by":
        return str(_("until %(day)s inclusive", day=long_date(date.fromisoformat(values[0]))))
    if line.code == "avoid":
        return ", ".join(labels.label_of(Avoid, code) for code in values)
    if line.code == "household":
        return f"{labels.label_of(Relation, values[0])}: {values[1]}"
    if line.code == "note":
        return f"{long_date(date.fromisoformat(values[0]))}: {values[1]}"
    if line.code == "question":
        return ". ".join(value.rstrip(". ") for value in values[1:] if value) + "."
    return ", ".join(values)
