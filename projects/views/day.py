"""The day of who works on projects: what one can do now, and what one waits for."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from projects import policy
from projects.views import bp
from workflows import tasks


@bp.route("/my-work")
@requires(policy.takes_part)
def show_day(*, by: Actor) -> ResponseReturnValue:
    """Open steps of one's roles by due day; a row that this person may not see is left out."""
    page = tasks.worklist(by, after=request.args.get("after"), limit=50)
    waiting = tasks.waiting(by, scope="team", limit=15)
    return render_template(
        "projects/show_day.html",
        rows=[row for row in page.rows if _is_shown(row)],
        waiting=[row for row in waiting.rows if _is_shown(row)],
        after=page.next,
        by=by,
    )


def _is_shown(row: tasks.Row) -> bool:
    """A step about calls and projects of which this person may see the file."""
    return row.label is not None and row.task.subject_type_ in policy.SUBJECTS
