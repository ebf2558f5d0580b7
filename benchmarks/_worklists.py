"""Worklists that do not grow: 1,000 open steps against 100,000 and a million; 20 queues, the user in 3.

worklist.growth_1m_*    the query of the product, page 1 and the page after it, with a million open steps
                        against a thousand; the worse of the two pages counts
worklist.bytes_growth   bytes of the page with 100,000 open steps against 1,000 (50 rows both)
worklist.page_vs_bare_pg  the page with 100,000 open steps against a bare Flask and Jinja page: the same rows
                        in the same markup from one template, the one query by SQLAlchemy Core; no session,
                        permission, labels, languages or second list; by the same test client
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import flask
import sqlalchemy as sa
from flask import Flask

from benchmarks import _fill
from benchmarks._cases import EMAIL, PASSWORD, TOKEN
from benchmarks._databases import Store, analyze, url_of
from benchmarks._measure import Times, median, result, rounds, say, shown, timed

PAGE = 50
SHORT = {"postgresql": "pg", "sqlite": "sqlite"}
QUEUES = 20
NEEDS = 2_000
PATH = "/my-work"
TEMPLATE = Path(__file__).with_name("bare_worklist.html")


@dataclass
class Desk:
    """One authority with one officer, and the open steps of its queues."""

    app: Flask
    open: int
    tenant_id: uuid.UUID
    queues: list[uuid.UUID]

    def client(self) -> Any:
        """A signed-in browser without a screen."""
        client = self.app.test_client()
        found = TOKEN.search(client.get("/login").text)
        assert found
        form = {"email": EMAIL, "password": PASSWORD, "csrf_token": found.group(1)}
        assert client.post("/login", data=form).status_code == 302
        return client


def figures(own: Store, quick: bool) -> Iterable[dict[str, Any]]:
    """Yield every figure of the worklist."""
    for kind in SHORT:
        million = 100_000 if quick else 1_000_000
        few, many = (_desk(own, kind, count) for count in (1_000, million))
        yield _growth(f"worklist.growth_1m_{SHORT[kind]}", few, many, quick)
    hundred = _desk(own, "postgresql", 20_000 if quick else 100_000)
    yield _bytes(_desk(own, "postgresql", 1_000), hundred)
    yield _page(hundred, quick)


def _desk(own: Store, kind: str, count: int) -> Desk:
    """An authority with `count` open steps: its officer works from 3 of 20 queues."""
    from core import accounts, clock
    from core.access import Role
    from core.db import session, transaction, uuid7
    from core.models.accounts import Membership, Team, Tenant, TenantKind, User
    from projects import needs
    from workflows.models.tasks import Task
    from workflows.queues import queues_of

    app = own.app(kind)
    say(f"worklist: {count} open steps ({kind})")
    now = clock.now()
    with app.app_context(), transaction():
        tenant = Tenant(id=uuid7(), name="Provincie", kind=TenantKind.PROVINCE, settings={}, created_at=now)
        user = User(
            id=uuid7(), email=EMAIL, name="Officer", locale="nl", preferences={}, created_at=now,
            password_hash=accounts.hasher.hash(PASSWORD),
        )  # fmt: skip
        session.add_all([tenant, user])
        session.flush()
        team = Team(id=uuid7(), tenant_id=tenant.id, name="Plattelandsbeleid")
        session.add(team)
        session.flush()
        membership = Membership(
            id=uuid7(), user_id=user.id, tenant_id=tenant.id, team_id=team.id, roles=[Role.OFFICER.value],
            starts_on=clock.today(),
        )  # fmt: skip
        session.add(membership)
        session.flush()
        by = accounts.actor_of(membership, user)
        need = needs.record_need("Rechten op het erf", theme="rural", by=by)
        template = session.scalars(sa.select(Task.id).where(Task.subject_id == need.id)).one()
        mine = sorted(queues_of(by))
        need_id, tenant_id = need.id, tenant.id
    assert len(mine) == 3
    others = [uuid.UUID(int=(9 << 120) + number) for number in range(QUEUES - len(mine))]
    _fill.clone_needs(app, need_id, NEEDS)
    _fill.spread_tasks(app, template, count, [*mine, *others], NEEDS)
    analyze(app)
    return Desk(app, count, tenant_id, mine)


# ---------------------------------------------------------------- the query
def _growth(name: str, few: Desk, many: Desk, quick: bool) -> dict[str, Any]:
    say(name)
    times = 10 if quick else 25
    cursors = {desk.open: _second_page(desk) for desk in (few, many)}
    sides = {}
    for desk in (few, many):
        sides[f"first_{desk.open}"] = partial(_query, desk, None, times)
        sides[f"next_{desk.open}"] = partial(_query, desk, cursors[desk.open], times)
    found = rounds(sides, 6 if quick else 12)
    growth = {
        page: median(found[f"{page}_{many.open}"]) / median(found[f"{page}_{few.open}"])
        for page in ("first", "next")
    }
    detail = {f"{side}_ms": shown(series) for side, series in found.items()}
    ratios = {f"{page}_page_growth": round(value, 3) for page, value in growth.items()}
    return result(name, max(growth.values()), "ratio", **ratios, **detail)


def _query(desk: Desk, cursor: str | None, times: int) -> Times:
    """The list of the product, query and labels, in one application context each time."""
    found = []
    for _ in range(times):
        with desk.app.test_request_context(PATH):
            by = _officer(desk)
            found.append(timed(partial(_listed, by, cursor)))
    return found


def _listed(by: Any, cursor: str | None) -> Any:
    from workflows import tasks

    page = tasks.worklist(by, after=cursor)
    assert len(page.rows) == 25
    return page


def _second_page(desk: Desk) -> str:
    """The cursor of the second page."""
    with desk.app.test_request_context(PATH):
        cursor = _listed(_officer(desk), None).next
        assert cursor
        return str(cursor)


def _officer(desk: Desk) -> Any:
    from flask import g

    from core import accounts
    from core.db import session
    from core.models.accounts import Membership, User

    g.reading_only = True
    user = session.scalars(sa.select(User).where(User.email == EMAIL)).one()
    membership = session.scalars(sa.select(Membership).where(Membership.user_id == user.id)).one()
    by = accounts.actor_of(membership, user)
    g.actor = by
    return by


# ---------------------------------------------------------------- the page
def _bytes(few: Desk, many: Desk) -> dict[str, Any]:
    sizes = {desk.open: len(_full_page(desk.client())) for desk in (few, many)}
    return result(
        "worklist.bytes_growth",
        sizes[many.open] / sizes[few.open],
        "ratio",
        **{f"with_{count}": size for count, size in sizes.items()},
    )


def _full_page(client: Any) -> bytes:
    answer = client.get(PATH)
    assert answer.status_code == 200
    assert answer.text.count('data-testid="task-row"') == PAGE, "not a full page"
    data: bytes = answer.data
    return data


def _page(desk: Desk, quick: bool) -> dict[str, Any]:
    say("worklist.page_vs_bare_pg")
    ours, bare = desk.client(), _bare(desk).test_client()
    times = 10 if quick else 20
    sides = {
        "bare": lambda: [timed(partial(_get, bare)) for _ in range(times)],
        "ours": lambda: [timed(partial(_get, ours)) for _ in range(times)],
    }
    size = len(_full_page(ours))
    found = rounds(sides, 5 if quick else 15)
    return result(
        "worklist.page_vs_bare_pg",
        median(found["ours"]) / median(found["bare"]),
        "ratio",
        ours_ms=shown(found["ours"]),
        bare_ms=shown(found["bare"]),
        ours_bytes=size,
        bare_bytes=len(bare.get(PATH).data),
        open_steps=desk.open,
    )


def _get(client: Any) -> None:
    assert client.get(PATH).status_code == 200


def _bare(desk: Desk) -> Flask:
    """Flask, one Jinja template of 50 rows, and the one query."""
    app = Flask(__name__)
    template = app.jinja_env.from_string(TEMPLATE.read_text(encoding="utf-8"))
    engine = sa.create_engine(url_of(desk.app))
    part = (
        "(select id, element_id, subject_type, subject_id, due_at, opened_at, sort_at from task"
        " where status = 'open' and assignee_id is null and tenant_id = :tenant and queue = :queue_{}"
        " order by sort_at, id limit 50)"
    )
    parts = " union all ".join(part.format(number) for number in range(len(desk.queues)))
    query = sa.text(f"{parts} order by sort_at, id limit 50")
    values = {f"queue_{number}": queue for number, queue in enumerate(desk.queues)}
    values["tenant"] = desk.tenant_id

    @app.get(PATH)
    def page() -> flask.Response:
        with engine.connect() as connection:
            rows = connection.execute(query, values).all()
        return flask.make_response(template.render(rows=rows))

    return app
