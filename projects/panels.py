"""What the page of an organization on the social map shows of applications and projects (ADR 0016)."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.access import Actor
from core.db import session
from core.i18n import _
from projects import labels, policy
from projects.models.applications import Application, ApplicationPartner
from projects.models.projects import Project
from socialmap import panels

SHOWN = 10


def register() -> None:
    panels.register("projects.projects", projects_of, order=30)
    panels.register("projects.applications", applications_of, order=31)


def _takes_part(organization_ids: Sequence[uuid.UUID]) -> sa.ColumnElement[bool]:
    """The organization applies, or is a partner in the application."""
    partner = sa.select(ApplicationPartner.application_id).where(
        ApplicationPartner.organization_id.in_(organization_ids)
    )
    return sa.or_(Application.organization_id.in_(organization_ids), Application.id.in_(partner))


def projects_of(organization_ids: Sequence[uuid.UUID], by: Actor) -> panels.Panel | None:
    """Projects that this organization carries out or takes part in, as far as this actor may see them."""
    if not policy.follows_projects(by):
        return None
    query = policy.visible_projects(by).where(_takes_part(organization_ids))
    rows = session.scalars(query.order_by(Project.number.desc()).limit(SHOWN))
    return panels.Panel(_("Projects"), [_row("project", row) for row in rows])


def applications_of(organization_ids: Sequence[uuid.UUID], by: Actor) -> panels.Panel | None:
    """Applications that did not become a project (yet)."""
    if not policy.takes_part(by):
        return None
    awarded = sa.select(Project.application_id)
    query = policy.visible_applications(by).where(
        _takes_part(organization_ids), Application.id.not_in(awarded)
    )
    rows = session.scalars(query.order_by(Application.number.desc()).limit(SHOWN))
    return panels.Panel(_("Applications"), [_row("application", row) for row in rows])


def _row(kind: str, record: Any) -> tuple[str, str, str]:
    address = f"/{kind}s/{record.id}"
    return (
        f"{record.number} {record.title}".strip(),
        address,
        str(labels.status_label(kind, labels.code_of(record))),
    )
