"""What sweeps share: each record in a transaction of its own, and nothing that stands still in the way."""

import uuid
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
import structlog

from core.db import reading, session, transaction
from core.errors import DomainError
from workflows.engine.model import EngineError
from workflows.models.instances import Instance, InstanceStatus

log = structlog.get_logger(__name__)
BATCH = 100


def suspended(model: Any) -> sa.ColumnElement[bool]:
    """The condition on records whose process is suspended: they take nothing until somebody resumes it."""
    return sa.exists().where(
        Instance.subject_type_ == model.subject_type,
        Instance.subject_id == model.id,
        Instance.status == InstanceStatus.SUSPENDED,
    )


def found(query: sa.Select[uuid.UUID]) -> list[uuid.UUID]:
    """The ids that a sweep acts on, read before the first of its transactions begins."""
    with reading():
        return list(session.scalars(query))


def each(model: Any, ids: Iterable[uuid.UUID], act: Callable[[Any], bool]) -> int:
    """Do `act` to these records, each in a transaction of its own; how many it was done to."""
    return sum(alone(model, record_id, act) for record_id in ids)


def through(model: Any, query: sa.Select[uuid.UUID], act: Callable[[Any], bool]) -> int:
    """Do `act` to every record of which `query` gives the id, batch by batch; how many it was done to.

    What it cannot be done to stays in the query: each batch begins after the last one.
    """
    query, done = query.order_by(model.id).limit(BATCH), 0
    ids = found(query)
    while ids:
        done += each(model, ids, act)
        ids = found(query.where(model.id > ids[-1])) if len(ids) == BATCH else []
    return done


def alone(model: Any, record_id: uuid.UUID, act: Callable[[Any], bool]) -> int:
    """One record of a sweep: one that fails keeps no other from its turn, and the next sweep tries again."""
    try:
        with transaction():
            return int(act(session.get_one(model, record_id)))
    except (DomainError, EngineError) as error:
        log.warning(
            "sweep.not_moved", kind=model.subject_type, record=str(record_id), error=type(error).__name__
        )
        return 0
