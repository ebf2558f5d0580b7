"""Decision tables that are deployed in the product, such as the rules of a right."""

import sqlalchemy as sa
from alembic import op

revision = "0033_decision_versions"
down_revision = "0032_area_sets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decision_version",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("deployed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deployed_by", sa.Uuid(), sa.ForeignKey("app_user.id")),
        sa.UniqueConstraint("name", "number"),
    )


def downgrade() -> None:
    op.drop_table("decision_version")
