"""Invitations to write along in an application, sent to an address that may have no account yet."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Encrypted
from core.db import Base, Identified
from projects.models.applications import Application


class EditorInvitation(Identified, Base):
    """One address that was asked to write along; open until it is answered, withdrawn or too old."""

    __tablename__ = "editor_invitation"

    application_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("application.id"), index=True)
    email_sealed: Mapped[bytes | None]
    email = Encrypted("email_sealed")
    locale: Mapped[str] = mapped_column(sa.String(5))
    invited_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("app_user.id"))
    invited_at: Mapped[datetime]
    open_until: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    application: Mapped[Application] = relationship()
