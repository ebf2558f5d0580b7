"""A file that goes on from a late or inadmissible one says so: none is taken along twice."""

import sqlalchemy as sa
from alembic import op

revision = "0046_goes_on_from"
down_revision = "0045_duties"
branch_labels = None
depends_on = None

KEY = "fk_application_goes_on_from_id"


def upgrade() -> None:
    with op.batch_alter_table("application") as batch:
        batch.add_column(sa.Column("goes_on_from_id", sa.Uuid, sa.ForeignKey("application.id", name=KEY)))
    op.create_index("ix_application_goes_on_from_id", "application", ["goes_on_from_id"])


def downgrade() -> None:
    op.drop_index("ix_application_goes_on_from_id", "application")
    with op.batch_alter_table("application") as batch:
        batch.drop_constraint(KEY, type_="foreignkey")
        batch.drop_column("goes_on_from_id")
