"""Migrated databases for tests: one template per kind and run, copies where a test really commits."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy_lite import _extension

from tests import postgres

KINDS = ("sqlite", "postgresql")


def _no_sessions(_error: BaseException | None) -> None:
    """Nothing to close."""


def make_app(url: str, folder: Path, **config: Any) -> Flask:
    """The product on one database, in test mode, with its keys and files in `folder`."""
    from wsgi import create_app

    # Playwright keeps an event loop in this thread, where Flask cannot run a tear-down that is a coroutine.
    # The only one closes asynchronous sessions, of which the product has none.
    _extension._close_async_sessions = _no_sessions  # type: ignore[assignment]
    return create_app(**{"TESTING": True, "database_url": url, "var": str(folder), **config})


class Database:
    """A migrated database of one kind, with reference data and nothing else."""

    def __init__(self, kind: str, url: str, folder: Path, maker: Databases) -> None:
        self.kind, self.url, self.folder, self._maker = kind, url, folder, maker

    def __repr__(self) -> str:
        return f"Database({self.kind})"

    def copy(self, name: str | None = None) -> Database:
        """A database of one's own, as fresh as the template."""
        return self._maker.copy(self.kind, name)


class Databases:
    """Makes templates and copies; `close()` ends the server that it started."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._templates: dict[str, Database] = {}
        self._server: str | None = None
        self._stack = ExitStack()

    def close(self) -> None:
        self._stack.close()

    def template(self, kind: str) -> Database:
        if kind not in self._templates:
            url = self._empty(kind, "template")
            app = make_app(url, self._home("template"))
            result = app.test_cli_runner().invoke(args=["db", "upgrade"])
            if result.exit_code:
                raise RuntimeError(
                    f"flask db upgrade failed on {kind}: {result.output}"
                ) from result.exception
            dispose(app)
            self._templates[kind] = Database(kind, url, self._home("template"), self)
        return self._templates[kind]

    def copy(self, kind: str, name: str | None = None) -> Database:
        return self.copy_of(self.template(kind), name)

    def copy_of(self, source: Database, name: str | None = None) -> Database:
        """A copy of `source`, which nobody may be using. Its keys go along, or sealed values stay shut."""
        name = name or f"t{uuid.uuid4().hex[:12]}"
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

    def _empty(self, kind: str, name: str) -> str:
        if kind == "sqlite":
            self.folder.mkdir(parents=True, exist_ok=True)
            return f"sqlite:///{self.folder / f'{name}.db'}"
        # The name is unique because a server that was given may serve several runs at once.
        return self._create(f"{name}_{uuid.uuid4().hex[:8]}", "TEMPLATE template0 ENCODING 'UTF8'")

    def _create(self, name: str, options: str) -> str:
        if self._server is None:
            self._server = self._stack.enter_context(postgres.server())
        engine = sa.create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)

        def run(statement: str) -> None:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)

        run(f'CREATE DATABASE "{name}" {options}')
        if os.environ.get("TEST_DATABASE_URL"):  # a server of our own ends with everything on it
            self._stack.callback(run, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        return sa.make_url(self._server).set(database=name).render_as_string(hide_password=False)


def dispose(app: Flask) -> None:
    """Give every connection back: a template in use cannot be copied."""
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()
