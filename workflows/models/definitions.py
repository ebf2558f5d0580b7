"""What was deployed: immutable versions of processes, with the files they were made from."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified, db_enum


class DefinitionStatus(StrEnum):
    """Draft: not startable. Active: new instances start here. Retired: only running instances use it."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class Definition(Identified, Base):
    """One version of a process. Its files never change; instances stay on the version they began with."""

    __tablename__ = "process_definition"
    subject_type = "process_definition"

    key: Mapped[str] = mapped_column(sa.String(80))
    version: Mapped[int]
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(default="")
    status: Mapped[DefinitionStatus] = mapped_column(db_enum(DefinitionStatus))
    findings: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    engine_version: Mapped[str] = mapped_column(sa.String(40))
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    retired_at: Mapped[datetime | None]
    files: Mapped[list["DefinitionFile"]] = relationship(
        back_populates="definition", order_by="DefinitionFile.name", cascade="all, delete-orphan"
    )
    calls: Mapped[list["DefinitionCall"]] = relationship(
        foreign_keys="DefinitionCall.definition_id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        sa.UniqueConstraint("key", "version"),
        sa.Index(
            "uq_process_definition_active",
            "key",
            unique=True,
            sqlite_where=sa.text("status = 'active'"),
            postgresql_where=sa.text("status = 'active'"),
        ),
    )


class DefinitionFile(Base):
    """A source file of a definition, byte for byte: the diagram `<key>.bpmn`, its decision tables `*.dmn`."""

    __tablename__ = "process_file"

    definition_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("process_definition.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    content: Mapped[bytes]
    definition: Mapped[Definition] = relationship(back_populates="files")


class DefinitionCall(Base):
    """Which version of a called process a definition is pinned to."""

    __tablename__ = "process_call"

    definition_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("process_definition.id", ondelete="CASCADE"), primary_key=True
    )
    called_key: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    called_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("process_definition.id"))
