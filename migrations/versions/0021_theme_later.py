"""A visitor need not know what a notice is about: the theme may come when it is assessed."""

import sqlalchemy as sa
from alembic import op

revision = "0021_theme_later"
down_revision = "0020_task_form"
branch_labels = None
depends_on = None

CODE = sa.String(40)


def upgrade() -> None:
    with op.batch_alter_table("signal") as signal:
        signal.alter_column("theme", existing_type=CODE, nullable=True)


def downgrade() -> None:
    # What nobody said stands under papers and applications, the theme of the general desk.
    op.execute(sa.text("UPDATE signal SET theme = 'admin' WHERE theme IS NULL"))
    with op.batch_alter_table("signal") as signal:
        signal.alter_column("theme", existing_type=CODE, nullable=False)
