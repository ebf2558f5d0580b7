"""Which code made the search entries of the social map."""

import sqlalchemy as sa
from alembic import op

revision = "0035_index_version"
down_revision = "0034_writing_progress"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_index",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("version", sa.String(40), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("search_index")
