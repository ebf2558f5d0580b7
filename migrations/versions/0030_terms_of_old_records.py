"""Receipts and reviews of before their terms get one: they show late, and somebody hears of them."""

import uuid
from datetime import UTC, date, datetime, timedelta
from datetime import time as day_time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0030_terms_of_old_records"
down_revision = "0029_told_or_not"
branch_labels = None
depends_on = None

WEEK = 7  # five working days, for reviews that nobody was ever asked for
MARK = "0030:"  # begins the rule of every term that is made here

TERM = sa.table(
    "term",
    sa.column("id", sa.Uuid),
    sa.column("subject_type", sa.String),
    sa.column("subject_id", sa.Uuid),
    sa.column("tenant_id", sa.Uuid),
    sa.column("kind", sa.String),
    sa.column("started_on", sa.Date),
    sa.column("days", sa.Integer),
    sa.column("calendar", sa.String),
    sa.column("due_at", sa.DateTime(timezone=True)),
    sa.column("suspensions", sa.JSON),
    sa.column("status", sa.String),
    sa.column("rule_version", sa.String),
    sa.column("attempts", sa.SmallInteger),
)
WITHOUT_TERM = (
    "NOT EXISTS (SELECT 1 FROM term t WHERE t.subject_type = '{subject}' AND t.subject_id = r.id "
    "AND t.kind = '{kind}')"
)
OWED_RECEIPTS = (
    "SELECT r.id, r.tenant_id, r.asked_on FROM aid_request r WHERE r.receipt_given_at IS NULL "
    "AND r.status IN ('registered', 'deciding', 'decided', 'notified') AND "
    + WITHOUT_TERM.format(subject="aid_request", kind="aid_receipt")
)
OWED_REVIEWS = (
    "SELECT r.id, r.tenant_id FROM emergency_access r WHERE r.verdict IS NULL AND "
    + WITHOUT_TERM.format(subject="emergency", kind="emergency_review")
)


def upgrade() -> None:
    ids = {"id": sa.Uuid(), "tenant_id": sa.Uuid()}
    receipts = op.get_bind().execute(sa.text(OWED_RECEIPTS).columns(**ids, asked_on=sa.Date()))
    rows = [
        _term("aid_request", key, tenant_id, "aid_receipt", asked_on, days=0, calendar="calendar")
        for key, tenant_id, asked_on in receipts
    ]
    today = datetime.now(ZoneInfo("Europe/Brussels")).date()
    rows += [
        _term("emergency", key, tenant_id, "emergency_review", today, days=WEEK, calendar="calendar")
        for key, tenant_id in op.get_bind().execute(sa.text(OWED_REVIEWS).columns(**ids))
    ]
    if rows:
        op.bulk_insert(TERM, rows)


def downgrade() -> None:
    """Reviews had no terms before: those that began since go as well, nobody would act on them."""
    op.execute("DELETE FROM term WHERE kind IN ('emergency_review', 'emergency_reminder')")
    op.execute(f"DELETE FROM term WHERE rule_version LIKE '{MARK}%'")


def _term(
    subject: str, key: uuid.UUID, tenant_id: uuid.UUID, kind: str, on: date, *, days: int, calendar: str
) -> dict[str, Any]:
    after = datetime.combine(on + timedelta(days=days + 1), day_time(), ZoneInfo("Europe/Brussels"))
    return {
        "id": uuid.uuid4(), "subject_type": subject, "subject_id": key, "tenant_id": tenant_id, "kind": kind,
        "started_on": on, "days": days, "calendar": calendar, "due_at": after.astimezone(UTC),
        "suspensions": [], "status": "running", "rule_version": f"{MARK}term.{kind}:{days}:{calendar}",
        "attempts": 0,
    }  # fmt: skip
