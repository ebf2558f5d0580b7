"""An uploaded delivery lies sealed; `db upgrade` seals what lay bare and loses addresses of secret places."""

import sqlalchemy as sa
from alembic import op

revision = "0041_sealed_deliveries"
down_revision = "0040_writes_along"
branch_labels = None
depends_on = None

DELIVERY = sa.table(
    "map_delivery", sa.column("state", sa.String), sa.column("content_sealed", sa.LargeBinary)
)


def upgrade() -> None:
    with op.batch_alter_table("map_delivery") as batch:
        batch.alter_column("content", new_column_name="content_sealed", existing_type=sa.LargeBinary())


def downgrade() -> None:
    """What is sealed cannot be opened here: such a delivery is to be uploaded again."""
    sealed = DELIVERY.c.content_sealed.is_not(None)
    op.execute(sa.update(DELIVERY).where(sealed).values(state="refused", content_sealed=None))
    with op.batch_alter_table("map_delivery") as batch:
        batch.alter_column("content_sealed", new_column_name="content", existing_type=sa.LargeBinary())
