"""What every record that came from a source carries."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from core.db import Identified


class Sourced(Identified):
    """A record identified within its source by the source's own id, and by nothing else."""

    source: Mapped[str] = mapped_column(sa.String(60))
    external_id: Mapped[str] = mapped_column(sa.String(200))
    content_hash: Mapped[str] = mapped_column(sa.String(32), default="")

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[sa.UniqueConstraint, ...]:
        return (sa.UniqueConstraint("source", "external_id"),)


class Lasting(Sourced):
    """A record that others point at: it is never deleted, only no longer seen."""

    last_seen_run: Mapped[int | None]
    not_seen_since: Mapped[datetime | None]
    # When it or what belongs to it last changed here; the interface gives it to those who keep a copy.
    changed_at: Mapped[datetime | None] = mapped_column(index=True)
    missed: Mapped[int] = mapped_column(sa.SmallInteger, default=0, server_default="0")
