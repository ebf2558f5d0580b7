"""What the worklist needs to know about records of projects: names, addresses, who may see them."""

import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

import sqlalchemy as sa
from flask import g, url_for
from sqlalchemy.orm import joinedload

from core.access import Actor
from core.batches import Batch
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

NOBODY = uuid.UUID(int=0)  # in the place of an id, in the pattern of an address


def _many(model: Any, *options: Any) -> Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Any]]:
    # Made once for each kind: building a query costs more than running it.
    query = sa.select(model).options(*options).where(model.id.in_(sa.bindparam("ids", expanding=True)))

    def load(ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
        return {row.id: row for row in session.scalars(query, {"ids": ids})}

    return load


def _rows(model: Any, *names: str) -> Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Any]]:
    """The same as rows with the id and these columns: a small part of the cost of records, for long lists."""
    batch = Batch(model, *names)
    return lambda ids: batch.find(session, ids)


def _page(endpoint: str, param: str, key: str = "id") -> Callable[[Any], str]:
    """The address of the page of a record: built once for a request, a list asks it fifty times."""

    def address(record: Any) -> str:
        around: dict[str, list[str]] = g.setdefault("addresses", {})
        if endpoint not in around:
            values: dict[str, Any] = {param: NOBODY}
            around[endpoint] = url_for(endpoint, **values).split(str(NOBODY))
        before, after = around[endpoint]
        return f"{before}{getattr(record, key)}{after}"

    return address


def _lock(model: Any) -> Callable[[uuid.UUID], object]:
    return lambda key: session.get(model, key, with_for_update=True, populate_existing=True)


def _subject(
    model: Any,
    title: Callable[[Any], str],
    address: Callable[[Any], str],
    rule: Callable[[Actor, Any], bool],
    *options: Any,
    load: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Any]] | None = None,
) -> subjects.Subject:
    return subjects.Subject(
        load_many=load or _many(model, *options),
        title=lambda record, _by: str(title(record)),
        address=address,
        visible_to=rule,
        lock=_lock(model),
    )


def _see_payment(actor: Actor, payment: Payment) -> bool:
    return policy.can_see_project(actor, payment.project)


def register() -> None:
    """Hand every kind of subject to the worklist."""
    need = _subject(
        Need,
        lambda n: n.title,
        _page("projects.show_need", "need_id"),
        policy.can_handle_need,
        load=_rows(Need, "tenant_id", "title", "status"),
    )
    call = _subject(Call, lambda c: c.title, _page("projects.show_call", "call_id"), policy.can_see_call)
    application = _subject(
        Application,
        lambda a: f"{a.number} {a.title}".strip(),
        _page("projects.show_application", "application_id"),
        policy.can_see_application,
        joinedload(Application.call),
    )
    project = _subject(
        Project,
        lambda p: f"{p.number} {p.title}",
        _page("projects.show_project", "project_id"),
        policy.can_see_project,
        joinedload(Project.application),
    )
    payment = _subject(
        Payment,
        lambda p: f"{p.project.number} {p.project.title}: {PAYMENT_KINDS[p.kind]}",
        _page("projects.show_project", "project_id", "project_id"),
        _see_payment,
        joinedload(Payment.project).joinedload(Project.application),
    )
    report = _subject(
        Report,
        lambda r: f"{r.project.number} {r.project.title}: {REPORT_KINDS[r.kind]}",
        _page("projects.show_report", "report_id"),
        policy.can_see_report,
        joinedload(Report.project).joinedload(Project.application),
    )
    subjects.register("need", need)
    subjects.register("call", call)
    subjects.register("application", application)
    subjects.register("project", project)
    subjects.register("payment", payment)
    subjects.register("report", report)
