"""The questions of a citizen, each in their own words."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from core import audit, clock
from core.access import Actor
from core.db import check_version, lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import cases, transitions
from intake.models.cases import Case
from intake.models.help_requests import HelpRequest, Outcome
from intake.models.vocabulary import LifeDomain, Urgency


def of_case(case: Case) -> list[HelpRequest]:
    """All questions of a file, in the order in which they were asked."""
    query = sa.select(HelpRequest).where(HelpRequest.case_id == case.id).order_by(HelpRequest.id)
    found = list(session.scalars(query))
    set_committed_value(case, "help_requests", found)
    return found


def count_of(case: Case) -> int:
    """How many questions a file has, for the tab that leads to them."""
    query = sa.select(sa.func.count()).select_from(HelpRequest).where(HelpRequest.case_id == case.id)
    return int(session.scalar(query) or 0)


def get(request_id: uuid.UUID) -> HelpRequest | None:
    """A question with its file, in one statement."""
    query = sa.select(HelpRequest).options(
        joinedload(HelpRequest.case).options(
            joinedload(Case.person),
            joinedload(Case.holder),
            joinedload(Case.household),
            joinedload(Case.tenant),
            joinedload(Case.content_key),
        )
    )
    return session.scalars(query.where(HelpRequest.id == request_id)).first()


def note_help_request(
    case: Case,
    life_domain: LifeDomain,
    own_words: str,
    *,
    facts: str = "",
    strengths: str = "",
    urgency: Urgency = Urgency.U3,
    by: Actor,
) -> HelpRequest:
    """Write down a question. Only the words of the citizen are needed."""
    case = cases.open_for_change(case)
    if not own_words.strip():
        raise DomainError(_("Write the question in the words of the citizen."), field="own_words")
    request = HelpRequest(
        id=uuid7(),
        case_id=case.id,
        life_domain=life_domain,
        urgency=urgency,
        asked_at=clock.now(),
        asked_to_id=by.user_id,
    )
    request.own_words = own_words.strip()
    request.facts = facts.strip() or None
    request.strengths = strengths.strip() or None
    session.add(request)
    session.flush()
    transitions.add(
        "help_request.noted", case, by=by, detail_id=request.id, facts={"domain": str(life_domain)}
    )
    audit.record(
        "help_request.noted", request, by=by, tenant_id=case.tenant_id, changes={"domain": str(life_domain)}
    )
    return request


def change_help_request(
    request: HelpRequest,
    *,
    life_domain: LifeDomain,
    own_words: str,
    facts: str,
    strengths: str,
    urgency: Urgency,
    by: Actor,
    version: int | None = None,
) -> HelpRequest:
    """Write it better; the timeline says that it changed, not what stood there."""
    case, request = _open_question(request, version)
    if not own_words.strip():
        raise DomainError(_("Write the question in the words of the citizen."), field="own_words")
    before = _told(request)
    request.life_domain, request.urgency = life_domain, urgency
    request.own_words = own_words.strip()
    request.facts, request.strengths = facts.strip() or None, strengths.strip() or None
    session.flush()
    after = _told(request)
    fields = sorted(name for name in before if before[name] != after[name])
    facts_told = {"domain": str(life_domain)}
    transitions.add("help_request.changed", case, by=by, facts=facts_told)
    audit.record("help_request.changed", request, by=by, tenant_id=case.tenant_id, changes={"fields": fields})
    return request


def _told(request: HelpRequest) -> dict[str, str]:
    """What may change, under the names of the form."""
    return {
        "life_domain": str(request.life_domain),
        "own_words": request.own_words or "",
        "facts": request.facts or "",
        "strengths": request.strengths or "",
        "question_urgency": str(request.urgency),
    }


def _open_question(request: HelpRequest, version: int | None) -> tuple[Case, HelpRequest]:
    """The question and its file, locked, when both are open. Raises Conflict when somebody was first."""
    case = cases.open_for_change(request.case)
    found = lock(HelpRequest, request.id)
    assert found is not None  # noqa: S101 - questions are never removed
    check_version(found, version)
    if found.closed_at is not None:
        raise Conflict(_("This question was closed already."))
    return case, found


def close_help_request(
    request: HelpRequest, outcome: Outcome, *, by: Actor, version: int | None = None
) -> HelpRequest:
    """Say how a question ended."""
    case, request = _open_question(request, version)
    request.outcome, request.closed_at = outcome, clock.now()
    session.flush()
    transitions.add(
        "help_request.closed",
        case,
        by=by,
        detail_id=request.id,
        facts={"domain": str(request.life_domain), "outcome": str(outcome)},
    )
    audit.record("help_request.closed", request, by=by, tenant_id=case.tenant_id)
    return request


def reopen_help_request(request: HelpRequest, *, by: Actor) -> HelpRequest:
    """The question ended too soon: the citizen says that help did not come. The file is open."""
    case = cases.open_for_change(request.case)
    before = request.outcome
    request.outcome = request.closed_at = None
    session.flush()
    facts = {"domain": str(request.life_domain), "outcome": str(before)}
    transitions.add("help_request.reopened", case, by=by, detail_id=request.id, facts=facts)
    audit.record("help_request.reopened", request, by=by, tenant_id=case.tenant_id)
    return request
