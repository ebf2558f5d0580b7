"""How far the writing of a delivery is, told while its transaction still runs and shows nobody anything.

PostgreSQL takes a row through a connection of its own. SQLite has one writer at a time, so there it is a
small file beside the database, which serves one machine anyway.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from core.db import db
from socialmap.models.deliveries import DeliveryProgress

_TABLE: sa.Table = DeliveryProgress.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Progress:
    """What is being written now (a table, or `search`), and how many of all records are done."""

    what: str
    done: int
    total: int

    @property
    def percent(self) -> int:
        return min(100 * self.done // max(self.total, 1), 100)


def tell(delivery_id: int, progress: Progress) -> None:
    """Say how far it is; replaces what was said before."""
    file = _file(delivery_id)
    if file is not None:
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(progress)), encoding="utf-8")
        os.replace(fresh, file)
        return
    with db.engine.begin() as own:
        own.execute(sa.delete(_TABLE).where(_TABLE.c.delivery_id == delivery_id))
        own.execute(sa.insert(_TABLE).values(delivery_id=delivery_id, **asdict(progress)))


def of(delivery_id: int) -> Progress | None:
    """How far it is, or None when nothing is being written."""
    file = _file(delivery_id)
    if file is not None:
        try:
            return Progress(**json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
    columns = (_TABLE.c.what, _TABLE.c.done, _TABLE.c.total)
    with db.engine.connect() as own:
        row = own.execute(sa.select(*columns).where(_TABLE.c.delivery_id == delivery_id)).first()
    return Progress(*row) if row else None


def forget(delivery_id: int) -> None:
    """The writing ended, well or not."""
    file = _file(delivery_id)
    if file is not None:
        file.unlink(missing_ok=True)
        return
    with db.engine.begin() as own:
        own.execute(sa.delete(_TABLE).where(_TABLE.c.delivery_id == delivery_id))


def _file(delivery_id: int) -> Path | None:
    database = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    return Path(database).with_name(f"delivery-{delivery_id}.progress") if database else None
