"""Who may see and do what with needs, calls, applications and projects. Lists start from `visible_*`."""

import uuid

import sqlalchemy as sa
from sqlalchemy import Select

from core.access import Actor, Role
from core.db import session
from projects import ties
from projects.models.applications import ApplicantDossier, Application, ApplicationEditor, ApplicationStatus
from projects.models.assessments import Assessment, AssessmentStatus, Recusal
from projects.models.calls import Call
from projects.models.needs import Need
from projects.models.payments import Payment
from projects.models.projects import Project
from projects.models.reports import Report
from projects.ties import Tie
from socialmap.models.directory import Organization, Sector

# What the list of work of this package shows.
SUBJECTS = ("need", "call", "application", "project", "payment", "report")
WRITES_ALONG = "projects.writes_along"
STAFF = (Role.OFFICER, Role.JUROR, Role.DECIDER, Role.FINANCE)
# What the people of the authority see of an application: nothing before it was submitted.
HIDDEN_FROM_AUTHORITY = (ApplicationStatus.DRAFT, ApplicationStatus.TO_SIGN, ApplicationStatus.NOT_SUBMITTED)


def is_officer(actor: Actor) -> bool:
    return actor.has(Role.OFFICER)


def is_staff(actor: Actor) -> bool:
    """Whoever handles calls on the side of the authority."""
    return actor.has(*STAFF)


def is_finance(actor: Actor) -> bool:
    return actor.has(Role.FINANCE)


def is_applicant(actor: Actor) -> bool:
    return actor.has(Role.APPLICANT)


def takes_part(actor: Actor) -> bool:
    """Whoever has anything to do with projects, on either side."""
    return is_staff(actor) or is_applicant(actor)


def can_handle_need(actor: Actor, need: Need) -> bool:
    return actor.has(Role.OFFICER) and need.tenant_id == actor.tenant_id


def can_see_call(actor: Actor, call: Call) -> bool:
    return call.is_public or (is_staff(actor) and call.tenant_id == actor.tenant_id)


def can_handle_call(actor: Actor, call: Call) -> bool:
    return actor.has(Role.OFFICER) and call.tenant_id == actor.tenant_id


def can_decide_call(actor: Actor, call: Call) -> bool:
    return actor.has(Role.DECIDER) and call.tenant_id == actor.tenant_id


def can_see_ranking(actor: Actor, call: Call) -> bool:
    return actor.has(Role.OFFICER, Role.DECIDER) and call.tenant_id == actor.tenant_id


def can_see_application(actor: Actor, application: Application) -> bool:
    """Both sides see it, the authority once it was submitted; who is recused does not see it at all."""
    if is_recused(actor, application):
        return False
    return can_edit_application(actor, application) or _authority_sees(actor, application)


def can_declare_interests(actor: Actor, call: Call) -> bool:
    """Jurors, file managers, deciders and finance of the authority, once applications can come in."""
    return is_staff(actor) and call.tenant_id == actor.tenant_id


def can_edit_application(actor: Actor, application: Application) -> bool:
    """The people of the applicant and the editors they named."""
    if actor.has(Role.APPLICANT) and application.tenant_id == actor.tenant_id:
        return True
    return actor.user_id is not None and _is_editor(actor, application)


def can_handle_application(actor: Actor, application: Application) -> bool:
    return (
        can_handle_call(actor, application.call)
        and application.status not in HIDDEN_FROM_AUTHORITY
        and not is_recused(actor, application)
    )


def can_score(actor: Actor, application: Application) -> bool:
    """An assigned juror who is not recused."""
    return actor.has(Role.JUROR) and not is_recused(actor, application) and _is_assigned(actor, application)


def can_decide_application(actor: Actor, application: Application) -> bool:
    return can_decide_call(actor, application.call) and not is_recused(actor, application)


def can_see_project(actor: Actor, project: Project) -> bool:
    if is_recused(actor, project.application):
        return False
    own = actor.has(Role.OFFICER, Role.FINANCE, Role.DECIDER) and project.tenant_id == actor.tenant_id
    return own or can_edit_application(actor, project.application)


def can_handle_project(actor: Actor, project: Project) -> bool:
    own = actor.has(Role.OFFICER) and project.tenant_id == actor.tenant_id
    return own and not is_recused(actor, project.application)


def can_carry_out_project(actor: Actor, project: Project) -> bool:
    return can_edit_application(actor, project.application) and not is_recused(actor, project.application)


def can_settle_project(actor: Actor, project: Project) -> bool:
    own = actor.has(Role.FINANCE) and project.tenant_id == actor.tenant_id
    return own and not is_recused(actor, project.application)


def can_resume_project(actor: Actor, project: Project) -> bool:
    """Finance is at turn while payments stand still; the officer who stopped them may let them go on too."""
    return can_settle_project(actor, project) or can_handle_project(actor, project)


def can_sign_project(actor: Actor, project: Project) -> bool:
    """Either side may upload the agreement that both signed."""
    return can_carry_out_project(actor, project) or can_handle_project(actor, project)


def can_read_agreement(actor: Actor, project: Project) -> bool:
    return can_see_project(actor, project)


def can_see_dossier(actor: Actor, dossier: ApplicantDossier) -> bool:
    """The organization itself, and officers and finance who see one of its applications."""
    if actor.has(Role.APPLICANT) and dossier.tenant_id == actor.tenant_id:
        return True
    if not actor.has(Role.OFFICER, Role.FINANCE):
        return False
    query = visible_applications(actor).where(Application.tenant_id == dossier.tenant_id)
    return session.scalar(query.with_only_columns(Application.id).limit(1)) is not None


