"""The search page of the social map with its facets, 50,000 services, against its own statements run bare.

The services are synthetic: 60 words each out of a small vocabulary, one municipality, two target groups and
two categories, indexed by the product. 150 questions of one or two words, so unselective ones: a hard case.
Each question is asked over HTTP by a signed-in worker; right after it the very statements that the page sent
are run again on the bare driver. The value is the 95th percentile of the one over the other.
"""

from __future__ import annotations

import random
import sqlite3
import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from benchmarks import _cases
from benchmarks._databases import Store, analyze, libpq, place, store, url_of
from benchmarks._measure import percentile, result, say, shown, timed

SHORT = {"postgresql": "pg", "sqlite": "sqlite"}
WORDS, PER_SERVICE, SERVICES_PER_ORGANIZATION = 900, 60, 10
BATCH = 5_000
Statements = list[tuple[str, Any]]


def run(quick: bool) -> Iterable[dict[str, Any]]:
    """Yield a figure for each database."""
    with store() as own:
        for kind, short in SHORT.items():
            yield _figure(own, kind, f"search.http_p95_vs_sql_{short}", quick)


def _figure(own: Store, kind: str, name: str, quick: bool) -> dict[str, Any]:
    world = _cases.found(own.app(kind))
    services, count = (5_000, 60) if quick else (50_000, 150)
    say(f"{name}: {services} services")
    chance = random.Random(3)
    vocabulary = _vocabulary(chance)
    _fill(world.app, services, vocabulary, chance)
    analyze(world.app)
    say(f"{name}: {count} questions")
    worker = _cases.Worker(world)
    questions = [
        " ".join(chance.choices(vocabulary, weights=_weights(), k=chance.choice((1, 2))))
        for _ in range(count)
    ]
    bare = _driver(world.app)
    http: list[float] = []
    sql: list[float] = []
    statements: list[int] = []
    hits: list[int] = []
    for question in questions[:10]:
        _ask(worker, _path(question))  # warm
    for question in questions if quick else questions * 2:
        with _seen() as seen:
            http.append(timed(partial(_count_hits, worker, question, hits)))
        sql.append(timed(partial(_replay, bare, list(seen))))
        statements.append(len(seen))
    bare.close()
    return result(
        name,
        percentile(http, 0.95) / percentile(sql, 0.95),
        "ratio",
        http_ms=shown(http),
        sql_ms=shown(sql),
        services=services,
        questions=count,
        statements=max(statements),
        questions_with_hits=sum(1 for found in hits[:count] if found),
        page_bytes=len(worker.client.get(_path(questions[0])).data),
    )


def _path(question: str) -> str:
    return f"/social-map?q={question.replace(' ', '+')}"


def _count_hits(worker: _cases.Worker, question: str, hits: list[int]) -> None:
    hits.append(_ask(worker, _path(question)))


def _ask(worker: _cases.Worker, path: str) -> int:
    answer = worker.client.get(path)
    assert answer.status_code == 200
    return answer.text.count('data-testid="search-hit"')


