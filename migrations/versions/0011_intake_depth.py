"""Intake: how the citizen was told, capacity of a minor, reminders of statutory terms."""

import sqlalchemy as sa
from alembic import op

revision = "0011_intake_depth"
down_revision = "0010_trail_by_tenant"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
COLUMNS: tuple[tuple[str, str, sa.types.TypeEngine[object]], ...] = (
    ("contact_attempt", "told_how", sa.String(40)),
    ("person", "capacity_note_sealed", sa.LargeBinary()),
    ("aid_request", "reminded_until", MOMENT),
)


def upgrade() -> None:
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind))


def downgrade() -> None:
    for table, name, _kind in reversed(COLUMNS):
        with op.batch_alter_table(table) as changed:
            changed.drop_column(name)
