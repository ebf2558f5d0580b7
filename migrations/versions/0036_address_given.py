"""Which address somebody got at the desk: a service, of nobody in particular."""

import sqlalchemy as sa
from alembic import op

revision = "0036_address_given"
down_revision = "0035_index_version"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contact_moment") as contact:
        contact.add_column(sa.Column("service_id", sa.Uuid(), nullable=True))
        contact.create_foreign_key("fk_contact_moment_service_id", "service", ["service_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("contact_moment") as contact:
        contact.drop_constraint("fk_contact_moment_service_id", type_="foreignkey")
        contact.drop_column("service_id")
