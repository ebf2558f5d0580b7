"""How a call stands, as its pages say it: open or closed, whose turn, what came in, where in its life."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.i18n import _, short_date
from projects.models.calls import Call, CallStatus
from projects.views.showing import who_is_at_turn
from workflows import tasks

Turn = tuple[str, str]


def of(turns: Mapping[tuple[str, uuid.UUID], tasks.TurnHolder], call: Call) -> Turn | None:
    """Whose turn a call is, as its list says it; None where nobody is, or not for this reader."""
    holder = turns.get((call.subject_type, call.id))
    return holder and (holder.state, who_is_at_turn(call.subject_type, holder.state, holder.label))


def shown(call: Call, phase: str, turn: Turn | None) -> str:
    """Once closed for new files, it is in a later phase while those that were invited are written."""
    invited = phase == "closed" and len(call.phases) > 1 and turn is not None and turn[0] == "partner"
    return "later_phase" if invited else phase


def standing(call: Call, turn: dict[str, Any], phase: str, came_in: Any, now: datetime) -> dict[str, Any]:
    """What the authority reads of a published call: how many files came in, and whether it is at turn now."""
    until = came_in.written_until
    return {
        "phase": shown(call, phase, (turn["state"], turn["label"])),
        "files_in": came_in.files,
        "is_closed": _is_closed(call, turn["state"], phase),
        "written_until": until if until and now < until else None,
        "opens_at": _opens_at(call, phase, now),
    }


def _opens_at(call: Call, phase: str, now: datetime) -> datetime | None:
    """When applications can come in again, of a call that waits for a round to open."""
    if phase != "upcoming":
        return None
    return min(planned.opens_at for planned in call.rounds if now < planned.opens_at)


def _is_closed(call: Call, at_turn: str, phase: str) -> bool:
    """Whether the officer begins the assessment: the process says so, or the clock where it cannot."""
    if call.status != CallStatus.PUBLISHED or phase != "closed":
        return False
    return at_turn in ("me", "us") or len(call.phases) == 1


def with_closings(call: Call, history: list[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """The history with the closings of its rounds, newest first: those happen by the clock."""
    if not call.is_public:
        return history
    until = history[0]["at"] if call.status == CallStatus.WITHDRAWN else now
    closings = [
        {"at": planned.closes_at, "title": _("Closed: %(name)s", name=planned.name), "who": "", "text": ""}
        for planned in call.rounds
        if planned.closes_at is not None and planned.closes_at <= until
    ]
    return sorted([*history, *closings], key=lambda line: line["at"], reverse=True)


def phases(call: Call, phase: str) -> list[dict[str, Any]]:
    """Where the call stands, in plain words, with the days that are known."""
    opens = min((planned.opens_at for planned in call.rounds), default=None)
    closes = max((planned.closes_at for planned in call.rounds if planned.closes_at), default=None)
    order = [
        (_("Prepared"), {"draft", "in_review", "approved", "upcoming"}, opens),
        (_("Closed") if phase == "closed" else _("Open"), {"open", "closed"}, closes),
        (_("Jury and decision"), {"in_assessment"}, None),
        (_("Projects run"), {"decided", "running"}, None),
        (_("Evaluated"), {"evaluated"}, None),
    ]
    current = next((n for n, (_text, codes, _at) in enumerate(order) if phase in codes), len(order))
    return [
        {
            "text": text,
            "state": "done" if n < current or phase == "evaluated" else "now" if n == current else "todo",
            "meta": _meta(at, phase == "closed" and n == 1),
        }
        for n, (text, _codes, at) in enumerate(order)
    ]


def _meta(at: datetime | None, is_past: bool) -> str:
    """Until when a part of the life of a call lasts, or on which day it ended."""
    if at is None:
        return ""
    return short_date(at) if is_past else _("until %(day)s", day=short_date(at))
