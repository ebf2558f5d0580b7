"""The database itself refuses to change or remove a movement of money, or an act in the history of a file.

Only the moment stays free: the demo makes what it plays older.
"""

from alembic import op

revision = "0048_movements_of_money"
down_revision = "0047_steps_of_a_person"
branch_labels = None
depends_on = None

FIXED = {
    "ledger_entry": (
        "id", "call_id", "project_id", "application_id", "kind", "amount_cents", "act_type", "act_id",
        "user_id",
    ),
    "project_transition": (
        "id", "subject_type", "subject_id", "from_status", "to_status", "user_id", "actor_name", "basis",
        "motivation",
    ),
}  # fmt: skip


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
