"""Columns that nothing ever wrote or read go."""

import sqlalchemy as sa
from alembic import op

revision = "0049_unused_columns"
down_revision = "0048_movements_of_money"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("award", "letter_sent_at")
    op.drop_column("award", "reserve_position")
    op.drop_column("map_source", "contact_email")


def downgrade() -> None:
    op.add_column("map_source", sa.Column("contact_email", sa.Text))
    op.add_column("award", sa.Column("reserve_position", sa.Integer))
    op.add_column("award", sa.Column("letter_sent_at", sa.DateTime(timezone=True)))
