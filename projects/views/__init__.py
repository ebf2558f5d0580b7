"""Pages of impulse projects."""

from flask import Blueprint

bp = Blueprint("projects", __name__)

from projects.views import (  # noqa: E402
    admissibility,
    applications,
    assessments,
    awards,
    calls,
    changes,
    day,
    documents,
    editors,
    needs,
    payments,
    projects,
    register,
    reports,
    versions,
)

__all__ = [
    "admissibility",
    "applications",
    "assessments",
    "awards",
    "bp",
    "calls",
    "changes",
    "day",
    "documents",
    "editors",
    "needs",
    "payments",
    "projects",
    "register",
    "reports",
    "versions",
]
