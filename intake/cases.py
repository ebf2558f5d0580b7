"""What can be done with a file: open, give a holder, set the person, move through phases, close, reopen."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from core import audit, clock, crypto
from core.access import Actor
from core.db import check_version, hold, lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from core.models.accounts import Membership, User
from core.models.records import ContentKey
from core.statements import Reading
from intake import aftercare, numbers, policy, processes, rights, signals, telling, transitions
from intake.models.cases import Case, CaseStatus, ClosingReason
from intake.models.help_requests import HelpRequest, Outcome
from intake.models.households import Household
from intake.models.persons import Person
from intake.models.referrals import FINAL, Referral
from intake.models.rights import RightEnd
from intake.models.signals import Signal, SignalStatus
from intake.models.vocabulary import Urgency

# The phase that follows a step, for the one-click "next" of the file page (workflows/library/case).
NEXT_STEP = {
    CaseStatus.CONTACTING: "contacted",
    CaseStatus.INTAKE: "intake_started",
    CaseStatus.CLARIFYING: "clarified",
    CaseStatus.RIGHTS_REVIEW: "rights_reviewed",
    CaseStatus.PLANNING: "planned",
    CaseStatus.IN_SUPPORT: "followed_up",
    CaseStatus.FOLLOW_UP: "planned",
    CaseStatus.AWAITING_PARTNER: "followed_up",
    CaseStatus.AWAITING_CITIZEN: "citizen_answered",
}
PHASES = (
    CaseStatus.CONTACTING,
    CaseStatus.INTAKE,
    CaseStatus.CLARIFYING,
    CaseStatus.RIGHTS_REVIEW,
    CaseStatus.PLANNING,
    CaseStatus.IN_SUPPORT,
    CaseStatus.FOLLOW_UP,
)

MOST_FILES = 40


# Made once: every page and act of a file begins with it.
_GET = (
    sa.select(Case)
    .options(
        joinedload(Case.person),
        joinedload(Case.holder),
        joinedload(Case.household),
        joinedload(Case.tenant),
        joinedload(Case.content_key),
    )
    .where(Case.id == sa.bindparam("case_id"))
)
_GET_TO_CHANGE = Reading(
    Case,
    ContentKey,
    (Person, "id", "avoid"),
    select=lambda *columns: (
        sa.select(*columns, telling.untold_since(Case.id).scalar_subquery())
        .select_from(Case)
        .outerjoin(ContentKey, ContentKey.owner_id == Case.id)
        .outerjoin(Person, Person.id == Case.person_id)
        .where(Case.id == sa.bindparam("case_id"))
        .with_for_update(of=Case)
    ),
)


def get(case_id: uuid.UUID) -> Case | None:
    """A file with its person and holder, in one statement."""
    case = session.scalars(_GET, {"case_id": case_id}).first()
    if case is not None and case.content_key is not None:
        crypto.hold(case.content_key)
    return case


def get_to_change(case_id: uuid.UUID) -> Case | None:
    """A file for an act on it: with its row locked, so that the operation need not read it again."""
    found = _GET_TO_CHANGE.first(session, {"case_id": case_id})
    if found is None:
        return None
    case: Case = found[0]
    key, person, untold = found[1:]
    hold(case, case_id)
    telling.take_along(case, untold)
    set_committed_value(case, "content_key", key)
    if (person and person.id) == case.person_id:  # else linked while we waited: PostgreSQL joined before
        set_committed_value(case, "person", person)
    else:
        session.expire(case, ["person"])
    if key is not None:
        crypto.hold(key)
    return case


def open_case(
    *,
    nis: str,
    urgency: Urgency = Urgency.U3,
    person: Person | None = None,
    household: Household | None = None,
    signal: Signal | None = None,
    copied_from: Referral | None = None,
    status: CaseStatus = CaseStatus.CONTACTING,
    by: Actor,
) -> Case:
    """Open a file, held provisionally by whoever opens it until it is allocated."""
    for known in (person, household):
        if known is not None and known.tenant_id != by.tenant_id:
            raise DomainError(_("This person belongs to another organization."), field="person")
    moment = clock.now()
    case = Case(
        id=uuid7(),
        tenant_id=by.tenant_id,
        number=numbers.new("D"),
        holder_id=by.user_id,
        is_provisional=True,
        team_id=min(by.team_ids, default=None),
        person=person,
        household=household,
        nis=nis,
        status=status,
        status_since=moment,
        urgency=urgency,
        opened_at=moment,
        copied_from_id=copied_from.id if copied_from else None,
    )
    session.add(case)
    crypto.new_content_key(case.id, case.tenant_id)
    session.flush()
    facts = {"from": "signal" if signal else "referral" if copied_from else "desk"}
    transitions.add("case.opened", case, by=by, detail_id=signal.id if signal else None, facts=facts)
    audit.record("case.opened", case, by=by, changes=facts)
    processes.start_case(case, by=by)
    return case


def set_person(
    case: Case,
    *,
    person: Person | None = None,
    household: Household | None = None,
    by: Actor,
    version: int | None = None,
) -> Case:
    """Say who the file is about; a notice that waited for that becomes linked."""
    case = _open_file(case, version)
    chosen = person or household
    if chosen is None:
        raise DomainError(_("Choose a person or a household."), field="person")
    if chosen.tenant_id != case.tenant_id:
        raise DomainError(_("This person belongs to another organization."), field="person")
    case.person_id = person.id if person else case.person_id
    case.household_id = household.id if household else case.household_id
    session.flush()
    session.refresh(case, ["person", "household"])
    transitions.add("case.person_set", case, by=by, detail_id=chosen.id)
    audit.record("case.person_set", case, by=by, changes={"fields": ["person"]})

    waiting = sa.select(Signal).where(Signal.case_id == case.id, Signal.status == SignalStatus.TAKEN)
    for signal in session.scalars(waiting):
        signals.link(signal, case, by=by)
    return case


def allocate(case: Case, to: User, *, by: Actor, version: int | None = None) -> Case:
    """Give the file a holder; from then on it is no longer provisional."""
    case = _open_file(case, version)
    if not _works_for(to.id, case.tenant_id):
        raise DomainError(
            _("%(name)s does not work here any more. Choose someone else.", name=to.name), field="to"
        )
    before = case.holder_id
    case.holder_id, case.is_provisional = to.id, False
    session.flush()
    session.refresh(case, ["holder"])
    transitions.add("case.allocated", case, by=by, facts={"to": to.name})
    audit.record("case.allocated", case, by=by, changes={"holder": [str(before), str(to.id)]})
    processes.give_case_to(case, by=by)
    return case


def _works_for(user_id: uuid.UUID, tenant_id: uuid.UUID) -> bool:
    day = clock.today()
    found = session.scalars(
        sa.select(Membership).where(Membership.user_id == user_id, Membership.tenant_id == tenant_id)
    )
    return any(membership.is_live(day) for membership in found)


def workers_of(tenant_id: uuid.UUID) -> list[User]:
    """Colleagues who may hold a file, by name."""
    day = clock.today()
    rows = session.execute(
        sa.select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.tenant_id == tenant_id, User.blocked_at.is_(None))
        .order_by(User.name)
    )
    keeps = {"intake_worker", "team_lead"}
    return list({u.id: u for u, m in rows if m.is_live(day) and keeps.intersection(m.roles)}.values())


def move_on(case: Case, *, by: Actor, version: int | None = None) -> Case:
    """Finish the current step of the route; the process says which phase follows."""
    case = _open_file(case, version)
    processes.advance(case, NEXT_STEP[case.status], by=by)
    audit.record("case.phase", case, by=by, changes={"status": str(case.status)})
    return case


def set_phase(case: Case, phase: CaseStatus, *, by: Actor, version: int | None = None) -> Case:
    """Go straight to a phase: practice does not always follow the route."""
    case = _open_file(case, version)
    if phase not in PHASES:
        raise DomainError(_("Choose a phase of the route."), field="phase")
    processes.advance(case, "phase_changed", by=by, data={"phase": str(phase)})
    audit.record("case.phase", case, by=by, changes={"status": str(phase)})
    return case


def ask_citizen(case: Case, *, by: Actor, version: int | None = None) -> Case:
    """The next move is the citizen's: a paper, a choice, a call back."""
    case = _open_file(case, version)
    processes.advance(case, "citizen_asked", by=by)
    audit.record("case.citizen_asked", case, by=by)
    return case


