"""A look back: what the citizen says, kept beside what partners reported.

Where the two differ the question opens again and the holder gets a task; a closed file opens too. Nobody's
word overwrites the other's.
"""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import lock, session
from core.errors import Conflict, DomainError
from core.i18n import _
from intake import aftercare, cases, help_requests, labels, notes, referrals, transitions
from intake.models.cases import Case, CaseStatus, FollowUp
from intake.models.help_requests import HelpRequest, Outcome
from intake.models.referrals import Referral, ReferralStatus
from intake.models.vocabulary import CitizenSays

AGAIN_AFTER, TRIES = 5, 3  # working days until the next try; after so many in a row the series goes on
YEAR = timedelta(days=365)
REPORTED = {ReferralStatus.COMPLETED, ReferralStatus.FAILED}
# What was said of a question that ended, and the words of a citizen that contradict it.
CONTRADICTS = {
    Outcome.SOLVED: {CitizenSays.PARTLY, CitizenSays.NO},
    Outcome.HANDED_OVER: {CitizenSays.PARTLY, CitizenSays.NO},
    Outcome.PARTLY_SOLVED: {CitizenSays.NO},
}


def get(follow_up_id: uuid.UUID) -> FollowUp | None:
    """A look back with its file."""
    found = session.get(FollowUp, follow_up_id)
    return found if found is not None and found.is_look_back else None


def answer(
    look: FollowUp, says: CitizenSays, *, about: Collection[uuid.UUID] = (), words: str = "", by: Actor
) -> FollowUp:
    """Note what the citizen says. `about`: with `partly`, the questions for which help did not come."""
    case = lock(Case, look.case_id)
    found = lock(FollowUp, look.id)
    assert case is not None and found is not None  # noqa: S101, PT018 - files and looks are never removed
    if found.done_at is not None:
        raise Conflict(_("This was done already."))
    found.done_at, found.citizen_says, found.words = clock.now(), says, words.strip() or None
    session.flush()
    if says == CitizenSays.NOT_REACHED:
        _note(found, case, [], by)
        _look_again(case, by)
        return found
    asked = help_requests.of_case(case)
    heard = _heard(asked, says, set(about))
    ended = {request.id for request in asked if request.closed_at is not None}
    unhelped = [request for request in asked if _contradicts(request, heard[request.id])]
    partners, is_news = _tell_referrals(case, says, heard, ended)
    for request in asked:
        request.citizen_says, request.citizen_said_at = heard[request.id], clock.now()
    session.flush()
    _note(found, case, partners, by)
    if unhelped or is_news or (case.is_closed and not asked and says != CitizenSays.HELPED):
        _go_on(case, says, unhelped, partners, by)
    return found


def _heard(
    asked: list[HelpRequest], says: CitizenSays, about: set[uuid.UUID]
) -> Mapping[uuid.UUID, CitizenSays]:
    """What was said of each question: `partly` is about those that were named, the only one by itself."""
    if says != CitizenSays.PARTLY:
        return {request.id: says for request in asked}
    named = about & {request.id for request in asked} or {r.id for r in asked if len(asked) == 1}
    if asked and not named:
        raise DomainError(_("Tick the questions for which help did not come."), field="about")
    return {r.id: CitizenSays.PARTLY if r.id in named else CitizenSays.HELPED for r in asked}


def _contradicts(request: HelpRequest, says: CitizenSays) -> bool:
    return request.outcome is not None and says in CONTRADICTS.get(request.outcome, set())


def _tell_referrals(
    case: Case, says: CitizenSays, heard: Mapping[uuid.UUID, CitizenSays], ended: set[uuid.UUID]
) -> tuple[list[Referral], bool]:
    """Write the words of the citizen beside each result that a partner reported.

    Those that differ, and whether that is news: not when it was heard before, nor when the worker said since
    how the question ended.
    """
    reported = [r for r in referrals.of_case(case) if r.status in REPORTED and r.kind.sends_data]
    known = {referral.id for referral in reported if referral.is_contradicted}
    for referral in reported:
        of_question = heard.get(referral.help_request_id) if referral.help_request_id else None
        referral.citizen_says, referral.citizen_said_at = of_question or says, clock.now()
    differ = [referral for referral in reported if referral.is_contradicted]
    return differ, any(r.id not in known and r.help_request_id not in ended for r in differ)


