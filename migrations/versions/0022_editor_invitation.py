"""Invitations to write along in an application, by address."""

import sqlalchemy as sa
from alembic import op

revision = "0022_editor_invitation"
down_revision = "0021_theme_later"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "editor_invitation",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("application_id", sa.Uuid, sa.ForeignKey("application.id"), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary),
        sa.Column("locale", sa.String(5), nullable=False),
        sa.Column("invited_by", sa.Uuid, sa.ForeignKey("app_user.id"), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_editor_invitation_application_id", "editor_invitation", ["application_id"])


def downgrade() -> None:
    op.drop_table("editor_invitation")
