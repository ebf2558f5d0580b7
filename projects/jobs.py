"""Sweeps of projects: drafts of closed rounds, reminders before a round closes or a report is due."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from core import clock, outbox, scheduler
from core.db import session, transaction
from projects import admissibility, submissions, withdrawals
from projects.models.applications import Application, ApplicationStatus
from projects.models.calls import Round
from projects.models.reports import Report, ReportStatus

CLOSES_SOON = timedelta(days=3)
REPORT_SOON = timedelta(days=14)
BATCH = 200
EVERY = 300


def register() -> None:
    """What the worker calls, each by itself: one that fails keeps no other from its turn."""
    scheduler.register("projects.unsubmitted", close_unsubmitted, EVERY)
    scheduler.register("projects.completions", lapse_completions, EVERY)
    scheduler.register("projects.withdrawals", withdrawals.sweep, EVERY)
    scheduler.register("projects.reminders", send_reminders, EVERY)


def close_unsubmitted() -> None:
    submissions.close_unsubmitted(now=clock.now())


def lapse_completions() -> None:
    admissibility.lapse_completions(now=clock.now())


def send_reminders() -> None:
    with transaction():
        remind(now=clock.now())


def remind(*, now: datetime) -> int:
    """Put a reminder in the outbox for each draft and report that is nearly due; once each. How many."""
    closes_at = sa.func.coalesce(Application.phase_closes_at, Round.closes_at)
    drafts = (
        sa.select(Application.id)
        .join(Round, Round.id == Application.round_id)
        .where(
            Application.status.in_((ApplicationStatus.DRAFT, ApplicationStatus.TO_SIGN)),
            closes_at > now,
            closes_at <= now + CLOSES_SOON,
        )
        .limit(BATCH)
    )
    found = 0
    for application_id in session.scalars(drafts):
        key = str(application_id)
        outbox.put("mail.draft_closes_soon", {"application_id": key}, dedup=f"closes:{key}")
        found += 1
    open_reports = (ReportStatus.PLANNED, ReportStatus.DRAFT)
    edge = clock.brussels(now + REPORT_SOON).date()
    due = sa.select(Report.id).where(Report.status.in_(open_reports), Report.due_on <= edge).limit(BATCH)
    for report_id in session.scalars(due):
        key = str(report_id)
        outbox.put("mail.report_due", {"report_id": key}, dedup=f"report-due:{key}")
        found += 1
    return found
