"""Commands that may come twice (a double click, a repeated API call) and count once (ADR 0002)."""

import uuid
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from flask import g

from core.access import Actor
from core.clock import now
from core.db import insert_ignoring, session
from core.errors import Conflict
from core.i18n import _
from core.models.records import Command
from core.statements import Statement

KEEP = timedelta(days=7)
_command = cast(sa.Table, Command.__table__)
# Made once: this runs with every act.
_DONE = Statement(
    sa.update(_command)
    .where(_command.c.owner == sa.bindparam("by"), _command.c.key == sa.bindparam("command"))
    .values(result=sa.bindparam("answer", type_=_command.c.result.type))
    .execution_options(unanswered=True)
)


def once(
    command_id: uuid.UUID | str | None,
    by: Actor,
    *,
    fingerprint: str | None = None,
    result: dict[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Claim a command in the running transaction. None: it is new, go on. A dict: it was done, so its result.

    A repeat that comes while the first one still runs waits for its end. `fingerprint` is a hash of the
    content: the same id with other content raises Conflict. Without an id there is no protection: None.
    `result`, where it is known beforehand, saves a later `done`: it counts when the transaction commits.
    """
    if command_id is None:
        return None
    owner, key = _key(command_id, by)
    row = {"owner": owner, "key": key, "fingerprint": fingerprint, "result": result, "at": now()}
    if insert_ignoring(Command).run(session, row) == 1:
        g.setdefault("claimed_commands", {})[str(command_id)] = owner
        return None
    earlier = session.get_one(Command, (owner, key), populate_existing=True)
    if fingerprint is not None and earlier.fingerprint != fingerprint:
        raise Conflict(_("This request was sent before with other content. Send it with a new key."))
    return earlier.result or {}


def done(command_id: uuid.UUID | str | None, result: dict[str, Any]) -> None:
    """Keep what a repeat should answer, in the transaction that claimed it: ids and codes only."""
    owner = g.get("claimed_commands", {}).get(str(command_id))
    if owner is not None:
        _DONE.run(session, {"by": owner, "command": str(command_id)[:200], "answer": result})


def _key(command_id: uuid.UUID | str, by: Actor) -> tuple[str, str]:
    return str(by.user_id or by.kind), str(command_id)[:200]


def purge(*, at: datetime | None = None) -> int:
    """Forget commands of a week and older, in the running transaction; how many."""
    gone = session.execute(sa.delete(Command).where(Command.at < (at or now()) - KEEP))
    return int(gone.rowcount)  # type: ignore[attr-defined]
