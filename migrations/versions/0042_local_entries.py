"""An organization or a service that was entered here may have a last day."""

import sqlalchemy as sa
from alembic import op

revision = "0042_local_entries"
down_revision = "0041_sealed_deliveries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organization", sa.Column("ends_on", sa.Date(), nullable=True))
    op.add_column("service", sa.Column("ends_on", sa.Date(), nullable=True))
    op.create_index("ix_service_ends_on", "service", ["ends_on"])


def downgrade() -> None:
    op.drop_index("ix_service_ends_on", "service")
    for table in ("service", "organization"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("ends_on")