def can_handle_payment(actor: Actor, payment: Payment) -> bool:
    own = actor.has(Role.OFFICER, Role.FINANCE) and payment.tenant_id == actor.tenant_id
    return own and not is_recused(actor, payment.project.application)


def can_write_report(actor: Actor, report: Report) -> bool:
    return can_carry_out_project(actor, report.project)


def can_see_report(actor: Actor, report: Report) -> bool:
    return can_see_project(actor, report.project)


def can_handle_report(actor: Actor, report: Report) -> bool:
    return can_handle_project(actor, report.project)


def is_recused(actor: Actor, application: Application) -> bool:
    return ties.has(actor, Tie.RECUSED, application.id)


def assigned_jurors(application: Application) -> list[uuid.UUID]:
    """The jurors who judge this file and were not recused."""
    query = sa.select(Assessment.juror_id).where(
        Assessment.application_id == application.id, Assessment.status != AssessmentStatus.RECUSED
    )
    return list(session.scalars(query))


def writes_along(actor: Actor) -> bool:
    """Who once accepted an invitation to an application; kept with the person: a menu asks no database."""
    return bool(actor.preferences.get(WRITES_ALONG))


def sees_applications(actor: Actor) -> bool:
    """Who may find an application in a list: a role in projects, or writing along in somebody else's."""
    return takes_part(actor) or writes_along(actor)


def follows_projects(actor: Actor) -> bool:
    """Who has projects in execution: not the jury. Who wrote along in the application follows it too."""
    return actor.has(Role.OFFICER, Role.DECIDER, Role.FINANCE, Role.APPLICANT) or writes_along(actor)


def _authority_sees(actor: Actor, application: Application) -> bool:
    if application.status in HIDDEN_FROM_AUTHORITY or application.call.tenant_id != actor.tenant_id:
        return False
    return actor.has(Role.OFFICER, Role.DECIDER, Role.FINANCE) or can_score(actor, application)


def _is_editor(actor: Actor, application: Application) -> bool:
    return ties.has(actor, Tie.WRITES, application.id)


def _is_assigned(actor: Actor, application: Application) -> bool:
    return ties.has(actor, Tie.JUDGES, application.id)


def visible_needs(actor: Actor) -> Select[Need]:
    """The sheets of the officer's own authority; nobody else sees needs."""
    seen = Need.tenant_id == actor.tenant_id if actor.has(Role.OFFICER) else sa.false()
    return sa.select(Need).where(seen)


def published_calls() -> Select[Call]:
    """What anybody may read."""
    return sa.select(Call).where(Call.published_at.is_not(None))


def visible_calls(actor: Actor) -> Select[Call]:
    """Published calls, and those of the own authority in every state."""
    public = Call.published_at.is_not(None)
    own = Call.tenant_id == actor.tenant_id if is_staff(actor) else sa.false()
    return sa.select(Call).where(sa.or_(public, own))


def visible_applications(actor: Actor) -> Select[Application]:
    """What `can_see_application` allows, as a query."""
    return sa.select(Application).where(applications_rule(actor))


def not_recused(actor: Actor | None) -> sa.ColumnElement[bool]:
    """The condition on applications of every list and export, public ones too (docs/adr/0011-recusal.md).

    A visitor without an account reads all that is public.
    """
    if actor is None:
        return sa.true()
    return ~sa.exists().where(Recusal.application_id == Application.id, Recusal.user_id == actor.user_id)


def no_persons() -> sa.ColumnElement[bool]:
    """The condition on recipients in public: who works alone is a natural person, and stays out."""
    return Organization.sector != Sector.PRACTITIONER


def applications_rule(actor: Actor) -> sa.ColumnElement[bool]:
    """The condition of `visible_applications`, for queries that join further."""
    sides: list[sa.ColumnElement[bool]] = [_writes_in(actor)]
    if actor.has(Role.APPLICANT):
        sides.append(Application.tenant_id == actor.tenant_id)
    if is_staff(actor):
        of_authority = sa.exists().where(Call.id == Application.call_id, Call.tenant_id == actor.tenant_id)
        seen: sa.ColumnElement[bool] = sa.and_(of_authority, Application.status.not_in(HIDDEN_FROM_AUTHORITY))
        if not actor.has(Role.OFFICER, Role.DECIDER, Role.FINANCE):
            assigned = sa.exists().where(
                Assessment.application_id == Application.id,
                Assessment.juror_id == actor.user_id,
                Assessment.status != AssessmentStatus.RECUSED,
            )
            seen = sa.and_(seen, assigned)
        sides.append(seen)
    return sa.and_(sa.or_(*sides), not_recused(actor))


def _writes_in(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        ApplicationEditor.application_id == Application.id, ApplicationEditor.user_id == actor.user_id
    )


def visible_projects(actor: Actor) -> Select[Project]:
    """What `can_see_project` allows, as a query."""
    query = sa.select(Project).join(Application, Application.id == Project.application_id)
    return query.where(applications_rule(actor), _not_only_juror(actor))


def _not_only_juror(actor: Actor) -> sa.ColumnElement[bool]:
    """Jurors judge applications; what follows the decision is not theirs, but for what they wrote in."""
    if actor.has(Role.OFFICER, Role.DECIDER, Role.FINANCE) or not actor.has(Role.JUROR):
        return sa.true()
    own = Application.tenant_id == actor.tenant_id if actor.has(Role.APPLICANT) else sa.false()
    return sa.or_(own, _writes_in(actor))
