"""What is told before somebody agrees, in versions; a consent points to the one that was told."""

import sqlalchemy as sa
from alembic import op

revision = "0023_consent_texts"
down_revision = "0022_editor_invitation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_text",
        sa.Column("tenant_id", sa.Uuid, sa.ForeignKey("tenant.id")),
        sa.Column("partnership_id", sa.Uuid, sa.ForeignKey("partnership.id")),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Uuid, sa.ForeignKey("app_user.id")),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.UniqueConstraint("tenant_id", "partnership_id", "language", "number"),
        sa.CheckConstraint("tenant_id IS NULL OR partnership_id IS NULL", name="one_owner"),
    )
    op.create_index("ix_consent_text_language", "consent_text", ["language", "valid_from"])
    with op.batch_alter_table("basis") as basis:
        basis.add_column(
            sa.Column("text_id", sa.Uuid, sa.ForeignKey("consent_text.id", name="fk_basis_text_id"))
        )
        basis.add_column(sa.Column("text_language", sa.String(8), nullable=False, server_default="nl"))


def downgrade() -> None:
    with op.batch_alter_table("basis") as basis:
        basis.drop_column("text_language")
        basis.drop_constraint("fk_basis_text_id", type_="foreignkey")
        basis.drop_column("text_id")
    op.drop_table("consent_text")
