"""The rights review of a file: asked once, screened by tables, confirmed by a person, followed to its end.

Rights are never granted here. What the tables say is probable, to check, no or has; less knowledge never
gives a stronger answer, and an expired amount gives "to check" (GDPR art. 22).
"""

import json
import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor, system_actor
from core.db import check_version, session
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import rights_questions, rights_sources, transitions
from intake.models.cases import Case
from intake.models.rights import (
    Document,
    NonTakeUp,
    Right,
    RightEnd,
    RightOutcome,
    RightReview,
    RightsAnswers,
    RightStep,
)
from intake.rights_documents import InvalidHousehold
from intake.rights_questions import Question
from intake.rights_screening import RIGHTS, RightAnswer, screen
from workflows import decision_versions

OPEN_STEPS = (RightStep.SCREENED, RightStep.CONFIRMED, RightStep.APPLIED)


def get(right_review_id: uuid.UUID) -> RightReview | None:
    return session.get(RightReview, right_review_id)


def of_case(case: Case) -> list[RightReview]:
    """The rights of a file in their fixed order; empty before the first review."""
    return _in_order(session.scalars(sa.select(RightReview).where(RightReview.case_id == case.id)))


def _in_order(rows: Iterable[RightReview]) -> list[RightReview]:
    order = list(Right)
    return sorted(rows, key=lambda row: order.index(row.right))


def known_of(case: Case, *, anew: bool = False) -> tuple[list[RightReview], RightsAnswers | None]:
    """The rights of a file and the answers that they come from, in one statement; `anew` after a lock."""
    query = (
        sa.select(RightsAnswers, RightReview)
        .select_from(Case)
        .outerjoin(RightsAnswers, RightsAnswers.case_id == Case.id)
        .outerjoin(RightReview, RightReview.case_id == Case.id)
        .where(Case.id == case.id)
    )
    rows = session.execute(query.execution_options(populate_existing=anew)).all()
    return _in_order([row[1] for row in rows if row[1] is not None]), rows[0][0] if rows else None


def document_of(case: Case) -> Document:
    """What is known of the household."""
    return document_from(case, session.get(RightsAnswers, case.id))


def document_from(case: Case, answers: RightsAnswers | None) -> Document:
    """The answers so far; before the first one, what the file already says."""
    return json.loads(answers.document or "{}") if answers is not None else _from_file(case)


def _from_file(case: Case) -> Document:
    head: dict[str, Any] = {"relation": "head"}
    person = case.person
    if person is not None and person.birth_year and person.birth_month and person.birth_day:
        head["birth_date"] = date(person.birth_year, person.birth_month, person.birth_day).isoformat()
    if person is not None and person.mutuality is not None:
        head["health_fund"] = True
    return {"nis": case.nis, "persons": [head]}


def answer(
    case: Case, answers: dict[str, Any], *, by: Actor, version: int | None = None
) -> list[RightReview]:
    """Keep answers by path and screen again. What was answered stays; None makes an answer unknown again."""
    document = document_of(case)
    for path, value in answers.items():
        rights_questions.put(document, path, value)
    return save(case, document, by=by, version=version)


def add_person(case: Case, relation: str, birth_date: date | None, *, by: Actor) -> list[RightReview]:
    """Put somebody who lives at the address on the list."""
    document = document_of(case)
    if relation == "partner" and any(p["relation"] == "partner" for p in document["persons"]):
        raise DomainError(_("There is a partner on the list already."), field="relation")
    entry: dict[str, Any] = {"relation": relation}
    if birth_date is not None:
        entry["birth_date"] = birth_date.isoformat()
    document["persons"].append(entry)
    return save(case, document, by=by)


def remove_person(case: Case, number: int, *, by: Actor) -> list[RightReview]:
    """Take somebody off the list; the head stays."""
    document = document_of(case)
    if not 0 < number < len(document["persons"]):
        raise DomainError(_("This person is not on the list any more."))
    del document["persons"][number]
    return save(case, document, by=by)


def save(case: Case, document: Document, *, by: Actor, version: int | None = None) -> list[RightReview]:
    """Keep a household document and screen it for every right."""
    if case.is_closed:
        raise Conflict(_("This file is closed. Reopen it first."))
    found = session.get(RightsAnswers, case.id, with_for_update=True)
    if found is not None:
        check_version(found, version)
    screened = _screen(document)
    found = found or RightsAnswers(case_id=case.id)
    found.document = json.dumps(document, ensure_ascii=False)
    found.changed_at, found.changed_by = clock.now(), by.user_id
    session.add(found)
    session.flush()
    transitions.add("rights.screened", case, by=by)
    audit.record("rights.screened", case, by=by)
    return [_keep(case, one, parameters_version) for one, parameters_version in screened]


