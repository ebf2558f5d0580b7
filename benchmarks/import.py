"""A validated import of the social map against a bare insert of the very rows that it wrote.

The delivery is the sample: 2,657 services with locations, hours, costs, areas, attributes and history. The
import reads, checks, compares, writes, expands areas and fills the search, in one transaction. Then every row
that is new in any table goes into the same tables, with the same indexes, of a database that lacks them: by
bare SQLAlchemy Core inserts of 5,000 rows, in one transaction. The value is the time of the insert over that
of the import: which share of its time an import would need anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import Flask

from benchmarks._databases import Store, store
from benchmarks._measure import median, result, rounds, say, timed

SHORT = {"postgresql": "pg", "sqlite": "sqlite"}
BATCH = 5_000
Rows = list[tuple[sa.Table, list[dict[str, Any]]]]


def run(quick: bool) -> Iterable[dict[str, Any]]:
    """Yield a figure for each database."""
    with store() as own:
        for kind, short in SHORT.items():
            yield _share(own, kind, f"import.share_of_core_{short}", 1 if quick else 3)


def _share(own: Store, kind: str, name: str, count: int) -> dict[str, Any]:
    say(name)
    empty = own.database(kind)
    first = own.on(own.copy(empty))
    before = _counts(first)
    imported = timed(lambda: _import(first))
    rows = _new_rows(first, before)
    sides = {
        "import": lambda: [_fresh(own, empty, _import)],
        "core": lambda: [_fresh(own, empty, lambda app: _insert(app, rows))],
    }
    times = rounds(sides, count)
    total = sum(len(found) for _table, found in rows)
    return result(
        name,
        median(times["core"]) / median(times["import"]),
        "ratio",
        import_ms=round(median(times["import"])),
        core_ms=round(median(times["core"])),
        first_import_ms=round(imported),
        rows=total,
        rows_per_second=round(total / median(times["import"]) * 1_000),
        tables={table.name: len(found) for table, found in rows},
        rounds=count,
    )


def _fresh(own: Store, empty: Any, act: Any) -> float:
    """Milliseconds of one act on a database that has nothing but reference data."""
    app = own.on(own.copy(empty))
    with app.app_context():
        from core.db import session

        session.execute(sa.text("select 1"))
        session.rollback()
    spent = timed(lambda: act(app))
    own.drop(app)
    return spent


def _import(app: Flask) -> None:
    from core.config import ROOT
    from core.db import session, transaction
    from socialmap import imports
    from socialmap.models.deliveries import DeliveryState

    with app.app_context():
        plan = imports.plan(ROOT / "socialmap" / "data" / "sample" / "sociale-kaart.zip")
        session.rollback()
        with transaction():
            delivery = imports.apply(plan)
        assert delivery.state is DeliveryState.APPLIED
        assert not plan.report()["rejected"]


def _counts(app: Flask) -> dict[str, int]:
    from core.db import Base, session

    with app.app_context():
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def _new_rows(app: Flask, before: dict[str, int]) -> Rows:
    """The rows of every table that grew, parents first; such tables were empty before."""
    from core.db import Base, session

    found: Rows = []
    with app.app_context():
        for table in Base.metadata.sorted_tables:
            rows = [dict(row) for row in session.execute(sa.select(table)).mappings()]
            if len(rows) > before[table.name]:
                assert before[table.name] == 0, table.name
                found.append((table, _parents_first(table, rows)))
    return found


def _parents_first(table: sa.Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a tree, so that a parent is there before its children."""
    own = [c.name for c in table.columns if any(k.column.table is table for k in c.foreign_keys)]
    if not own:
        return rows
    by_id = {row["id"]: row for row in rows}

    def depth(row: dict[str, Any]) -> int:
        return max((depth(by_id[row[name]]) + 1 for name in own if row[name] in by_id), default=0)

    return sorted(rows, key=depth)


def _insert(app: Flask, rows: Rows) -> None:
    from core.db import db

    with app.app_context(), db.engine.begin() as connection:
        for table, found in rows:
            for start in range(0, len(found), BATCH):
                connection.execute(sa.insert(table), found[start : start + BATCH])
