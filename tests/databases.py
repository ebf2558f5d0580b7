"""Migrated databases for tests: one template per kind and run, copies where a test really commits."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from tests import postgres

KINDS = ("sqlite", "postgresql")


_compile = Rule._compile_builder
_compiled: dict[tuple[str, str, str, bool], Any] = {}


def _compile_once(rule: Rule, append_unknown: bool = True) -> Any:
    """What builds an address, for all the applications of a process: making it is most of making another."""
    converters = [(name, type(each), each.regex) for name, each in rule._converters.items()]
    key = (str(rule._trace), repr(converters), repr(rule.defaults), append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]


Rule._compile_builder = _compile_once  # type: ignore[method-assign, assignment]


class _Templates(BytecodeCache):
    """Compiled templates, for all the applications of a process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


_templates = _Templates()


def make_app(url: str, folder: Path, *, durable: bool = False, **config: Any) -> Flask:
    """The product on one database, in test mode, with its keys and files in `folder`."""
    from wsgi import create_app

    app = create_app(**{"TESTING": True, "database_url": url, "var": str(folder), **config})
    app.jinja_env.bytecode_cache = _templates
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            if engine.dialect.name == "sqlite" and not durable:
                sa.event.listen(engine, "connect", _need_not_last)
    return app


def _need_not_last(connection: Any, _record: object) -> None:
    """What a test commits survives the end of a process, and need not survive a power cut."""
    connection.execute("PRAGMA synchronous=OFF")


class Database:
    """A migrated database of one kind, with reference data and nothing else."""

    def __init__(self, kind: str, url: str, folder: Path, maker: Databases) -> None:
        self.kind, self.url, self.folder, self._maker = kind, url, folder, maker

    def __repr__(self) -> str:
        return f"Database({self.kind})"

    def copy(self) -> Database:
        """A database of one's own, as it is now; nobody may be using this one."""
        return self._maker.copy_of(self)


class Databases:
    """Makes templates and copies; `close()` ends the server that it started.

    Templates lie in `common`, which the processes of one run share: the first that needs one makes it.
    """

    def __init__(self, folder: Path, common: Path) -> None:
        self.folder, self.common = folder, common
        self._server: str | None = None
        self._stack = ExitStack()
        folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        self._stack.close()

    def template(self, kind: str) -> Database:
        """A migrated database with reference data."""
        return self.prepared(f"template_{kind}", lambda: self._empty(kind), ["db", "upgrade"])

    def social_map(self, kind: str) -> Database:
        """A migrated database with the sample social map and the people of the demo."""
        return self.prepared(f"map_{kind}", self.template(kind).copy, _load_map)

    def demo(self, kind: str) -> Database:
        """The same with all of the demo, which takes the map as it finds it."""
        return self.prepared(f"demo_{kind}", self.social_map(kind).copy, ["demo", "load"])

    def prepared(
        self, name: str, make: Callable[[], Database], fill: list[str] | Callable[[], None]
    ) -> Database:
        """The database `name`: made once in a run by `make`, filled by a command of the product or a call."""
        record = self.common / f"{name}.json"
        with (self.common / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not record.exists():
                made = make()
                app = make_app(made.url, made.folder)
                if callable(fill):
                    with app.app_context():
                        fill()
                else:
                    result = app.test_cli_runner().invoke(args=fill)
                    if result.exit_code:
                        raise RuntimeError(f"{fill} on {made}: {result.output} {result.exception}")
                _count_rows(app)
                dispose(app)
                record.write_text(json.dumps([made.kind, made.url, str(made.folder)]))
        kind, url, folder = json.loads(record.read_text())
        return Database(kind, url, Path(folder), self)

    def copy_of(self, source: Database) -> Database:
        """A copy of `source`, which nobody may be using. Its keys go along, or sealed values stay shut."""
        name = f"t{uuid.uuid4().hex[:12]}"
        home = self._home(name)
        for file in source.folder.iterdir():
            if file.is_file():
                shutil.copy(file, home / file.name)
        place = sa.make_url(source.url).database
        if source.kind == "sqlite":
            shutil.copy(str(place), self.folder / f"{name}.db")
            return Database(source.kind, f"sqlite:///{self.folder / f'{name}.db'}", home, self)
        return Database(source.kind, self._create(name, f'TEMPLATE "{place}"'), home, self)

    def _home(self, name: str) -> Path:
        home = self.folder / name
        home.mkdir(parents=True, exist_ok=True)
        return home

    def empty(self, kind: str) -> Database:
        """A database with nothing in it."""
        return self._empty(kind)

    def _empty(self, kind: str) -> Database:
        name = f"t{uuid.uuid4().hex[:12]}"
        if kind == "sqlite":
            return Database(kind, f"sqlite:///{self.folder / f'{name}.db'}", self._home(name), self)
        url = self._create(name, "TEMPLATE template0 ENCODING 'UTF8'")
        return Database(kind, url, self._home(name), self)

    def _create(self, name: str, options: str) -> str:
        if self._server is None:
            self._server = self._stack.enter_context(postgres.server())
        engine = sa.create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

        def run(statement: str) -> None:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)

        # Copied as files: by way of the log, as is usual, takes three times the work.
        run(f'CREATE DATABASE "{name}" {options} STRATEGY FILE_COPY')
        # A server of this run ends with everything on it: no need to drop its hundred databases one by one.
        if os.environ.get("TEST_DATABASE_URL") and "TEST_DATABASE_ENDS" not in os.environ:
            self._stack.callback(run, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        return sa.make_url(self._server).set(database=name).render_as_string(hide_password=False)


def _load_map() -> None:
    from core import demo as people
    from core.db import transaction
    from socialmap import demo

    with transaction():
        people.load()
        demo.load()


def _count_rows(app: Flask) -> None:
    """Let the planner know how large the tables are: no autovacuum comes by to tell it."""
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
        if engine.dialect.name == "postgresql":
            with engine.connect() as connection:
                connection.exec_driver_sql("ANALYZE")
                connection.commit()


def dispose(app: Flask) -> None:
    """Give every connection back: a template in use cannot be copied."""
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()
