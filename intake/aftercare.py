"""Looking back after help began or a file closed: at 2 weeks, 6 weeks and 3 months, or as a tenant set it."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from core import clock, parameters
from core.access import Actor
from core.db import session, uuid7
from core.i18n import _
from intake import transitions
from intake.models.cases import Case, ClosingReason, FollowUp, FollowUpKind

DAYS_KEY = "follow_up.days"
DAYS = (14, 42, 91)
# After these the door stays open and somebody looks; the others ended for good or against the citizen's wish.
LOOKED_AFTER = {ClosingReason.ANSWERED, ClosingReason.RIGHT_REALISED, ClosingReason.HANDED_OVER}


def days(case: Case) -> tuple[int, ...]:
    """After how many days somebody looks: dated, per organization (parameter `follow_up.days`)."""
    agreed = parameters.entry(DAYS_KEY, tenant_id=case.tenant_id)
    return tuple(int(day) for day in agreed.value) if agreed is not None else DAYS


def plan(case: Case, *, by: Actor) -> list[FollowUp]:
    """Plan the looks that are not planned yet, for the holder; also for a file that was just closed."""
    today = clock.today()
    return look_on(case, [today + timedelta(days=count) for count in days(case)], by=by)


def plan_anew(case: Case, reason: ClosingReason, *, by: Actor) -> None:
    """At closing: looks of before count no more, and the series starts again where the door stays open."""
    session.execute(
        sa.update(FollowUp)
        .where(
            FollowUp.case_id == case.id,
            FollowUp.kind == FollowUpKind.LOOK_BACK,
            FollowUp.done_at.is_(None),
        )
        .values(done_at=clock.now())
    )
    if reason in LOOKED_AFTER:
        plan(case, by=by)


def unplan(case: Case, *, since: datetime) -> None:
    """What made looking back needful was undone: the looks that were planned with it go."""
    session.execute(
        sa.delete(FollowUp).where(
            FollowUp.case_id == case.id,
            FollowUp.kind == FollowUpKind.LOOK_BACK,
            FollowUp.done_at.is_(None),
            FollowUp.made_at >= since,
        )
    )


def look_on(case: Case, wanted: Iterable[date], *, by: Actor) -> list[FollowUp]:
    """Plan a look back on each of these days on which none is planned yet."""
    planned = sa.select(FollowUp.due_on).where(
        FollowUp.case_id == case.id,
        FollowUp.kind == FollowUpKind.LOOK_BACK,
        FollowUp.done_at.is_(None),
    )
    taken = set(session.scalars(planned))
    made = [_follow_up(case, day) for day in wanted if day not in taken]
    for follow_up in made:
        follow_up.what = str(_("How is it going? Call or visit."))
        session.add(follow_up)
    session.flush()
    if made:
        facts = {"days": [follow_up.due_on.isoformat() for follow_up in made]}
        transitions.add("follow_up.series", case, by=by, facts=facts)
    return made


def _follow_up(case: Case, due_on: date) -> FollowUp:
    return FollowUp(
        id=uuid7(),
        case_id=case.id,
        tenant_id=case.tenant_id,
        assignee_id=case.holder_id,
        kind=FollowUpKind.LOOK_BACK,
        due_on=due_on,
        made_at=clock.now(),
    )
