"""The one query of every worklist: a page of each index range, merged. Made once for each shape and kept.

The ranges do not overlap and each gives a page at most, so the cost is that of a page, however long the
lists.
"""

import uuid
from functools import lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa

from core.db import UTCDateTime
from core.statements import Statement
from workflows.models.tasks import ASSIGNED, OPEN, UNASSIGNED, WAITING, Task

# A range: which of KINDS, and the queue or person that it is for.
Ranges: TypeAlias = list[tuple[str, uuid.UUID]]
# Which step of which process: its key and the id of the element.
Step: TypeAlias = tuple[str, str]
task: sa.Table = Task.__table__  # type: ignore[assignment]
# What a line of a list needs, under the names of `Task`; rows cost a part of what records do. The party is a
# code: to make it a `TurnState`, which equals it, each row would be walked through once more.
LISTED = (
    task.c.id, task.c.key, task.c.element_id, task.c.subject_type.label("subject_type_"), task.c.subject_id,
    task.c.assignee_id, sa.type_coerce(task.c.party, sa.Text).label("party"), task.c.turn_tenant_id,
    task.c.due_at, task.c.sort_at, task.c.opened_at, task.c.has_form,
)  # fmt: skip
KINDS = {
    # That it is assigned follows from the key. Said again, SQLite may walk all that anybody has taken.
    "mine": (OPEN, task.c.assignee_id),
    "free": (UNASSIGNED, task.c.queue),
    "taken": (ASSIGNED, task.c.queue),
    "waiting": (WAITING, task.c.queue),
    "waiting_mine": (WAITING, task.c.assignee_id),
}


@lru_cache(maxsize=256)
def listing(
    kinds: tuple[str, ...],
    order: str,
    limit: int,
    *,
    paged: bool,
    only: Step | None = None,
    without: Step | None = None,
) -> Statement:
    """The query of `page`, to run past the layers of SQLAlchemy: its rows are named tuples."""
    return Statement(page(kinds, order, limit, paged=paged, only=only, without=without))


@lru_cache(maxsize=256)
def page(
    kinds: tuple[str, ...],
    order: str,
    limit: int,
    *,
    paged: bool,
    only: Step | None = None,
    without: Step | None = None,
) -> sa.Select[Any]:
    """The query for ranges of these kinds, in the order of a column; `paged`: after `moment` and `last`.

    `only` or `without` the rows of one step. The limit is a constant: PostgreSQL takes an unknown one for a
    tenth of the rows, and then never keeps the plan.
    """
    conditions = [_is_step(only)] if only else []
    conditions += [sa.not_(_is_step(without))] if without else []
    most = sa.literal_column(str(int(limit)), sa.Integer)
    parts = [
        sa.select(_part(number, kind, order, paged, conditions, most)) for number, kind in enumerate(kinds)
    ]
    merged = sa.union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    return sa.select(merged).order_by(merged.c[order], merged.c.id).limit(most)


def _is_step(step: Step) -> sa.ColumnElement[bool]:
    """As constants, not as values: only then PostgreSQL knows beforehand that a queue has few of them."""
    key, element = (_constant(code) for code in step)
    return sa.and_(task.c.key == key, task.c.element_id == element)


def _constant(code: str) -> sa.ColumnElement[str]:
    if not code.isidentifier():
        raise ValueError(f"{code} is no code of a process or a step")
    return sa.literal_column(f"'{code}'", sa.Text)


def _part(
    number: int,
    kind: str,
    order: str,
    paged: bool,
    conditions: list[sa.ColumnElement[bool]],
    most: sa.ColumnElement[int],
) -> sa.Subquery:
    condition, column = KINDS[kind]
    key = task.c[order]
    query = sa.select(*LISTED).where(
        sa.text(condition),
        task.c.tenant_id == sa.bindparam("tenant"),
        column == sa.bindparam(f"key_{number}"),
        *conditions,
    )
    if paged:
        place = (sa.bindparam("moment", type_=UTCDateTime()), sa.bindparam("last", type_=sa.Uuid()))
        query = query.where(sa.tuple_(key, task.c.id) > sa.tuple_(*place))
    return query.order_by(key, task.c.id).limit(most).subquery()


def values(tenant_id: uuid.UUID, ranges: Ranges) -> dict[str, Any]:
    """The values of the query for these ranges."""
    keys = {f"key_{number}": key for number, (_kind, key) in enumerate(ranges)}
    return {"tenant": tenant_id, **keys}
