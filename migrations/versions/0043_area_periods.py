"""A municipality comes back to an area without losing its first period; an area counts its changes."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0043_area_periods"
down_revision = "0042_local_entries"
branch_labels = None
depends_on = None

NAME = "area_set_member"
MEMBERS = sa.table(
    NAME, sa.column("id", sa.Uuid), sa.column("code"), sa.column("nis"),
    sa.column("valid_from", sa.Date), sa.column("valid_to", sa.Date),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("area_set", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    rows = _taken_out()
    op.create_table(
        NAME,
        *_columns(),
        sa.Column("id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{NAME}"),
        sa.UniqueConstraint("code", "nis", "valid_from", name=f"uq_{NAME}_code_nis_valid_from"),
    )
    _put_back([{"id": uuid.uuid4(), **row} for row in rows])


def downgrade() -> None:
    """Of a municipality that came back only the last period is kept."""
    last = {(row["code"], row["nis"]): row for row in _taken_out()}
    op.create_table(NAME, *_columns(), sa.PrimaryKeyConstraint("code", "nis", name=f"pk_{NAME}"))
    _put_back(list(last.values()))
    with op.batch_alter_table("area_set") as area:
        area.drop_column("version")


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("code", sa.String(60), sa.ForeignKey("area_set.code"), nullable=False),
        sa.Column("nis", sa.String(5), sa.ForeignKey("municipality.nis"), nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
    ]


def _taken_out() -> list[dict[str, object]]:
    """All rows, the first period of a municipality before its later ones; the table goes."""
    c = MEMBERS.c
    first = sa.case((c.valid_from.is_(None), 0), else_=1)
    query = sa.select(c.code, c.nis, c.valid_from, c.valid_to).order_by(first, c.valid_from)
    rows = [dict(row) for row in op.get_bind().execute(query).mappings()]
    op.drop_table(NAME)
    return rows


def _put_back(rows: list[dict[str, object]]) -> None:
    op.create_index(f"ix_{NAME}_nis", NAME, ["nis"])
    if rows:
        op.bulk_insert(MEMBERS, rows)
