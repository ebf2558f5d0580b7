"""Municipalities, postcodes, places and named sets of them: reference data with dates."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified, Versioned


class Municipality(Base):
    """A municipality of today or of before a merger; the point is its core."""

    __tablename__ = "municipality"

    nis: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    name: Mapped[str]
    name_fr: Mapped[str] = mapped_column(default="")
    region: Mapped[str] = mapped_column(sa.String(5))
    province: Mapped[str] = mapped_column(sa.String(5), default="")
    arrondissement: Mapped[str] = mapped_column(sa.String(5), default="")
    zone: Mapped[str] = mapped_column(sa.String(10), default="", index=True)
    main_postcode: Mapped[str] = mapped_column(sa.String(4), default="")
    lat: Mapped[float]
    lon: Mapped[float]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    successor_nis: Mapped[str | None] = mapped_column(sa.ForeignKey("municipality.nis"))


class Postcode(Base):
    """That a postcode lies, wholly or partly, in a municipality: many to many."""

    __tablename__ = "postcode"

    code: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    nis: Mapped[str] = mapped_column(sa.ForeignKey("municipality.nis"), primary_key=True)


class Place(Base):
    """A name under which people know a spot: deelgemeente or postal place, with its point."""

    __tablename__ = "place"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    nis: Mapped[str] = mapped_column(sa.ForeignKey("municipality.nis"), index=True)
    postcode: Mapped[str | None] = mapped_column(sa.String(4))
    code: Mapped[str | None] = mapped_column(sa.String(8))
    lat: Mapped[float]
    lon: Mapped[float]
    precision: Mapped[str] = mapped_column(sa.String(12), default="place")


class MunicipalityBoundary(Base):
    """The outline of a municipality to draw: `rings` are lists of [lon, lat]."""

    __tablename__ = "municipality_boundary"

    nis: Mapped[str] = mapped_column(sa.ForeignKey("municipality.nis"), primary_key=True)
    rings: Mapped[list[Any]] = mapped_column(sa.JSON)
    source: Mapped[str]
    loaded_on: Mapped[date]


class AreaSet(Versioned, Base):
    """A named, dated set of municipalities (zone, province, partnership); sets overlap freely.

    `valid_to` is its last day. `local` ones were made here; the others come with the reference data.
    """

    __tablename__ = "area_set"
    subject_type = "area_set"

    code: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    local: Mapped[bool] = mapped_column(default=True)

    @property
    def id(self) -> str:
        """What the trail knows it by."""
        return self.code

    @property
    def key(self) -> str:
        """How links and filters name it: the kind, then the code."""
        return self.code if self.code.startswith(f"{self.kind}:") else f"{self.kind}:{self.code}"


class AreaSetMember(Identified, Base):
    """That a municipality belongs to a set, for as long as the set lasts or between two days.

    One that left and came back has a row for each period.
    """

    __tablename__ = "area_set_member"

    code: Mapped[str] = mapped_column(sa.ForeignKey("area_set.code"))
    nis: Mapped[str] = mapped_column(sa.ForeignKey("municipality.nis"), index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    __table_args__ = (sa.UniqueConstraint("code", "nis", "valid_from"),)
