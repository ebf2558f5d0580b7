"""The statements of a search of services: the same matches in the same order on both databases."""

import math
import uuid
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from core import clock
from core.db import session
from socialmap import area_sets, openings, words
from socialmap.indexing import TOTAL
from socialmap.models.directory import Service, ServiceAreaNis
from socialmap.models.searching import COLUMNS, PG_VECTOR, ServiceFacet, ServiceOpening, ServiceSearch
from socialmap.questions import MAX_WORDS, Question, Slot

# What a hit counts per column: name and category, organization, target group, description.
WEIGHTS = {"high": 6.0, "org": 4.0, "mid": 3.0, "low": 1.0}
KEPT_SHARE = 0.3  # hits far below the best one are noise
FIRST_SHARE = 0.62  # from here on a hit is as good as the best, and the nearest comes first
STALE_DAYS = 730  # what nobody checked for two years sinks below what is as near
WEAK_SHARE = 0.5  # below this share of what a full match scores, look further away as well
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


class Matching:
    """Builds the statements of one search."""

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
