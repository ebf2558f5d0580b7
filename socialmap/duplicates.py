"""Propose organizations that may be the same; a person decides."""

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import sqlalchemy as sa
from rapidfuzz import fuzz, process

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError
from core.i18n import _
from socialmap import geography, history, indexing, successions, words
from socialmap.models import details
from socialmap.models.directory import (
    Location,
    Organization,
    OrganizationSuccessor,
    Service,
    ServiceStatus,
)
from socialmap.models.upkeep import DuplicateVerdict

# One way of writing for each kind of organization, so that only what sets it apart is compared.
_PHRASES = (
    ("openbaar centrum voor maatschappelijk welzijn", "ocmw"),
    ("sociaal huis", "ocmw"),
    ("welzijnshuis", "ocmw"),
    ("centrum voor algemeen welzijnswerk", "caw"),
    ("centrum algemeen welzijnswerk", "caw"),
    ("dienst maatschappelijk werk", "dmw"),
    ("centrum voor geestelijke gezondheidszorg", "cgg"),
    ("centrum geestelijke gezondheidszorg", "cgg"),
    ("centrum voor kinderzorg en gezinsondersteuning", "ckg"),
    ("lokaal dienstencentrum", "ldc"),
    ("sociaal verhuurkantoor", "svk"),
    ("wijkgezondheidscentrum", "wgc"),
    ("woonzorgcentrum", "wzc"),
    ("centrum voor basiseducatie", "cbe"),
    ("centrum basiseducatie", "cbe"),
    ("jongerenadviescentrum", "jac"),
    ("jongeren advies centrum", "jac"),
    ("eerstelijnszone", "elz"),
    ("politiezone", "pz"),
    ("lokale politie", "pz"),
    ("algemeen ziekenhuis", "az"),
    ("onze lieve vrouw", "olv"),
    ("christelijke mutualiteit", "cm"),
    ("liberale mutualiteit", "lm"),
    ("(?:gemeente|stads)bestuur", "gemeente"),
    ("stad", "gemeente"),
    ("feitelijke vereniging", ""),
    ("vereniging zonder winst(?:oogmerk|gevend doel)", "vzw"),
    ("sociale huisvestingsmaatschappij", "woonmaatschappij"),
)
_LEGAL_FORMS = "vzw asbl ivzw aisbl cvba cvso cv nv bv bvba comm vof gcv scrl sa fv so"
_NOISE = frozenset({*words.FILLERS, *_LEGAL_FORMS.split(), "vh", "vd", "afdeling"} - {"dienst", "centrum"})
# Words that say what kind of body it is: one may leave them out, but two different ones are two bodies.
KINDS = words.listed("kinds.txt")
# Only beside the kind itself these say nothing: `OCMW Gent - Sociale Dienst` is the OCMW of Gent.
_NOISE_OCMW = frozenset({"sociale", "dienst", "welzijn", "gemeente"})
# Kinds that are a legal form in other words.
_FORMS = frozenset({"vereniging", "stichting", "organisatie", "groep"})
MIN_KIND = 9
_LONG_KINDS = tuple(sorted(kind for kind in KINDS if len(kind) >= MIN_KIND))
MISSPELT_KIND = 93.0
ALIKE = 86.0
ALIKE_AT_ADDRESS = 70.0
MIN_TOKEN = 5


@dataclass(frozen=True)
class Candidate:
    """An organization as the comparison sees it."""

    id: uuid.UUID
    external_id: str
    name: str
    nis: str
    kbo: str | None
    tokens: frozenset[str]
    addresses: frozenset[str]


@dataclass(frozen=True)
class Pair:
    """Two organizations that look alike. `reason`: kbo, name or address."""

    a: Candidate
    b: Candidate
    reason: str


def spelled(name: str) -> list[str]:
    """The words of a name in their order, each kind of body and saint written in one way."""
    text = " ".join("sint" if word in ("st", "sinte", "ste") else word for word in words.split(name))
    for phrase, short in _PHRASES:
        text = re.sub(rf"\b{phrase}\b", short, text)
    kept = [_kind_of(word) for word in text.split() if word not in _NOISE]
    return [word for word in kept if word not in _NOISE_OCMW] if "ocmw" in kept else kept


@cache
def _kind_of(word: str) -> str:
    """The kind of body that a long word misspells, such as `welzijnschakel`; else the word itself."""
    if word in KINDS or len(word) < MIN_KIND:
        return word
    found = process.extractOne(word, _LONG_KINDS, scorer=fuzz.ratio, score_cutoff=MISSPELT_KIND)
    return str(found[0]) if found else word


