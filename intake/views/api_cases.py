"""Files of the own organization for programs: the list and one file. They are changed on the pages."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from core import api, audit
from core.access import Actor, requires
from core.db import session
from core.shapes import Told
from intake import cases, places, policy, referrals, turns
from intake.models.cases import Case, CaseStatus, ClosingReason
from intake.models.vocabulary import LifeDomain, Urgency
from intake.views.api_turns import Turn, turn_of


class CaseList(StrEnum):
    """Which files: held by the account, of the whole organization, not allocated yet, or closed."""

    MINE = "mine"
    ALL = "all"
    UNALLOCATED = "unallocated"
    CLOSED = "closed"


@dataclass(frozen=True)
class CaseQuery:
    """What a list of files can be asked for."""

    list: Annotated[CaseList, Told("Which files.")] = CaseList.MINE
    limit: Annotated[int, Told("Rows on a page.", least=1, limit=100)] = api.PAGE
    after: Annotated[uuid.UUID | None, Told("`next` of the page before.")] = None


@dataclass(frozen=True)
class CaseRow:
    """A file without the person it is about."""

    id: uuid.UUID
    number: str
    status: CaseStatus
    urgency: Urgency
    nis: str
    municipality: str
    holder: str | None
    is_provisional: bool
    opened_at: datetime
    closed_at: datetime | None
    closing_reason: ClosingReason | None
    turn: Turn
    version: int


@dataclass(frozen=True)
class CasePerson:
    """Who a file is about."""

    id: uuid.UUID
    name: str
    birth: Annotated[str, Told("As far as it is known, in words.")]
    language: str


@dataclass(frozen=True)
class CaseQuestion:
    """A question of the citizen."""

    id: uuid.UUID
    life_domain: LifeDomain
    own_words: str | None


@dataclass(frozen=True)
class CaseReferral:
    """A referral out of this file."""

    id: uuid.UUID
    number: str
    status: str
    service: str
    organization: str
    answer_by: date | None


@dataclass(frozen=True)
class CaseDetail(CaseRow):
    """A whole file."""

    person: CasePerson | None = None
    questions: tuple[CaseQuestion, ...] = ()
    referrals: tuple[CaseReferral, ...] = ()


@api.operation(
    "GET", "/cases", tag="cases", summary="List files", answers=CaseRow, asks=CaseQuery, paged=True
)
@requires(policy.is_intake_worker)
def list_cases(*, by: Actor) -> ResponseReturnValue:
    """The newest first, as far as the account may see them."""
    asked = api.parameters(CaseQuery)
    query = policy.cases_visible_to(by).options(joinedload(Case.holder))
    closed = asked.list == CaseList.CLOSED
    query = query.where(Case.status == CaseStatus.CLOSED if closed else Case.status != CaseStatus.CLOSED)
    if asked.list == CaseList.MINE:
        query = query.where(Case.holder_id == by.user_id)
    elif asked.list == CaseList.UNALLOCATED:
        query = query.where(Case.is_provisional)
    if asked.after is not None:
        query = query.where(Case.id < asked.after)
    rows = list(session.scalars(query.order_by(Case.id.desc()).limit(asked.limit + 1)))
    shown = rows[: asked.limit]
    after = str(shown[-1].id) if len(rows) > asked.limit else None
    return api.show_page([CaseRow(**_facts(case, by)) for case in shown], after)


@api.operation("GET", "/cases/<uuid:case_id>", tag="cases", summary="Read a file", answers=CaseDetail)
@requires(policy.can_see_case, cases.get)
def show_case(case: Case, *, by: Actor) -> ResponseReturnValue:
    """With its person, questions and referrals. That it was read is noted in the trail."""
    audit.read(case, by=by)
    person = case.person
    return api.show(
        CaseDetail(
            **_facts(case, by),
            person=CasePerson(person.id, person.name, person.birth_text, person.language) if person else None,
            questions=tuple(CaseQuestion(q.id, q.life_domain, q.own_words) for q in case.help_requests),
            referrals=tuple(
                CaseReferral(
                    r.id, r.number, r.status, r.service_name, r.organization_name,
                    referrals.last_day(r.answer_due_at),
                )
                for r in referrals.of_case(case)
            ),
        )
    )  # fmt: skip


def _facts(case: Case, by: Actor) -> dict[str, Any]:
    return {
        "id": case.id,
        "number": case.number,
        "status": case.status,
        "urgency": case.urgency,
        "nis": case.nis,
        "municipality": places.name(case.nis),
        "holder": case.holder.name if case.holder else None,
        "is_provisional": case.is_provisional,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
        "closing_reason": case.closing_reason,
        "turn": turn_of(turns.of_case(case, by)),
        "version": case.version,
    }
