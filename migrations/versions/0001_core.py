"""The ground: organizations, people, sessions, trail, outbox, drafts, commands, parameters and keys."""

import sqlalchemy as sa
from alembic import op

revision = "0001_core"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
WAITING = "done_at IS NULL AND dead_at IS NULL"
TRAILS = ("audit", "audit_seal")


def upgrade() -> None:
    make_people()
    make_sessions()
    make_trail()
    make_outbox()
    make_records()
    protect_trails()


def make_people() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("nis", sa.String(5)),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("wrapped_key", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_tenant"),
    )
    op.create_table(
        "partnership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_set", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_partnership"),
    )
    op.create_table(
        "partnership_member",
        sa.Column("partnership_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.PrimaryKeyConstraint("partnership_id", "tenant_id", name="pk_partnership_member"),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnership.id"], name="fk_partnership_member_partnership_id"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_partnership_member_tenant_id"),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_team"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_team_tenant_id"),
    )
    op.create_index("ix_team_tenant_id", "team", ["tenant_id"])
    op.create_table(
        "app_user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("blocked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_app_user"),
        sa.UniqueConstraint("email", name="uq_app_user_email"),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid()),
        sa.Column("partnership_id", sa.Uuid()),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_membership"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_membership_user_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_membership_tenant_id"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_membership_team_id"),
        sa.ForeignKeyConstraint(["partnership_id"], ["partnership.id"], name="fk_membership_partnership_id"),
    )
    op.create_index("ix_membership_user_id", "membership", ["user_id"])
    op.create_index("ix_membership_tenant_id", "membership", ["tenant_id"])


def make_sessions() -> None:
    op.create_table(
        "user_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("device", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_session"),
        sa.UniqueConstraint("token_hash", name="uq_user_session_token_hash"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_user_session_user_id"),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name="fk_user_session_membership_id"),
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"])
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempt"),
    )
    op.create_index("ix_sign_in_attempt_key_at", "sign_in_attempt", ["key_hash", "at"])
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("token_hash", name="uq_api_token_token_hash"),
        sa.ForeignKeyConstraint(["membership_id"], ["membership.id"], name="fk_api_token_membership_id"),
    )


def make_trail() -> None:
    op.create_table(
        "audit",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("membership_id", sa.Uuid()),
        sa.Column("on_behalf_of", sa.Uuid()),
        sa.Column("actor_kind", sa.String(20), nullable=False),
        sa.Column("subject_type", sa.String(40)),
        sa.Column("subject_id", sa.String(64)),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("request_id", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_subject", "audit", ["subject_type", "subject_id", "id"])
    op.create_index("ix_audit_user", "audit", ["user_id", "id"])
    op.create_table(
        "audit_seal",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("covered", sa.JSON(), nullable=False),
        sa.Column("open_gaps", sa.JSON(), nullable=False),
        sa.Column("key_id", sa.String(20), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_seal"),
        sqlite_autoincrement=True,
    )


def make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("dedup", sa.String(120)),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", MOMENT),
        sa.Column("done_at", MOMENT),
        sa.Column("dead_at", MOMENT),
        sa.Column("last_error", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_outbox_kind_dedup", "outbox", ["kind", "dedup"], unique=True)
    only_waiting = {"sqlite_where": sa.text(WAITING), "postgresql_where": sa.text(WAITING)}
    op.create_index("ix_outbox_waiting", "outbox", ["due_at", "id"], **only_waiting)


def make_records() -> None:
    op.create_table(
        "draft",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("subject_key", sa.String(200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "subject_key", name="pk_draft"),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_draft_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_draft_saved_at", "draft", ["saved_at"])
    op.create_table(
        "command",
        sa.Column("owner", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("fingerprint", sa.String(64)),
        sa.Column("result", sa.JSON()),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_command"),
    )
    op.create_index("ix_command_at", "command", ["at"])
    op.create_table(
        "parameter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_parameter"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_parameter_tenant_id"),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_parameter_ends_after_start")
        ),
    )
    everywhere, own = sa.text("tenant_id IS NULL"), sa.text("tenant_id IS NOT NULL")
    op.create_index(
        "uq_parameter_everywhere", "parameter", ["key", "valid_from"], unique=True,
        sqlite_where=everywhere, postgresql_where=everywhere,
    )  # fmt: skip
    op.create_index(
        "uq_parameter_tenant", "parameter", ["key", "tenant_id", "valid_from"], unique=True,
        sqlite_where=own, postgresql_where=own,
    )  # fmt: skip
    op.create_table(
        "content_key",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("destroyed_at", MOMENT),
        sa.PrimaryKeyConstraint("owner_id", name="pk_content_key"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_content_key_tenant_id"),
    )
    op.create_index("ix_content_key_tenant_id", "content_key", ["tenant_id"])
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeat"),
    )


def protect_trails() -> None:
    """The database itself refuses to change or remove what is in a trail."""
    if op.get_bind().dialect.name == "sqlite":
        for table in TRAILS:
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in TRAILS:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    tables = (
        "heartbeat",
        "content_key",
        "parameter",
        "command",
        "draft",
        "outbox",
        "audit_seal",
        "audit",
        "api_token",
        "sign_in_attempt",
        "user_session",
        "membership",
        "app_user",
        "team",
        "partnership_member",
        "partnership",
        "tenant",
    )
    for table in tables:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
