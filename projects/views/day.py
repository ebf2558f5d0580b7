"""The day of who works on projects: what one can do now, and what one waits for."""

import uuid
from collections.abc import Hashable
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, Role, requires
from projects import assessments, calls, changes, policy
from projects.views import bp
from projects.views.showing import who_is_at_turn
from workflows import tasks

# A planned payment is its officer's, who can do nothing for it before the condition is met.
WAITS_FOR_CONDITION = ("payment", "wait_until_due")
# The final report has a step of its own, with whoever writes or judges it.
SAID_BY_REPORT = ("project", "report_awaited")
# Under four eyes: who wrote or proposed it, or asked for it, waits for a colleague.
REVIEW, APPROVAL = ("call", "review_call"), ("payment", "approve_payment")
ON_PAYMENTS = {("payment", step) for step in ("approve_payment", "order_payment", "confirm_payment")}
PAGE = LATER = 50


@bp.route("/my-work")
@requires(policy.takes_part)
def show_day(*, by: Actor) -> ResponseReturnValue:
    """Open steps of one's roles by due day; a row that this person may not see is left out."""
    after, later_after = request.args.get("after"), request.args.get("later")
    page, held, later = tasks.day(
        by,
        aside=WAITS_FOR_CONDITION,
        after=after,
        limit=PAGE,
        held_limit=15,
        aside_after=later_after,
        aside_limit=LATER,
    )
    rows = [row for row in page.rows if _is_shown(row)]
    colleagues = _for_colleagues(rows, by)
    rows = [row for row in rows if row not in colleagues]
    if _only_judges(by):
        rows = _left_to_judge(rows, by)
    return render_template(
        "projects/show_day.html",
        lines=[_line(row) for row in rows],
        waiting=[_line(row) for row in [*colleagues, *held.rows] if _is_shown(row)],
        later=[_line(row) for row in later.rows if _is_shown(row)],
        later_after=later.next,
        is_first_later=not later_after,
        changes=changes.to_answer(by.tenant_id, by=by) if policy.is_officer(by) and not after else [],
        is_first=not after,
        after=page.next,
        by=by,
    )


def _is_shown(row: tasks.Row) -> bool:
    """A step about calls and projects of which this person may see the file."""
    is_about = row.label is not None and row.task.subject_type_ in policy.SUBJECTS
    return is_about and _step(row) != SAID_BY_REPORT


def _step(row: tasks.Row) -> tuple[str, str]:
    return row.task.key, row.task.element_id


def _for_colleagues(rows: list[tasks.Row], by: Actor) -> list[tasks.Row]:
    """The steps that this person may not take, for a second one has to look."""
    under = [row for row in rows if _step(row) in (REVIEW, APPROVAL)]
    askers = calls.review_askers([row.task.subject_id for row in under if _step(row) == REVIEW])
    return [row for row in under if not _may_take(row, by, askers)]


def _may_take(row: tasks.Row, by: Actor, askers: dict[uuid.UUID, uuid.UUID | None]) -> bool:
    record: Any = row.label.record if row.label else None
    if _step(row) == REVIEW:
        return calls.may_approve(record, by.user_id, askers)
    return bool(record.proposed_by != by.user_id)


def _address(row: tasks.Row) -> str | None:
    """Where a step is done: payments of an authority are handled in one list."""
    return url_for("projects.list_payments") if _step(row) in ON_PAYMENTS else row.address


def _line(row: tasks.Row) -> tuple[Hashable, ...]:
    """The arguments of the macro that draws it."""
    label = row.label
    assert label is not None  # noqa: S101 - `_is_shown` left those out
    standing = row.standing
    at_turn = who_is_at_turn(row.task.subject_type_, standing.state, standing.label)
    if at_turn != standing.label:
        standing = standing._replace(label=at_turn)
    return (
        str(label.record.status),
        _address(row),
        row.name,
        label.title,
        row.task.subject_type_,
        standing,
    )


def _only_judges(by: Actor) -> bool:
    return by.has(Role.JUROR) and not by.has(Role.OFFICER, Role.DECIDER)


def _left_to_judge(rows: list[tasks.Row], by: Actor) -> list[tasks.Row]:
    """The jury shares one step per file: a juror finds the files that still lack their own scores."""
    mine = assessments.left_to_judge((row.task.subject_id for row in rows), by.user_id)
    return [row for row in rows if row.task.subject_id in mine]
