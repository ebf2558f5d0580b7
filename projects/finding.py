"""What the search box finds here: applications and projects by number or title, only what one may see."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from core.access import Actor
from core.db import session
from core.i18n import _l
from core.search import Found, Source
from projects import policy
from projects.models.applications import Application
from projects.models.calls import Call
from projects.models.projects import Project


def register(add: Callable[[Source], None]) -> None:
    add(Source("calls", _l("Calls"), find_calls, policy.takes_part, order=30, things=(_l("call"),)))
    add(
        Source(
            "applications",
            _l("Applications"),
            find_applications,
            policy.sees_applications,
            order=31,
            things=(_l("application"),),
        )
    )
    add(
        Source(
            "projects",
            _l("Projects"),
            find_projects,
            policy.follows_projects,
            order=32,
            things=(_l("project"),),
        )
    )


def _like(column: Any, text: str) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = column.icontains(text, autoescape=True)
    return found


def find_calls(text: str, by: Actor, limit: int) -> list[Found]:
    query = policy.visible_calls(by).where(sa.or_(_like(Call.number, text), _like(Call.title, text)))
    rows = session.scalars(query.order_by(Call.number.desc()).limit(limit))
    return [Found(row.title, f"/calls/{row.id}", row.number, "call", "call", row.id) for row in rows]


def find_applications(text: str, by: Actor, limit: int) -> list[Found]:
    matches = sa.or_(_like(Application.number, text), _like(Application.title, text))
    query = policy.visible_applications(by).where(matches)
    rows = session.scalars(query.order_by(Application.number.desc()).limit(limit))
    return [
        Found(row.title or row.number, f"/applications/{row.id}", row.number, "folder", "application", row.id)
        for row in rows
    ]


def find_projects(text: str, by: Actor, limit: int) -> list[Found]:
    matches = sa.or_(_like(Project.number, text), _like(Project.title, text))
    query = policy.visible_projects(by).where(matches)
    rows = session.scalars(query.order_by(Project.number.desc()).limit(limit))
    return [Found(row.title, f"/projects/{row.id}", row.number, "project", "project", row.id) for row in rows]
