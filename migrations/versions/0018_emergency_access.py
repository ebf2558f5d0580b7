"""Emergency access: who opened which file in an emergency, on what ground, and what was thought of it."""

import sqlalchemy as sa
from alembic import op

revision = "0018_emergency_access"
down_revision = "0017_map_confirmation"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "emergency_access",
        _to("intake_case", "case_id", index=True),
        _to("tenant", "tenant_id"),
        _to("app_user", "user_id"),
        _to("tenant", "by_tenant_id"),
        sa.Column("ground", sa.String(40), nullable=False),
        sa.Column("reason_sealed", sa.LargeBinary, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("verdict", sa.String(40)),
        sa.Column("reviewed_at", MOMENT),
        _to("app_user", "reviewed_by_id", nullable=True),
        sa.Column("remark_sealed", sa.LargeBinary),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint("(verdict IS NULL) = (reviewed_at IS NULL)", name="reviewed_with_verdict"),
    )
    op.create_index("ix_emergency_access_tenant", "emergency_access", ["tenant_id", "verdict", "id"])
    op.create_index("ix_emergency_access_reader", "emergency_access", ["user_id", "case_id"])


def downgrade() -> None:
    op.drop_table("emergency_access")


def _to(table: str, column: str, *, nullable: bool = False, index: bool = False) -> sa.Column[object]:
    return sa.Column(column, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable, index=index)
