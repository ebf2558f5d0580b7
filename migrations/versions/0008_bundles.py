"""Intake: policy themes on notices and files, bundles of them."""

import sqlalchemy as sa
from alembic import op

revision = "0008_bundles"
down_revision = "0007_rights"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _policy_tag()
    _bundle()
    op.create_table(
        "signal_bundle_member",
        sa.Column("bundle_id", sa.Uuid, sa.ForeignKey("signal_bundle.id"), primary_key=True),
        sa.Column("tag_id", sa.Uuid, sa.ForeignKey("policy_tag.id"), primary_key=True),
    )


def downgrade() -> None:
    for table in ("signal_bundle_member", "signal_bundle", "policy_tag"):
        op.drop_table(table)


def _to(table: str, column: str, *, nullable: bool = False, index: bool = False) -> sa.Column[object]:
    return sa.Column(column, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable, index=index)


def _policy_tag() -> None:
    op.create_table(
        "policy_tag",
        _to("tenant", "tenant_id", index=True),
        sa.Column("subject_type", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("counted_as", sa.Uuid, nullable=False),
        sa.Column("theme", sa.String(40), nullable=False),
        sa.Column("nis", sa.String(5), nullable=False),
        sa.Column("zone", sa.String(20), nullable=False),
        sa.Column("quarter", sa.String(7), nullable=False),
        sa.Column("tagged_on", sa.Date, nullable=False),
        _to("app_user", "tagged_by_id", nullable=True, index=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.UniqueConstraint("subject_type", "subject_id", "theme"),
    )
    op.create_index("ix_policy_tag_grain", "policy_tag", ["theme", "zone", "quarter", "tenant_id"])


def _bundle() -> None:
    op.create_table(
        "signal_bundle",
        _to("partnership", "partnership_id", index=True),
        sa.Column("theme", sa.String(40), nullable=False),
        sa.Column("zone", sa.String(20), nullable=False),
        sa.Column("quarter", sa.String(7), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("municipalities", sa.JSON, nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        _to("app_user", "proposed_by_id", nullable=True),
        sa.Column("decided_at", MOMENT),
        _to("app_user", "decided_by_id", nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("feedback_status", sa.String(40), nullable=False),
        sa.Column("feedback", sa.Text, nullable=False),
        sa.Column("feedback_at", MOMENT),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("partnership_id", "theme", "zone", "quarter"),
        sa.CheckConstraint("cases >= 5", name="five_or_more"),
    )
