"""One session per request, one place that commits, one code for SQLite and PostgreSQL (ADR 0002, 0004)."""

import os
import time
import uuid
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
import structlog
from flask import g, has_app_context
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import event, orm
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.local import LocalProxy

from core.errors import Conflict
from core.i18n import _
from core.statements import Reading, Statement

log = structlog.get_logger(__name__)

E = TypeVar("E", bound=StrEnum)
M = TypeVar("M", bound="Base")


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware UTC moment; refuses naive ones, on SQLite too."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def result_processor(self, dialect: sa.Dialect, coltype: Any) -> Any:
        """PostgreSQL answers in UTC (see `_in_utc`): there is nothing left to do for each value."""
        return None if dialect.name == "postgresql" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables. Names of constraints are fixed so that migrations can drop them on both databases."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UTCDateTime,
        str: sa.Text,
        dict[str, Any]: sa.JSON,
        list[str]: sa.JSON,
    }


def uuid7() -> uuid.UUID:
    """A time-ordered identifier (RFC 9562, version 7), so that new rows land at the end of an index."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    return uuid.UUID(int=value | 0b10 << 62 | random & (1 << 62) - 1)


class Identified:
    """A record with a public identifier."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid7)


class Versioned:
    """An aggregate that counts its changes; two writers of one version cannot both win."""

    version: Mapped[int] = mapped_column(default=1)

    @orm.declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def check_version(record: Versioned, sent: int | None) -> None:
    """Refuse a form that was made from an older version of the record."""
    if sent is not None and sent != record.version:
        raise Conflict(_("Someone changed this in the meantime. Look at the new version and try again."))


def touch(record: Versioned, column: str = "status") -> None:
    """Count a change of what hangs on a record as a change of the record, at the next flush.

    `column` is one that every record of its kind has.
    """
    orm.attributes.flag_modified(record, column)


def db_enum(kind: type[E]) -> sa.Enum:
    """A column of stable codes, stored as text so that a new code needs no change of type."""
    return sa.Enum(kind, native_enum=False, length=40, values_callable=lambda codes: [c.value for c in codes])


class RoutingSession(orm.Session):
    """Reads of a request that only reads go to the engine that begins nothing, and takes no write lock."""

    def get_bind(self, *args: Any, **kwargs: Any) -> sa.Engine | sa.Connection:
        if has_app_context() and g.get("reading_only", False) and "read" in db.engines:
            return db.engines["read"]
        return super().get_bind(*args, **kwargs)


@event.listens_for(RoutingSession, "before_flush")
def _refuse_to_write(own: orm.Session, _context: Any, _records: Any) -> None:
    """A page that only reads has no transaction to give back: what it changed by mistake would stay."""
    if has_app_context() and g.get("reading_only", False) and (own.new or own.dirty or own.deleted):
        raise RuntimeError("a request that only reads has changed a record")


db = SQLAlchemy(session_options={"class_": RoutingSession, "expire_on_commit": False})


def _session() -> orm.Session:
    """The session of this application context, found once: an act asks for it some thirty times."""
    here = g._get_current_object()
    found: orm.Session | None = here.get("db_session")
    if found is None:
        found = here.db_session = db.session
    return found


session: orm.Session = LocalProxy(_session)  # type: ignore[assignment]


def locks_on_begin() -> bool:
    """Whether a transaction that may write takes the write lock as it begins: reads come first, apart."""
    return db.engine.dialect.name == "sqlite"


@contextmanager
def transaction() -> Iterator[None]:
    """The only place that commits. It does not nest. What was put off until after the commit runs then."""
    if g.get("in_transaction"):
        raise RuntimeError("a transaction is running already")
    release_if_reading()
    g.in_transaction = True
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        g.pop("after_commit", None)
        raise
    finally:
        g.in_transaction = False
    _run_after_commit()


def release_if_reading() -> None:
    """Leave the reading engine: what follows writes, on what is now in the database."""
    if g.get("reading_only", False):
        g.reading_only = False
        if session.in_transaction():
            session.rollback()


@contextmanager
def reading() -> Iterator[None]:
    """A long look in a background job: it takes no write lock (SQLite) until a `transaction` begins.

    That ends the reading: let it be the last thing in the block.
    """
    session.rollback()
    g.reading_only = True
    try:
        yield
    finally:
        session.rollback()
        g.reading_only = False


def once_while_reading(key: Hashable, read: Callable[[], Any]) -> Any:
    """What `read` gives, kept for the rest of a request that only reads; None where something may change."""
    if not (has_app_context() and g.get("reading_only", False)):
        return None
    kept = g.setdefault("read_once", {})
    if key not in kept:
        kept[key] = read()
    return kept[key]


def release() -> None:
    """End the running read without keeping anything, to wait or compute without holding a lock."""
    session.rollback()


def after_commit(key: str, act: Callable[[], None]) -> None:
    """Run `act` once, after the running transaction has committed; several calls with one key count once."""
    g.setdefault("after_commit", {})[key] = act


