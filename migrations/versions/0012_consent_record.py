"""The whole consent record: who gave it and in what capacity, the interpreter, what was left out."""

import sqlalchemy as sa
from alembic import op

revision = "0012_consent_record"
down_revision = "0011_intake_depth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("basis", sa.Column("capacity", sa.String(40), nullable=False, server_default="citizen"))
    for column in ("representative_sealed", "interpreter_sealed", "exclusions_sealed"):
        op.add_column("basis", sa.Column(column, sa.LargeBinary))


def downgrade() -> None:
    with op.batch_alter_table("basis") as basis:
        for column in ("exclusions_sealed", "interpreter_sealed", "representative_sealed", "capacity"):
            basis.drop_column(column)
