"""How far the writing of a delivery is, beside the transaction that writes it."""

import sqlalchemy as sa
from alembic import op

revision = "0034_writing_progress"
down_revision = "0033_decision_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "map_delivery_progress",
        sa.Column("delivery_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("map_delivery_progress")
