"""Persons of one organization: found before they are made, with the reasons of every likely match."""

import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlalchemy.orm import aliased

from core import audit, clock, crypto
from core.access import Actor
from core.db import check_version, lock, session, uuid7
from core.errors import DomainError
from core.i18n import _
from intake import insz, policy
from intake.birth_dates import PartialDate
from intake.models.persons import Avoid, Identity, Person, PersonKey, Sex
from intake.models.vocabulary import Mutuality
from socialmap import words

# Of a birth month a register of a million has about a thousand; of the names only the likeliest few hundred.
MAX_CANDIDATES, MAX_NAMED = 2500, 400
MAX_MATCHES = 10
OTHER_NUMBER = 30  # points less for somebody who has another national number than was typed
NAME_ALONE, NAME_WITH_BIRTH = 84, 68
NOTHING = PartialDate()
YEAR_SLIPS = (-10, -1, 1, 10)  # one digit of the year typed wrong
# Parts of names that half the country shares: they find nobody.
PARTICLES = frozenset(
    [
        "van",
        "vande",
        "vanden",
        "vander",
        "de",
        "den",
        "der",
        "ter",
        "te",
        "ten",
        "la",
        "le",
        "el",
        "al",
        "ben",
        "in",
        "op",
    ]
)
_SOUNDS = [
    ("sch", "s"), ("ck", "k"), ("ph", "f"), ("th", "t"), ("dt", "t"), ("ch", "g"), ("gh", "g"), ("cks", "x"),
    ("ks", "x"), ("sz", "s"), ("c", "k"), ("z", "s"), ("v", "f"), ("w", "v"), ("y", "i"), ("d", "t"),
]  # fmt: skip


@dataclass(frozen=True)
class Sought:
    """What a worker types to find someone. One of the fields is enough."""

    first_name: str = ""
    last_name: str = ""
    born: PartialDate = NOTHING
    phone: str = ""
    ssin: str = ""

    @property
    def is_empty(self) -> bool:
        typed = (self.first_name, self.last_name, self.phone, self.ssin)
        return self.born.is_empty and not any(text.strip() for text in typed)


@dataclass(frozen=True)
class Match:
    """Who may be the one. `reasons`: ssin, phone, name, name_like, birth, birth_swapped, birth_day (another
    day of the same month), birth_slip (one digit of the year), birth_year, ssin_other (another number).
    """

    person: Person
    score: int
    reasons: tuple[str, ...]

    @property
    def is_certain(self) -> bool:
        return "ssin" in self.reasons


@dataclass(frozen=True)
class NewPerson:
    """What is known of a person. Of an anonymous one only a way to speak of them is needed."""

    first_name: str = ""
    last_name: str = ""
    alias: str = ""
    born: PartialDate = NOTHING
    sex: Sex = Sex.UNKNOWN
    language: str = "nl"
    needs_interpreter: bool = False
    phone: str = ""
    mail: str = ""
    nis: str | None = None
    address: str = ""
    mutuality: Mutuality | None = None
    ssin: str = ""
    contact_preference: str | None = None
    contact_hours: str = ""
    avoid: tuple[Avoid, ...] = ()
    code_word: str = ""
    not_to_know: str = ""
    capacity_note: str = ""


def get(person_id: uuid.UUID) -> Person | None:
    return session.get(Person, person_id)


# ---------------------------------------------------------------- search before create
def find_matches(sought: Sought, *, by: Actor) -> list[Match]:
    """Persons of the own organization who may be meant, likeliest first, at most eight.

    Raises DomainError when nothing was typed, or the number is no INSZ.
    """
    if sought.is_empty:
        raise DomainError(_("Type a name, a birth date, a phone number or an INSZ."), field="last_name")
    assert by.tenant_id is not None  # noqa: S101 - the rule of every search page asks a tenant
    number = insz.parse(sought.ssin) if sought.ssin.strip() else None
    ssin_hash = crypto.lookup_hash(by.tenant_id, number.digits) if number else None
    phone = digits_of(sought.phone)
    found: list[tuple[int, str, uuid.UUID, tuple[str, ...]]] = []
    for known in session.execute(_candidates(sought, ssin_hash, phone, by)):
        points, reasons = _compare(known, sought, phone)
        if reasons:
            found.append((-points, f"{known.first_name} {known.last_name}", known.id, reasons))
    found = sorted(found)[:MAX_MATCHES]
    query = sa.select(Person).where(Person.id.in_([line[2] for line in found]))
    those = {person.id: person for person in session.scalars(query)} if found else {}
    for person in those.values():
        audit.read(person, by=by, action="person.found")
    return [Match(those[key], -points, reasons) for points, _name, key, reasons in found]


