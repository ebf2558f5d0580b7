"""Benchmarks measure the real product, on the shape they say; small ones, that nothing is timed by."""

from benchmarks import _cases, _fill, _worklists, search
from benchmarks.__main__ import MEASURED_IN, names
from tests.databases import dispose, make_app


class Small:
    """A place for databases like that of a benchmark, on the database of the test."""

    def __init__(self, database):
        self._database = database
        self.apps = []

    def app(self, _kind):
        copy = self._database.copy()
        app = make_app(copy.url, copy.folder)
        app.extensions["bench_database"] = copy
        self.apps.append(app)
        return app

    def close(self):
        for app in self.apps:
            dispose(app)


def test_a_completion_over_http_takes_few_statements_and_writes_each_row_once(database):
    own = Small(database)
    world = _cases.found(own.app(database.kind))
    worker = _cases.Worker(world)
    _fill.clone_cases(world.app, _cases.open_cases(world, 1)[0], 20)
    assert worker.statements() <= 12
    written = _cases.written(world, worker)
    assert len(worker.times(1)) == _cases.STEPS
    own.close()
    once = {"audit", "command", "contact_attempt", "intake_transition"}
    assert {table for table, rows in written.items() if rows == 1} == once
    assert written["task"] == (_cases.STEPS - 1) / _cases.STEPS  # after the last step none opens


def test_a_full_page_of_work_takes_six_statements_at_most(database):
    own = Small(database)
    desk = _worklists._desk(own, database.kind, 800)
    client = desk.client()
    _worklists._full_page(client)
    with _cases.counted() as seen:
        _worklists._full_page(client)
    own.close()
    assert len(seen) <= 6, "\n".join(seen)


def test_the_statements_of_a_search_can_be_sent_again_bare(database):
    own = Small(database)
    worker = _cases.Worker(_cases.found(own.app(database.kind)))
    with search._seen() as seen:
        search._ask(worker, search._path("schulden"))
    bare = search._driver(worker.world.app)
    search._replay(bare, seen)
    bare.close()
    own.close()
    assert len(seen) > 2


def test_every_family_of_results_has_a_module():
    assert {"engine", "import", "pages", "projects", "search", "tasks"} <= set(names())
    assert set(MEASURED_IN.values()) <= set(names())


def test_the_measured_process_can_be_deployed():
    from workflows import definitions

    report = definitions.check(definitions.Source("case", _cases.diagram()))
    assert report.deployable, report.findings
