"""The days that an applicant got to complete a report."""

from datetime import datetime

import sqlalchemy as sa

from projects.models.applications import CompletionRequest
from projects.models.reports import Report, ReportStatus


def in_term(at: datetime) -> sa.ColumnElement[bool]:
    """The condition on reports that were handed in and that the applicant may still complete at `at`."""
    asked = sa.exists().where(
        CompletionRequest.subject_type == Report.subject_type,
        CompletionRequest.subject_id == Report.id,
        CompletionRequest.answered_at.is_(None),
        CompletionRequest.due_at > at,
    )
    return sa.and_(Report.status == ReportStatus.COMPLETION_REQUESTED, asked)
