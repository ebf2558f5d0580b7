"""What citizens do not want passed on, and what running referrals leave out because of it."""

import sqlalchemy as sa
from alembic import op

revision = "0026_exclusions"
down_revision = "0025_call_version"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "exclusion",
        _to("intake_case", "case_id", nullable=False, index=True),
        _to("tenant", "tenant_id", nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("item", sa.String(40)),
        _to("organization", "organization_id"),
        sa.Column("name_sealed", sa.LargeBinary),
        sa.Column("added_at", MOMENT, nullable=False),
        _to("app_user", "added_by_id"),
        sa.Column("ended_at", MOMENT),
        _to("app_user", "ended_by_id"),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.CheckConstraint(
            "(item IS NOT NULL) = (kind = 'subject')"
            " AND (organization_id IS NOT NULL) = (kind = 'organization')"
            " AND (name_sealed IS NOT NULL) = (kind = 'person')",
            name="one_of_a_kind",
        ),
    )
    op.add_column("referral", sa.Column("withheld_sealed", sa.LargeBinary))


def downgrade() -> None:
    with op.batch_alter_table("referral") as referral:
        referral.drop_column("withheld_sealed")
    op.drop_table("exclusion")


def _to(table: str, column: str, *, nullable: bool = True, index: bool = False) -> sa.Column[object]:
    return sa.Column(column, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable, index=index)