# ---------------------------------------------------------------- the same statements, bare
class _seen:
    """The statements of a request with their values, as the driver gets them."""

    def __enter__(self) -> Statements:
        self.found: Statements = []
        event.listen(sa.Engine, "before_cursor_execute", self._note)
        return self.found

    def __exit__(self, *_: object) -> None:
        event.remove(sa.Engine, "before_cursor_execute", self._note)

    def _note(self, _c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        if statement.lstrip()[:6].upper() in ("SELECT", "WITH S", "WITH C"):
            self.found.append((statement, values))


def _driver(app: Flask) -> Any:
    """A bare connection to the same database."""
    url = url_of(app)
    if url.startswith("sqlite"):
        return sqlite3.connect(place(url), isolation_level=None)
    return psycopg.connect(libpq(url), autocommit=True, cursor_factory=psycopg.RawCursor)


def _replay(connection: Any, statements: Statements) -> None:
    connection.execute("begin")
    for statement, values in statements:
        connection.execute(statement, values).fetchall()
    connection.execute("rollback")


# ---------------------------------------------------------------- the map
def _vocabulary(chance: random.Random) -> list[str]:
    """Words that are no words, so that nothing is a synonym, a compound or a place."""
    starts, middles, ends = "bdfgklmnprstvwz", ("a", "e", "o", "u", "oe", "ij", "au"), "kmnprstl"
    found: dict[str, None] = {}
    while len(found) < WORDS:
        syllables = [chance.choice(starts) + chance.choice(middles) + chance.choice(ends) for _ in range(2)]
        found["".join(syllables) + "um"] = None
    return list(found)


def _weights() -> list[float]:
    """A few words are everywhere, most are rare: as in any language."""
    return [1 / (rank + 12) for rank in range(WORDS)]


def _fill(app: Flask, services: int, vocabulary: list[str], chance: random.Random) -> None:
    """Organizations and services with their terms and areas, then the search entries of the product."""
    from core.db import session, transaction, uuid7
    from socialmap import indexing
    from socialmap.models.areas import Municipality
    from socialmap.models.details import Attribute, Taxonomy, TaxonomyTerm
    from socialmap.models.directory import Organization, Service, ServiceAreaNis

    weights = _weights()

    def sentence(length: int) -> str:
        return " ".join(chance.choices(vocabulary, weights=weights, k=length))

    def row(number: int, **values: Any) -> dict[str, Any]:
        return {"id": uuid7(), "source": "bench", "external_id": str(number), **values}

    with app.app_context(), transaction():
        places = list(session.scalars(sa.select(Municipality.nis)))
        categories, targets = _terms("Rubrieken", "category", 40), _terms("Doelgroepen", "target_group", 12)
        session.add_all([*categories[:1], *targets[:1]])
        session.flush()
        session.add_all([*categories[1:], *targets[1:]])
        session.flush()
        assert isinstance(categories[0], Taxonomy)
        assert isinstance(targets[1], TaxonomyTerm)
        organizations = [
            row(n, name=f"Dienst {sentence(2)}", description="", sector="other", content_hash="", missed=0)
            for n in range(services // SERVICES_PER_ORGANIZATION)
        ]
        _insert(Organization, organizations)
        made = [
            row(
                n, organization_id=chance.choice(organizations)["id"], name=sentence(3).capitalize(),
                description=sentence(PER_SERVICE - 3), status="active", content_hash="", missed=0,
                assured_date=None,
            )
            for n in range(services)
        ]  # fmt: skip
        _insert(Service, made)
        links = [
            (service["id"], term.id)
            for service in made
            for term in (*chance.sample(categories[1:], 2), *chance.sample(targets[1:], 2))
        ]
        _insert(
            Attribute,
            [
                row(n, link_id=service, taxonomy_term_id=term, link_entity="service", content_hash="")
                for n, (service, term) in enumerate(links)
            ],
        )
        _insert(
            ServiceAreaNis,
            [{"nis": chance.choice(places), "service_id": service["id"], "level": 1} for service in made],
        )
    with app.app_context(), transaction():
        indexing.refresh([service["id"] for service in made])


def _terms(name: str, role: str, count: int) -> list[Any]:
    """A taxonomy and its terms."""
    from core.db import uuid7
    from socialmap.models.details import Taxonomy, TaxonomyTerm

    taxonomy = Taxonomy(
        id=uuid7(), source="bench", external_id=name, name=name, description="", role=role, content_hash=""
    )
    return [taxonomy] + [
        TaxonomyTerm(
            id=uuid.uuid4(), source="bench", external_id=f"{name}-{n}", name=f"{name[:-2]} {n}",
            code=f"{role[0].upper()}.{n}", description="", taxonomy_id=taxonomy.id, content_hash="",
        )
        for n in range(count)
    ]  # fmt: skip


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    from core.db import session

    for start in range(0, len(rows), BATCH):
        session.execute(sa.insert(model.__table__), rows[start : start + BATCH])
