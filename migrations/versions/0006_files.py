"""Documents: rows of what lies sealed on disk."""

import sqlalchemy as sa
from alembic import op

revision = "0006_files"
down_revision = "0005_projects"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenant.id"), nullable=False, index=True),
        sa.Column("owner_id", sa.Uuid, nullable=False, index=True),
        sa.Column("name_sealed", sa.LargeBinary, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid, sa.ForeignKey("app_user.id")),
    )


def downgrade() -> None:
    op.drop_table("stored_file")
