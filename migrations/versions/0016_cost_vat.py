"""VAT of a cost in a report: how much of the amount it is, and whether the organization gets it back."""

import sqlalchemy as sa
from alembic import op

revision = "0016_cost_vat"
down_revision = "0015_map_reach"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "report_cost_line", sa.Column("vat_cents", sa.BigInteger, nullable=False, server_default="0")
    )
    op.add_column(
        "report_cost_line",
        sa.Column("vat_recoverable", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    with op.batch_alter_table("report_cost_line") as line:
        line.drop_column("vat_recoverable")
        line.drop_column("vat_cents")
