"""Applications as drafts: begun once per organization, saved incomplete, never overwritten by another tab."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _, short_date
from projects import attachments, dossiers, phases, renewals
from projects.models.applications import (
    Application,
    ApplicationStatus,
    BudgetLine,
    CompletionRequest,
    FundingLine,
)
from projects.models.calls import Call, CallStatus, Round
from projects.numbers import next_number
from projects.parties import lanes
from projects.rows import replace
from projects.transitions import hold, move, require
from socialmap import successions
from socialmap.models.directory import Organization
from workflows import instances

# Statuses in which the applicant's draft can be typed in.
EDITABLE = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.TO_SIGN,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.COMPLETION_REQUESTED,
)
# Afterwards: it waits for a decision, or for its turn on the reserve list.
UNDECIDED = (
    ApplicationStatus.ADMISSIBLE,
    ApplicationStatus.IN_JURY,
    ApplicationStatus.RANKED,
    ApplicationStatus.ON_AGENDA,
    ApplicationStatus.RESERVE,
)


def start_application(call: Call, organization: Organization, *, by: Actor) -> Application:
    """Begin a draft. Refuses a stopped organization, and a second file where one is the rule."""
    now = clock.now()
    lock(Call, call.id)
    planned = _round_to_write_for(call, now)
    refuse_stopped(organization, field="organization")
    _refuse_outsider(call, organization)
    _refuse_second(call, organization)
    application = Application(
        call_id=call.id,
        round_id=planned.id,
        tenant_id=by.tenant_id,
        organization_id=organization.id,
        number=next_number(Application, "A-"),
        phase=phases.first(call),
        created_at=now,
        created_by=by.user_id,
    )
    application.call, application.round = call, planned
    _fill_from_dossier(application)
    session.add(application)
    session.flush()
    audit.record("application.started", application, by=by)
    instances.start(
        "application",
        subject=application,
        data={},
        by=by,
        parties=lanes(application.call.tenant_id, application.tenant_id),
    )
    return application


def refuse_stopped(organization: Organization, *, field: str) -> None:
    """Who merged, has a successor or had its last day cannot apply nor take part.

    What a source no longer delivers may well exist; that only warns.
    """
    if organization.merged_into_id is not None or successions.successor_of(organization.id) is not None:
        raise DomainError(
            _("%(name)s has stopped. Choose the organization that took over.", name=organization.name),
            field=field,
        )
    if organization.ends_on is not None and organization.ends_on < clock.today():
        day = short_date(organization.ends_on)
        raise DomainError(
            _("%(name)s stopped on %(day)s. Choose another organization.", name=organization.name, day=day),
            field=field,
        )


def _fill_from_dossier(application: Application) -> None:
    """What the organization told once is there already."""
    found = dossiers.of_application(application)
    if found is not None:
        application.id = application.id or uuid7()
        application.iban = found.iban
        if found.signatories:
            application.signatory_name = found.signatories[0]["name"]
            application.signatory_role = found.signatories[0]["role"]


def _round_to_write_for(call: Call, at: datetime) -> Round:
    planned = next((r for r in call.rounds if r.is_open(at)), None)
    if call.status != CallStatus.PUBLISHED or planned is None:
        raise DomainError(_("This call is not open for applications now."))
    return planned


def _refuse_outsider(call: Call, organization: Organization) -> None:
    """Only the kinds of organization that the regulation names may apply."""
    if call.applicant_kinds and organization.sector not in call.applicant_kinds:
        raise DomainError(
            _("This call is for other kinds of organizations. Read “Who may apply” on its page."),
            field="organization",
        )


def _refuse_second(call: Call, organization: Organization) -> None:
    _refuse_number(session.scalar(_numbers_of(call, organization.id)) if call.one_per_applicant else None)


def refuse_another(application: Application) -> None:
    """Refuse to go on with this file where one is the rule and the applicant has another in the call."""
    _refuse_number(_another(application))


def has_another(application: Application) -> bool:
    """Whether the applicant has another file in the call, where one is the rule."""
    return _another(application) is not None


def _another(application: Application) -> str | None:
    call = application.call
    others = _numbers_of(call, application.organization_id).where(Application.id != application.id)
    return session.scalar(others.limit(1)) if call.one_per_applicant else None


def _refuse_number(number: str | None) -> None:
    if number is not None:
        raise DomainError(
            _("This organization already has application %(number)s in this call.", number=number),
            field="organization",
        )


def _numbers_of(call: Call, organization_id: uuid.UUID) -> sa.Select[str]:
    """The files of an organization in a call that still count."""
    gone = (ApplicationStatus.WITHDRAWN, ApplicationStatus.NOT_SUBMITTED, ApplicationStatus.LATE)
    return sa.select(Application.number).where(
        Application.call_id == call.id,
        Application.organization_id == organization_id,
        Application.status.not_in(gone),
    )


def save_answers(
    application: Application, *, by: Actor, sent_version: int | None = None, **values: Any
) -> None:
    """Keep what was typed, complete or not.

    `values` are columns of `Application` (answers is merged per question). A tab with an older version is
    refused with a Conflict, so that two tabs never overwrite each other.
    """
    _check_tab(application, sent_version)
    _refuse_locked(application, values)
    answers = {**application.answers, **values.pop("answers", {})}
    application.answers = answers
    for name, value in values.items():
        setattr(application, name, value)
    session.flush()
    audit.record("application.saved", application, by=by)


def can_be_written(application: Application) -> bool:
    """Whether the text is open: a submitted one until the round closes, then its last version stands."""
    if application.status == ApplicationStatus.SUBMITTED:
        return phases.is_open(application, clock.now()) and not application.admissibility
    return application.status in EDITABLE


def require_open(application: Application) -> None:
    """Refuse to type in a file that has moved on or whose round has closed."""
    require(application, *EDITABLE)
    if not can_be_written(application):
        raise Conflict(_("The round has closed. The version you submitted is the one that counts."))


def _check_tab(application: Application, sent_version: int | None) -> None:
    require_open(application)
    if sent_version is not None and sent_version != application.version:
        raise Conflict(
            _("This application was changed in another tab or by a colleague. Both texts are kept below.")
        )


def _refuse_locked(application: Application, values: dict[str, Any]) -> None:
    """During a completion only the named sections are open."""
    if application.status != ApplicationStatus.COMPLETION_REQUESTED:
        return
    asked = set(open_request(application).sections)
    section_of = {question.code: question.section for question in application.call.questions}
    changed = {
        section_of.get(code, "")
        for code, text in values.get("answers", {}).items()
        if application.answers.get(code, "") != text
    }
    fields = {"asked_cents": "budget", "starts_on": "period", "ends_on": "period", "municipalities": "reach"}
    changed |= {
        fields[name]
        for name, value in values.items()
        if name in fields and getattr(application, name) != value
    }
    if changed - asked:
        raise DomainError(_("Only the sections that were asked for can be changed now."))


def set_budget(
    application: Application, costs: list[dict[str, Any]], funding: list[dict[str, Any]], *, by: Actor
) -> None:
    """Replace the budget table; rows are columns of `BudgetLine` and `FundingLine`."""
    require_open(application)
    sections = open_sections(application)
    if sections is not None and "budget" not in sections:
        raise DomainError(_("Only the sections that were asked for can be changed now."))
    changed = [
        replace(application, application.budget, costs, BudgetLine),
        replace(application, application.funding, funding, FundingLine),
    ]
    if any(changed):
        audit.record("application.budget_saved", application, by=by)


def add_partner(application: Application, organization: Organization, *, role: str, by: Actor) -> None:
    """Name an organization that takes part."""
    require_open(application)
    sections = open_sections(application)
    if sections is not None and "partners" not in sections:
        raise DomainError(_("Only the sections that were asked for can be changed now."))
    refuse_stopped(organization, field="organization")
    if organization.id == application.organization_id:
        raise DomainError(_("The applicant itself is no partner."), field="partner")
    if any(partner.organization_id == organization.id for partner in application.partners):
        raise DomainError(_("This partner is on the list already."), field="partner")
    attachments.put_partner(application, organization.id, role)
    audit.record("application.partner_added", application, by=by)


def remove_partner(application: Application, organization_id: uuid.UUID, *, by: Actor) -> None:
    """Take a partner off the list, with the letter it sent unless the version that counts names it too."""
    require_open(application)
    sections = open_sections(application)
    if sections is not None and "partners" not in sections:
        raise DomainError(_("Only the sections that were asked for can be changed now."))
    partner = next((one for one in application.partners if one.organization_id == organization_id), None)
    if partner is None:
        raise Conflict(_("This partner is not on the list any more."))
    version = application.counting
    if version is None or not version.names_partner(organization_id):
        for letter in attachments.letters_of(application, partner):
            attachments.remove(letter, by=by)
    application.partners.remove(partner)
    session.flush()
    audit.record("application.partner_removed", application, by=by)


def open_sections(application: Application) -> set[str] | None:
    """The sections that may be changed; None means all of them."""
    if application.status != ApplicationStatus.COMPLETION_REQUESTED:
        return None
    return set(open_request(application).sections)


def withdraw_application(application: Application, *, reason: str, by: Actor) -> None:
    """Take an application back before it was decided on."""
    hold(application)
    require(application, *EDITABLE, *UNDECIDED)
    renewals.renew(application, "withdrawn", by=by)
    move(application, ApplicationStatus.WITHDRAWN, by=by, event="withdrawn", motivation=reason)


def open_request(application: Application) -> CompletionRequest:
    query = sa.select(CompletionRequest).where(
        CompletionRequest.subject_type == "application",
        CompletionRequest.subject_id == application.id,
        CompletionRequest.answered_at.is_(None),
    )
    return session.scalars(query).one()
