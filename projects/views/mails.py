"""Mails of projects: that something waits and where to read it."""

import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from core import accounts, mail, outbox
from core.access import Role
from core.db import session
from projects import assessments, editors, policy
from projects.applications import EDITABLE
from projects.models.applications import Application, ApplicationEditor
from projects.models.changes import CallChange
from projects.models.projects import Project
from projects.models.reports import Report


def register() -> None:
    """Say who does the messages that operations of projects put in the outbox."""
    outbox.register("mail.application_received", _to_applicant("application_received"))
    outbox.register("mail.application_invited", _to_applicant("application_invited"))
    outbox.register("mail.completion_asked", _to_applicant("completion_asked"))
    outbox.register("mail.application_decided", _to_applicant("application_decided"))
    outbox.register("mail.draft_closes_soon", _to_applicant("draft_closes_soon"))
    outbox.register("mail.report_due", _report("report_due"))
    outbox.register("mail.call_changed", _call_changed)
    outbox.register("mail.call_change_proposed", _change_proposed)
    outbox.register("mail.call_change_declined", _change_declined)
    outbox.register("mail.call_change_lapsed", _change_lapsed)
    outbox.register("mail.application_counts", _to_applicant("application_counts"))
    outbox.register("mail.call_withdrawn", _to_applicant("call_withdrawn"))
    outbox.register("mail.jury_assigned", _to_jury)
    outbox.register("mail.agreement_sent", _project("agreement_sent"))
    outbox.register("mail.project_stopped", _project("project_stopped"))
    outbox.register("mail.project_news", _project("project_news"))
    outbox.register(editors.KIND, editors.send_invitation, external=True)
    outbox.register("mail.report_completion_asked", _report("completion_asked"))


def _to_applicant(template: str) -> outbox.Handler:
    def handle(payload: dict[str, Any]) -> None:
        application = session.get(Application, uuid.UUID(payload["application_id"]))
        if application is not None:
            path = mail.path_to("projects.show_application", application_id=application.id)
            _tell(template, _applicants(application), path)

    return handle


def _call_changed(payload: dict[str, Any]) -> None:
    """Whoever began an application hears that the call changed; what changed stands on its page."""
    began = sa.select(Application.tenant_id).where(
        Application.call_id == uuid.UUID(payload["call_id"]), Application.status.in_(EDITABLE)
    )
    path = mail.path_to("projects.list_call_versions", call_id=payload["call_id"])
    for tenant_id in session.scalars(began.distinct()):
        _tell("call_changed", _members(tenant_id, Role.APPLICANT), path)
    along = sa.select(ApplicationEditor.user_id).where(
        ApplicationEditor.application_id.in_(began.with_only_columns(Application.id))
    )
    _tell("call_changed", session.scalars(along.distinct()), path)


def _change_proposed(payload: dict[str, Any]) -> None:
    """The officers of the authority who did not propose it themselves."""
    change = session.get(CallChange, uuid.UUID(payload["change_id"]))
    if change is not None:
        officers = _members(change.call.tenant_id, Role.OFFICER)
        path = mail.path_to("projects.make_change", call_change_id=change.id)
        _tell("call_change_proposed", (key for key in officers if key != change.proposed_by), path)


def _change_declined(payload: dict[str, Any]) -> None:
    """Who proposed it; the answer stands on the page of the call."""
    change = session.get(CallChange, uuid.UUID(payload["change_id"]))
    if change is not None:
        path = mail.path_to("projects.show_call", call_id=change.call_id)
        _tell("call_change_declined", [change.proposed_by], path)


def _change_lapsed(payload: dict[str, Any]) -> None:
    """Who proposed it and whoever could have answered."""
    change = session.get(CallChange, uuid.UUID(payload["change_id"]))
    if change is not None:
        path = mail.path_to("projects.show_call", call_id=change.call_id)
        officers = _members(change.call.tenant_id, Role.OFFICER)
        _tell("call_change_lapsed", dict.fromkeys([change.proposed_by, *officers]), path)


def _to_jury(payload: dict[str, Any]) -> None:
    """Jurors that may still see the file; who is recused gets nothing."""
    application = session.get(Application, uuid.UUID(payload["application_id"]))
    if application is None:
        return
    path = mail.path_to("projects.show_application", application_id=application.id)
    _tell("jury_assigned", policy.assigned_jurors(application), path)


def _project(template: str) -> outbox.Handler:
    def handle(payload: dict[str, Any]) -> None:
        project = session.get(Project, uuid.UUID(payload["project_id"]))
        if project is not None:
            path = mail.path_to("projects.show_project", project_id=project.id)
            _tell(template, _applicants(project.application), path)

    return handle


def _report(template: str) -> outbox.Handler:
    def handle(payload: dict[str, Any]) -> None:
        report = session.get(Report, uuid.UUID(payload["report_id"]))
        if report is not None:
            path = mail.path_to("projects.show_report", report_id=report.id)
            _tell(template, _applicants(report.project.application), path)

    return handle


def _applicants(application: Application) -> list[uuid.UUID]:
    """The people of the applicant and who writes along, without who is recused on the other side."""
    hidden = assessments.recused_people(application)
    members = _members(application.tenant_id, Role.APPLICANT)
    along = [user.id for user in editors.editors_of(application) if user.blocked_at is None]
    return [key for key in dict.fromkeys([*members, *along]) if key not in hidden]


def _members(tenant_id: uuid.UUID, role: Role) -> list[uuid.UUID]:
    return [user.id for user in accounts.members(tenant_id, role)]


def _tell(template: str, users: Iterable[uuid.UUID], path: str) -> None:
    for user_id in users:
        mail.put(template, user_id, path=path)
