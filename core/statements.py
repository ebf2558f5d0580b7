"""Statements that every act runs, sent straight to the driver inside the transaction of a session.

SQLAlchemy writes their SQL once for each database and knows how each value travels; what it does around every
execution costs more than sending it, and these ask for none of that. Same connection and transaction, same
event before a cursor executes, same errors as `session.execute`. Not for lists that grow (`IN`).
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from werkzeug.local import LocalProxy

from core import pipeline

Values = Mapping[str, Any]
Where = orm.Session | sa.Connection
row_type: Any = namedtuple


@dataclass(frozen=True, slots=True)
class _Made:
    """A statement for one database and the names of its values."""

    sql: str
    binds: tuple[tuple[str, Any], ...]  # names in the order of the driver, and what makes their values travel
    constants: dict[str, Any]  # values that the statement brings by itself
    makers: tuple[tuple[str, Callable[[Any], Any]], ...]  # of defaults that differ for each row
    row: Any  # the type of an answer
    turned: tuple[tuple[int, Any], ...]  # columns that the driver does not answer as we want them

    def sent(self, values: Values) -> list[Any]:
        known = {**self.constants, **values} if self.constants else values
        if self.makers:
            known = {**{name: make(None) for name, make in self.makers}, **known}
        return [known[name] if fit is None else fit(known[name]) for name, fit in self.binds]

    def answered(self, found: Sequence[Any]) -> Any:
        if self.turned:
            found = list(found)
            for number, turn in self.turned:
                found[number] = turn(found[number])
        return self.row._make(found)


class Statement:
    """A statement with named values. One marked `unanswered` is sent and not waited for (`core.pipeline`)."""

    def __init__(self, built: Any) -> None:
        self.built = built
        self.is_waited_for = not built.get_execution_options().get(pipeline.UNANSWERED, False)
        self._made: dict[tuple[str, ...], _Made] = {}

    def run(self, where: Where, *rows: Values) -> int | None:
        """Send it with each row of values; how many rows changed, None of what is not waited for."""
        if isinstance(where, sa.Connection) and not where.in_transaction():
            # Nothing here begins one: each statement would commit by itself, or lie in wait.
            raise sa.exc.InvalidRequestError("begin a transaction on this connection first")
        _made, cursor = self._send(where, rows)
        return cursor.rowcount if self.is_waited_for else None

    def first(self, where: Where, values: Values) -> Any:
        """The first row of the answer, as a named tuple, or None."""
        found = self.all(where, values)
        return found[0] if found else None

    def all(self, where: Where, values: Values) -> list[Any]:
        """The rows of the answer, as named tuples."""
        made, cursor = self._send(where, (values,))
        rows = cursor.fetchall()
        return list(map(made.answered if made.turned else made.row._make, rows))

    def _send(self, where: Where, rows: tuple[Values, ...]) -> tuple[_Made, Any]:
        connection, driver = _place(where)
        made = self._for(connection.dialect, rows[0])
        cursor = pipeline.cursor_of(driver, made.sql)
        is_many = len(rows) > 1
        if is_many and any(values.keys() != rows[0].keys() for values in rows):
            raise TypeError("rows of one statement give the same values")
        sent = [made.sent(values) for values in rows] if is_many else made.sent(rows[0])
        for note in connection.dispatch.before_cursor_execute:
            note(connection, cursor, made.sql, sent, None, is_many)
        send = cursor.executemany if is_many else cursor.execute
        try:
            pipeline.send(cursor, send, made.sql, sent, waits=self.is_waited_for)
        except connection.dialect.loaded_dbapi.Error as error:
            raise pipeline.as_sqlalchemy_says(connection, error, made.sql) from error
        return made, cursor

    def _for(self, dialect: sa.Dialect, values: Values) -> _Made:
        key = (dialect.name, *values)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = _make(self.built, dialect, list(values))
        return made


def _place(where: Where) -> tuple[sa.Connection, Any]:
    """The connection of the running transaction and that of the driver, asked once for each transaction."""
    if isinstance(where, LocalProxy):  # looked up once: it is asked six things
        where = where._get_current_object()
    if isinstance(where, sa.Connection):
        return where, where.connection.driver_connection
    where.flush()
    running = where.get_nested_transaction() or where.get_transaction()
    known = where.info.get("statements")
    if running is None or known is None or known[0] is not running or not running.is_active:
        connection = where.connection()
        running = where.get_nested_transaction() or where.get_transaction()
        known = where.info["statements"] = (running, connection, connection.connection.driver_connection)
    return known[1], known[2]


def _make(built: Any, dialect: sa.Dialect, names: list[str]) -> _Made:
    found: Any = built.compile(dialect=dialect, column_keys=names)
    if found.post_compile_params or found.literal_execute_params:
        raise TypeError("a statement with a list that grows goes by session.execute")
    if missing := [name for name, bind in found.binds.items() if bind.required and name not in names]:
        raise TypeError(f"a statement was not given {', '.join(missing)}")
    constants = {name: value for name, value in found.params.items() if name not in names}
    makers = []
    given = [(column.key, column.default) for column in found.insert_prefetch]
    given += [(column.key, column.onupdate) for column in found.update_prefetch]
    for name, default in given:
        if default.is_callable:
            makers.append((name, default.arg))
            constants.pop(name)
        else:
            constants[name] = default.arg
    fits = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in found.binds.items()
    }
    columns = found._result_columns
    turns = [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns]
    return _Made(
        sql=str(found),
        binds=tuple((name, fits[name]) for name in found.positiontup),
        constants=constants,
        makers=tuple(makers),
        row=row_type("Row", [each.keyname for each in columns], rename=True),
        turned=tuple((number, turn) for number, turn in enumerate(turns) if turn is not None),
    )


class Reading:
    """A statement that reads records of one or more models; one that the session knows becomes as now read.

    What such a record had loaded of its relationships is read again when somebody asks for it.
    `select` is given the columns of all models and may put more behind. A model may come with the names of
    the few attributes that are wanted; its others are read when somebody asks for them.
    """

    def __init__(self, *models: Any, select: Callable[..., Any]) -> None:
        self._parts = [Part(*model) if isinstance(model, tuple) else Part(model) for model in models]
        self._statement = Statement(select(*(column for part in self._parts for column in part.columns)))

    def first(self, session: orm.Session, values: Values) -> list[Any] | None:
        """The records of the first row, None for one that a join did not find, and what stands behind."""
        row = self._statement.first(session, values)
        if row is None:
            return None
        found, start = [], 0
        for part in self._parts:
            found.append(part.record(session, row[start : start + len(part.names)]))
            start += len(part.names)
        return [*found, *row[start:]]


class Part:
    """The columns of one model in a `Reading`."""

    def __init__(self, model: type[Any], *names: str) -> None:
        self.mapper = sa.inspect(model)
        own = {each.key: each.columns[0] for each in self.mapper.column_attrs}
        self.names = names or tuple(key for key, column in own.items() if isinstance(column, sa.Column))
        self.columns = [own[name] for name in self.names]
        keys = [self.mapper.get_property_by_column(column).key for column in self.mapper.primary_key]
        self._key = [self.names.index(key) for key in keys]
        self._related = set(self.mapper.relationships.keys())

    def record(self, session: orm.Session, cells: Sequence[Any]) -> Any:
        key = [cells[number] for number in self._key]
        if None in key:
            return None
        known = session.identity_map.get(self.mapper.identity_key_from_primary_key(key))
        if known is not None:
            for name, cell in zip(self.names, cells, strict=True):
                orm.attributes.set_committed_value(known, name, cell)
            if loaded := self._related & vars(known).keys():
                session.expire(known, loaded)
            return known
        record = self.mapper.class_manager.new_instance()
        vars(record).update(zip(self.names, cells, strict=True))
        orm.make_transient_to_detached(record)
        session.add(record)
        return record
