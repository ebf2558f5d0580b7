"""When a sender last reminded the partner of a referral; the register of requests for aid of a whole OCMW."""

import sqlalchemy as sa
from alembic import op

revision = "0028_nudges"
down_revision = "0027_map_changed_at"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referral", sa.Column("nudged_at", sa.DateTime(timezone=True)))
    op.create_index("ix_aid_request_register", "aid_request", ["tenant_id", "registered_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_aid_request_register", "aid_request")
    with op.batch_alter_table("referral") as referral:
        referral.drop_column("nudged_at")
