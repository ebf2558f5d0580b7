"""Sources, their deliveries, and the history of what those changed."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.crypto import EncryptedBytes
from core.db import Base, db_enum

BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class DeliveryState(StrEnum):
    """How far a delivery is. `received` and `applying` are the worker's turn; `unmapped`: a person must say
    what its columns are; `staged`: a person looks at it; `waiting`: much vanishes, one must confirm."""

    RECEIVED = "received"
    UNMAPPED = "unmapped"
    STAGED = "staged"
    APPLYING = "applying"
    WAITING = "waiting"
    APPLIED = "applied"
    REFUSED = "refused"


class Source(Base):
    """Where records come from. `mapping` turns the columns of a raw CSV into HSDS ones."""

    __tablename__ = "map_source"

    key: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    name: Mapped[str]
    mapping: Mapped[dict[str, Any] | None]
    last_run: Mapped[int | None]


class Delivery(Base):
    """One delivery of a source: its file, what was found, and what was done."""

    __tablename__ = "map_delivery"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    source: Mapped[str] = mapped_column(sa.String(60), index=True)
    state: Mapped[DeliveryState] = mapped_column(db_enum(DeliveryState))
    file_name: Mapped[str]
    full: Mapped[bool] = mapped_column(default=True)
    # The upload may tell where a refuge is, so it lies sealed until it is settled.
    content_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    content = EncryptedBytes("content_sealed")
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_by: Mapped[uuid.UUID | None]
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    # The worker's turn: which step of `imports.STEPS` it is at, how much of it is done, until when it is his.
    step: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    step_done: Mapped[int] = mapped_column(default=0, server_default="0")
    step_total: Mapped[int] = mapped_column(default=0, server_default="0")
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
    confirmed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    asked_by: Mapped[str] = mapped_column(default="", server_default="")

    @property
    def is_busy(self) -> bool:
        """Whether the worker is at turn."""
        return self.state in (DeliveryState.RECEIVED, DeliveryState.APPLYING)

    @property
    def is_unreadable(self) -> bool:
        """Whether nothing of the file could be taken; nobody threw it away."""
        found = self.report
        is_empty = bool(found.get("rejected")) and not found.get("by_type")
        return self.state == DeliveryState.REFUSED and is_empty


class DeliveryProgress(Base):
    """How far the writing of a delivery is; see `socialmap.progress`."""

    __tablename__ = "map_delivery_progress"

    delivery_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    what: Mapped[str] = mapped_column(sa.String(40))
    done: Mapped[int]
    total: Mapped[int]


class Change(Base):
    """One field of one record that got another value, and through which delivery or whom."""

    __tablename__ = "map_change"

    id: Mapped[int] = mapped_column(BIG_ID, primary_key=True)
    resource: Mapped[str] = mapped_column(sa.String(40))
    resource_id: Mapped[uuid.UUID] = mapped_column(index=True)
    # The service, organization or place it belongs to, for a telephone number, an address, hours.
    owner_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(sa.String(12))  # add, update, vanish, return, remove, merge, split
    field: Mapped[str] = mapped_column(sa.String(60), default="")
    previous: Mapped[str] = mapped_column(default="")
    replacement: Mapped[str] = mapped_column(default="")
    delivery_id: Mapped[int | None] = mapped_column(BIG_ID)
    made_by: Mapped[str] = mapped_column(default="")
