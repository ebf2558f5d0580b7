"""Seals over the trail: a keyed hash over each batch of entries and the seal before it (ADR 0005).

Whoever changes, removes or slips in an entry, or removes a seal, is found out by `verify`, also when they got
past the triggers of the database: the key of the hash lies in the key file.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from core.clock import now
from core.crypto import current_keys
from core.db import db, session, transaction
from core.models.trail import AuditEntry, AuditSeal

BATCH = 2_000
# No transaction runs this long: a number that is still free by then was given to one that rolled back.
GAP_STAYS_OPEN = timedelta(days=1)
LOCK_KEY = 0x5EA1
FIRST = "0" * 64
FIELDS = (
    "id", "at", "action", "tenant_id", "user_id", "membership_id", "on_behalf_of", "actor_kind",
    "subject_type", "subject_id", "changes", "request_id",
)  # fmt: skip
Range = list[int]


@dataclass
class Report:
    """What `verify` found. `faults` name seals and entries by number."""

    seals: int = 0
    entries: int = 0
    unsealed: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.faults


def seal_batch(*, at: datetime | None = None) -> int:
    """Seal what is not sealed yet, one batch, in the running transaction; how many entries."""
    _take_turns()
    moment = at or now()
    last = session.scalars(sa.select(AuditSeal).order_by(AuditSeal.id.desc()).limit(1)).first()
    gaps = _open_gaps(last, moment)
    entries = _next_entries(last.last_id if last else 0, [gap[:2] for gap in gaps])
    if not entries:
        return 0
    keys = current_keys()
    last_id = max(last.last_id if last else 0, entries[-1].id)
    made = AuditSeal(
        at=moment,
        count=len(entries),
        last_id=last_id,
        covered=_ranges(entry.id for entry in entries),
        open_gaps=_gaps_left(
            gaps, last.last_id if last else 0, last_id, [entry.id for entry in entries], moment
        ),
        key_id=keys.current,
        hash=_hash(keys.current, last.hash if last else FIRST, entries),
    )
    session.add(made)
    session.flush()
    return len(entries)


def _take_turns() -> None:
    """Two workers must not build on the same seal."""
    if db.engine.dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))


def _open_gaps(last: AuditSeal | None, moment: datetime) -> list[list[Any]]:
    """Ranges of numbers not seen yet, with the moment of their discovery: `[first, last, iso moment]`."""
    if last is None:
        return []
    return [gap for gap in last.open_gaps if datetime.fromisoformat(gap[2]) > moment - GAP_STAYS_OPEN]


def _next_entries(after: int, gaps: list[Range]) -> list[AuditEntry]:
    filled = [sa.and_(AuditEntry.id >= first, AuditEntry.id <= last) for first, last in gaps]
    query = sa.select(AuditEntry).where(sa.or_(AuditEntry.id > after, *filled))
    return list(session.scalars(query.order_by(AuditEntry.id).limit(BATCH)))


def _gaps_left(
    gaps: list[list[Any]], before: int, last_id: int, seen: list[int], moment: datetime
) -> list[list[Any]]:
    """The old gaps and the new stretch, less what was seen."""
    fresh = [[before + 1, last_id, moment.isoformat()]] if last_id > before else []
    left: list[list[Any]] = []
    for first, last, since in [*gaps, *fresh]:
        start = first
        for number in (number for number in seen if first <= number <= last):
            if number > start:
                left.append([start, number - 1, since])
            start = number + 1
        if start <= last:
            left.append([start, last, since])
    return left


def _ranges(numbers: Iterable[int]) -> list[Range]:
    made: list[Range] = []
    for number in numbers:
        if made and made[-1][1] == number - 1:
            made[-1][1] = number
        else:
            made.append([number, number])
    return made


def _hash(key_id: str, previous: str, entries: Iterable[AuditEntry]) -> str:
    made = hmac.new(current_keys().derived("audit", key_id), previous.encode(), hashlib.sha256)
    for entry in entries:
        made.update(_canonical(entry))
    return made.hexdigest()


def _canonical(entry: AuditEntry) -> bytes:
    values = [getattr(entry, name) for name in FIELDS]
    return json.dumps([_plain(value) for value in values], sort_keys=True, ensure_ascii=True).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, dict | int | str | None) else str(value)


def seal_all() -> int:
    """Seal everything there is, each batch in a transaction of its own; how many entries."""
    total = 0
    while True:
        with transaction():
            sealed = seal_batch()
        total += sealed
        if sealed < BATCH:
            return total


def verify() -> Report:
    """Compute every seal again. Reads the whole trail, batch by batch."""
    report, previous, last_number = Report(), FIRST, 0
    covered: list[Range] = []
    for seal in session.scalars(sa.select(AuditSeal).order_by(AuditSeal.id)):
        if seal.id != last_number + 1 and db.engine.dialect.name == "sqlite":
            report.faults.append(f"seal {last_number + 1} is missing")
        entries = list(_entries_of(seal))
        _judge(seal, previous, entries, report)
        report.seals += 1
        report.entries += len(entries)
        covered += seal.covered
        previous, last_number = seal.hash, seal.id
    _look_outside(covered, report)
    return report


def _judge(seal: AuditSeal, previous: str, entries: list[AuditEntry], report: Report) -> None:
    if len(entries) != seal.count:
        report.faults.append(f"seal {seal.id}: {seal.count} entries were sealed, {len(entries)} are there")
    try:
        is_same = hmac.compare_digest(_hash(seal.key_id, previous, entries), seal.hash)
    except KeyError:
        report.faults.append(f"seal {seal.id}: key {seal.key_id} is not in the key file")
        return
    if not is_same:
        report.faults.append(f"seal {seal.id}: an entry, or the seal before it, was changed")


def _entries_of(seal: AuditSeal) -> Iterator[AuditEntry]:
    for first, last in seal.covered:
        query = sa.select(AuditEntry).where(AuditEntry.id.between(first, last)).order_by(AuditEntry.id)
        yield from session.scalars(query)


def _look_outside(covered: list[Range], report: Report) -> None:
    """Entries under the last sealed number that no seal covers were slipped in, or came a day late."""
    covered.sort()
    end = 0
    for first, last in covered:
        if first > end + 1:
            _count_between(end + 1, first - 1, report)
        end = max(end, last)
    report.unsealed += session.scalar(sa.select(sa.func.count()).where(AuditEntry.id > end)) or 0


def _count_between(first: int, last: int, report: Report) -> None:
    """Fresh entries in a gap are simply not sealed yet; old ones are a fault."""
    edge = now() - GAP_STAYS_OPEN
    for entry in session.scalars(sa.select(AuditEntry).where(AuditEntry.id.between(first, last))):
        if entry.at > edge:
            report.unsealed += 1
        else:
            report.faults.append(f"entry {entry.id} stands outside every seal")
