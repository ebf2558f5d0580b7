"""Versions of a published call: what readers could read from when, and what differs between two of them."""

import difflib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import session
from core.i18n import _, _l, euro, moment
from projects.models.calls import Call, CallVersion
from projects.money import WHOLE

TEXTS = ("title", "summary", "text", "legal_basis", "deciding_body", "remedies")
AMOUNTS = ("credit_cents", "max_grant_cents", "min_grant_cents")
SHARES = ("max_share_bp", "min_own_bp", "min_score_bp")
WORDS = re.compile(r"\S+\s*|\s+")
MOST_COMPARED = 1_000_000  # pairs of words: well under a second for the worst text, and once (see `pieces`)
LABELS = {
    "title": _l("Title"),
    "summary": _l("Summary"),
    "text": _l("Text of the call"),
    "legal_basis": _l("Regulation it rests on"),
    "deciding_body": _l("Body that decides"),
    "remedies": _l("How one can object"),
    "credit_cents": _l("Credit"),
    "max_grant_cents": _l("Highest grant"),
    "min_grant_cents": _l("Lowest grant"),
    "max_share_bp": _l("Share of the costs"),
    "min_own_bp": _l("Own contribution"),
    "min_score_bp": _l("Lowest score out of 100"),
    "rounds": _l("When you can apply"),
    "criteria": _l("Criteria and weights"),
    "costs": _l("Costs that are accepted"),
    "questions": _l("What we ask"),
}


@dataclass(frozen=True)
class Piece:
    """A run of text that stayed, went or came: `same`, `old`, `new`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """One part of the call that reads otherwise, word by word."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Edition:
    """A version as readers see it, with what changed since the one before."""

    number: int
    at: datetime
    reason: str
    differences: list[Difference]


def keep(call: Call, *, reason: str = "") -> CallVersion:
    """Freeze what the public page says from now on."""
    session.flush()
    query = sa.select(sa.func.max(CallVersion.number)).where(CallVersion.call_id == call.id)
    version = CallVersion(
        call_id=call.id,
        number=(session.scalar(query) or 0) + 1,
        at=clock.now(),
        reason=reason,
        content=content_of(call),
    )
    session.add(version)
    session.flush()
    return version


def keep_first(call: Call) -> None:
    """A call that was published before versions were kept gets its first one before it changes."""
    if session.scalar(sa.select(CallVersion.id).where(CallVersion.call_id == call.id).limit(1)) is None:
        keep(call)


def content_of(call: Call) -> dict[str, Any]:
    """What the public page says, as codes, amounts and moments: rendered in the language of the reader."""
    plain = {name: getattr(call, name) for name in (*TEXTS, *AMOUNTS, *SHARES)}
    return {
        **plain,
        "rounds": [[r.name, _iso(r.opens_at), _iso(r.closes_at)] for r in call.rounds],
        "criteria": [[c.title, c.weight] for c in call.criteria],
        "costs": [c.title for c in call.cost_categories],
        "questions": [q.title for q in call.questions],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def editions(call: Call) -> list[Edition]:
    """Every version with its differences, newest first; the first one has none. One statement."""
    found: list[Edition] = []
    before: dict[str, Any] | None = None
    for row in reversed(_rows(call.id)):
        changes = differences(before, row.content) if before is not None else []
        found.append(Edition(row.number, row.at, row.reason, changes))
        before = row.content
    return found[::-1]


def _rows(call_id: uuid.UUID) -> list[CallVersion]:
    query = sa.select(CallVersion).where(CallVersion.call_id == call_id)
    return list(session.scalars(query.order_by(CallVersion.number.desc())))


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """The parts that differ, in the order of the page."""
    return [
        Difference(str(LABELS[code]), pieces(read(code, before.get(code)), read(code, after.get(code))))
        for code in LABELS
        if before.get(code) != after.get(code)
    ]


@lru_cache(maxsize=256)  # versions never change, and anybody may ask for this page
def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """The way from one text to another, word by word; what differs over too long a stretch, as a whole."""
    old, new = (WORDS.findall(text) for text in (before, after))
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    changed = _changed(old[head : len(old) - tail], new[head : len(new) - tail])
    parts = [("same", old[:head]), *changed, ("same", old[len(old) - tail :])]
    return tuple(Piece(kind, "".join(words)) for kind, words in parts if words)


def _alike(old: list[str], new: list[str]) -> int:
    """How many words both begin with."""
    pairs = zip(old, new, strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


def _changed(old: list[str], new: list[str]) -> list[tuple[str, list[str]]]:
    if len(old) * len(new) > MOST_COMPARED:
        return [("old", old), ("new", new)]
    found = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        found += [("same", old[a:b])] if kind == "equal" else [("old", old[a:b]), ("new", new[c:d])]
    return found


def read(code: str, value: Any) -> str:
    """A value of a version as people read it."""
    if value is None or code in TEXTS:
        return str(value or "")
    if code in AMOUNTS:
        return euro(value)
    if code in SHARES:
        return f"{value * 100 / WHOLE:g} %"
    line = _LINES.get(code, str)
    return "\n".join(line(row) for row in value)


def _round(row: list[Any]) -> str:
    name, opens, closes = row
    from_, until = (moment(datetime.fromisoformat(at)) if at else "" for at in (opens, closes))
    if not closes:
        return str(_("%(name)s: opens %(moment)s, stays open", name=name, moment=from_))
    return str(_("%(name)s: opens %(moment)s, closes %(end)s", name=name, moment=from_, end=until))


_LINES: dict[str, Callable[[Any], str]] = {
    "rounds": _round,
    "criteria": lambda row: f"{row[0]}: {row[1]} %" if row[1] else str(row[0]),
}
