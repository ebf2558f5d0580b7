"""PostgreSQL: what needs no answer travels with the next statement, not alone (ADR 0012).

A statement that nobody asks anything of, such as a row of the trail, is marked `unanswered`. It goes into the
pipeline of its connection, and so does BEGIN; the next statement that has an answer, or COMMIT, takes them
along and waits for all. The server runs them in the order they were sent, so what is read later sees them. A
failure ends the transaction, at the next statement in place of its own: mark nothing whose failure is
caught.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

IDLE = psycopg.pq.TransactionStatus.IDLE
UNANSWERED = "unanswered"
WITHOUT_BEGIN = {"without_begin": True}
FIVE_UNSAID = (None,) * 5  # sizes and such of a column, as the database API of Python has them


class Cursor(psycopg.RawCursor[Any]):
    """Tells of columns what SQLAlchemy looks at: all that psycopg tells costs more than to read the row."""

    @property
    def description(self) -> Any:
        found = self.pgresult
        if found is None or found.status != psycopg.pq.ExecStatus.TUPLES_OK:
            return None
        return [
            ((found.fname(number) or b"").decode(), found.ftype(number), *FIVE_UNSAID)
            for number in range(found.nfields)
        ]


def prepare(engine: sa.Engine) -> None:
    """Have an engine of psycopg send its statements this way. Its connections leave BEGIN to us."""
    event.listen(engine, "begin", _begin)
    event.listen(engine, "do_execute", _execute)
    event.listen(engine, "do_executemany", _execute_many)
    event.listen(engine, "commit", _commit)
    event.listen(engine, "rollback", _give_up)
    event.listen(engine, "reset", _clean)


def _begin(connection: sa.Connection) -> None:
    if not connection.get_execution_options().keys() & WITHOUT_BEGIN.keys():
        driver = _driver(connection)
        try:
            _open(driver)
            cursor_of(driver, "BEGIN").execute("BEGIN")
        except psycopg.Error as error:
            raise as_sqlalchemy_says(connection, error) from error


def _execute(cursor: Any, statement: str, values: Any, context: Any) -> bool:
    return _send(cursor, cursor.execute, statement, values, context)


def _execute_many(cursor: Any, statement: str, values: Any, context: Any) -> bool:
    return _send(cursor, cursor.executemany, statement, values, context)


def _send(cursor: Any, execute: Callable[[str, Any], Any], statement: str, values: Any, context: Any) -> bool:
    """SQLAlchemy need not send it any more."""
    send(cursor, execute, statement, values, waits=not context.execution_options.get(UNANSWERED))
    return True


def cursor_of(driver: Any, statement: str) -> Any:
    """The cursor of a connection for one statement: psycopg's learns once how its values travel."""
    if not isinstance(driver, psycopg.Connection):
        return driver.cursor()
    kept = vars(driver).setdefault("cursors", {})
    cursor = kept.get(statement)
    if cursor is None:
        cursor = kept[statement] = driver.cursor(binary=False)
    return cursor


def send(
    cursor: Any, execute: Callable[[str, Any], Any], statement: str, values: Any, *, waits: bool
) -> None:
    """Along with the next statement, or now. On SQLite everything is now."""
    driver = cursor.connection
    if not isinstance(driver, psycopg.Connection):
        execute(statement, values)
        return
    if not waits:
        _open(driver)
    execute(statement, values)
    if waits:
        _wait(driver)


def _commit(connection: sa.Connection) -> None:
    """Behind what was sent before it, of which a failure stops it: then there is nothing left to commit."""
    driver = _driver(connection)
    if driver.info.transaction_status == IDLE and vars(driver).get("waiting") is None:
        return
    try:
        _open(driver)
        cursor = cursor_of(driver, "COMMIT")
        cursor.execute("COMMIT")
        _close(driver)
        if cursor.statusmessage != "COMMIT":  # some statement failed, and somebody caught that
            raise psycopg.errors.InFailedSqlTransaction("the server rolled this transaction back")
    except psycopg.Error as error:
        raise as_sqlalchemy_says(connection, error) from error


def as_sqlalchemy_says(connection: sa.Connection, error: Any, statement: str | None = None) -> Exception:
    """An error of the driver where SQLAlchemy does not look for them; a lost server has to empty the pool."""
    lost = isinstance(error, psycopg.Error) and _driver(connection).closed
    if lost:
        connection.invalidate(error)
        connection.engine.dispose(close=False)
    dialect = connection.dialect
    said: Exception = sa.exc.DBAPIError.instance(
        statement, None, error, dialect.loaded_dbapi.Error, True, connection_invalidated=lost, dialect=dialect
    )
    return said


def _give_up(connection: sa.Connection) -> None:
    """Before a rollback it does not matter any more what failed."""
    if not connection.invalidated:
        with contextlib.suppress(psycopg.Error):
            _close(_driver(connection))


def _clean(driver: Any, _record: Any, _state: Any) -> None:
    """A connection that nobody rolled back goes to the pool, which does so: nothing may be left to send."""
    with contextlib.suppress(psycopg.Error):
        _close(driver)


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _open(driver: Any) -> None:
    """Collect what is sent from now on. psycopg would hand each statement to the server as it comes."""
    if vars(driver).get("waiting") is None:
        driver.waiting = driver.pipeline()
        driver.collecting = driver.waiting.__enter__()
        driver.collecting._communicate_gen = _later


def _later() -> Iterator[None]:
    return iter(())


def _wait(driver: Any) -> None:
    """Send all that was collected and wait for the answers. Raises what one of them failed with."""
    if vars(driver).get("waiting") is not None:
        del driver.collecting._communicate_gen
        try:
            driver.collecting.sync()
        finally:
            driver.collecting._communicate_gen = _later


def _close(driver: Any) -> None:
    """Wait as above, and collect no more."""
    waiting = vars(driver).pop("waiting", None)
    if waiting is not None:
        del driver.collecting._communicate_gen
        waiting.__exit__(None, None, None)
