"""Find services: one relevance on both databases, own municipality first, never a dead end.

A search takes at most four statements: how often each word occurs, the hits with their ready-made cards,
the counts to filter by, and, only when a word is unknown, the words that may have been meant.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import session
from socialmap import area_sets, geography, questions, words
from socialmap.indexing import TOTAL
from socialmap.matching import REASONS, Matching
from socialmap.models.areas import AreaSet, AreaSetMember
from socialmap.models.directory import Organization
from socialmap.models.searching import SearchTerm
from socialmap.questions import Question

CAP = 1000
FIRST_DESK = "sociaal onthaal, breed onthaal"
MAX_OFFSET = 500
PARTNERSHIP = "partnership"
MAX_NAME = 200


@dataclass(frozen=True)
class Hit:
    """One service found. `reason`: own, regional, wide (it covers the municipality), near (it gives no area
    and lies here) or text (no municipality was asked for)."""

    service: "Card"
    organization: "CardOrganization"
    reason: str
    distance_km: float | None
    own_municipality: bool
    score: float
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True)
class CardOrganization:
    """The organization as a hit shows it."""

    id: uuid.UUID
    name: str
    sector: str


@dataclass(frozen=True)
class Card:
    """A service as a hit shows it; `data` holds the ready-made facts of `indexing`."""

    id: uuid.UUID
    name: str
    status: str
    data: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.data[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def capacity_now(self) -> str | None:
        """open, waiting or full, as long as that word has not expired."""
        until = self.data.get("until")
        if until is None or date.fromisoformat(until) < clock.today():
            return None
        return str(self.data["capacity"])

    @property
    def accepting(self) -> bool:
        return self.status == "active" and self.capacity_now != "full"

    @property
    def checked_on(self) -> date | None:
        return date.fromisoformat(self.data["checked"]) if self.data.get("checked") else None

    @property
    def freshness(self) -> str:
        """ok under 12 months, old under 24, stale after that or when never checked."""
        return freshness(self.checked_on)


@dataclass(frozen=True)
class Facet:
    """A property to filter by, with how many hits have it."""

    code: str
    value: str
    label: str
    count: int


@dataclass
class Results:
    """A page of hits. `total` counts to `CAP`; `facets` count what the filters would leave."""

    question: Question
    hits: list[Hit] = field(default_factory=list)
    total: int = 0
    total_capped: bool = False
    facets: dict[str, list[Facet]] = field(default_factory=dict)
    alternatives: list[Hit] = field(default_factory=list)  # elsewhere, when nothing here fits well
    ask: list[Hit] = field(default_factory=list)  # whom to ask when nothing fits at all
    partnerships: list[str] = field(default_factory=list)  # names of those that work in the municipality
    after: int | None = None
    before: int | None = None
    first: int = 0

    @property
    def place(self) -> geography.Place | None:
        return self.question.place

    @property
    def nis(self) -> str | None:
        return self.question.nis

    @property
    def municipality(self) -> geography.Municipality | None:
        return geography.current(self.question.nis) if self.question.nis else None

    @property
    def corrections(self) -> list[tuple[str, str]]:
        return self.question.corrections


def freshness(checked: date | None) -> str:
    """ok under 12 months, old under 24, stale after that or when never checked."""
    if checked is None:
        return "stale"
    months = (clock.today() - checked).days / 30.44
    return "ok" if months < 12 else "old" if months < 24 else "stale"


def find(
    text: str,
    *,
    nis: str | None = None,
    category: str | None = None,
    target_group: str | None = None,
    facets: Iterable[str] = (),
    limit: int = 20,
    after: int | None = None,
    near: tuple[float, float] | None = None,
    statuses: tuple[str, ...] = ("active",),
    organization_id: uuid.UUID | None = None,
    with_facets: bool = True,
    only_hits: bool = False,
) -> Results:
    """Find services by words, with the place in the words or as `nis` (of today or before a merger).

    `facets` are codes such as `cat:B.2`, `target:ouderen`, `lang:fr`, `free`, `access`, `open` (now),
    `area:own`, and where no municipality is asked for `in:zone:elz32`; of one kind any counts, of several
    kinds all do. `near` is the point that distances are measured from, else the core of the municipality.
    `only_hits` leaves out the counts and what to try where little or nothing is found.
    """
    question = questions.understand(text, nis=nis)
    known = _frequencies(question)
    if questions.unsure(question.slots, known):
        questions.correct(question, known, _vocabulary(question, known))
        known = _frequencies(question) if question.corrections else known
    results = Results(question)
    wanted = list(facets)
    wanted += [f"cat:{category}"] if category else []
    wanted += [f"target:{target_group}"] if target_group else []
    spot = near or _core(question)
    search = Matching(question, known, wanted, statuses, organization_id, spot)
    start = min(max(after or 0, 0), MAX_OFFSET)
    rows = session.execute(search.page(start, limit)).all()
    results.hits = [_hit(row, spot) for row in rows]
    _count(results, rows[0].total if rows else 0, start, limit)
    if only_hits:
        return results
    if with_facets and rows:
        results.facets = _grouped(session.execute(search.counts()))
    if start == 0 and question.nis is not None and question.slots and search.is_weak(rows):
        results.alternatives = _nearest(search, {hit.service.id for hit in results.hits})
    if not results.hits and question.nis is not None and text != FIRST_DESK:
        results.ask = find(FIRST_DESK, nis=question.nis, limit=3, with_facets=False).hits
        results.partnerships = _partnerships(question.nis)
    return results


def _count(results: Results, total: int, start: int, limit: int) -> None:
    """Say how many there are, which of them this page shows, and where the pages beside it begin."""
    results.total, results.total_capped = min(total, CAP), total > CAP
    results.first = start + 1 if total else 0
    more = total > start + limit and start + limit <= MAX_OFFSET
    results.after = start + limit if more else None
    results.before = max(start - limit, 0) if start else None


def _core(question: Question) -> tuple[float, float] | None:
    if question.place is not None and question.place.kind == "place":
        return question.place.lat, question.place.lon
    here = geography.current(question.nis) if question.nis else None
    return (here.lat, here.lon) if here else None


def _frequencies(question: Question) -> dict[str, int]:
    query = sa.select(SearchTerm.token, SearchTerm.df).where(SearchTerm.token.in_([TOTAL, *question.tokens]))
    return {row.token: row.df for row in session.execute(query)}


def _vocabulary(question: Question, known: dict[str, int]) -> list[tuple[str, str]]:
    """Words of the map that an unknown word may stand for: about as long, or beginning with it."""
    unknown = [slot.typed for slot in questions.unsure(question.slots, known)]
    length = sa.func.length(SearchTerm.word)
    likely = [
        sa.or_(
            length.between(len(word) - 2, len(word) + 3),
            sa.and_(SearchTerm.word >= word, SearchTerm.word < f"{word}{{"),
        )
        for word in unknown
    ]
    query = sa.select(SearchTerm.word, SearchTerm.token).where(SearchTerm.df > 0, sa.or_(*likely))
    found = [(word, token) for word, token in session.execute(query.order_by(SearchTerm.df.desc())) if word]
    # The stem itself, where it reads as a word: `voedselpakket` beside the `voedselpakketten` of the map.
    found += [(token, token) for word, token in found if word.startswith(token)]
    found += words.synonym_words()
    return [(word, token) for word, token in found if not geography.is_name(word)]


def _hit(row: Any, spot: tuple[float, float] | None) -> Hit:
    card = Card(row.service_id, row.card["name"], row.status, row.card)
    organization = CardOrganization(row.organization_id, row.card["organization"], row.card["sector"])
    distance = None
    lat, lon = row.lat, row.lon
    if spot is not None and lat is not None:
        lat, lon = min(
            row.card.get("spots") or [(lat, lon)], key=lambda point: geography.distance_km(spot, point)
        )
        distance = round(geography.distance_km(spot, (lat, lon)), 1)
    reason = REASONS.get(row.level, "text")
    return Hit(card, organization, reason, distance, row.level == 1, float(row.score), lat, lon)


def _grouped(rows: Iterable[Any]) -> dict[str, list[Facet]]:
    found: dict[str, list[Facet]] = {}
    for code, count, label in rows:
        if not code or not count:
            continue
        kind, _colon, value = code.partition(":")
        found.setdefault(kind, []).append(Facet(code, value, label or value, count))
    return found


def _nearest(search: Matching, shown: set[uuid.UUID]) -> list[Hit]:
    """Where nothing here fits well: the best and nearest services elsewhere, to ask there."""
    rows = [row for row in session.execute(search.page(0, 5, nis=None)) if row.service_id not in shown]
    return [_hit(row, search.spot) for row in rows if not search.is_weak([row])]


def _partnerships(nis: str) -> list[str]:
    """Partnerships, such as a GBO, that the municipality belongs to today."""
    a, member = AreaSet, AreaSetMember
    query = sa.select(a.name).join(member, member.code == a.code).where(
        member.nis == nis, a.kind == PARTNERSHIP, area_sets.holds_on(clock.today())
    )  # fmt: skip
    return list(session.scalars(query.order_by(a.name)))


def organizations(text: str, *, limit: int = 10) -> list[Organization]:
    """Organizations by name, also those without any service, so that nobody enters them a second time."""
    wanted = " ".join(text.split())[:MAX_NAME]
    if len(wanted) < 2:
        return []
    pattern = "%" + wanted.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    name = Organization.name.ilike(pattern, escape="\\")
    other = Organization.alternate_name.ilike(pattern, escape="\\")
    query = sa.select(Organization).where(sa.or_(name, other), Organization.merged_into_id.is_(None))
    return list(session.scalars(query.order_by(Organization.name).limit(limit)))
