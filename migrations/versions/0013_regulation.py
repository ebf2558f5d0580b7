"""Regulation: own contribution and rhythm of reports; the phase a file is in; hours of work in a report."""

import sqlalchemy as sa
from alembic import op

revision = "0013_regulation"
down_revision = "0012_consent_record"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call", sa.Column("min_own_bp", sa.Integer, nullable=False, server_default="0"))
    op.add_column("call", sa.Column("report_months", sa.Integer, nullable=False, server_default="12"))
    op.add_column("application", sa.Column("phase", sa.String(10), nullable=False, server_default="full"))
    op.add_column("application", sa.Column("phase_closes_at", sa.DateTime(timezone=True)))
    op.add_column("report_cost_line", sa.Column("hours", sa.Integer))


def downgrade() -> None:
    with op.batch_alter_table("report_cost_line") as line:
        line.drop_column("hours")
    with op.batch_alter_table("application") as application:
        application.drop_column("phase_closes_at")
        application.drop_column("phase")
    with op.batch_alter_table("call") as call:
        call.drop_column("report_months")
        call.drop_column("min_own_bp")
