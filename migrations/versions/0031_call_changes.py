"""Changes of a published call that wait for a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0031_call_changes"
down_revision = "0030_terms_of_old_records"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_change",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("call_id", sa.Uuid(), sa.ForeignKey("call.id"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), sa.ForeignKey("app_user.id"), nullable=False),
        sa.Column("proposer_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Uuid(), sa.ForeignKey("app_user.id")),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("status <> 'made' OR decided_by <> proposed_by", name="four_eyes"),
    )
    op.create_index("ix_call_change_call_id", "call_change", ["call_id"])


def downgrade() -> None:
    op.drop_index("ix_call_change_call_id", "call_change")
    op.drop_table("call_change")
