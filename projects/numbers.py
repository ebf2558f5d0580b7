"""Numbers that people say on the phone: year and sequence, per sort of record."""

import zlib
from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import db, session


def next_number(model: Any, prefix: str, *, year: int | None = None) -> str:
    """`2026-0003` for a call, `A-2026-0012` for an application: the highest of this year plus one.

    Two that ask at the same moment wait for each other: SQLite has one writer, PostgreSQL an advisory lock
    that ends with the transaction.
    """
    start = f"{prefix}{year or clock.today().year}-"
    if db.engine.dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(zlib.crc32(start.encode()))))
    query = sa.select(model.number).where(model.number.startswith(start))
    longest_first = (sa.func.length(model.number).desc(), model.number.desc())
    latest = session.scalar(query.order_by(*longest_first).limit(1))
    following = int(latest.removeprefix(start)) + 1 if latest else 1
    return f"{start}{following:04d}"
