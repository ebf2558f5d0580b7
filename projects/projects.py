"""Projects: awarded, agreed, carried out, changed, settled or stopped."""

import uuid
from collections.abc import Collection
from datetime import date

from core import audit, clock, outbox
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _, euro
from projects import ledger, letters, money, payments, renewals, reports, settlements
from projects.models.applications import Application
from projects.models.awards import Award
from projects.models.calls import CallStatus
from projects.models.payments import Repayment
from projects.models.projects import Amendment, Project, ProjectStatus
from projects.models.reports import Report, ReportKind, ReportStatus
from projects.numbers import next_number
from projects.parties import lanes
from projects.transitions import hold, move, need_reason, require
from workflows import instances

UNJUSTIFIED = "unjustified"
NOT_STARTED = (
    ProjectStatus.AWARDED,
    ProjectStatus.AGREEMENT_SENT,
    ProjectStatus.SIGNED,
    ProjectStatus.STOPPED,
)


def open_project(application: Application, award: Award, *, by: Actor) -> Project:
    """Begin the project of an award, with its planned payments and its final report."""
    call = application.call
    project = Project(
        application_id=application.id,
        award_id=award.id,
        call_id=call.id,
        tenant_id=call.tenant_id,
        applicant_tenant_id=application.tenant_id,
        organization_id=application.organization_id,
        number=next_number(Project, "P-"),
        title=application.title,
        awarded_cents=award.amount_cents,
        share_bp=-(-award.amount_cents * money.WHOLE // application.cost_cents),
        starts_on=application.starts_on,
        ends_on=application.ends_on,
    )
    project.application = application
    session.add(project)
    session.flush()
    audit.record("project.opened", project, by=by)
    data = {"project_id": str(project.id)}
    instances.start(
        "project",
        subject=project,
        data=data,
        by=by,
        parties=lanes(project.tenant_id, project.applicant_tenant_id),
    )
    payments.plan_payments(project, call.tranches, by=by)
    return project


def send_agreement(project: Project, *, by: Actor) -> None:
    """Send the agreement to sign; what it says stays as it is now."""
    require(project, ProjectStatus.AWARDED)
    project.agreement_sent_at, project.agreement = clock.now(), letters.agreement_text(project)
    move(project, ProjectStatus.AGREEMENT_SENT, by=by, event="agreement_sent")
    outbox.put(
        "mail.agreement_sent", payload={"project_id": str(project.id)}, tenant_id=project.applicant_tenant_id
    )


def record_signature(project: Project, *, file_id: uuid.UUID | None, signed_on: date, by: Actor) -> None:
    """Keep the agreement signed by both sides; the advance falls due."""
    hold(project)
    require(project, ProjectStatus.AGREEMENT_SENT)
    if signed_on > clock.today():
        raise DomainError(_("The day of signing cannot lie in the future."), field="signed_on")
    project.signed_on, project.signed_file_id = signed_on, file_id
    move(project, ProjectStatus.SIGNED, by=by, event="signed")
    payments.fall_due(project, "signed", by=by)


def start_project(project: Project, *, by: Actor) -> None:
    """The work begins; its reports are planned, the final one by the days that the call gives."""
    require(project, ProjectStatus.SIGNED)
    reports.plan_reports(project, by=by)
    move(project, ProjectStatus.RUNNING, by=by, event="started")
    call = project.application.call
    if call.status == CallStatus.DECIDED:
        move(call, CallStatus.RUNNING, by=by, event="running")


def ask_amendment(project: Project, *, reason: str, new_ends_on: date | None, by: Actor) -> Amendment:
    """Ask to change the end date or more than a tenth of a budget line."""
    require(project, ProjectStatus.RUNNING)
    if not reason.strip():
        raise DomainError(_("Say why the project changes."), field="reason")
    if new_ends_on is not None and project.ends_on is not None and new_ends_on <= project.ends_on:
        raise DomainError(_("Choose a day after the present last day."), field="new_ends_on")
    amendment = Amendment(
        project_id=project.id,
        asked_at=clock.now(),
        asked_by=by.user_id,
        reason=reason,
        new_ends_on=new_ends_on,
    )
    session.add(amendment)
    move(project, ProjectStatus.AMENDING, by=by, event="amendment_asked", motivation=reason)
    return amendment


def answer_amendment(amendment: Amendment, *, approved: bool, answer: str, by: Actor) -> None:
    """Approve or refuse a change, with a reason."""
    project = session.get_one(Project, amendment.project_id)
    hold(project)
    require(project, ProjectStatus.AMENDING)
    if not answer.strip():
        raise DomainError(_("Give the reason."), field="answer")
    amendment.approved, amendment.answer, amendment.answered_at = approved, answer, clock.now()
    if approved and amendment.new_ends_on is not None:
        project.ends_on = amendment.new_ends_on
        reports.extend(project, by=by)
    move(project, ProjectStatus.RUNNING, by=by, event="amendment_answered", motivation=answer)
    reports.tell_applicant(project)


def suspend_project(project: Project, *, reason: str, by: Actor) -> None:
    """Stop payments for a while, with a reason."""
    require(project, ProjectStatus.RUNNING)
    need_reason(reason)
    move(project, ProjectStatus.SUSPENDED, by=by, event="suspended", motivation=reason)
    reports.tell_applicant(project)


def resume_project(project: Project, *, reason: str, by: Actor) -> None:
    require(project, ProjectStatus.SUSPENDED)
    need_reason(reason)
    move(project, ProjectStatus.RUNNING, by=by, event="resumed", motivation=reason)
    reports.tell_applicant(project)


def begin_settlement(project: Project, *, by: Actor) -> None:
    """The final report was judged: called by the process, in the turn that the message brings."""
    if project.status == ProjectStatus.SETTLING:
        return  # an officer went on without the report, and said why
    require(project, ProjectStatus.REPORTING)
    move(project, ProjectStatus.SETTLING, by=by)


def forgo_report(project: Project, *, reason: str, by: Actor) -> None:
    """Settle without an accepted final report: it was rejected, or never came.

    What nobody justified is claimed back.
    """
    hold(project)
    require(project, ProjectStatus.REPORTING)
    need_reason(reason)
    final = next(r for r in reports.of_project(project) if r.kind == ReportKind.FINAL)
    if final.status == ReportStatus.SUBMITTED:
        raise DomainError(_("The final report is in: judge it first."))
    reports.refuse_unjudged(project)
    if not can_forgo(final, reports.late_of([final])):
        raise DomainError(_("The final report is not late yet."))
    # A process that knows of no such end, and cannot be renewed, goes on as after a report that was judged.
    event = UNJUSTIFIED if renewals.renew(project, UNJUSTIFIED, by=by) else reports.FINAL_JUDGED
    move(project, ProjectStatus.SETTLING, by=by, event=event, motivation=reason)


def can_forgo(report: Report, late: Collection[uuid.UUID]) -> bool:
    """Whether the settlement need not wait for this report any more; `late` from `reports.late_of`."""
    final = report.kind == ReportKind.FINAL
    return final and (report.status == ReportStatus.REJECTED or report.id in late)


def settle(project: Project, *, by: Actor) -> int:
    """Fix what the grant finally is from the accepted reports.

    Returns what is still to pay in cents; negative means a clawback. The sums: `projects.settlements`.
    """
    hold(project)
    require(project, ProjectStatus.SETTLING)
    if project.settled_at is not None:
        raise DomainError(_("This project was settled already."))
    payments.refuse_in_flight(project)
    reports.refuse_unjudged(project)
    sheet = settlements.sheet(project)
    final, rest = sheet.final_cents, sheet.rest_cents
    project.accepted_cents, project.other_income_cents = sheet.counted_cents, sheet.other_income_cents
    project.settled_cents, project.settled_at = final, clock.now()
    ledger.release_rest(project, project, by=by)
    replaced = _("The settlement takes its place.")
    payments.block_open(project, replaced, but_last=True, by=by)
    reports.waive_open(project, replaced, by=by)
    payments.set_balance(project, max(rest, 0), by=by)
    if rest < 0:
        move(project, ProjectStatus.CLAWBACK, by=by, event="clawback")
    elif rest == 0:
        move(project, ProjectStatus.SETTLED, by=by, event="settled")
    audit.record("project.settled", project, by=by, changes={"final": final, "rest": rest})
    reports.tell_applicant(project)
    return rest


def record_repayment(project: Project, cents: int, *, received_on: date | None = None, by: Actor) -> None:
    """Note money that the applicant paid back; the last instalment settles the project."""
    hold(project)
    require(project, ProjectStatus.CLAWBACK)
    if cents <= 0:
        raise DomainError(_("Enter an amount above zero."), field="amount")
    day = received_on or clock.today()
    if day > clock.today():
        raise DomainError(_("The day of payment cannot lie in the future."), field="received_on")
    owed = ledger.paid(project.id) - (project.settled_cents or 0)
    if cents > owed:
        raise DomainError(_("Only %(sum)s has to come back.", sum=euro(owed)), field="amount")
    repayment = Repayment(project_id=project.id, amount_cents=cents, received_on=day)
    session.add(repayment)
    session.flush()
    ledger.repay(project, cents, repayment, by=by)
    ledger.release_rest(project, repayment, by=by)
    if ledger.paid(project.id) <= (project.settled_cents or 0):
        move(project, ProjectStatus.SETTLED, by=by, event="settled")


def stop_project(project: Project, *, reason: str, by: Actor) -> None:
    """End a project before its time.

    Where nothing was paid all returns to the credit; otherwise the applicant accounts for it first.
    """
    hold(project)
    require(
        project,
        ProjectStatus.AWARDED,
        ProjectStatus.AGREEMENT_SENT,
        ProjectStatus.SIGNED,
        ProjectStatus.RUNNING,
        ProjectStatus.SUSPENDED,
    )
    need_reason(reason)
    payments.refuse_in_flight(project)
    project.stop_reason = reason
    if ledger.paid(project.id):
        _ask_account(project, reason, by=by)
    else:
        ledger.release(project, project.awarded_cents, by=by)
        payments.block_open(project, reason, by=by)
        reports.waive_open(project, reason, by=by)
        move(project, ProjectStatus.STOPPED, by=by, event="stopped", motivation=reason)
    outbox.put(
        "mail.project_stopped", payload={"project_id": str(project.id)}, tenant_id=project.applicant_tenant_id
    )


def _ask_account(project: Project, reason: str, *, by: Actor) -> None:
    """Money went out: no more follows, the work ends today, and a final report justifies what was paid."""
    payments.block_open(project, reason, but_last=True, by=by)
    if project.status == ProjectStatus.SIGNED:
        start_project(project, by=by)
    elif project.status == ProjectStatus.SUSPENDED:
        move(project, ProjectStatus.RUNNING, by=by, event="resumed", motivation=reason)
    reports.bring_forward(project, reason, by=by)
    move(project, ProjectStatus.REPORTING, by=by, event="ended", motivation=reason)