def _note(look: FollowUp, case: Case, partners: list[Referral], by: Actor) -> None:
    facts = {"says": str(look.citizen_says), "differs": [r.organization_name for r in partners]}
    transitions.add("follow_up.answered", case, by=by, detail_id=look.id, facts=facts)
    audit.record("follow_up.answered", look, by=by, changes={"says": str(look.citizen_says)})


def _look_again(case: Case, by: Actor) -> None:
    """Nobody was reached: try again soon, a few times."""
    query = sa.select(FollowUp.citizen_says).where(
        FollowUp.case_id == case.id, FollowUp.citizen_says.is_not(None)
    )
    newest = list(session.scalars(query.order_by(FollowUp.done_at.desc()).limit(TRIES)))
    if newest.count(CitizenSays.NOT_REACHED) < TRIES:
        aftercare.look_on(case, [clock.add_working_days(clock.today(), AGAIN_AFTER)], by=by)


def _go_on(
    case: Case, says: CitizenSays, unhelped: list[HelpRequest], partners: list[Referral], by: Actor
) -> None:
    """Open what was closed too soon, and put the next step in the day of the holder."""
    if case.is_closed:
        cases.reopen_case(case, CaseStatus.FOLLOW_UP, by=by)
    for request in unhelped:
        help_requests.reopen_help_request(request, by=by)
    told = labels.label(says).lower()
    names = ", ".join(dict.fromkeys(referral.organization_name for referral in partners))
    what = (
        _("The citizen says: %(says)s. %(name)s reported that it is finished. Find the next step.",
          says=told, name=names)
        if names
        else _("The citizen says: %(says)s. Find the next step.", says=told)
    )  # fmt: skip
    notes.plan_follow_up(case, str(what), clock.today(), by=by)


def contradicted(sent: Collection[Referral]) -> list[Referral]:
    """Results of partners that the citizen contradicts, as long as nobody was asked since."""
    newest = max((r.sent_at for r in sent if r.sent_at is not None), default=None)
    return [
        r for r in sent if r.is_contradicted and r.citizen_said_at and newest and newest < r.citizen_said_at
    ]


# ---------------------------------------------------------------- counted
@dataclass(frozen=True)
class Reported:
    """What one partner reported as finished in a year, and what citizens say of it."""

    organization: str
    finished: int
    helped: int
    partly: int
    no: int

    @property
    def unasked(self) -> int:
        return self.finished - self.helped - self.partly - self.no


def said(tenant_id: uuid.UUID) -> dict[CitizenSays, int]:
    """How often citizens gave each answer in the last year."""
    rows = session.execute(
        sa.select(FollowUp.citizen_says, sa.func.count())
        .where(
            FollowUp.tenant_id == tenant_id,
            FollowUp.citizen_says.is_not(None),
            FollowUp.done_at >= clock.now() - YEAR,
        )
        .group_by(FollowUp.citizen_says)
    )
    counted = {row[0]: row[1] for row in rows}
    return {says: counted.get(says, 0) for says in CitizenSays}


def reported(tenant_id: uuid.UUID) -> list[Reported]:
    """Per partner: referrals of the last year that it finished, beside the words of the citizens."""
    finished = (
        sa.select(
            sa.func.coalesce(Referral.service_snapshot["organization"].as_string(), "").label("name"),
            Referral.citizen_says.label("says"),
        )
        .where(
            Referral.tenant_id == tenant_id,
            Referral.status == ReferralStatus.COMPLETED,
            Referral.receiving_tenant_id.is_not(None),
            Referral.closed_at >= clock.now() - YEAR,
        )
        .subquery()
    )
    found: dict[str, Counter[CitizenSays | None]] = {}
    rows = sa.select(finished.c.name, finished.c.says, sa.func.count()).group_by(
        finished.c.name, finished.c.says
    )
    for name, says, count in session.execute(rows):
        found.setdefault(name, Counter())[says] = count
    return [
        Reported(
            name,
            counted.total(),
            counted[CitizenSays.HELPED],
            counted[CitizenSays.PARTLY],
            counted[CitizenSays.NO],
        )
        for name, counted in sorted(found.items())
    ]
