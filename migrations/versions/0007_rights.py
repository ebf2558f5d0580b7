"""Intake: requests for aid and the rights review."""

import sqlalchemy as sa
from alembic import op

revision = "0007_rights"
down_revision = "0006_files"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _aid_request()
    _rights_answers()
    _right_review()


def downgrade() -> None:
    for table in ("right_review", "rights_answers", "aid_request"):
        op.drop_table(table)


def _to(table: str, column: str, *, nullable: bool = False, index: bool = False) -> sa.Column[object]:
    return sa.Column(column, sa.Uuid, sa.ForeignKey(f"{table}.id"), nullable=nullable, index=index)


def _aid_request() -> None:
    op.create_table(
        "aid_request",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        _to("intake_case", "case_id", index=True),
        _to("tenant", "tenant_id", index=True),
        sa.Column("number", sa.String(16), nullable=False, unique=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("spoken", sa.Boolean, nullable=False),
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        _to("app_user", "registered_by", nullable=True),
        sa.Column("words_sealed", sa.LargeBinary, nullable=False),
        sa.Column("receipt_given_at", MOMENT),
        sa.Column("forwarded_to", sa.Text, nullable=False),
        sa.Column("forwarded_on", sa.Date),
        sa.Column("reason_sealed", sa.LargeBinary),
        sa.Column("is_urgent", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(40)),
        sa.Column("decided_on", sa.Date),
        sa.Column("ratified_on", sa.Date),
        sa.Column("notified_on", sa.Date),
        sa.Column("appeal_until", sa.Date),
    )


def _rights_answers() -> None:
    op.create_table(
        "rights_answers",
        sa.Column("case_id", sa.Uuid, sa.ForeignKey("intake_case.id"), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document_sealed", sa.LargeBinary, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        _to("app_user", "changed_by", nullable=True),
    )


def _right_review() -> None:
    op.create_table(
        "right_review",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        _to("intake_case", "case_id"),
        _to("tenant", "tenant_id"),
        sa.Column("right", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("rule", sa.String(20), nullable=False),
        sa.Column("table_version", sa.String(64), nullable=False),
        sa.Column("parameters_version", sa.String(60), nullable=False),
        sa.Column("missing", sa.JSON, nullable=False),
        sa.Column("blockers", sa.JSON, nullable=False),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("euro_per_year", sa.Integer),
        sa.Column("inputs_sealed", sa.LargeBinary),
        sa.Column("screened_at", MOMENT, nullable=False),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("step_at", MOMENT, nullable=False),
        _to("app_user", "confirmed_by", nullable=True),
        sa.Column("applied_on", sa.Date),
        sa.Column("realised_on", sa.Date),
        sa.Column("realised_euro", sa.Integer),
        sa.Column("non_take_up", sa.String(40)),
        sa.UniqueConstraint("case_id", "right"),
    )
