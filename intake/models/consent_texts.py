"""What is told to a citizen before they agree: texts with versions, by owner and language."""

import uuid
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base, Identified
from core.models.accounts import User


class ConsentText(Identified, Base):
    """One version, never changed afterwards: consents point to what was told. Of an organization, of a
    partnership, or of everybody when neither is named."""

    __tablename__ = "consent_text"
    subject_type = "consent_text"

    tenant_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("tenant.id"))
    partnership_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("partnership.id"))
    language: Mapped[str] = mapped_column(sa.String(8))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(sa.Text)
    valid_from: Mapped[date]
    published_at: Mapped[datetime]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("app_user.id"))
    published_by: Mapped[User | None] = relationship()

    __table_args__ = (
        sa.Index("ix_consent_text_language", "language", "valid_from"),
        sa.UniqueConstraint("tenant_id", "partnership_id", "language", "number"),
        sa.CheckConstraint("tenant_id IS NULL OR partnership_id IS NULL", name="one_owner"),
    )
