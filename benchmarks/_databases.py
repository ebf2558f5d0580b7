"""Databases for benchmarks: durable, migrated, ours alone, and gone afterwards.

PostgreSQL runs with fsync and synchronous_commit on, over its local socket; SQLite in WAL mode with
synchronous FULL, as the product sets it. `TEST_DATABASE_URL` names a server to use instead; then only
databases made here are touched, and the results say how durable that server is.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask

from benchmarks._measure import say
from tests import postgres
from tests.databases import Database, Databases, dispose, make_app


class Store:
    """Where one run keeps its databases."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._apps: list[Flask] = []

    def app(self, kind: str, **config: Any) -> Flask:
        """The product on a migrated database of its own."""
        return self.on(self.database(kind), **config)

    def database(self, kind: str) -> Database:
        """A migrated database with reference data."""
        say(f"a database: {kind}")
        return self._databases.template(kind).copy()

    def empty_postgres(self) -> str:
        """The address of an empty database for somebody else's tables."""
        return self._databases.empty("postgresql").url

    def copy(self, database: Database) -> Database:
        """Another one like it; nobody may be using the first."""
        return database.copy()

    def on(self, database: Database, **config: Any) -> Flask:
        """The product on a database."""
        app = make_app(database.url, database.folder, durable=True, **config)
        app.extensions["bench_database"] = database
        self._apps.append(app)
        return app

    def drop(self, app: Flask) -> None:
        """Give back the connections of an application that is not used again."""
        dispose(app)
        self._apps.remove(app)

    def close(self) -> None:
        for app in self._apps:
            dispose(app)
        self._databases.close()


@contextlib.contextmanager
def store() -> Iterator[Store]:
    """A place for databases; everything in it goes, with the server, when the block ends."""
    folder = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
    with folder as name, postgres.durable():
        made = Store(Databases(Path(name), Path(name)))
        try:
            yield made
        finally:
            made.close()


def url_of(app: Flask) -> str:
    """The address of the database of an application."""
    database: Database = app.extensions["bench_database"]
    return database.url


def libpq(url: str) -> str:
    """The same address for the bare driver."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def place(url: str) -> Path:
    """The file of a SQLite database."""
    return Path(str(sa.make_url(url).database))


def durability(app: Flask) -> dict[str, str]:
    """How safe a commit is on this database, as the database says it."""
    with app.app_context():
        from core.db import db

        with db.engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                levels = {0: "off", 1: "normal", 2: "full", 3: "extra"}
                found = levels[connection.exec_driver_sql("pragma synchronous").scalar_one()]
                if found != "full":
                    raise RuntimeError(f"SQLite runs with synchronous {found}: that measures another product")
                return {"synchronous": found}
            names = ("fsync", "synchronous_commit", "full_page_writes")
            return {name: str(connection.exec_driver_sql(f"show {name}").scalar_one()) for name in names}


def analyze(app: Flask) -> None:
    """What the database needs to know after a large load, before anything is measured."""
    url = url_of(app)
    if url.startswith("sqlite"):
        dispose(app)
        with contextlib.closing(sqlite3.connect(place(url), isolation_level=None)) as file:
            file.execute("analyze")
            file.execute("pragma wal_checkpoint(truncate)")
        return
    with psycopg.connect(libpq(url), autocommit=True) as server:
        server.execute("vacuum analyze")
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):  # on a server that was given
            server.execute("checkpoint")
