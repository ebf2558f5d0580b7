"""What a page shows of one file, in one statement: records of several models and rows that were counted.

Every part keeps its own query. A column of one part stands in the place of a column of the same SQL type of
another, so that the answer stays narrow; what comes back is turned by the types of its own part. Like any
`Statement`, it takes named values and no lists that grow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from core.statements import Part, Statement, Values, row_type


class Listed:
    """A query of one model, or of columns, and the names by which its rows are put in order, ended by `-`
    for the other way round. A sum needs a cast: PostgreSQL answers it in a type of its own.
    """

    def __init__(self, query: sa.Select[*tuple[Any, ...]], *order: str) -> None:
        wanted = query.column_descriptions[0]["expr"]
        self.part = Part(wanted) if isinstance(wanted, type) else None
        self.query, self.order = query, order
        self.columns: list[Any] = self.part.columns if self.part else list(query.selected_columns)
        self._row = row_type("Row", [column.key for column in self.columns])

    def found(self, session: orm.Session, rows: Sequence[Sequence[Any]]) -> list[Any]:
        part = self.part
        made = [part.record(session, cells) if part else self._row._make(cells) for cells in rows]
        for name in reversed(self.order):
            made.sort(key=_by(name.removesuffix("-")), reverse=name.endswith("-"))
        return made


def _by(name: str) -> Any:
    """Nothing comes before something."""
    return lambda row: ((value := getattr(row, name)) is not None, value)


@dataclass(frozen=True, slots=True)
class _Made:
    """The statement for one database, and where the cells of each part are and what turns them."""

    statement: Statement
    places: dict[str, list[tuple[int, Any]]]


class Together:
    """Several lists in one statement, by name."""

    def __init__(self, **wanted: Listed) -> None:
        self._wanted = wanted
        self._made: dict[str, _Made] = {}

    def all(self, session: orm.Session, values: Values) -> dict[str, list[Any]]:
        """Every list by its name; an empty one where nothing was found."""
        dialect = session.connection().dialect
        made = self._made.get(dialect.name)
        if made is None:
            made = self._made[dialect.name] = _make(self._wanted, dialect)
        cells: dict[str, list[list[Any]]] = {name: [] for name in self._wanted}
        for row in made.statement.all(session, values):
            cells[row[0]].append(
                [row[at] if turn is None else turn(row[at]) for at, turn in made.places[row[0]]]
            )
        return {name: listed.found(session, cells[name]) for name, listed in self._wanted.items()}


def _make(wanted: dict[str, Listed], dialect: sa.Dialect) -> _Made:
    kinds: list[str] = ["TEXT"]  # of the places of an answer: first the name of the part
    places: dict[str, list[tuple[int, Any]]] = {}
    for name, listed in wanted.items():
        free = list(enumerate(kinds))[1:]
        places[name] = []
        for column in listed.columns:
            kind = column.type.compile(dialect=dialect).partition("(")[0]
            place = next((each for each in free if each[1] == kind), None)
            if place is None:
                place = (len(kinds), kind)
                kinds.append(kind)
            else:
                free.remove(place)
            turn = column.type.dialect_impl(dialect).result_processor(dialect, None)
            places[name].append((place[0], turn))
    # The types of a union are those of its first query: one without rows, that names them.
    first = sa.select(*(_named(f"CAST(NULL AS {kind})", at) for at, kind in enumerate(kinds))).where(
        sa.false()
    )
    parts = [_arranged(name, listed, places[name], len(kinds)) for name, listed in wanted.items()]
    return _Made(Statement(sa.union_all(first, *parts)), places)


def _arranged(
    name: str, listed: Listed, places: list[tuple[int, Any]], width: int
) -> sa.Select[*tuple[Any, ...]]:
    """The query of a part with its columns in their places, and nothing in the others."""
    columns: list[Any] = [_named(f"'{name}'", 0), *(_named("NULL", at) for at in range(1, width))]
    for (at, _turn), column in zip(places, listed.columns, strict=True):
        columns[at] = sa.type_coerce(column, sa.types.NullType()).label(f"at_{at}")
    return listed.query.with_only_columns(*columns, maintain_column_froms=True)


def _named(text: str, at: int) -> Any:
    return sa.literal_column(text).label(f"at_{at}")
