"""Versions of a published call, for readers who want to see what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0025_call_version"
down_revision = "0024_map_progress"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_version",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("call_id", sa.Uuid, sa.ForeignKey("call.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.UniqueConstraint("call_id", "number", name="uq_call_version_call_id_number"),
    )
    op.create_index("ix_call_version_call_id", "call_version", ["call_id"])


def downgrade() -> None:
    op.drop_table("call_version")
