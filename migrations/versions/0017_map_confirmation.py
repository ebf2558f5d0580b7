"""Keeping the map current: when somebody was asked to confirm a service, and what was asked of whom."""

import sqlalchemy as sa
from alembic import op

revision = "0017_map_confirmation"
down_revision = "0016_cost_vat"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "map_confirmation_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("organization_id", sa.Uuid, sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("service_ids", sa.JSON, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "ix_map_confirmation_request_organization_id", "map_confirmation_request", ["organization_id"]
    )
    op.add_column("service", sa.Column("asked_on", sa.Date))
    op.add_column("service", sa.Column("answered_on", sa.Date))
    op.create_index("ix_service_assured_date", "service", ["assured_date"])


def downgrade() -> None:
    op.drop_index("ix_service_assured_date", "service")
    op.drop_column("service", "answered_on")
    op.drop_column("service", "asked_on")
    op.drop_table("map_confirmation_request")
