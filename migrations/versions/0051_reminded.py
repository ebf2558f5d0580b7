"""A report knows for which due day its applicant was reminded: once, however long that is ago."""

import sqlalchemy as sa
from alembic import op

revision = "0051_reminded"
down_revision = "0050_frozen_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("reminded_for", sa.Date))


def downgrade() -> None:
    op.drop_column("report", "reminded_for")