_COMPARED: tuple[Any, ...] = (
    Person.id,
    Person.first_name,
    Person.last_name,
    Person.alias,
    Person.birth_year,
    Person.birth_month,
    Person.birth_day,
    Person.phone_digits,
)


def _candidates(sought: Sought, ssin_hash: str | None, phone: str, by: Actor) -> sa.Select[Any]:
    """Columns to compare by, of everyone who shares a piece of the name, a birth month or a number."""
    ways: list[sa.ColumnElement[bool]] = []
    keys = name_keys(sought.first_name, sought.last_name)
    if keys:
        shared = sa.func.count().desc()
        near = (
            sa.select(PersonKey.person_id)
            .where(PersonKey.tenant_id == by.tenant_id, PersonKey.key.in_(keys))
            .group_by(PersonKey.person_id)
            .order_by(shared, PersonKey.person_id)
            .limit(MAX_NAMED)
        )
        ways.append(Person.id.in_(sa.select(near.subquery().c.person_id)))
    same_number = _has_number(ssin_hash, by) if ssin_hash else sa.false()
    if ssin_hash:
        ways.append(same_number)
    if len(phone) >= 6:
        ways.append(Person.phone_digits == phone)
    ways += _births(sought.born)
    other = sa.and_(Person.ssin_hash.is_not(None), Person.ssin_hash != ssin_hash) if ssin_hash else sa.false()
    columns = (*_COMPARED, same_number.label("same_number"), other.label("other_number"))
    query = policy.persons_visible_to(by).with_only_columns(*columns).limit(MAX_CANDIDATES)
    return query.where(sa.or_(*ways)) if ways else query.where(sa.false())


def _has_number(ssin_hash: str, by: Actor) -> sa.ColumnElement[bool]:
    """It is their number, or was the number of a record that became theirs."""
    former = aliased(Person)
    merged = sa.select(former.merged_into_id).where(
        former.tenant_id == by.tenant_id, former.ssin_hash == ssin_hash, former.merged_into_id.is_not(None)
    )
    return sa.or_(Person.ssin_hash == ssin_hash, Person.id.in_(merged))


def _births(born: PartialDate) -> list[sa.ColumnElement[bool]]:
    """The same month, day and month exchanged, and the year with one wrong digit."""
    if not (born.year and born.month):
        return []
    ways = [sa.and_(Person.birth_year == born.year, Person.birth_month == born.month)]
    if not born.day:
        return ways
    swapped = born.swapped
    days = [(swapped.year, swapped.month, swapped.day)]
    days += [(born.year + years, born.month, born.day) for years in YEAR_SLIPS]
    for year, month, day in days:
        same = (Person.birth_year == year, Person.birth_month == month, Person.birth_day == day)
        ways.append(sa.and_(*same))
    return ways


