"""Documents: where they belong and whether they were checked. The bytes lie sealed on disk."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Identified, db_enum


class FileState(StrEnum):
    QUARANTINED = "quarantined"
    CHECKED = "checked"
    REFUSED = "refused"


class StoredFile(Identified, Base):
    """One document, sealed with the content key of its owner (a case, an application)."""

    __tablename__ = "stored_file"
    subject_type = "file"

    tenant_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("tenant.id"), index=True)
    owner_id: Mapped[uuid.UUID] = mapped_column(index=True)
    name_sealed: Mapped[bytes]
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[FileState] = mapped_column(db_enum(FileState))
    created_at: Mapped[datetime]
    created_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
