"""Emergency access (noodtoegang): a short, logged look at a file that its reader may not see otherwise.

It opens one page of one file, never a list, a search, a print or an act. The holder and the data protection
officer hear of it at once; the officer says afterwards whether it was justified.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock, mail, parameters
from core.access import Actor, Role
from core.db import check_version, lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from core.models.accounts import PartnershipMember
from core.models.trail import AuditEntry
from intake import cases, emergency_terms, households, mails, numbers, policy, transitions
from intake.models.cases import Case
from intake.models.emergencies import EmergencyAccess, EmergencyGround, Verdict
from intake.models.households import HouseholdMember
from intake.models.notes import Note, Visibility

HOURS, HOURS_KEY = 4, "emergency.hours"
MAX_MISSES, MISSES_WITHIN = 5, timedelta(hours=1)
RULE = "emergency_access"
PAGE = 25
NOTES = 10


def get(access_id: uuid.UUID) -> EmergencyAccess | None:
    """An access with its file, reader and reviewer, in one statement."""
    return session.scalars(_with_records().where(EmergencyAccess.id == access_id)).first()


def _with_records() -> sa.Select[Any]:
    return sa.select(EmergencyAccess).options(
        joinedload(EmergencyAccess.case).options(
            joinedload(Case.person),
            joinedload(Case.holder),
            joinedload(Case.household),
            joinedload(Case.tenant),
            joinedload(Case.content_key),
        ),
        joinedload(EmergencyAccess.user),
        joinedload(EmergencyAccess.by_tenant),
        joinedload(EmergencyAccess.reviewed_by),
    )


# ---------------------------------------------------------------- open and end
def open_emergency(number: str, ground: EmergencyGround | None, reason: str, *, by: Actor) -> EmergencyAccess:
    """Let the actor look at the file with this number for some hours. Refused without ground and reason."""
    if ground is None:
        raise DomainError(_("Choose the ground. Without one nothing opens."), field="ground")
    if not reason.strip():
        raise DomainError(_("Say in your own words what is happening."), field="reason")
    case = _named(number, by)
    found = live_of(case, by=by)
    if found is not None:
        return found
    moment = clock.now()
    access = EmergencyAccess(
        id=uuid7(),
        case_id=case.id,
        tenant_id=case.tenant_id,
        user_id=by.user_id,
        by_tenant_id=by.tenant_id,
        ground=ground,
        opened_at=moment,
        ends_at=moment + timedelta(hours=hours(case.tenant_id)),
    )
    access.case = case
    access.reason = reason.strip()
    session.add(access)
    session.flush()
    facts = {"ground": str(ground)}
    transitions.add("case.emergency_opened", case, by=by, facts=facts)
    audit.record("emergency.opened", case, by=by, changes=facts)
    emergency_terms.start(access, by=by)
    _tell(case)
    return access


def hours(tenant_id: uuid.UUID) -> int:
    """How long an access lasts in an organization."""
    found = parameters.entry(HOURS_KEY, tenant_id=tenant_id)
    return int(found.value) if found is not None else HOURS


def live_of(case: Case, *, by: Actor) -> EmergencyAccess | None:
    """The actor's access to this file that still runs."""
    query = sa.select(EmergencyAccess).where(
        EmergencyAccess.case_id == case.id,
        EmergencyAccess.user_id == by.user_id,
        EmergencyAccess.by_tenant_id == by.tenant_id,
        EmergencyAccess.ends_at > clock.now(),
    )
    return session.scalars(query).first()


def _named(number: str, by: Actor) -> Case:
    """The file that somebody named by its number; one answer for all that cannot be opened this way."""
    if _misses(by) >= MAX_MISSES:
        raise DomainError(
            _("Too many numbers that are not right. Wait an hour, or call the organization of the file."),
            field="number",
        )
    read = numbers.read(number)
    found = session.scalar(sa.select(Case.id).where(Case.number == read)) if read else None
    case = cases.get(found) if found else None
    if case is not None and policy.can_see_case(by, case):
        raise DomainError(_("You can open this file in the usual way."), field="number")
    if case is None or not (case.tenant_id == by.tenant_id or _work_together(case.tenant_id, by)):
        audit.refused(RULE, case, by=by)
        raise DomainError(
            _("No file opens with this number. Look whether it is written right."), field="number"
        )
    return case


def _misses(by: Actor) -> int:
    """Numbers of this user that opened nothing, in the last hour: guessing ends soon, and is in the trail."""
    query = sa.select(AuditEntry.changes).where(
        AuditEntry.user_id == by.user_id,
        AuditEntry.action == "access.refused",
        AuditEntry.at > clock.now() - MISSES_WITHIN,
    )
    return sum(changes.get("rule") == RULE for changes in session.scalars(query.limit(500)))


def _work_together(tenant_id: uuid.UUID, by: Actor) -> bool:
    """Whether both organizations take part in one partnership today: others have no desk to answer for it."""
    today = clock.today()
    mine, theirs = sa.orm.aliased(PartnershipMember), sa.orm.aliased(PartnershipMember)
    query = sa.select(mine.partnership_id).join(theirs, theirs.partnership_id == mine.partnership_id)
    for member, tenant in ((mine, by.tenant_id), (theirs, tenant_id)):
        query = query.where(
            member.tenant_id == tenant,
            member.starts_on <= today,
            sa.or_(member.ends_on.is_(None), member.ends_on >= today),
        )
    return session.scalar(query.limit(1)) is not None