def _compare(known: Any, sought: Sought, phone: str) -> tuple[int, tuple[str, ...]]:
    """Points out of 100 and the reasons; no reasons when it is somebody else."""
    if known.same_number:
        return 100, ("ssin",)
    reasons: list[str] = []
    theirs = f"{known.first_name} {known.last_name}".strip() or known.alias
    name = name_likeness(f"{sought.first_name} {sought.last_name}", theirs)
    birth, birth_reason = _birth_likeness(known, sought.born)
    if birth_reason:
        reasons.append(birth_reason)
    is_named = bool((sought.first_name + sought.last_name).strip())
    if is_named and name >= (NAME_WITH_BIRTH if birth > 0 else NAME_ALONE):
        reasons.insert(0, "name" if name >= 99 else "name_like")
    if len(phone) >= 6 and known.phone_digits == phone:
        reasons.insert(0, "phone")
    is_name_like = any(reason.startswith("name") for reason in reasons)
    found = is_name_like or "phone" in reasons or (not is_named and birth >= 30)
    if not found or (is_named and birth < 0 and name < 95 and "phone" not in reasons):
        return 0, ()
    points = (45 * name // 100 if is_name_like else 0) + max(birth, 0) + (30 if "phone" in reasons else 0)
    if known.other_number:  # maybe a BIS number that became another one, likelier somebody else
        reasons, points = [*reasons, "ssin_other"], points - OTHER_NUMBER
    return int(min(max(points, 1), 99)), tuple(reasons)


def _birth_likeness(known: Any, born: PartialDate) -> tuple[int, str]:
    """Points and reason; negative when two full dates differ and no usual slip explains it."""
    if born.is_empty or known.birth_year is None:
        return 0, ""
    theirs = PartialDate(known.birth_year, known.birth_month, known.birth_day)
    if born == theirs:
        return (40 if born.day else 30 if born.month else 20), "birth"
    if theirs.day and born.day:
        return _slip(theirs, born)
    return (15, "birth_year") if born.year == theirs.year else (-10, "")


def _slip(theirs: PartialDate, born: PartialDate) -> tuple[int, str]:
    """How two full dates that differ may still be one."""
    if theirs == born.swapped:
        return 30, "birth_swapped"
    if (theirs.year, theirs.month) == (born.year, born.month):
        return 25, "birth_day"
    years = (theirs.year or 0) - (born.year or 0)
    if (theirs.month, theirs.day) == (born.month, born.day) and years in YEAR_SLIPS:
        return 25, "birth_slip"
    return -10, ""


def name_likeness(a: str, b: str) -> int:
    """0 to 100: how well each word of the shorter name is found in the other one, in any order."""
    left, right = words.fold(a).split(), words.fold(b).split()
    if not left or not right:
        return 0
    short, long = (left, right) if len(left) <= len(right) else (right, left)
    best = [max(fuzz.ratio(word, other) for other in long) for word in short]
    return int(sum(best) / len(best))


def name_keys(*names: str) -> set[str]:
    """Pieces by which a name is found in spite of a slip: how each word begins, and how it sounds."""
    found = re.findall(r"[a-z0-9]+", words.fold(" ".join(names)))
    keys: set[str] = set()
    for word in [word for word in found if word not in PARTICLES] or found:
        keys.add(f"p:{word[:3]}")
        keys.add(f"s:{sound(word)}")
    return keys


def sound(word: str) -> str:
    """What is left of a folded word when spellings that sound alike are made equal."""
    for written, heard in _SOUNDS:
        word = word.replace(written, heard)
    bones = word[:1] + re.sub(r"[aeiouh]", "", word[1:])
    return re.sub(r"(.)\1+", r"\1", bones)[:8]


def digits_of(phone: str) -> str:
    """A phone number to compare by: national, digits only. `+32 400 00 01 52` equals `0400/00.01.52`."""
    digits = "".join(ch for ch in phone if ch.isascii() and ch.isdigit())
    if phone.strip().startswith("+32") or digits.startswith("0032"):
        digits = "0" + digits.removeprefix("00").removeprefix("32").removeprefix("0")
    return digits[:20]


def search_token(sought: Sought, *, by: Actor) -> str:
    """Proof that this person searched for this name today; without it nobody new is made."""
    return _token(sought.first_name, sought.last_name, by, 0)


def _token(first_name: str, last_name: str, by: Actor, days_ago: int) -> str:
    assert by.tenant_id is not None  # noqa: S101 - see find_matches
    day = clock.today() - timedelta(days=days_ago)
    name = " ".join(words.fold(f"{first_name} {last_name}").split())
    return crypto.lookup_hash(by.tenant_id, f"person-search:{by.user_id}:{day}:{name}")


# ---------------------------------------------------------------- make and change
def create_person(new: NewPerson, *, token: str, by: Actor) -> Person:
    """Make a person after a search for the same name. Raises DomainError when the INSZ is known already."""
    called = [(new.first_name, new.last_name), (new.alias, "")]  # who gave no name is searched by the word
    valid = any(hmac.compare_digest(token, _token(*name, by, ago)) for name in called for ago in (0, 1))
    if not valid:
        raise DomainError(
            _("Search for this name first: maybe we know this person already."), field="last_name"
        )
    if not (new.first_name.strip() or new.last_name.strip() or new.alias.strip()):
        raise DomainError(_("Fill in a name, or a word by which to speak of this person."), field="alias")
    person = Person(id=uuid7(), tenant_id=by.tenant_id, created_at=clock.now(), created_by_id=by.user_id)
    _write(person, new, by)
    session.add(person)
    session.flush()
    audit.record("person.created", person, by=by)
    return person


def change_person(person: Person, new: NewPerson, *, by: Actor, version: int | None = None) -> Person:
    """Change what is known. The trail names the fields, not their content."""
    person = lock(Person, person.id) or person
    check_version(person, version)
    before = _known(person)
    _write(person, new, by)
    after = _known(person)
    session.flush()
    fields = sorted(name for name in before if before[name] != after[name])
    audit.record("person.changed", person, by=by, changes={"fields": fields})
    return person


def _known(person: Person) -> dict[str, Any]:
    """What may change, under the names of the form, to tell which of it did."""
    names = (
        "first_name", "last_name", "alias", "sex", "language", "needs_interpreter", "phone", "mail",
        "mutuality", "address", "ssin", "contact_preference", "contact_hours", "avoid", "code_word",
        "not_to_know", "capacity_note",
    )  # fmt: skip
    found = {name: getattr(person, name) for name in names}
    born = (person.birth_year, person.birth_month, person.birth_day)
    return {**found, "avoid": list(person.avoid), "birth": born, "place": person.nis}


def _write(person: Person, new: NewPerson, by: Actor) -> None:
    born, sex = new.born, new.sex
    if new.ssin.strip():
        number = insz.parse(new.ssin)
        _refuse_known(person, number.digits, by)
        person.ssin = number.digits
        person.ssin_hash = crypto.lookup_hash(person.tenant_id, number.digits)
        born = number.born if born.is_empty else born
        sex = number.sex if sex == Sex.UNKNOWN else sex
    person.first_name, person.last_name = new.first_name.strip(), new.last_name.strip()
    person.alias = new.alias.strip()
    person.identity = _identity(new, has_number=person.ssin_hash is not None)
    person.birth_year, person.birth_month, person.birth_day = born.year, born.month, born.day
    person.sex, person.language, person.needs_interpreter = sex, new.language, new.needs_interpreter
    person.phone, person.phone_digits = new.phone.strip(), digits_of(new.phone)
    person.mail, person.nis, person.mutuality = new.mail.strip(), new.nis, new.mutuality
    person.address = new.address.strip() or None
    person.contact_preference, person.contact_hours = new.contact_preference, new.contact_hours.strip()
    person.avoid = [str(code) for code in new.avoid]
    person.code_word, person.not_to_know = new.code_word.strip() or None, new.not_to_know.strip() or None
    person.capacity_note = new.capacity_note.strip() or None
    index(person)


def _identity(new: NewPerson, *, has_number: bool) -> Identity:
    if not new.first_name.strip() and not new.last_name.strip():
        return Identity.ANONYMOUS
    is_whole = new.first_name.strip() and new.last_name.strip() and (new.born.day or has_number)
    return Identity.KNOWN if is_whole else Identity.PARTLY


def _refuse_known(person: Person, digits: str, by: Actor) -> None:
    known = session.scalars(
        sa.select(Person).where(
            Person.tenant_id == person.tenant_id,
            Person.ssin_hash == crypto.lookup_hash(person.tenant_id, digits),
            Person.id != person.id,
        )
    ).first()
    if known is not None and known.merged_into_id == person.id:
        raise DomainError(_("This was the number of this person before. It still finds them."), field="ssin")
    if known is not None and not policy.can_see_person(by, known):
        raise DomainError(
            _("Somebody with this number has a restricted file here. Ask your team lead."), field="ssin"
        )
    if known is not None:
        raise DomainError(
            _("We already know %(name)s with this number. Choose that person.", name=known.name), field="ssin"
        )


def index(person: Person, *, also: tuple[str, ...] = ()) -> None:
    """Write the pieces by which a person is found; `also`: names of a record that became theirs."""
    wanted = name_keys(person.first_name, person.last_name, person.alias, *also)
    have = {key.key: key for key in person.keys}
    for gone in set(have) - wanted:
        person.keys.remove(have[gone])
    for key in sorted(wanted - set(have)):
        person.keys.append(PersonKey(person_id=person.id, key=key, tenant_id=person.tenant_id))
