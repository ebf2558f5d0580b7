"""What the citizen says at a look back, beside what partners reported: per look, question and referral."""

import sqlalchemy as sa
from alembic import op

revision = "0019_citizen_says"
down_revision = "0018_emergency_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("kind", sa.String(40), nullable=False, server_default="todo"))
    op.add_column("follow_up", sa.Column("citizen_says", sa.String(40)))
    op.add_column("follow_up", sa.Column("words_sealed", sa.LargeBinary))
    for table in ("help_request", "referral"):
        op.add_column(table, sa.Column("citizen_says", sa.String(40)))
        op.add_column(table, sa.Column("citizen_said_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    for table in ("referral", "help_request"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("citizen_said_at")
            batch.drop_column("citizen_says")
    with op.batch_alter_table("follow_up") as batch:
        for column in ("words_sealed", "citizen_says", "kind"):
            batch.drop_column(column)