def is_behind(case: Case, reviews: Iterable[RightReview], answers: RightsAnswers | None) -> bool:
    """Whether a screening of today says something else; not where the answers cannot be screened any more."""
    try:
        return bool(changed_since(case, reviews, answers))
    except DomainError:
        return False


def refresh(case: Case) -> bool:
    """Screen again what rules, amounts or birthdays decide otherwise by now; whether something changed.

    Nobody does this: who only looks at a file is not said to have screened. One at a time: the answers are
    locked, and what another screened meanwhile is read again.
    """
    by = system_actor(case.tenant_id)
    session.get(RightsAnswers, case.id, with_for_update=True, populate_existing=True)
    session.refresh(case, ["status"])
    changed = changed_since(case, *known_of(case, anew=True))
    if not changed:
        return False
    transitions.add("rights.screened", case, by=by)
    audit.record("rights.screened", case, by=by, changes={"rights": [one.right for one, _v in changed]})
    for one, parameters_version in changed:
        _keep(case, one, parameters_version)
    return True


def changed_since(
    case: Case, reviews: Iterable[RightReview], answers: RightsAnswers | None
) -> list[tuple[RightAnswer, str]]:
    """What rules, amounts or birthdays decide otherwise than when these reviews were written."""
    if case.is_closed or answers is None:
        return []
    kept = {str(row.right): _shown(row) for row in reviews}
    screened = _screen(json.loads(answers.document or "{}"))
    return [line for line in screened if kept.get(line[0].right) != _answered(*line)]


def _shown(row: RightReview) -> tuple[Any, ...]:
    return (
        str(row.outcome), row.rule, list(row.missing), list(row.blockers), row.automatic, row.euro_per_year,
        row.table_version, row.parameters_version,
    )  # fmt: skip


def _answered(one: RightAnswer, parameters_version: str) -> tuple[Any, ...]:
    return (
        one.outcome, one.rule, list(one.missing), list(one.blockers), one.automatic, one.euro_per_year,
        one.decision.version, parameters_version,
    )  # fmt: skip


def _screen(document: Document) -> list[tuple[RightAnswer, str]]:
    parameters = rights_sources.stored_parameters()
    dated = {**document, "on": clock.today().isoformat()}
    tables = decision_versions.in_use(RIGHTS)
    try:
        answers = screen(dated, parameters=parameters, places=rights_sources.Municipalities(), tables=tables)
    except InvalidHousehold as error:
        raise DomainError(
            _("One of the answers cannot be right: %(what)s", what=error.problems[0])
        ) from error
    return [(one, parameters.version) for one in answers]


def _keep(case: Case, answered: RightAnswer, parameters_version: str) -> RightReview:
    """Write the newest answer of a table; what a person did about the right stays."""
    right = Right(answered.right)
    row = session.scalars(
        sa.select(RightReview).where(RightReview.case_id == case.id, RightReview.right == right)
    ).first()
    now = clock.now()
    if row is None:
        row = RightReview(case_id=case.id, tenant_id=case.tenant_id, right=right, step_at=now)
        session.add(row)
    row.outcome, row.rule = RightOutcome(answered.outcome), answered.rule
    row.table_version, row.parameters_version = answered.decision.version, parameters_version
    row.missing, row.blockers = list(answered.missing), list(answered.blockers)
    row.automatic, row.euro_per_year, row.screened_at = answered.automatic, answered.euro_per_year, now
    row.inputs = json.dumps(answered.decision.inputs, ensure_ascii=False, default=str)
    session.flush()
    return row


def questions(reviews: list[RightReview]) -> list[Question]:
    """What is still needed, each asked once, over all rights that are open."""
    missing = [path for review in reviews if review.step in OPEN_STEPS for path in review.missing]
    return rights_questions.still_needed(dict.fromkeys(missing))


def first_questions(document: Document) -> list[Question]:
    """What is needed before anything was screened."""
    answered = [one for one, _version in _screen(document)]
    return rights_questions.still_needed(dict.fromkeys(path for one in answered for path in one.missing))


def confirm(review: RightReview, *, by: Actor, version: int | None = None) -> None:
    """A person looked and agrees that it is worth applying."""
    _step(review, RightStep.CONFIRMED, version, by, RightStep.SCREENED)
    review.confirmed_by = by.user_id


