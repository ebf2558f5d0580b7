"""Rows of records by their ids, for the lists of a page: one statement for each of a few lengths."""

import uuid
from collections.abc import Collection
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core.statements import Statement

# An `IN` of another length is another statement, to SQLAlchemy and to the server that prepares it. Lists are
# filled up to one of these lengths with an id that they have already.
LENGTHS = (1, 2, 5, 10, 15, 25, 50, 100)


class Batch:
    """Columns of the records with some ids, as rows with `id`; gone ones are left out."""

    def __init__(self, model: Any, *names: str) -> None:
        self.table: sa.Table = model.__table__
        self.names = ("id", *names)

    def find(self, session: orm.Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Any]:
        """The rows by id: one statement for each hundred."""
        wanted, found = list(ids), {}
        for start in range(0, len(wanted), LENGTHS[-1]):
            part = wanted[start : start + LENGTHS[-1]]
            length = next(length for length in LENGTHS if length >= len(part))
            part += part[:1] * (length - len(part))
            values = {f"id_{number}": value for number, value in enumerate(part)}
            found.update({row.id: row for row in self._of(length).all(session, values)})
        return found

    @cache  # noqa: B019 - batches are made with their modules and stay
    def _of(self, length: int) -> Statement:
        columns = self.table.c
        ids = [sa.bindparam(f"id_{number}", type_=columns.id.type) for number in range(length)]
        return Statement(sa.select(*[columns[name] for name in self.names]).where(columns.id.in_(ids)))
