"""Tables of impulse projects; importing this package registers them all."""

from projects.models import (
    applications,
    assessments,
    awards,
    calls,
    changes,
    evaluations,
    invitations,
    needs,
    payments,
    projects,
    reports,
    transitions,
)

__all__ = [
    "applications",
    "assessments",
    "awards",
    "calls",
    "changes",
    "evaluations",
    "invitations",
    "needs",
    "payments",
    "projects",
    "reports",
    "transitions",
]