def set_aside(review: RightReview, *, by: Actor, version: int | None = None) -> None:
    """A person looked and found that it does not apply."""
    _step(review, RightStep.SET_ASIDE, version, by, RightStep.SCREENED, RightStep.CONFIRMED)


def note_application(review: RightReview, *, applied_on: date, by: Actor, version: int | None = None) -> None:
    """The right was asked for."""
    _refuse_future(applied_on, "applied_on")
    _step(review, RightStep.APPLIED, version, by, RightStep.SCREENED, RightStep.CONFIRMED)
    review.applied_on = applied_on


def note_realised(
    review: RightReview, *, realised_on: date, euro: int | None, by: Actor, version: int | None = None
) -> None:
    """The right was granted by its body; `euro` is what it brings per year."""
    _refuse_future(realised_on, "realised_on")
    _step(review, RightStep.REALISED, version, by, *OPEN_STEPS)
    review.realised_on, review.realised_euro = realised_on, euro if euro is not None else review.euro_per_year


def note_refused(review: RightReview, *, by: Actor, version: int | None = None) -> None:
    """The body said no."""
    _step(review, RightStep.REFUSED, version, by, RightStep.APPLIED)


def note_not_taken_up(
    review: RightReview, reason: NonTakeUp, *, by: Actor, version: int | None = None
) -> None:
    """The right is not taken up, and why: the figure that policy needs."""
    _step(review, RightStep.NOT_TAKEN_UP, version, by, RightStep.SCREENED, RightStep.CONFIRMED)
    review.non_take_up = reason


def look_again(review: RightReview, *, by: Actor, version: int | None = None) -> None:
    """Put a right that was settled back on the table."""
    _step(
        review, RightStep.SCREENED, version, by,
        RightStep.SET_ASIDE, RightStep.NOT_TAKEN_UP, RightStep.REFUSED, RightStep.CONFIRMED,
    )  # fmt: skip
    review.non_take_up = None


def unsettled(case: Case) -> list[RightReview]:
    """Rights that may be there and that nobody settled: closing a file asks how each of them ended."""
    may_be = (RightOutcome.PROBABLE, RightOutcome.CHECK)
    return [r for r in of_case(case) if r.step in OPEN_STEPS and r.outcome in may_be]


def settle(case: Case, ends: dict[uuid.UUID, RightEnd], *, by: Actor) -> None:
    """Note how each unsettled right ended; a right may stay open, but never unsaid."""
    for review in unsettled(case):
        end = ends.get(review.id)
        if end is None:
            raise DomainError(_("Say how each right ended."), field="rights")
        _settle(review, end, by)


def _settle(review: RightReview, end: RightEnd, by: Actor) -> None:
    if end == RightEnd.REALISED:
        note_realised(review, realised_on=clock.today(), euro=None, by=by)
    elif end == RightEnd.REFUSED:
        _step(review, RightStep.REFUSED, None, by, *OPEN_STEPS)
    elif end == RightEnd.NOT_WANTED:
        _step(review, RightStep.NOT_TAKEN_UP, None, by, *OPEN_STEPS)
        review.non_take_up = NonTakeUp.NOT_WANTED
    elif end == RightEnd.DOES_NOT_APPLY:
        _step(review, RightStep.SET_ASIDE, None, by, *OPEN_STEPS)


def _step(review: RightReview, to: RightStep, version: int | None, by: Actor, *allowed: RightStep) -> None:
    session.refresh(review, with_for_update=True)
    check_version(review, version)
    if review.step not in allowed:
        raise Conflict(_("Somebody noted something else about this right already. Look again."))
    review.step, review.step_at = to, clock.now()
    session.flush()
    facts = {"right": str(review.right), "step": str(to)}
    transitions.add("rights.step", review.case, by=by, detail_id=review.id, facts=facts)
    audit.record(f"right.{to}", review, by=by, changes={"right": str(review.right)})


def _refuse_future(day: date, field: str) -> None:
    if day > clock.today():
        raise DomainError(_("Choose a day until today."), field=field)


def euro_per_year(reviews: list[RightReview]) -> tuple[int, int]:
    """What is probable and open, and what was realised, in euro per year."""
    probable = sum(
        r.euro_per_year or 0 for r in reviews if r.outcome == RightOutcome.PROBABLE and r.step in OPEN_STEPS
    )
    return probable, sum(r.realised_euro or 0 for r in reviews if r.step == RightStep.REALISED)
