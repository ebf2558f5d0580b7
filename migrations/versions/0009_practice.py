"""Intake: the ground of an urgency, joint appointments, links for services without account, absences."""

import sqlalchemy as sa
from alembic import op

revision = "0009_practice"
down_revision = "0008_bundles"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("signal", sa.Column("urgency_rule", sa.String(20), nullable=False, server_default=""))
    op.add_column("signal", sa.Column("urgency_version", sa.String(64), nullable=False, server_default=""))
    _appointment()
    _referral_link()
    _absence()


def downgrade() -> None:
    for table in ("absence", "referral_link", "appointment"):
        op.drop_table(table)
    with op.batch_alter_table("signal") as signal:
        signal.drop_column("urgency_version")
        signal.drop_column("urgency_rule")


def _to(table: str, column: str, *, nullable: bool = False, index: bool = False) -> sa.Column[object]:
    return sa.Column(column, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable, index=index)


def _appointment() -> None:
    op.create_table(
        "appointment",
        _to("referral", "referral_id", index=True),
        _to("intake_case", "case_id"),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("place_sealed", sa.LargeBinary, nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        _to("app_user", "proposed_by_id", nullable=True),
        sa.Column("sender_confirmed_at", MOMENT),
        sa.Column("partner_confirmed_at", MOMENT),
        sa.Column("replaced_at", MOMENT),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def _referral_link() -> None:
    op.create_table(
        "referral_link",
        _to("referral", "referral_id", index=True),
        _to("tenant", "tenant_id"),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("made_at", MOMENT, nullable=False),
        _to("app_user", "made_by_id", nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.Column("id", sa.Uuid, primary_key=True),
    )


def _absence() -> None:
    op.create_table(
        "absence",
        _to("tenant", "tenant_id"),
        _to("app_user", "user_id"),
        _to("app_user", "substitute_id"),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.CheckConstraint("starts_on <= ends_on", name="days_in_order"),
    )
    op.create_index("ix_absence_tenant", "absence", ["tenant_id", "ends_on"])
