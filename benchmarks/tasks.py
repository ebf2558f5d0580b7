"""Completions over HTTP, worklists and writers, against bare limits, a peer, and themselves when data grow.

tasks.http_vs_lw_*        a full completion over HTTP against LW (see `_limits`, `_cases`), same database
tasks.viewflow_vs_ours_pg assign and execute of django-viewflow over HTTP against our completion
tasks.growth_100k_*       our completion with 100,000 running files in the store against 1,000
worklist.*                see `_worklists`
writers.*                 see `_writers`

`--quick` measures less: 10,000 in place of 100,000, 100,000 in place of 1,000,000, and shorter rounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from benchmarks import _cases, _fill, _limits, _viewflow, _worklists, _writers
from benchmarks._databases import Store, analyze, durability, libpq, place, store, url_of
from benchmarks._measure import median, result, rounds, say, shown

SHORT = {"postgresql": "pg", "sqlite": "sqlite"}


def run(quick: bool) -> Iterable[dict[str, Any]]:
    """Yield every figure."""
    with store() as own:
        worlds = {kind: _cases.found(own.app(kind)) for kind in SHORT}
        yield _against_limit(worlds["postgresql"], "tasks.http_vs_lw_pg", quick)
        yield _against_limit(worlds["sqlite"], "tasks.http_vs_lw_sqlite_full", quick)
        yield _against_viewflow(own, worlds["postgresql"], quick)
        for kind in SHORT:
            yield _growth(own, kind, quick)
        yield from _worklists.figures(own, quick)
        yield from _writers.figures(own, quick)


def _against_limit(world: _cases.World, name: str, quick: bool) -> dict[str, Any]:
    say(f"{name}: the bare limit and our completion")
    on_postgres = name.endswith("_pg")
    url = url_of(world.app)
    kept: _limits.Sqlite
    if on_postgres:
        kept = _limits.Postgres(libpq(url))
    else:
        kept = _limits.Sqlite(place(url).with_suffix(".bare"))
    limits = _limits.Limits(kept)
    worker = _cases.Worker(world)
    writes = _cases.written(world, worker)
    cases = 2 if quick else 4
    sides = {
        "L": lambda: limits.bare(cases),
        "LW": lambda: limits.web(cases),
        "ours": lambda: worker.times(cases),
    }
    times = rounds(sides, 5 if quick else 20)
    limits.close()
    return result(
        name,
        median(times["ours"]) / median(times["LW"]),
        "ratio",
        **{f"{side}_ms": shown(found) for side, found in times.items()},
        rows_per_completion=writes,
        statements=worker.statements(),
        **durability(world.app),
    )


def _against_viewflow(own: Store, world: _cases.World, quick: bool) -> dict[str, Any]:
    say("tasks.viewflow_vs_ours_pg: django-viewflow and our completion")
    cases = 2 if quick else 3
    executes: list[float] = []
    with _viewflow.site(libpq(own.empty_postgres())) as peer:
        worker = _cases.Worker(world)

        def theirs() -> list[float]:
            found = peer.completions(cases)
            executes.extend(execute for _assign, execute in found)
            return [assign + execute for assign, execute in found]

        times = rounds({"viewflow": theirs, "ours": lambda: worker.times(cases)}, 4 if quick else 12)
        return result(
            "tasks.viewflow_vs_ours_pg",
            median(times["viewflow"]) / median(times["ours"]),
            "ratio",
            viewflow_ms=shown(times["viewflow"]),
            viewflow_execute_alone_ms=shown(executes),
            execute_alone_vs_ours=round(median(executes) / median(times["ours"]), 3),
            ours_ms=shown(times["ours"]),
            viewflow=peer.version,
        )


def _growth(own: Store, kind: str, quick: bool) -> dict[str, Any]:
    few, many = 1_000, 10_000 if quick else 100_000
    name = f"tasks.growth_100k_{SHORT[kind]}"
    workers = {}
    for count in (few, many):
        say(f"{name}: {count} running files")
        world = _cases.found(own.app(kind))
        _fill.clone_cases(world.app, _cases.open_cases(world, 1)[0], count)
        analyze(world.app)
        workers[str(count)] = _cases.Worker(world)
    sides = {count: lambda w=worker: w.times(2) for count, worker in workers.items()}
    times = rounds(sides, 6 if quick else 20)
    return result(
        name,
        median(times[str(many)]) / median(times[str(few)]),
        "ratio",
        **{f"with_{count}_ms": shown(found) for count, found in times.items()},
    )
