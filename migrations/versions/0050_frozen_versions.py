"""The database itself refuses to remove what was submitted or what a published call said.

Content and moments stay free for the demo, which makes what it plays older. So a gap remains: SQL can still
change a content together with its hash; only the receipt that the applicant kept shows it then.
"""

from alembic import op

revision = "0050_frozen_versions"
down_revision = "0049_unused_columns"
branch_labels = None
depends_on = None

FIXED = {
    "application_version": ("id", "application_id", "number", "submitted_by"),
    "call_version": ("id", "call_id", "number", "reason"),
}


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, columns in FIXED.items():
        update = f"UPDATE OF {', '.join(columns)}"
        if not on_sqlite:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE {update} OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
            continue
        for act in (update, "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.split()[0].lower()} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in FIXED:
        if on_sqlite:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
        else:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
