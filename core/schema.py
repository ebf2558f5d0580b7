"""The schema of the database: alembic, configured in code, on the application's settings."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.config import ROOT
from core.db import db, session


def config(connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration; with a connection the migrations run on it."""
    made = Config()
    made.set_main_option("script_location", str(ROOT / "migrations"))
    made.attributes["connection"] = connection
    return made


@cache
def head() -> str:
    """The newest migration of the code."""
    found = ScriptDirectory.from_config(config()).get_current_head()
    if found is None:
        raise RuntimeError("there are no migrations")
    return found


def current() -> str | None:
    """The migration that the database is at; None for an empty one."""
    found: str | None = MigrationContext.configure(session.connection()).get_current_revision()
    return found


def is_current() -> bool:
    """Whether the database is at the newest migration. Ends the read, so that a command may write next."""
    found = current()
    session.rollback()
    return found == head()


def knows(revision: str) -> bool:
    """Whether the code holds this migration."""
    return any(found.revision == revision for found in ScriptDirectory.from_config(config()).walk_revisions())


def upgrade(revision: str = "head") -> None:
    _run(lambda found: command.upgrade(found, revision))


def downgrade(revision: str) -> None:
    _run(lambda found: command.downgrade(found, revision))


def _run(act: Any) -> None:
    """Run migrations on one connection of the writing engine.

    On SQLite foreign keys are off meanwhile, since a change of table makes it anew; the end checks them.
    """
    session.rollback()
    with db.engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            _pragma(connection, "foreign_keys=OFF")
        try:
            act(config(connection))
            if is_sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    tables = ", ".join(sorted({str(row[0]) for row in broken}))
                    raise RuntimeError(f"the migration left broken references in {tables}")
        finally:
            connection.rollback()
            if is_sqlite:
                _pragma(connection, "foreign_keys=ON")


def _pragma(connection: sa.Connection, text: str) -> None:
    """Set a pragma outside a transaction, where alone it counts."""
    raw: Any = connection.connection.dbapi_connection
    raw.execute(f"PRAGMA {text}")
