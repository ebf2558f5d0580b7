"""Words of a file may go while its row stays to be counted: what is left of a file that was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0038_erased_words"
down_revision = "0037_owner_of_history"
branch_labels = None
depends_on = None

WORDS = {
    "aid_request": "words_sealed",
    "emergency_access": "reason_sealed",
    "follow_up": "what_sealed",
    "help_request": "own_words_sealed",
    "signal": "observed_sealed",
}


def upgrade() -> None:
    for table, column in WORDS.items():
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, existing_type=sa.LargeBinary(), nullable=True)


def downgrade() -> None:
    for table, column in WORDS.items():
        words = sa.table(table, sa.column(column, sa.LargeBinary))
        op.execute(sa.update(words).where(words.c[column].is_(None)).values({column: b""}))
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, existing_type=sa.LargeBinary(), nullable=False)
