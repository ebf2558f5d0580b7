"""The last tables of HSDS 3.1: units, capacities of services, descriptions of tables."""

import sqlalchemy as sa
from alembic import op

revision = "0039_rest_of_hsds"
down_revision = "0038_erased_words"
branch_labels = None
depends_on = None


def _table(name: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("source", sa.String(60), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("content_hash", sa.String(32), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.UniqueConstraint("source", "external_id", name=f"uq_{name}_source_external_id"),
    )


def _pointer(table: str, column: str, target: str) -> sa.Column[object]:
    name = f"fk_{table}_{column}"
    return sa.Column(column, sa.Uuid, sa.ForeignKey(f"{target}.id", name=name))


def upgrade() -> None:
    _table(
        "hsds_unit",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scheme", sa.Text),
        sa.Column("identifier", sa.Text),
        sa.Column("uri", sa.Text),
        sa.Column("last_seen_run", sa.Integer),
        sa.Column("not_seen_since", sa.DateTime(timezone=True)),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        sa.Column("missed", sa.SmallInteger, nullable=False, server_default="0"),
    )
    op.create_index("ix_hsds_unit_changed_at", "hsds_unit", ["changed_at"])
    _table(
        "hsds_service_capacity",
        _pointer("hsds_service_capacity", "service_id", "service"),
        _pointer("hsds_service_capacity", "unit_id", "hsds_unit"),
        sa.Column("available", sa.Double),
        sa.Column("maximum", sa.Double),
        sa.Column("description", sa.Text),
        sa.Column("updated", sa.DateTime(timezone=True)),
    )
    for column in ("service_id", "unit_id"):
        op.create_index(f"ix_hsds_service_capacity_{column}", "hsds_service_capacity", [column])
    _table(
        "hsds_meta_table_description",
        sa.Column("name", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("character_set", sa.Text),
    )


def downgrade() -> None:
    for name in ("hsds_meta_table_description", "hsds_service_capacity", "hsds_unit"):
        op.drop_table(name)
