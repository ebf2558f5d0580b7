"""A ground about which nobody was told a text keeps none: not consent, or consent of before the texts."""

import sqlalchemy as sa
from alembic import op

revision = "0029_told_or_not"
down_revision = "0028_nudges"
branch_labels = None
depends_on = None

FIRST_TEXTS = "2026-11-28"  # before this day the product kept no text that was told (0023)


def upgrade() -> None:
    with op.batch_alter_table("basis") as basis:
        basis.alter_column("text_version", existing_type=sa.String(20), nullable=True)
        basis.alter_column(
            "text_language",
            existing_type=sa.String(8),
            nullable=True,
            server_default=None,
            existing_nullable=False,
        )
    op.execute(
        "UPDATE basis SET text_version = NULL, text_language = NULL "
        f"WHERE text_id IS NULL AND (kind <> 'consent' OR given_on < '{FIRST_TEXTS}')"
    )


def downgrade() -> None:
    op.execute("UPDATE basis SET text_version = '1' WHERE text_version IS NULL")
    op.execute("UPDATE basis SET text_language = 'nl' WHERE text_language IS NULL")
    with op.batch_alter_table("basis") as basis:
        basis.alter_column(
            "text_language",
            existing_type=sa.String(8),
            nullable=False,
            server_default="nl",
            existing_nullable=True,
        )
        basis.alter_column("text_version", existing_type=sa.String(20), nullable=False)
