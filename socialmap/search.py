"""Find services: one relevance on both databases, own municipality first, never a dead end.

A search takes at most four statements: how often each word occurs, the hits with their ready-made cards,
the counts to filter by, and, only when a word is unknown, the words that may have been meant.
"""

import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from core import clock
from core.db import session
from socialmap import area_sets, geography, openings, questions, words
from socialmap.indexing import TOTAL
from socialmap.models.areas import AreaSet, AreaSetMember
from socialmap.models.directory import Organization, Service, ServiceAreaNis
from socialmap.models.searching import (
    COLUMNS,
    PG_VECTOR,
    SearchTerm,
    ServiceFacet,
    ServiceOpening,
    ServiceSearch,
)
from socialmap.questions import Question, Slot

# What a hit counts per column: name and category, organization, target group, description.
WEIGHTS = {"high": 6.0, "org": 4.0, "mid": 3.0, "low": 1.0}
KEPT_SHARE = 0.3  # hits far below the best one are noise
FIRST_SHARE = 0.62  # from here on a hit is as good as the best, and the nearest comes first
STALE_DAYS = 730  # what nobody checked for two years sinks below what is as near
CAP = 1000
WEAK_SHARE = 0.5  # below this share of what a full match scores, look further away as well
FIRST_DESK = "sociaal onthaal, breed onthaal"
MAX_OFFSET = 500
PARTNERSHIP = "partnership"
MAX_NAME = 200
MAX_WORDS = 12
REASONS = {1: "own", 2: "regional", 3: "wide", 4: "near"}
OPEN_NOW = "open"
ROOM_NOW = "room"
IN_AREA = "in:"  # before the code of an area set


class position(GenericFunction[int]):
    """Where one text first occurs in another, counted from 1; 0 when it does not, on both databases."""

    type = sa.Integer()
    inherit_cache = True


@compiles(position)
def _position(element: position, compiler: Any, **options: Any) -> str:
    name = "instr" if compiler.dialect.name == "sqlite" else "strpos"
    return f"{name}({compiler.process(element.clauses, **options)})"


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
    search = _Search(question, known, wanted, statuses, organization_id, spot)
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