def _tell(case: Case) -> None:
    """Whoever holds the file and the officer hear that it was opened; nothing of its content."""
    path = mail.path_to("intake.show_case", case_id=case.id)
    if case.holder_id is not None:
        mails.tell_holder("emergency_opened", case, path=path, values={"number": case.number})
    else:
        mails.tell_leads("emergency_opened", case.tenant_id, path=path, values={"number": case.number})
    path = mail.path_to("intake.list_emergencies")
    for user_id in mails.desk_of(case.tenant_id, (Role.DPO,)):
        values = {"number": case.number, "is_officer": True}
        mail.put("emergency_opened", user_id, path=path, values=values, tenant_id=case.tenant_id)


def end_emergency(access: EmergencyAccess, *, by: Actor) -> EmergencyAccess:
    """The reader is done before the time is over."""
    access = _locked(access)
    if access.is_live(clock.now()):
        access.ends_at = clock.now()
        session.flush()
        audit.record("emergency.ended", access.case, by=by)
    return access


# ---------------------------------------------------------------- what its page shows
@dataclass(frozen=True)
class Sheet:
    """What helps in an emergency. Of another organization's file: no internal notes; of none the INSZ."""

    case: Case
    members: list[HouseholdMember]
    notes: list[Note]


def look(access: EmergencyAccess, *, by: Actor) -> Sheet | None:
    """What the page shows while the access runs, noted in the trail of the file; None from the end on."""
    if not access.is_live(clock.now()):
        return None
    audit.read(access.case, by=by, action="emergency.read")
    case = access.case
    query = sa.select(Note).where(Note.case_id == case.id)
    if not access.is_own:
        query = query.where(Note.visibility == Visibility.SHAREABLE)
    return Sheet(
        case, households.members_of(case), list(session.scalars(query.order_by(Note.id.desc()).limit(NOTES)))
    )


# ---------------------------------------------------------------- reviewed by the officer
TABS = ("open", "reviewed", "elsewhere")


def listed(
    by: Actor, *, tab: str = "open", after: uuid.UUID | None = None
) -> tuple[list[EmergencyAccess], str | None]:
    """Accesses to the own files, the newest first: not reviewed yet, reviewed, or of colleagues elsewhere."""
    query = _with_records()
    if tab == "elsewhere":
        query = query.where(
            EmergencyAccess.by_tenant_id == by.tenant_id, EmergencyAccess.tenant_id != by.tenant_id
        )
    else:
        reviewed = (
            EmergencyAccess.verdict.is_not(None) if tab == "reviewed" else EmergencyAccess.verdict.is_(None)
        )
        query = query.where(EmergencyAccess.tenant_id == by.tenant_id, reviewed)
    if after is not None:
        query = query.where(EmergencyAccess.id < after)
    rows = list(session.scalars(query.order_by(EmergencyAccess.id.desc()).limit(PAGE + 1)))
    return rows[:PAGE], str(rows[PAGE - 1].id) if len(rows) > PAGE else None


def of_case(case: Case) -> list[EmergencyAccess]:
    """Every emergency access to a file, the newest first: for its holder, its reader and the officer."""
    query = sa.select(EmergencyAccess).options(
        joinedload(EmergencyAccess.user), joinedload(EmergencyAccess.by_tenant)
    )
    query = query.where(EmergencyAccess.case_id == case.id).order_by(EmergencyAccess.id.desc())
    return list(session.scalars(query.limit(PAGE)))


def looks_of(accesses: list[EmergencyAccess]) -> dict[uuid.UUID, int]:
    """How often each reader looked during an access, in one statement."""
    if not accesses:
        return {}
    query = sa.select(AuditEntry.user_id, AuditEntry.subject_id, AuditEntry.at).where(
        AuditEntry.action == "emergency.read",
        AuditEntry.subject_type == Case.subject_type,
        AuditEntry.subject_id.in_([str(access.case_id) for access in accesses]),
    )
    seen = session.execute(query).all()
    return {
        a.id: sum(
            row.user_id == a.user_id
            and row.subject_id == str(a.case_id)
            and a.opened_at <= row.at <= a.ends_at
            for row in seen
        )
        for a in accesses
    }


def review_emergency(
    access: EmergencyAccess, verdict: Verdict, *, remark: str = "", by: Actor, version: int | None = None
) -> EmergencyAccess:
    """The officer says whether it was justified; when not, with words. Nobody reviews their own access."""
    access = _locked(access)
    if access.verdict is not None:
        raise Conflict(_("This was reviewed already. Look at the new state."))
    check_version(access, version)
    if access.user_id == by.user_id:
        raise DomainError(_("You opened this file yourself: somebody else reviews it."))
    if verdict == Verdict.NOT_JUSTIFIED and not remark.strip():
        raise DomainError(_("Say in a few words why it was not justified."), field="remark")
    access.remark = remark.strip() or None  # first: sealing asks for the key of the file
    access.verdict, access.reviewed_at, access.reviewed_by_id = verdict, clock.now(), by.user_id
    session.flush()
    emergency_terms.stop(access, by=by)
    audit.record("emergency.reviewed", access.case, by=by, changes={"verdict": str(verdict)})
    return access


def _locked(access: EmergencyAccess) -> EmergencyAccess:
    found = lock(EmergencyAccess, access.id)
    assert found is not None  # noqa: S101 - an access is never removed while a page shows it
    return found