def entered(case_id: uuid.UUID, state: str, *, by: Actor) -> None:
    """The process opened a step with this state: the column follows, in the same transaction."""
    case = session.get(Case, case_id)  # whoever began the turn has locked it (ADR 0002)
    if case is None or case.is_closed or case.status == state:
        return
    before = case.status
    case.status, case.status_since = CaseStatus(state), clock.now()
    session.flush()
    transitions.add("case.phase", case, by=by, from_status=str(before), facts={"phase": state})


def close_case(
    case: Case,
    reason: ClosingReason,
    *,
    outcomes: dict[uuid.UUID, Outcome] | None = None,
    rights_ends: dict[uuid.UUID, RightEnd] | None = None,
    note: str = "",
    by: Actor,
    version: int | None = None,
) -> Case:
    """Close with a reason and an outcome of every open question and right. Referrals are settled first."""
    case = _open_file(case, version)
    running = session.scalar(
        sa.select(sa.func.count())
        .select_from(Referral)
        .where(Referral.case_id == case.id, Referral.status.notin_(FINAL))
    )
    if running and reason != ClosingReason.HANDED_OVER:
        raise DomainError(
            _("A referral is still running. Withdraw it first, or close as handed over."), field="reason"
        )
    _settle_questions(case, outcomes or {}, by)
    rights.settle(case, rights_ends or {}, by=by)
    before = case.status
    case.status, case.status_since = CaseStatus.CLOSED, clock.now()
    case.closed_at, case.closing_reason, case.closing_note = clock.now(), reason, note.strip() or None
    session.flush()
    transitions.add("case.closed", case, by=by, from_status=str(before), facts={"reason": str(reason)})
    audit.record("case.closed", case, by=by, changes={"reason": str(reason)})
    processes.advance(case, "closed", by=by)
    aftercare.plan_anew(case, reason, by=by)
    return case