class _Search:
    """Builds the statements of one search; matching and order are the same on both databases."""

    def __init__(
        self,
        question: Question,
        known: dict[str, int],
        wanted: list[str],
        statuses: tuple[str, ...],
        organization_id: uuid.UUID | None,
        spot: tuple[float, float] | None,
    ) -> None:
        self.question, self.known, self.spot = question, known, spot
        self.wanted, self.statuses, self.organization_id = wanted, statuses, organization_id
        self.nis = question.nis
        self.open_now = openings.open_at(clock.now())
        self._made: dict[str | None, sa.CTE] = {}

    def _candidates(self, nis: str | None) -> sa.CTE:
        s = ServiceSearch
        score = self._score()
        level: sa.SQLColumnExpression[Any] = sa.literal(0)
        query = sa.select(s.doc, score.label("score")).where(s.status.in_(self.statuses))
        sets = [code.removeprefix(IN_AREA) for code in self.wanted if code.startswith(IN_AREA)]
        if nis is not None:
            level = ServiceAreaNis.level
            query = query.join(ServiceAreaNis, ServiceAreaNis.service_id == s.service_id)
            query = query.where(ServiceAreaNis.nis == nis)
        elif sets:
            reach = area_sets.reaching(sets).subquery()
            level = reach.c.level
            query = query.join(reach, reach.c.service_id == s.service_id)
        if self.organization_id is not None:
            query = query.where(s.organization_id == self.organization_id)
        if self.question.slots:
            query = query.where(_matches(self.question.tokens))
        for codes in _by_kind(self.wanted):
            if codes[0].startswith(IN_AREA):
                continue
            if codes[0] == OPEN_NOW:
                query = query.where(s.doc.in_(sa.select(ServiceOpening.doc).where(self.open_now)))
            elif codes[0] == ROOM_NOW:
                query = query.where(s.service_id.in_(_with_room()))
            elif codes[0].startswith("area:"):
                levels = [number for number, reason in REASONS.items() if f"area:{reason}" in codes]
                query = query.where(level.in_(levels)) if nis is not None else query
            else:
                query = query.where(
                    s.doc.in_(sa.select(ServiceFacet.doc).where(ServiceFacet.code.in_(codes)))
                )
        return query.add_columns(level.label("level")).cte("candidate")

    def _kept(self, nis: str | None) -> sa.CTE:
        """Made once for the page and the counts: building it costs as much as a small map takes to answer."""
        if nis not in self._made:
            c = self._candidates(nis)
            best = sa.func.max(c.c.score).over()
            self._made[nis] = sa.select(c.c.doc, c.c.score, c.c.level, best.label("best")).cte("scored")
        return self._made[nis]

    def page(
        self, start: int, limit: int, *, nis: str | None = "", rows: int | None = None
    ) -> sa.Select[Any]:
        k = self._kept(self.nis if nis == "" else nis)
        s = ServiceSearch
        first = sa.case((k.c.score >= FIRST_SHARE * k.c.best, 0), else_=1)
        distance = self._distance()
        fresh = s.checked_on > clock.today() - timedelta(days=STALE_DAYS)
        stale = sa.case((fresh, 0), else_=1)
        return (
            sa.select(
                s.service_id, s.organization_id, s.status, s.lat, s.lon, s.card, k.c.score, k.c.level,
                sa.func.count().over().label("total"),
            )
            .join(k, k.c.doc == s.doc)
            .where(k.c.score >= KEPT_SHARE * k.c.best)
            .order_by(first, k.c.level, stale, sa.desc(k.c.score), distance, s.doc)
            .offset(start)
            .limit(rows or limit)
        )  # fmt: skip

    def counts(self) -> sa.CompoundSelect[Any]:
        """How many of the hits have each property, are open now, and lie how near; one statement."""
        k, f, o = self._kept(self.nis), ServiceFacet, ServiceOpening
        good = k.c.score >= KEPT_SHARE * k.c.best
        number = sa.func.count().label("n")
        stored = (
            sa.select(f.code.label("code"), number, sa.func.min(f.label).label("label"))
            .join(k, k.c.doc == f.doc)
            .where(good)
            .group_by(f.code)
        )
        opened = sa.select(
            sa.literal(OPEN_NOW), sa.func.count(sa.distinct(o.doc)), sa.literal("")
        ).join(k, k.c.doc == o.doc).where(good, self.open_now)  # fmt: skip
        reach = sa.case(*((k.c.level == n, f"area:{r}") for n, r in REASONS.items()), else_="")
        areas = sa.select(reach, sa.func.count(), sa.literal("")).where(good).group_by(k.c.level)
        roomy = (
            sa.select(sa.literal(ROOM_NOW), sa.func.count(), sa.literal(""))
            .select_from(k)
            .join(ServiceSearch, ServiceSearch.doc == k.c.doc)
            .where(good, ServiceSearch.service_id.in_(_with_room()))
        )
        parts: list[Any] = [stored, opened, areas, roomy]
        if self.nis is None:
            parts.append(area_sets.choices(IN_AREA))
        return sa.union_all(*parts).order_by(sa.desc("n"), sa.asc("code"))

    def _score(self) -> sa.ColumnElement[float]:
        if not self.question.slots:
            return sa.literal(1.0)
        parts = [self._slot_score(slot) for slot in self.question.slots]
        score = parts[0]
        for part in parts[1:]:
            score = score + part
        return score

    def _slot_score(self, slot: Slot) -> sa.ColumnElement[float]:
        """The best of what this slot's words hit in this service; a rare word counts for more."""
        whens: list[tuple[float, sa.ColumnElement[bool]]] = []
        for token, weight in slot.tokens.items():
            rarity = self._rarity(token)
            for column in COLUMNS:
                found = position(getattr(ServiceSearch, column), f" {token} ") > 0
                whens.append((round(WEIGHTS[column] * weight * rarity * slot.bonus, 3), found))
        whens.sort(key=lambda pair: -pair[0])
        return sa.case(*((found, sa.literal(value)) for value, found in whens), else_=sa.literal(0.0))

    def is_weak(self, rows: Sequence[Any]) -> bool:
        """Whether the best row answers the question only by the way, or there is none."""
        full = 0.0
        for slot in self.question.slots:
            there = [w * self._rarity(t) for t, w in slot.tokens.items() if self.known.get(t)]
            full += max(there, default=0.0) * slot.bonus
        return not rows or float(rows[0].score) < WEAK_SHARE * WEIGHTS["high"] * full

    def _rarity(self, token: str) -> float:
        total = max(self.known.get(TOTAL, 1), 1)
        return 1.0 + math.log(1 + total / (1 + self.known.get(token, 0)))

    def _distance(self) -> sa.ColumnElement[float]:
        if self.spot is None:
            return sa.literal(0.0)
        lat, lon = self.spot
        stretch = math.cos(math.radians(lat)) ** 2
        north = ServiceSearch.lat - lat
        east = ServiceSearch.lon - lon
        return sa.func.coalesce(north * north + east * east * stretch, 0.01)


def _with_room() -> sa.Select[Any]:
    """Services that say that there is room, as long as that word has not expired."""
    return sa.select(Service.id).where(Service.capacity == "open", Service.capacity_until >= clock.today())


def with_words(text: str) -> sa.Select[Any]:
    """Services of any state in whose entry every word of a text occurs, however it is inflected."""
    query = sa.select(ServiceSearch.service_id)
    stems = {words.stem(word) for word in words.split(text)[:MAX_WORDS] if word not in words.FILLERS}
    return query.where(*([_matches([one]) for one in sorted(stems)] or [sa.false()]))


def _matches(tokens: list[str]) -> sa.ColumnElement[bool]:
    """Services in which at least one token occurs, by the full-text index of the database."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    wanted = " OR ".join(f'"{token}"' for token in tokens) if is_sqlite else " | ".join(tokens)
    bound: Any = sa.bindparam("wanted", wanted, unique=True)
    if is_sqlite:
        rows = sa.text("SELECT rowid FROM service_fts WHERE service_fts MATCH :wanted").bindparams(bound)
        return ServiceSearch.doc.in_(rows.columns(sa.column("rowid", sa.Integer)))
    return sa.text(f"{PG_VECTOR} @@ to_tsquery('simple', :wanted)").bindparams(bound)  # type: ignore[return-value]


def _by_kind(codes: Iterable[str]) -> list[list[str]]:
    kinds: dict[str, list[str]] = {}
    for code in codes:
        kinds.setdefault(code.split(":", 1)[0], []).append(code)
    return list(kinds.values())


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


def _nearest(search: _Search, shown: set[uuid.UUID]) -> list[Hit]:
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
