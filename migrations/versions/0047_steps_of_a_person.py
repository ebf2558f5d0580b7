"""The rows of one step among those of a person are found without walking them."""

import sqlalchemy as sa
from alembic import op

revision = "0047_steps_of_a_person"
down_revision = "0046_goes_on_from"
branch_labels = None
depends_on = None

TAKEN = sa.text("status = 'open' AND assignee_id IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_task_step_mine",
        "task",
        ["tenant_id", "assignee_id", "key", "element_id", "sort_at", "id"],
        sqlite_where=TAKEN,
        postgresql_where=TAKEN,
    )


def downgrade() -> None:
    op.drop_index("ix_task_step_mine", "task")
