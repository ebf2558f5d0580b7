"""How SQLite and PostgreSQL are opened: one writer and many readers on either (ADR 0004)."""

import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from core import pipeline
from core.config import Settings

# How long a writer waits for SQLite's one write lock, and how often it looks. SQLite keeps no queue, and its
# driver looks ever less often, so that who came first comes last. Ours looks more often the longer it waits.
SQLITE_WAIT_SECONDS = 30.0
SQLITE_RETRY_SECONDS = (0.004, 0.0002)
# Values of statements are personal data: they stay out of messages and logs.
SHARED_OPTIONS: dict[str, Any] = {"hide_parameters": True}


def engine_config(settings: Settings) -> dict[str, Any]:
    """Engines for Flask-SQLAlchemy-Lite: one for PostgreSQL; a writing and a reading one for SQLite."""
    if not settings.sqlite:
        options = {
            "url": settings.database_url,
            "pool_size": settings.pool_size,
            "pool_pre_ping": False,
            # BEGIN comes from `core.pipeline`.
            "paramstyle": "numeric_dollar",
            "connect_args": {"autocommit": True, "cursor_factory": pipeline.Cursor},
            **SHARED_OPTIONS,
        }
        return {"default": options}
    options = {
        "url": settings.database_url,
        "connect_args": {"timeout": 0},
        "pool_size": settings.pool_size,
        **SHARED_OPTIONS,
    }
    return {"default": dict(options), "read": dict(options)}


def prepare_engines(engines: dict[str, sa.Engine]) -> None:
    """Give SQLite its pragmas and its own begin: immediate for writers, plain for readers.

    PostgreSQL gets a session in UTC, whatever the zone of the server, and BEGIN from us for writers alone.
    """
    if engines["default"].dialect.name == "postgresql":
        event.listen(engines["default"], "do_connect", _in_utc)
        pipeline.prepare(engines["default"])
        # Each statement sees what is committed when it begins, as before: BEGIN and ROLLBACK added nothing.
        engines["read"] = engines["default"].execution_options(**pipeline.WITHOUT_BEGIN)
        return
    for name, engine in engines.items():
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_reading if name == "read" else _begin_writing)


def _in_utc(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
    parameters["options"] = f"{parameters.get('options', '')} -c timezone=UTC".strip()


def _prepare_sqlite(dbapi: Any, _record: Any) -> None:
    dbapi.isolation_level = None
    cursor = dbapi.cursor()
    _until_free(lambda: cursor.execute("PRAGMA journal_mode=WAL"))
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_reading(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_writing(connection: sa.Connection) -> None:
    cursor = connection.connection.cursor()
    _until_free(lambda: cursor.execute("BEGIN IMMEDIATE"))
    cursor.close()


def _until_free(act: Callable[[], object]) -> None:
    """Run `act`, trying again in ever shorter steps while another connection holds the write lock."""
    began = time.monotonic()
    slow, fast = SQLITE_RETRY_SECONDS
    while True:
        try:
            act()
            return
        except Exception as error:
            waited = time.monotonic() - began
            if "locked" not in str(error) or waited > SQLITE_WAIT_SECONDS:
                raise
        time.sleep(max(fast, slow - waited / 10))
