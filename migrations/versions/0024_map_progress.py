"""Deliveries are read and applied by the worker: how far it is, who has it, and who asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0024_map_progress"
down_revision = "0023_consent_texts"
branch_labels = None
depends_on = None

COLUMNS = ("step", "step_done", "step_total", "claimed_until", "attempts", "confirmed", "asked_by")


def upgrade() -> None:
    op.add_column("map_delivery", sa.Column("step", sa.String(20), nullable=False, server_default=""))
    op.add_column("map_delivery", sa.Column("step_done", sa.Integer, nullable=False, server_default="0"))
    op.add_column("map_delivery", sa.Column("step_total", sa.Integer, nullable=False, server_default="0"))
    op.add_column("map_delivery", sa.Column("claimed_until", sa.DateTime(timezone=True)))
    op.add_column("map_delivery", sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column(
        "map_delivery", sa.Column("confirmed", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("map_delivery", sa.Column("asked_by", sa.Text, nullable=False, server_default=""))
    op.drop_column("map_source", "importing_since")


def downgrade() -> None:
    op.add_column("map_source", sa.Column("importing_since", sa.DateTime(timezone=True)))
    with op.batch_alter_table("map_delivery") as delivery:
        for name in reversed(COLUMNS):
            delivery.drop_column(name)
