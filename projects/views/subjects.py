"""What the worklist needs to know about records of projects: names, addresses, who may see them."""

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from core.access import Actor
from core.db import session
from projects import policy
from projects.labels import PAYMENT_KINDS, REPORT_KINDS
from projects.models.applications import Application
from projects.models.calls import Call
from projects.models.needs import Need
from projects.models.payments import Payment
from projects.models.projects import Project
from projects.models.reports import Report
from workflows import subjects


def _many(model: Any, *options: Any) -> Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Any]]:
    def load(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
        query = sa.select(model).where(model.id.in_(ids)).options(*options)
        return {row.id: row for row in session.scalars(query)}

    return load


def _lock(model: Any) -> Callable[[uuid.UUID], object]:
    return lambda key: session.get(model, key, with_for_update=True, populate_existing=True)


def _subject(
    model: Any,
    title: Callable[[Any], str],
    address: Callable[[Any], str],
    rule: Callable[[Actor, Any], bool],
    *options: Any,
) -> subjects.Subject:
    return subjects.Subject(
        load_many=_many(model, *options),
        title=lambda record, _by: str(title(record)),
        address=address,
        visible_to=rule,
        lock=_lock(model),
    )


def _see_payment(actor: Actor, payment: Payment) -> bool:
    return policy.can_see_project(actor, payment.project)


def register() -> None:
    """Hand every kind of subject to the worklist."""
    with_application = joinedload(Payment.project).joinedload(Project.application)
    subjects.register(
        "need",
        _subject(
            Need,
            lambda n: n.title,
            lambda n: url_for("projects.show_need", need_id=n.id),
            policy.can_handle_need,
        ),
    )
    subjects.register(
        "call",
        _subject(
            Call,
            lambda c: c.title,
            lambda c: url_for("projects.show_call", call_id=c.id),
            policy.can_see_call,
        ),
    )
    subjects.register(
        "application",
        _subject(
            Application,
            lambda a: f"{a.number} {a.title}".strip(),
            lambda a: url_for("projects.show_application", application_id=a.id),
            policy.can_see_application,
            joinedload(Application.call),
        ),
    )
    subjects.register(
        "project",
        _subject(
            Project,
            lambda p: f"{p.number} {p.title}",
            lambda p: url_for("projects.show_project", project_id=p.id),
            policy.can_see_project,
            joinedload(Project.application),
        ),
    )
    subjects.register(
        "payment",
        _subject(
            Payment,
            lambda p: f"{p.project.number} {p.project.title}: {PAYMENT_KINDS[p.kind]}",
            lambda p: url_for("projects.show_project", project_id=p.project_id),
            _see_payment,
            with_application,
        ),
    )
    subjects.register(
        "report",
        _subject(
            Report,
            lambda r: f"{r.project.number} {r.project.title}: {REPORT_KINDS[r.kind]}",
            lambda r: url_for("projects.show_report", report_id=r.id),
            policy.can_see_report,
            joinedload(Report.project).joinedload(Project.application),
        ),
    )
