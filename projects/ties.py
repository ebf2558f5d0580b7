"""Which files somebody is recused from, writes along in, or judges.

A page that only reads asks it of every row it shows: all ties of its reader are read once, in one statement.
What changes something asks anew, of the one file, in its own transaction.
"""

import uuid
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from core.access import Actor
from core.db import once_while_reading, session
from core.statements import Statement
from projects.models.applications import ApplicationEditor
from projects.models.assessments import Assessment, AssessmentStatus, Recusal


class Tie(StrEnum):
    RECUSED = "recused"
    WRITES = "writes"
    JUDGES = "judges"


_assessment: Any = Assessment.__table__
_editor: Any = ApplicationEditor.__table__
_recusal: Any = Recusal.__table__
_OF_USER = {
    Tie.RECUSED: (_recusal, _recusal.c.user_id == sa.bindparam("user_id")),
    Tie.WRITES: (_editor, _editor.c.user_id == sa.bindparam("user_id")),
    Tie.JUDGES: (
        _assessment,
        sa.and_(
            _assessment.c.juror_id == sa.bindparam("user_id"),
            _assessment.c.status != AssessmentStatus.RECUSED,
        ),
    ),
}
_ALL = Statement(
    sa.union_all(
        *(
            sa.select(sa.literal_column(f"'{tie}'", sa.Text).label("tie"), table.c.application_id).where(own)
            for tie, (table, own) in _OF_USER.items()
        )
    )
)
_ONE = {
    tie: Statement(
        sa.select(table.c.application_id).where(own, table.c.application_id == sa.bindparam("application_id"))
    )
    for tie, (table, own) in _OF_USER.items()
}


def has(actor: Actor, tie: Tie, application_id: uuid.UUID) -> bool:
    """Whether this person has this tie with a file."""
    if actor.user_id is None:
        return False
    known = once_while_reading(("ties", actor.user_id), lambda: _all(actor.user_id))
    if known is not None:
        return (str(tie), application_id) in known
    asked = {"user_id": actor.user_id, "application_id": application_id}
    return _ONE[tie].first(session, asked) is not None


def _all(user_id: uuid.UUID | None) -> set[tuple[str, uuid.UUID]]:
    return {(row.tie, row.application_id) for row in _ALL.all(session, {"user_id": user_id})}
