"""Local steps that the processes of projects call, in the transaction of their turn."""

import uuid
from typing import Any

from core.access import Actor
from core.db import session
from projects import projects
from projects.models.projects import Project


def begin_settlement(
    subject_type: str, subject_id: uuid.UUID, data: dict[str, Any], *, by: Actor
) -> dict[str, Any] | None:
    """The final report was judged: finance can settle, also after a rejection."""
    projects.begin_settlement(session.get_one(Project, subject_id), by=by)
    return None


STEPS = {"projects.begin_settlement": begin_settlement}
