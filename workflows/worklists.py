"""The one query of every worklist: a page of each index range, merged. Made once for each shape and kept.

The ranges do not overlap and each gives a page at most, so the cost is that of a page, however long the
lists.
"""

import uuid
from functools import lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import orm

from core.db import UTCDateTime
from workflows.models.tasks import ASSIGNED, OPEN, UNASSIGNED, WAITING, Task

# A range: which of KINDS, and the queue or person that it is for.
Ranges: TypeAlias = list[tuple[str, uuid.UUID]]
KINDS = {
    # That it is assigned follows from the key. Said again, SQLite may walk all that anybody has taken.
    "mine": (OPEN, Task.assignee_id),
    "free": (UNASSIGNED, Task.queue),
    "taken": (ASSIGNED, Task.queue),
    "waiting": (WAITING, Task.queue),
    "waiting_mine": (WAITING, Task.assignee_id),
}


@lru_cache(maxsize=256)
def page(kinds: tuple[str, ...], order: str, paged: bool) -> sa.Select[Task]:
    """The query for ranges of these kinds, in the order of a column; `paged`: after `moment` and `last`."""
    parts = [sa.select(_part(number, kind, order, paged)) for number, kind in enumerate(kinds)]
    merged = sa.union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    listed = orm.aliased(Task, merged)
    return (
        sa.select(listed)
        .order_by(getattr(listed, order), listed.id)
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def _part(number: int, kind: str, order: str, paged: bool) -> sa.Subquery:
    condition, column = KINDS[kind]
    key = getattr(Task, order)
    query = sa.select(Task).where(
        sa.text(condition), Task.tenant_id == sa.bindparam("tenant"), column == sa.bindparam(f"key_{number}")
    )
    if paged:
        place = (sa.bindparam("moment", type_=UTCDateTime()), sa.bindparam("last", type_=sa.Uuid()))
        query = query.where(sa.tuple_(key, Task.id) > sa.tuple_(*place))
    return query.order_by(key, Task.id).limit(sa.bindparam("limit", type_=sa.Integer)).subquery()


def values(tenant_id: uuid.UUID, ranges: Ranges, limit: int) -> dict[str, Any]:
    """The values of the query for these ranges."""
    keys = {f"key_{number}": key for number, (_kind, key) in enumerate(ranges)}
    return {"tenant": tenant_id, "limit": limit, **keys}