def _run_after_commit() -> None:
    """What is done already stays done: a failure here is logged, and the worker takes over."""
    for key, act in list(g.pop("after_commit", {}).items()):
        try:
            act()
        except Exception as error:
            session.rollback()
            log.exception("after_commit.failed", key=key, error=type(error).__name__)


@contextmanager
def own_transaction() -> Iterator[orm.Session]:
    """A short write beside the request's session, for trails that must stay although the page only reads."""
    if not g.get("reading_only", False) and session.in_transaction():
        if g.get("in_transaction"):
            raise RuntimeError("a write beside a running transaction would wait for itself")
        session.rollback()
    own = db.sessionmaker(bind=db.engine)
    try:
        with _writing():
            yield own
            own.commit()
    except BaseException:
        own.rollback()
        raise
    finally:
        own.close()


@contextmanager
def _writing() -> Iterator[None]:
    before = g.get("reading_only", False)
    g.reading_only = False
    try:
        yield
    finally:
        g.reading_only = before


def insert(record: Base) -> None:
    """Write a new record that is whole, past the unit of work: one statement, for which nobody waits.

    Flush what it refers to before. From then on it is a record of the session like any other.
    """
    mapper, known = sa.inspect(type(record)), vars(record)
    row = {each.columns[0].key: known[each.key] for each in mapper.column_attrs if each.key in known}
    _inserting(type(record)).run(session, row)
    orm.make_transient_to_detached(record)
    session.add(record)


@cache
def _inserting(model: type[Base]) -> Statement:
    table: Any = model.__table__
    return Statement(sa.insert(table).inline().execution_options(unanswered=True))


def store(record: Any, **values: Any) -> None:
    """Change columns of a versioned record, past the unit of work: one statement, not waited for when held.

    The version counts on as the mapper would have it. Raises StaleDataError when it is not the one we read,
    which cannot be while this transaction holds the row.
    """
    kind: type[Base] = type(record)
    version = record.version
    row = {**values, "version": version + 1, "stored_id": record.id}
    if _held().get((kind, record.id)) is record:
        _storing_held(kind).run(session, row)
    elif _storing(kind).run(session, {**row, "stored_version": version}) != 1:
        raise StaleDataError(f"{kind.__name__} was changed by another transaction")
    for name in values.keys() | {"version"}:
        orm.attributes.set_committed_value(record, name, row[name])


@cache
def _storing(model: type[Base]) -> Statement:
    table: Any = model.__table__
    return Statement(_updating(table).where(table.c.version == sa.bindparam("stored_version")))


@cache
def _storing_held(model: type[Base]) -> Statement:
    return Statement(_updating(model.__table__).execution_options(unanswered=True))


def _updating(table: Any) -> sa.Update:
    return sa.update(table).where(table.c.id == sa.bindparam("stored_id"))


def breaks(error: sa.exc.IntegrityError, unique: str, *columns: str) -> bool:
    """Whether a row was refused by this unique index. SQLite tells its columns in place of its name."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return bool(diagnosis.constraint_name == unique)
    return str(error.orig) == f"UNIQUE constraint failed: {', '.join(columns)}"


def insert_ignoring(model: type[M]) -> Statement:
    """An INSERT that leaves an existing row alone, on both databases; how many it `run` tells which it was.

    Goes to the table, past the mapper: give every column that has no default in the database.
    """
    return _ignoring(model, db.engine.dialect.name)


@cache
def _ignoring(model: type[M], dialect: str) -> Statement:
    insert = pg_insert if dialect == "postgresql" else sqlite_insert
    table: Any = model.__table__
    return Statement(insert(table).on_conflict_do_nothing())


def lock(model: type[M], key: Any) -> M | None:
    """The record with its row locked until the end of the transaction, as it is now in the database.

    What this transaction has locked already nobody else can have changed: it is not read again.
    """
    found: M | None = _held().get((model, key))
    if found is None or found not in session:
        read = _locking(model).first(session, {"locked_key": key})
        found = read[0] if read is not None else None  # what was deleted meanwhile is not given again
        if found is not None:
            hold(found, key)
    return found


def hold(record: Base, key: Any) -> None:
    """Note that `record` was read with its row locked, by a statement that did more than `lock` does.

    What such a statement joins to the row may be older than the lock, when that had to be waited for.
    """
    _held()[type(record), key] = record


def _held() -> dict[Any, Any]:
    """What the running transaction has locked; not beyond a savepoint, whose end may give locks back."""
    own = db.session
    running = own.get_nested_transaction() or own.get_transaction()
    known = own.info.get("locked")
    if known is None or known[0] is not running:
        known = own.info["locked"] = (running, {})
    held: dict[Any, Any] = known[1]
    return held


@cache
def _locking(model: type[M]) -> Reading:
    """The statement of `lock`, made once for each model."""
    (key,) = sa.inspect(model).primary_key
    wanted = key == sa.bindparam("locked_key", type_=key.type)
    return Reading(model, select=lambda *columns: sa.select(*columns).where(wanted).with_for_update())