def normalise(name: str) -> frozenset[str]:
    """The words of a name that set an organization apart: `O C M W Sint Niklaas` is {ocmw, sint, niklaas}."""
    return frozenset(spelled(name))


def propose() -> list[Pair]:
    """All undecided pairs, best reason first: the same number, the same name, the same address; one
    municipality only. Organizations that stopped are left out: they have a successor, not a double."""
    decided = {(row.a_id, row.b_id) for row in session.scalars(sa.select(DuplicateVerdict))}
    found: list[Pair] = []
    for group in _by_municipality(_candidates()):
        for a, b in combinations(group, 2):
            reason = compare(a, b)
            if reason is not None and _ordered(a.id, b.id) not in decided:
                found.append(Pair(a, b, reason))
    rank = {"kbo": 0, "name": 1, "address": 2}
    return sorted(found, key=lambda pair: (rank[pair.reason], pair.a.name, pair.b.name, pair.a.external_id))


def compare(a: Candidate, b: Candidate) -> str | None:
    """Why two organizations of one municipality may be the same; None when they are not, or may not be."""
    places = _places(a), _places(b)
    if _numbers(a) != _numbers(b) or _letter(a) != _letter(b) or (all(places) and places[0] != places[1]):
        return None
    if a.kbo and b.kbo:
        # A number is certain: two that differ are two organizations, whatever they are called.
        return "kbo" if a.kbo == b.kbo else None
    if a.tokens and a.tokens == b.tokens:
        return "name"
    likeness = _likeness(a, b)
    if likeness >= ALIKE:
        return "name"
    if a.addresses & b.addresses and (likeness >= ALIKE_AT_ADDRESS or _one_says_more(a, b)):
        return "address"
    return None


def _one_says_more(a: Candidate, b: Candidate) -> bool:
    """`De Pollepel` and `Sociaal Restaurant De Pollepel`: one name holds all that sets the other apart."""
    one, two = frozenset(_own_words(a)), frozenset(_own_words(b))
    left, right = one - KINDS, two - KINDS
    kinds = one & KINDS, two & KINDS
    alike = kinds[0] <= kinds[1] or kinds[1] <= kinds[0]
    return alike and bool(left and right) and (left < right or right < left)


def _likeness(a: Candidate, b: Candidate) -> float:
    """How far two names are spellings of each other, 0 to 100: the kind of body may be left out, but not
    differ; the municipality that both are in says nothing; words may be written together or apart."""
    one, two = _own_words(a), _own_words(b)
    if "".join(one) == "".join(two):
        return 100.0 if one else 0.0
    kinds = frozenset(one) & KINDS, frozenset(two) & KINDS
    left, right = frozenset(one) - KINDS, frozenset(two) - KINDS
    if not left and not right:  # `Vereniging Ons Huis`: all there is are kinds, and a form says nothing
        shapes = kinds[0] - _FORMS, kinds[1] - _FORMS
        return 100.0 if shapes[0] and shapes[0] == shapes[1] else 0.0
    if not left or not right:
        return 0.0
    if not (kinds[0] <= kinds[1] or kinds[1] <= kinds[0]):
        return 0.0
    if left == right:
        return 100.0
    return _misspelt(left - right, right - left)


def _misspelt(left: frozenset[str], right: frozenset[str]) -> float:
    if not left or not right:
        return 0.0
    if "".join(sorted(left)) == "".join(sorted(right)):
        return 100.0
    one, two = " ".join(sorted(left)), " ".join(sorted(right))
    if min(len(one), len(two)) < MIN_TOKEN or len(left) != len(right):
        return 0.0
    return float(fuzz.ratio(one, two))


def _own_words(candidate: Candidate) -> list[str]:
    """The words of the name without those of the municipality where the organization is."""
    here = geography.current(candidate.nis) if candidate.nis else None
    place = frozenset(words.split(here.name)) if here else frozenset()
    return [word for word in spelled(candidate.name) if word not in place]


def _numbers(candidate: Candidate) -> frozenset[str]:
    return frozenset(token for token in candidate.tokens if token.isdecimal())


def _letter(candidate: Candidate) -> str:
    """The letter that tells teams of one name apart, as in `Wijkteam B`."""
    found = re.search(r"[a-z]{2,}[\W_]+([a-z])$", words.fold(candidate.name))
    return found[1] if found else ""


def _places(candidate: Candidate) -> frozenset[str]:
    """Which municipality the name itself mentions."""
    place = geography.split_place(candidate.name)[1]
    return frozenset({words.fold(place.label)} if place else ())


