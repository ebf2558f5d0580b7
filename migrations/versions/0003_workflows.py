"""Processes: definitions, instances, the worklist, terms, incidents."""

import sqlalchemy as sa
from alembic import op

revision = "0003_workflows"
down_revision = "0002_socialmap"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
LIVE = "status IN ('running', 'suspended', 'incident')"
ASSIGNED = "status = 'open' AND assignee_id IS NOT NULL"
TABLES = (
    "process_definition",
    "process_file",
    "process_call",
    "process_instance",
    "process_lane",
    "process_timer",
    "process_job",
    "process_wait",
    "process_held_message",
    "process_event",
    "process_snapshot",
    "process_incident",
    "task",
    "term",
)


def upgrade() -> None:
    _definitions()
    _instances()
    _history()
    _tasks()
    _terms()


def _where(condition: str) -> dict[str, sa.TextClause]:
    """A partial index means the same on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _instance() -> sa.ForeignKey:
    return sa.ForeignKey("process_instance.id", ondelete="CASCADE")


def _definitions() -> None:
    op.create_table(
        "process_definition",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("engine_version", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), sa.ForeignKey("app_user.id")),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.UniqueConstraint("hash"),
        sa.UniqueConstraint("key", "version"),
    )
    op.create_index(
        "uq_process_definition_active",
        "process_definition",
        ["key"],
        unique=True,
        **_where("status = 'active'"),
    )
    op.create_table(
        "process_file",
        sa.Column(
            "definition_id",
            sa.Uuid(),
            sa.ForeignKey("process_definition.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("definition_id", "name"),
    )
    op.create_table(
        "process_call",
        sa.Column(
            "definition_id",
            sa.Uuid(),
            sa.ForeignKey("process_definition.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("called_key", sa.String(80), nullable=False),
        sa.Column("called_id", sa.Uuid(), sa.ForeignKey("process_definition.id"), nullable=False),
        sa.PrimaryKeyConstraint("definition_id", "called_key"),
    )


def _instances() -> None:
    op.create_table(
        "process_instance",
        sa.Column("definition_id", sa.Uuid(), sa.ForeignKey("process_definition.id"), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("subject_type", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), sa.ForeignKey("tenant.id"), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("codec", sa.SmallInteger(), nullable=False),
        sa.Column("n_tasks", sa.Integer(), nullable=False),
        sa.Column("work", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("turn_state", sa.String(40), nullable=False),
        sa.Column("turn_tenant_id", sa.Uuid()),
        sa.Column("turn_user_id", sa.Uuid()),
        sa.Column("turn_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), primary_key=True),
    )
    op.create_index("ix_process_instance_definition", "process_instance", ["definition_id", "status"])
    op.create_index(
        "ix_process_instance_subject", "process_instance", ["subject_type", "subject_id", "started_at"]
    )
    op.create_index(
        "uq_process_instance_live",
        "process_instance",
        ["subject_type", "subject_id"],
        unique=True,
        **_where(LIVE),
    )
    op.create_table(
        "process_lane",
        sa.Column("instance_id", sa.Uuid(), _instance(), nullable=False),
        sa.Column("lane", sa.String(80), nullable=False),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("queue", sa.Uuid()),
        sa.Column("assignee_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("instance_id", "lane"),
    )
    op.create_table(
        "process_timer",
        sa.Column("instance_id", sa.Uuid(), _instance(), nullable=False),
        sa.Column("task_id", sa.String(40), nullable=False),
        sa.Column("slot", sa.SmallInteger(), nullable=False),
        sa.Column("element_id", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id", "task_id", "slot"),
    )
    op.create_index("ix_process_timer_due_at", "process_timer", ["due_at"])
    op.create_table(
        "process_job",
        sa.Column("instance_id", sa.Uuid(), _instance(), nullable=False),
        sa.Column("task_id", sa.String(40), nullable=False),
        sa.Column("element_id", sa.String(120), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.UniqueConstraint("instance_id", "task_id"),
    )
    op.create_index("ix_process_job_due_at", "process_job", ["due_at"])
    op.create_table(
        "process_wait",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("instance_id", sa.Uuid(), _instance(), nullable=False),
        sa.Column("task_id", sa.String(40), nullable=False),
        sa.Column("element_id", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("corr_hash", sa.String(64), nullable=False),
    )
    op.create_index("ix_process_wait_instance_id", "process_wait", ["instance_id"])
    op.create_index("ix_process_wait_name", "process_wait", ["name", "corr_hash"])


def _history() -> None:
    op.create_table(
        "process_held_message",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("corr_hash", sa.String(64), nullable=False),
        sa.Column("correlation", sa.JSON(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_process_held_message_keep_until", "process_held_message", ["keep_until"])
    op.create_index("ix_process_held_message_name", "process_held_message", ["name", "corr_hash"])
    op.create_table(
        "process_event",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("instance_id", sa.Uuid(), _instance(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("element_id", sa.String(120)),
        sa.Column("task_id", sa.String(40)),
        sa.Column("data", sa.JSON(), nullable=False),
    )
    op.create_index("ix_process_event_instance", "process_event", ["instance_id", "id"])
    op.create_table(
        "process_snapshot",
        sa.Column("id", SERIAL, primary_key=True, autoincrement=True),
        sa.Column("instance_id", sa.Uuid(), _instance(), nullable=False),
        sa.Column("definition_id", sa.Uuid(), sa.ForeignKey("process_definition.id"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("codec", sa.SmallInteger(), nullable=False),
        sa.Column("n_tasks", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
    )
    op.create_index("ix_process_snapshot_instance_id", "process_snapshot", ["instance_id"])
    op.create_table(
        "process_incident",
        sa.Column("instance_id", sa.Uuid(), _instance()),
        sa.Column("tenant_id", sa.Uuid()),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("element_id", sa.String(120)),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("cause", sa.String(500), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Uuid()),
        sa.Column("note", sa.Text()),
        sa.Column("id", sa.Uuid(), primary_key=True),
    )
    op.create_index("ix_process_incident_instance_id", "process_incident", ["instance_id"])
    op.create_index("ix_process_incident_status", "process_incident", ["status", "at"])


def _tasks() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("instance_id", sa.Uuid(), _instance(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("element_id", sa.String(120), nullable=False),
        sa.Column("lane", sa.String(80), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("subject_type", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("queue", sa.Uuid(), nullable=False),
        sa.Column("assignee_id", sa.Uuid()),
        sa.Column("party", sa.String(40), nullable=False),
        sa.Column("turn_tenant_id", sa.Uuid()),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("sort_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Uuid()),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index(
        "ix_task_desk",
        "task",
        ["tenant_id", "queue", "sort_at", "id"],
        **_where("status = 'open' AND assignee_id IS NULL"),
    )
    op.create_index("ix_task_instance", "task", ["instance_id"])
    op.create_index("ix_task_mine", "task", ["tenant_id", "assignee_id", "sort_at", "id"], **_where(ASSIGNED))
    op.create_index(
        "ix_task_subject", "task", ["subject_type", "subject_id"], **_where("status IN ('open', 'waiting')")
    )
    op.create_index("ix_task_team", "task", ["tenant_id", "queue", "sort_at", "id"], **_where(ASSIGNED))
    op.create_index(
        "ix_task_waiting", "task", ["tenant_id", "queue", "opened_at", "id"], **_where("status = 'waiting'")
    )
    op.create_index(
        "ix_task_waiting_mine",
        "task",
        ["tenant_id", "assignee_id", "opened_at", "id"],
        **_where("status = 'waiting'"),
    )


def _terms() -> None:
    op.create_table(
        "term",
        sa.Column("subject_type", sa.String(40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.String(10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspensions", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("rule_version", sa.String(80), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), primary_key=True),
    )
    op.create_index("ix_term_due", "term", ["due_at"], **_where("status = 'running'"))
    op.create_index("ix_term_subject", "term", ["subject_type", "subject_id"])
    op.create_index(
        "uq_term_live",
        "term",
        ["subject_type", "subject_id", "kind"],
        unique=True,
        **_where("status IN ('running', 'suspended')"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
