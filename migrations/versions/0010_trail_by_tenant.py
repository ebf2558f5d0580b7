"""The trail of one organization is read in pages, the newest first."""

from alembic import op

revision = "0010_trail_by_tenant"
down_revision = "0009_practice"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_tenant", "audit", ["tenant_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_tenant", "audit")
