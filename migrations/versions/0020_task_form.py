"""Whether a step asks for a form, so that the worklist leads to it."""

import sqlalchemy as sa
from alembic import op

revision = "0020_task_form"
down_revision = "0019_citizen_says"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("has_form", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("task", "has_form")
