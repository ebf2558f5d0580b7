"""Sweeps of projects: drafts of closed rounds, reminders before a round closes or a report is due."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from core import clock, outbox, scheduler
from core.db import session, transaction
from core.models.outbox import OutboxMessage
from projects import admissibility, reports, submissions, withdrawals
from projects.models.applications import Application, ApplicationStatus
from projects.models.calls import Round
from projects.models.projects import Project
from projects.models.reports import Report, ReportStatus

CLOSES_SOON = timedelta(days=3)  # less than the outbox keeps what was sent: a draft is reminded once
REPORT_SOON = timedelta(days=14)
DRAFT_CLOSES, REPORT_DUE = "mail.draft_closes_soon", "mail.report_due"
BATCH = 200
EVERY = 300


def register() -> None:
    """What the worker calls, each by itself: one that fails keeps no other from its turn."""
    scheduler.register("projects.unsubmitted", close_unsubmitted, EVERY)
    scheduler.register("projects.completions", lapse_completions, EVERY)
    scheduler.register("projects.withdrawals", withdrawals.sweep, EVERY)
    scheduler.register("projects.left_reports", reports.waive_left, EVERY)
    scheduler.register("projects.reminders", send_reminders, EVERY)


def close_unsubmitted() -> None:
    submissions.close_unsubmitted(now=clock.now())


def lapse_completions() -> None:
    admissibility.lapse_completions(now=clock.now())


def send_reminders() -> None:
    with transaction():
        remind(now=clock.now())


def remind(*, now: datetime) -> int:
    """Put a reminder in the outbox for each draft and report that is nearly due; once for each day. How many.

    Who was reminded is left out, so that a batch always holds others.
    """
    return remind_of_drafts(now=now) + remind_of_reports(now=now)


def remind_of_drafts(*, now: datetime) -> int:
    found = 0
    for rows in _closing_soon(now):
        keys = {f"closes:{row.id}:{clock.brussels(row.closes_at).date()}": row.id for row in rows}
        known = sa.select(OutboxMessage.dedup).where(
            OutboxMessage.kind == DRAFT_CLOSES, OutboxMessage.dedup.in_(keys)
        )
        for key in keys.keys() - set(session.scalars(known)):
            outbox.put(DRAFT_CLOSES, {"application_id": str(keys[key])}, dedup=key)
            found += 1
    return found


def _closing_soon(now: datetime) -> Iterator[list[sa.Row[uuid.UUID, datetime]]]:
    """Drafts of rounds that close soon, by page."""
    closes_at = sa.func.coalesce(Application.phase_closes_at, Round.closes_at, type_=Round.closes_at.type)
    query = (
        sa.select(Application.id, closes_at.label("closes_at"))
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.status.in_((ApplicationStatus.DRAFT, ApplicationStatus.TO_SIGN)),
            closes_at > now,
            closes_at <= now + CLOSES_SOON,
        )
        .order_by(Application.id)
        .limit(BATCH)
    )
    rows = list(session.execute(query))
    while rows:
        yield rows
        rows = list(session.execute(query.where(Application.id > rows[-1].id))) if len(rows) == BATCH else []


def remind_of_reports(*, now: datetime) -> int:
    """A batch of reports of projects that still take one; the report itself says for which day it was."""
    query = (
        sa.select(Report.id, Report.due_on)
        .join(Project, Project.id == Report.project_id)
        .where(
            Project.status.in_(reports.REPORTING),
            Report.status.in_((ReportStatus.PLANNED, ReportStatus.DRAFT)),
            Report.due_on <= clock.brussels(now + REPORT_SOON).date(),
            sa.or_(Report.reminded_for.is_(None), Report.reminded_for != Report.due_on),
        )
        .order_by(Report.due_on, Report.id)
        .limit(BATCH)
    )
    due = session.execute(query).all()
    for report_id, due_on in due:
        dedup = f"report-due:{report_id}:{due_on}"
        outbox.put(REPORT_DUE, {"report_id": str(report_id)}, dedup=dedup)
    # No change to what is typed in it: an open form stays good.
    session.execute(
        sa.update(Report).where(Report.id.in_([row.id for row in due])).values(reminded_for=Report.due_on),
        execution_options={"synchronize_session": False},
    )
    return len(due)
