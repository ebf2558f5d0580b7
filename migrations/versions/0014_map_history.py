"""History of the map: what a change of a detail belongs to."""

import sqlalchemy as sa
from alembic import op

revision = "0014_map_history"
down_revision = "0013_regulation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("map_change", sa.Column("owner_id", sa.Uuid))
    op.create_index("ix_map_change_owner_id", "map_change", ["owner_id"])


def downgrade() -> None:
    op.drop_index("ix_map_change_owner_id", "map_change")
    with op.batch_alter_table("map_change") as change:
        change.drop_column("owner_id")