def _candidates() -> list[Candidate]:
    offers = sa.exists().where(Service.organization_id == Organization.id)
    alive = sa.exists().where(
        Service.organization_id == Organization.id, Service.status != ServiceStatus.DEFUNCT
    )
    stopped = sa.exists().where(OrganizationSuccessor.organization_id == Organization.id)
    query = sa.select(
        Organization.id, Organization.external_id, Organization.name, Organization.nis, Organization.kbo
    ).where(
        Organization.merged_into_id.is_(None), Organization.nis.is_not(None), sa.or_(alive, ~offers), ~stopped
    )
    addresses: dict[uuid.UUID, set[str]] = defaultdict(set)
    address = details.Address
    rows = session.execute(
        sa.select(Location.organization_id, address.address_1, address.postal_code)
        .join(address, address.location_id == Location.id)
        .where(Location.organization_id.is_not(None))
    )
    for ident, street, postcode in rows:
        if ident is not None:
            addresses[ident].add(f"{' '.join(words.split(street))} {postcode}")
    return [
        Candidate(ident, external, name, nis or "", kbo, normalise(name), frozenset(addresses.get(ident, ())))
        for ident, external, name, nis, kbo in session.execute(query)
    ]


def _by_municipality(candidates: Iterable[Candidate]) -> list[list[Candidate]]:
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        groups[candidate.nis].append(candidate)
    return [sorted(group, key=lambda c: (c.name, c.external_id)) for _nis, group in sorted(groups.items())]


def _ordered(a: uuid.UUID, b: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID]:
    return (a, b) if a < b else (b, a)


def like(name: str, *, nis: str, kbo: str | None, address: str = "", postcode: str = "",
         but: uuid.UUID | None = None) -> list[Pair]:  # fmt: skip
    """The organizations that one would double that is about to be entered, or changed (`but`)."""
    here = f"{' '.join(words.split(address))} {postcode}"
    addresses = frozenset({here} if address else ())
    made = Candidate(but or uuid.UUID(int=0), "", name, nis, kbo, normalise(name), addresses)
    found = []
    for other in _candidates():
        reason = compare(made, other) if other.nis == nis else None
        if other.id != but and (reason or (kbo and other.kbo == kbo)):
            found.append(Pair(made, other, reason or "kbo"))
    return found


def keep_apart(a: Organization, b: Organization, *, by: Actor) -> None:
    """A person decided that these are two; the pair is not proposed again."""
    _decide(a, b, same=False, by=by)


def merge(double: Organization, into: Organization, *, by: Actor) -> None:
    """A person decided that these are one: the double points to the one that stays; both histories stay.

    Services are not moved: the next delivery of the source would bring them back. They show under both.
    """
    if double.id == into.id:
        raise DomainError(_("Choose two different organizations."))
    if into.merged_into_id is not None or double.merged_into_id is not None:
        raise DomainError(_("That organization was itself merged into another one."))
    double.merged_into_id = into.id
    _decide(double, into, same=True, by=by)
    _keep_in_history("merge", double, into, by=by)
    indexing.refresh(successions.services_of(double.id))
    audit.record("organization.merged", double, by=by, changes={"into": str(into.id)})


def split(double: Organization, *, by: Actor) -> None:
    """Take a merge back: the double stands by itself again, and the pair is proposed anew."""
    into = session.get(Organization, double.merged_into_id) if double.merged_into_id else None
    if into is None:
        raise Conflict(_("This entry is not merged into another one."))
    double.merged_into_id = None
    verdict = session.get(DuplicateVerdict, _ordered(double.id, into.id))
    if verdict is not None:
        session.delete(verdict)
    session.flush()
    _keep_in_history("split", double, into, by=by)
    indexing.refresh(successions.services_of(double.id))
    audit.record("organization.split", double, by=by, changes={"from": str(into.id)})


def _keep_in_history(action: str, double: Organization, into: Organization, *, by: Actor) -> None:
    moment = clock.now()
    history.note("organization", double.id, action, by=by.name, at=moment, after=into.name)
    history.note("organization", into.id, action, by=by.name, at=moment, before=double.name)
    session.flush()


def _decide(a: Organization, b: Organization, *, same: bool, by: Actor) -> None:
    first, second = _ordered(a.id, b.id)
    verdict = session.get(DuplicateVerdict, (first, second)) or DuplicateVerdict(a_id=first, b_id=second)
    verdict.same, verdict.decided_by, verdict.decided_at = same, by.name, clock.now()
    session.add(verdict)
    session.flush()
