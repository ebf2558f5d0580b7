"""What a probe asks: the database, the schema that the code expects, a worker that shows signs of life."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from core import schema
from core.clock import now
from core.db import session
from core.models.records import Heartbeat

log = structlog.get_logger(__name__)
LATE_AFTER = timedelta(minutes=2)


def check() -> dict[str, Any]:
    """`status` (ok, degraded, failed), `database`, `migrations`, `worker`; no detail a stranger can use."""
    try:
        revision = schema.current()
    except SQLAlchemyError as error:
        log.error("health.database", error=type(error).__name__)
        return {"status": "failed", "database": "failed", "migrations": "unknown", "worker": "unknown"}
    if revision != schema.head():
        return {"status": "failed", "database": "ok", "migrations": "behind", "worker": "unknown"}
    worker = worker_state()
    return {
        "status": "ok" if worker == "ok" else "degraded",
        "database": "ok",
        "migrations": "ok",
        "worker": worker,
    }


def worker_state() -> str:
    """`ok`, `late` or `missing`."""
    last = session.scalar(sa.select(sa.func.max(Heartbeat.at)))
    if last is None:
        return "missing"
    return "ok" if now() - last < LATE_AFTER else "late"
