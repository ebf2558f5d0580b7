"""Municipalities join and leave an area on a day; areas made here are told from the reference data."""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0032_area_sets"
down_revision = "0031_call_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("area_set", sa.Column("local", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("area_set_member", sa.Column("valid_from", sa.Date))
    op.add_column("area_set_member", sa.Column("valid_to", sa.Date))
    op.execute("UPDATE area_set SET local = (kind = 'partnership')")


def downgrade() -> None:
    """Without days a member is one for good: those of today stay, who left or is still to come goes."""
    today = datetime.now(ZoneInfo("Europe/Brussels")).date()
    left = sa.text("DELETE FROM area_set_member WHERE valid_to < :today OR valid_from > :today")
    op.execute(left.bindparams(sa.bindparam("today", today, sa.Date)))
    with op.batch_alter_table("area_set_member") as member:
        member.drop_column("valid_to")
        member.drop_column("valid_from")
    with op.batch_alter_table("area_set") as area:
        area.drop_column("local")
