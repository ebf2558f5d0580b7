"""What several pages of projects show: the head of a file, its history, pages of a list."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import request

from core import clock, kept_filters
from core.access import Actor
from core.db import session
from core.i18n import _
from core.text import uuid_or_none
from projects.labels import SECTIONS, STATUS, code_of, status_tag
from projects.models.applications import CompletionRequest
from projects.models.transitions import ProjectTransition
from socialmap.models.directory import Organization
from workflows import tasks

PAGE = 50
T = TypeVar("T")


def header(
    record: Any,
    by: Actor,
    *,
    name: str,
    meta: str = "",
    tabs: Sequence[Any] = (),
    holder: tasks.TurnHolder | None = None,
) -> dict[str, Any]:
    """The head of a file as `case_header` draws it: name, whose turn with its age, status.

    `holder` saves a look where the page asked for the turns of other records too.
    """
    holder = holder or tasks.turn_holder(record, by)
    label = who_is_at_turn(record.subject_type, holder.state, holder.label)
    turn = {"state": holder.state, "label": label, "age": tasks.age(holder.since)}
    return {
        "name": name,
        "meta": meta,
        "state": str(record.status),
        "turn": turn,
        "tags": [status_tag(record.subject_type, code_of(record))],
        "tabs": tabs,
    }


@dataclass(frozen=True)
class Asked:
    """What has to be completed of a file, as its pages show it."""

    reason: str
    names: list[str]
    last_day: date


def asked(found: Sequence[CompletionRequest], status: str) -> Asked | None:
    """The open request of what was read, while the file waits for it; a report is open as a whole."""
    if not found or status != "completion_requested":
        return None
    request_ = found[0]
    names = [] if request_.subject_type == "report" else request_.sections
    last_day = clock.brussels(request_.due_at - timedelta(seconds=1)).date()
    return Asked(request_.reason, [str(SECTIONS.get(name, name)) for name in names], last_day)


def who_is_at_turn(kind: str, state: str, label: str) -> str:
    """A published call waits for no partner in particular, but for whoever applies."""
    return _("Applicants") if kind == "call" and state == "partner" else label


def timeline(record: Any, history: Iterable[ProjectTransition] | None = None) -> list[dict[str, Any]]:
    """The history of a record, newest first, as `timeline` draws it: what was read, or one statement."""
    rows = _history(record) if history is None else history
    words = STATUS[record.subject_type]
    last = {str(record.status): code_of(record)}
    return [
        {
            "at": row.at,
            "title": _invited_or(row, words[last.get(row.to_status, row.to_status)]),
            "who": row.actor_name,
            "text": row.motivation,
        }
        for row in rows
    ]


def _history(record: Any) -> Iterable[ProjectTransition]:
    of_record = (
        ProjectTransition.subject_type == record.subject_type,
        ProjectTransition.subject_id == record.id,
    )
    return session.scalars(
        sa.select(ProjectTransition).where(*of_record).order_by(ProjectTransition.id.desc())
    )


def status_chips(chosen: kept_filters.Filter, record: str, codes: tuple[str, ...]) -> list[dict[str, object]]:
    """Above a list: the states most looked for, and the one now chosen by another way."""
    shown = ["", *codes, *([chosen["status"]] if chosen["status"] not in {"", *codes} else [])]
    return [
        {
            "label": STATUS[record][code] if code else _("All"),
            "url": chosen.url(status=code),
            "current": code == chosen["status"],
        }
        for code in shown
    ]


def _invited_or(row: ProjectTransition, word: Any) -> Any:
    """A file that was submitted and is open again was invited to its next phase."""
    invited = row.subject_type == "application" and (row.from_status, row.to_status) == ("submitted", "draft")
    return _("Invited to the next phase") if invited else word


def keyset(query: sa.Select[Any], key: Any, *, descending: bool = True) -> tuple[list[Any], str | None]:
    """A page of `query` ordered by `key` (a unique column), and the cursor of the next one."""
    after: Any = request.args.get("after", "")
    if after and isinstance(key.type, sa.Uuid):
        after = uuid_or_none(after)
    if after:
        query = query.where(key < after if descending else key > after)
    rows = list(session.scalars(query.order_by(key.desc() if descending else key).limit(PAGE + 1)).unique())
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    return rows, str(getattr(rows[-1], key.key)) if more else None


def dated_keyset(
    query: sa.Select[*tuple[Any, ...]], day: Any, key: Any, *, descending: bool = False
) -> tuple[list[Any], str | None]:
    """A page of `query` ordered by a day and then a unique identifier, and the cursor of the next one.

    Rows are tuples of what the query selects.
    """
    after = _as_dated(request.args.get("after", ""))
    if after is not None:
        past, here = (day < after[0], key < after[1]) if descending else (day > after[0], key > after[1])
        query = query.where(past | ((day == after[0]) & here))
    order = (day.desc(), key.desc()) if descending else (day, key)
    found = session.execute(query.add_columns(day, key).order_by(*order).limit(PAGE + 1)).all()
    rows = found[:PAGE]
    cursor = f"{rows[-1][-2].isoformat()}.{rows[-1][-1]}" if len(found) > PAGE else None
    return [tuple(row)[:-2] for row in rows], cursor


def _as_dated(text: str) -> tuple[date, uuid.UUID] | None:
    """A cursor of a day and an identifier; the beginning for one that was tampered with."""
    day, _dot, key = text.partition(".")
    try:
        return date.fromisoformat(day), uuid.UUID(key)
    except ValueError:
        return None


def organization_names(ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Names of organizations, in one statement."""
    if not ids:
        return {}
    query = sa.select(Organization.id, Organization.name).where(Organization.id.in_(ids))
    return dict(session.execute(query).all())