def _settle_questions(case: Case, outcomes: dict[uuid.UUID, Outcome], by: Actor) -> None:
    open_ones = session.scalars(
        sa.select(HelpRequest).where(HelpRequest.case_id == case.id, HelpRequest.closed_at.is_(None))
    )
    for request in open_ones:
        outcome = outcomes.get(request.id)
        if outcome is None:
            raise DomainError(_("Say how each question ended."), field="outcomes")
        request.outcome, request.closed_at = outcome, clock.now()
        audit.record("help_request.closed", request, by=by, tenant_id=case.tenant_id)


def reopen_case(case: Case, phase: CaseStatus, *, by: Actor, version: int | None = None) -> Case:
    """Go on with a closed file in one of its phases."""
    case = _locked(case)
    check_version(case, version)
    if not case.is_closed:
        raise Conflict(_("This file is open already."))
    if case.erased_at is not None:
        raise DomainError(_("This file was erased: nothing is left to go on with. Open a new one."))
    if phase not in PHASES:
        raise DomainError(_("Choose a phase of the route."), field="phase")
    case.status, case.status_since = phase, clock.now()
    case.closed_at = case.closing_reason = None
    session.flush()
    transitions.add("case.reopened", case, by=by, from_status="closed", facts={"phase": str(phase)})
    audit.record("case.reopened", case, by=by)
    processes.advance(case, "reopened", by=by, data={"phase": str(phase)})
    return case


# ---------------------------------------------------------------- what other operations on a file share
def _locked(case: Case) -> Case:
    found = lock(Case, case.id)
    assert found is not None  # noqa: S101 - files are never removed while a page shows them
    return found


def _open_file(case: Case, version: int | None = None) -> Case:
    case = _locked(case)
    if case.is_closed:
        raise Conflict(_("This file is closed. Reopen it first."))
    check_version(case, version)
    return case


def open_for_change(case: Case, *, version: int | None = None) -> Case:
    """The file, locked, if it is open. Raises Conflict when it was closed or changed meanwhile."""
    return _open_file(case, version)


def open_or_closed(case: Case) -> Case:
    """The file, locked. For what binds a closed file too, as long as referrals of it run."""
    return _locked(case)


def of_persons(person_ids: Collection[uuid.UUID], *, but: Case, by: Actor) -> Mapping[uuid.UUID, list[Case]]:
    """The files that persons have already, as far as this actor may see them, the newest first."""
    query = policy.cases_visible_to(by).options(joinedload(Case.holder))
    query = query.where(Case.person_id.in_(person_ids), Case.id != but.id).order_by(Case.id.desc())
    found: dict[uuid.UUID, list[Case]] = {}
    for case in session.scalars(query.limit(MOST_FILES)):
        if case.person_id is not None:
            found.setdefault(case.person_id, []).append(case)
    return found


def load_many(case_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
    """Files with their persons, for the labels of a worklist."""
    found = session.scalars(sa.select(Case).options(joinedload(Case.person)).where(Case.id.in_(case_ids)))
    return {case.id: case for case in found}
