"""The rows of one step among those of a queue are found without walking the queue."""

import sqlalchemy as sa
from alembic import op

revision = "0044_steps_of_a_queue"
down_revision = "0043_area_periods"
branch_labels = None
depends_on = None

FREE = sa.text("status = 'open' AND assignee_id IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_task_step",
        "task",
        ["tenant_id", "queue", "key", "element_id", "sort_at", "id"],
        sqlite_where=FREE,
        postgresql_where=FREE,
    )


def downgrade() -> None:
    op.drop_index("ix_task_step", "task")
