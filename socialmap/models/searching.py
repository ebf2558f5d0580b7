"""Stored tokens, so that a search only matches: the same tokens and the same order on both databases."""

import uuid
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class ServiceSearch(Base):
    """What is searched and shown of one service. Token columns are words between blanks, best first:
    `high` name and category, `org` organization, `mid` target groups, `low` description."""

    __tablename__ = "service_search"

    doc: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    service_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("service.id", ondelete="CASCADE"), unique=True
    )
    organization_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("organization.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(20))
    high: Mapped[str]
    org: Mapped[str]
    mid: Mapped[str]
    low: Mapped[str]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    checked_on: Mapped[date | None]
    card: Mapped[dict[str, Any]]


class ServiceFacet(Base):
    """A property to filter by: `cat:B.2`, `target:ouderen`, `lang:fr`, `free`, `access`."""

    __tablename__ = "service_facet"

    code: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    doc: Mapped[int] = mapped_column(
        sa.ForeignKey("service_search.doc", ondelete="CASCADE"), primary_key=True, index=True
    )
    label: Mapped[str] = mapped_column(default="")


class ServiceOpening(Base):
    """When a service is open in an ordinary week: `day` 0 is Monday, the rest is minutes of that day."""

    __tablename__ = "service_opening"
    __table_args__ = (sa.Index("ix_service_opening_day", "day", "opens"),)

    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    doc: Mapped[int] = mapped_column(sa.ForeignKey("service_search.doc", ondelete="CASCADE"), index=True)
    day: Mapped[int]
    opens: Mapped[int]
    closes: Mapped[int]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class SearchTerm(Base):
    """In how many services a token occurs: rare words weigh more, unknown ones may be typing errors.

    `word` is a word as written for that token, to offer as a correction. The token `*` counts all services.
    """

    __tablename__ = "search_term"

    token: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    df: Mapped[int]
    word: Mapped[str | None] = mapped_column(sa.String(120))


# The full-text index over these columns is made by the migration: FTS5 with triggers, or GIN on the vector.
COLUMNS = ("high", "org", "mid", "low")
_PG_TEXT = " || ' ' || ".join(COLUMNS)
PG_VECTOR = f"to_tsvector('simple', {_PG_TEXT})"


class SearchIndex(Base):
    """Which code made the entries; one row. See `socialmap.index_version`."""

    __tablename__ = "search_index"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[str] = mapped_column(sa.String(40))
