"""When organizations, places and terms of the map last changed, for those who keep a copy of it."""

import sqlalchemy as sa
from alembic import op

revision = "0027_map_changed_at"
down_revision = "0026_exclusions"
branch_labels = None
depends_on = None

TABLES = (
    "organization", "program", "location", "service_at_location", "taxonomy", "taxonomy_term",
)  # fmt: skip


def upgrade() -> None:
    for name in TABLES:
        op.add_column(name, sa.Column("changed_at", sa.DateTime(timezone=True)))
        op.create_index(f"ix_{name}_changed_at", name, ["changed_at"])
        op.execute(
            f"UPDATE {name} SET changed_at = (SELECT max(applied_at) FROM map_delivery"
            f" WHERE map_delivery.source = {name}.source)"
        )


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_index(f"ix_{name}_changed_at", name)
        op.drop_column(name, "changed_at")
