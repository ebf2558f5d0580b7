"""Many rows, made in the database itself: copies of real ones with ids of their own.

A file with a running process is opened by the product and cloned with all its rows, so that what grows is
what grows in use. Ids count up, as the product's own (UUID version 7) do.
"""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from flask import Flask

# Rows of a file: table, the column that names the file or its process, and what a copy has of its own.
CASE = 0xC0FFEE01
INSTANCE = 0xC0FFEE02
TASK = 0xC0FFEE03
NEED = 0xC0FFEE04
SUBJECT = {"subject_id": CASE}
COPIES: tuple[tuple[str, str, dict[str, int | str]], ...] = (
    ("intake_case", "id", {"id": CASE, "number": "number"}),
    ("content_key", "owner_id", {"owner_id": CASE}),
    ("process_instance", "subject_id", {"id": INSTANCE, **SUBJECT}),
    ("process_lane", "instance_id", {"instance_id": INSTANCE}),
    ("task", "subject_id", {"id": TASK, "instance_id": INSTANCE, **SUBJECT}),
    ("process_event", "instance_id", {"instance_id": INSTANCE}),
    ("intake_transition", "case_id", {"case_id": CASE, **SUBJECT}),
    ("audit", "subject_id", {"subject_id": "text"}),
)
SERIAL = {"process_event": "id", "intake_transition": "id", "audit": "id"}


def _series(kind: str, count: int) -> str:
    if kind == "postgresql":
        return f"generate_series(1, {count}) as series(n)"
    return (
        f"(with recursive s(n) as (select 1 union all select n + 1 from s where n < {count})"
        " select n from s) as series"
    )


def numbered(kind: str, tag: int, n: str = "n") -> str:
    """SQL of the UUID with this mark and number, as the column type of each database keeps it."""
    if kind == "postgresql":
        return f"('{tag:08x}' || lpad(to_hex({n}), 24, '0'))::uuid"
    return f"printf('{tag:08x}%024x', {n})"


def kept(kind: str, value: uuid.UUID) -> str:
    """SQL of one UUID."""
    return f"'{value}'::uuid" if kind == "postgresql" else f"'{value.hex}'"


def clone_cases(app: Flask, template: uuid.UUID, count: int) -> None:
    """So many copies of a file with its running process."""
    from core.db import Base, db

    with app.app_context(), db.engine.begin() as connection:
        kind = connection.dialect.name
        instance = _instance_of(connection, kind, template)
        for table, key, own in COPIES:
            value = f"'{template}'" if table == "audit" else kept(kind, template)
            if key == "instance_id":
                value = kept(kind, instance)
            columns = [c.name for c in Base.metadata.tables[table].columns if c.name != SERIAL.get(table)]
            new = [_own(kind, own[name]) if name in own else f't."{name}"' for name in columns]
            names = ", ".join(f'"{name}"' for name in columns)
            _run(
                connection,
                f"insert into {table} ({names}) select {', '.join(new)}"
                f" from {table} t, {_series(kind, count)} where t.{key} = {value}",
            )


def _run(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)


def _own(kind: str, what: int | str) -> str:
    if isinstance(what, int):
        return numbered(kind, what)
    if what == "text":
        return f"{numbered(kind, CASE)}::text" if kind == "postgresql" else numbered(kind, CASE)
    return "'B-' || n"


def _instance_of(connection: sa.Connection, kind: str, case_id: uuid.UUID) -> uuid.UUID:
    found: Any = connection.exec_driver_sql(
        f"select id from process_instance where subject_id = {kept(kind, case_id)}"
    ).scalar_one()
    return found if isinstance(found, uuid.UUID) else uuid.UUID(str(found))


def spread_tasks(app: Flask, template: uuid.UUID, count: int, queues: list[uuid.UUID], needs: int) -> None:
    """So many open steps like the one with id `template`, over these queues and over `needs` subjects.

    Of every ten one has been taken by a colleague; due moments lie mixed within sixty days.
    """
    from core.db import Base, db

    with app.app_context(), db.engine.begin() as connection:
        kind = connection.dialect.name
        pick = " ".join(f"when {number} then {kept(kind, q)}" for number, q in enumerate(queues))
        minutes = "((n::bigint * 7919) % 86400)" if kind == "postgresql" else "((n * 7919) % 86400)"
        due = (
            f"timestamptz '2027-01-01 00:00:00+00' + {minutes} * interval '1 minute'"
            if kind == "postgresql"
            else f"strftime('%Y-%m-%d %H:%M:%S.000000', '2027-01-01', '+' || {minutes} || ' minutes')"
        )
        own = {
            "id": numbered(kind, TASK),
            "subject_id": numbered(kind, NEED, f"(n % {needs}) + 1"),
            "queue": f"case n % {len(queues)} {pick} end",
            "assignee_id": f"case when n / {len(queues)} % 10 = 0 then {kept(kind, uuid.UUID(int=7))} end",
            "due_at": due,
            "sort_at": due,
        }
        columns = [c.name for c in Base.metadata.tables["task"].columns]
        new = ", ".join(own.get(name, f't."{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        _run(
            connection,
            f"insert into task ({names}) select {new} from task t, {_series(kind, count)}"
            f" where t.id = {kept(kind, template)}",
        )


def clone_needs(app: Flask, template: uuid.UUID, count: int) -> None:
    """So many copies of a recorded need, for tasks to be about."""
    from core.db import Base, db

    with app.app_context(), db.engine.begin() as connection:
        kind = connection.dialect.name
        own = {"id": numbered(kind, NEED), "number": "'B-' || n"}
        columns = [c.name for c in Base.metadata.tables["need"].columns]
        new = ", ".join(own.get(name, f't."{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        _run(
            connection,
            f"insert into need ({names}) select {new} from need t, {_series(kind, count)}"
            f" where t.id = {kept(kind, template)}",
        )
