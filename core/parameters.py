"""Amounts, terms and texts with the days on which they hold; a tenant may have its own."""

import csv
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString

from core import audit
from core.access import Actor
from core.clock import today
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.records import Parameter


@dataclass(frozen=True)
class Known:
    """A parameter that the code asks for: in words, and what holds while nobody has set it.

    Where nothing holds then, `example` shows of what sort a value is. `check` raises DomainError.
    """

    label: LazyString
    default: Any
    example: Any = None
    check: Callable[[Any], None] | None = None


_known: dict[str, Known] = {}


def declare(
    key: str,
    label: LazyString,
    default: Any,
    *,
    example: Any = None,
    check: Callable[[Any], None] | None = None,
) -> None:
    """Have a key on the page of parameters before it has a value. Safe to repeat."""
    _known[key] = Known(label, default, example, check)


_names: dict[str, LazyString] = {}


def describe(key: str, label: LazyString) -> None:
    """Name a key that a file brings, on the page of parameters; one ending in a dot names all below it."""
    _names[key] = label


def name_of(key: str) -> str:
    """The key in words, or "" when nobody named it."""
    known = _known.get(key)
    if known is not None:
        return str(known.label)
    return str(_names.get(key) or _names.get(f"{key.rpartition('.')[0]}.", ""))


class Unknown(LookupError):
    """No value of this parameter holds on this day."""


def value(key: str, *, on: date | None = None, tenant_id: uuid.UUID | None = None) -> Any:
    """The value that holds on a day (default today): the tenant's own, else everybody's. Raises Unknown."""
    found = entry(key, on=on, tenant_id=tenant_id)
    if found is None:
        raise Unknown(f"parameter {key} has no value on {on or today()}")
    return found.value


def entry(key: str, *, on: date | None = None, tenant_id: uuid.UUID | None = None) -> Parameter | None:
    """The row behind `value`, with its source and dates."""
    return session.scalars(_nearest(sa.select(Parameter), key, on, tenant_id)).first()


def holding(key: str, *, on: date | None = None, tenant_id: uuid.UUID | None = None) -> sa.ScalarSelect[Any]:
    """The same value as a column for a statement that asks for more; None where nobody has set it."""
    return _nearest(sa.select(Parameter.value), key, on, tenant_id).scalar_subquery()


def _nearest(query: sa.Select[Any], key: str, on: date | None, tenant_id: uuid.UUID | None) -> sa.Select[Any]:
    mine = sa.or_(Parameter.tenant_id.is_(None), Parameter.tenant_id == tenant_id)
    return (
        query.where(Parameter.key == key, mine, *_holds(on or today()))
        .order_by(Parameter.tenant_id.is_(None), Parameter.valid_from.desc())
        .limit(1)
    )


def values(prefix: str, *, on: date | None = None, tenant_id: uuid.UUID | None = None) -> dict[str, Any]:
    """All values whose key starts with `prefix`, in one statement, by full key."""
    mine = sa.or_(Parameter.tenant_id.is_(None), Parameter.tenant_id == tenant_id)
    query = (
        sa.select(Parameter)
        .where(Parameter.key.startswith(prefix, autoescape=True), mine, *_holds(on or today()))
        .order_by(Parameter.tenant_id.is_not(None), Parameter.valid_from)
    )
    return {found.key: found.value for found in session.scalars(query)}


def _holds(day: date) -> tuple[Any, ...]:
    return Parameter.valid_from <= day, sa.or_(Parameter.valid_to.is_(None), Parameter.valid_to >= day)


def put(
    key: str,
    new_value: Any,
    *,
    valid_from: date,
    valid_to: date | None = None,
    tenant_id: uuid.UUID | None = None,
    source: str = "",
) -> bool:
    """Set what holds from a day on, in the running transaction; whether something changed. Repeatable."""
    mine = Parameter.tenant_id.is_(None) if tenant_id is None else Parameter.tenant_id == tenant_id
    found = session.scalars(
        sa.select(Parameter).where(Parameter.key == key, mine, Parameter.valid_from == valid_from)
    ).first()
    if found is None:
        found = Parameter(key=key, tenant_id=tenant_id, valid_from=valid_from)
        session.add(found)
    elif (found.value, found.valid_to, found.source) == (new_value, valid_to, source):
        return False
    found.value, found.valid_to, found.source = new_value, valid_to, source
    return True


def load(path: Path) -> int:
    """Load a file of parameters for everybody, in the running transaction; how many changed.

    JSON: a list of objects `{key, value, valid_from, valid_to, source}`. CSV: the same columns; the value is
    read as JSON where it can be, else as text.
    """
    rows: list[dict[str, Any]]
    if path.suffix == ".json":
        rows = json.loads(path.read_text(encoding="utf-8"))
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [{**row, "value": _read(row["value"])} for row in csv.DictReader(file)]
    changed = 0
    for row in rows:
        ends = row.get("valid_to")
        changed += put(
            row["key"],
            row["value"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(ends) if ends else None,
            source=row.get("source") or "",
        )
    return changed


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


# ---------------------------------------------------------------- seen and changed by administrators
@dataclass(frozen=True)
class Line:
    """What holds today of one key, for the page; `entry` is None while the default holds."""

    key: str
    label: str
    value: Any
    entry: Parameter | None


def overview(text: str, *, tenant_id: uuid.UUID | None, limit: int = 200) -> list[Line]:
    """What holds today, by key, where the key or its words hold `text`; the tenant's own value wins."""
    wanted = text.strip().lower()
    mine = sa.or_(Parameter.tenant_id.is_(None), Parameter.tenant_id == tenant_id)
    query = (
        sa.select(Parameter)
        .where(mine, *_holds(today()))
        .order_by(Parameter.key, Parameter.tenant_id.is_not(None), Parameter.valid_from)
    )
    found = {row.key: row for row in session.scalars(query)}
    keys = [key for key in found.keys() | _known.keys() if wanted in f"{key} {name_of(key)}".lower()]
    return [_line(key, found.get(key)) for key in sorted(keys)[:limit]]


def _line(key: str, entry: Parameter | None) -> Line:
    known = _known.get(key)
    value = entry.value if entry is not None else known.default if known else None
    return Line(key, name_of(key), value, entry)


@dataclass(frozen=True)
class Dated:
    """A key with all its values, the newest first. Only a declared one is changed here, others by a file."""

    key: str
    known: Known | None
    values: list[Parameter]

    @property
    def name(self) -> str:
        return name_of(self.key) or self.key

    @property
    def newest(self) -> Any:
        """What stands in the field of a new value; None where nothing holds."""
        return self.values[0].value if self.values else self.known.default if self.known else None

    @property
    def example(self) -> Any:
        """A value of the sort that the code expects."""
        declared = self.known.example if self.known else None
        return declared if declared is not None else self.newest


def find(key: str) -> Dated | None:
    """A key with its history; None when nobody asks for it and it has no value."""
    query = sa.select(Parameter).where(Parameter.key == key)
    values = list(session.scalars(query.order_by(Parameter.valid_from.desc(), Parameter.tenant_id)))
    known = _known.get(key)
    return Dated(key, known, values) if values or known else None


def change(
    dated: Dated,
    text: str,
    *,
    valid_from: date,
    valid_to: date | None,
    source: str,
    tenant_id: uuid.UUID | None,
    by: Actor,
) -> None:
    """Set a value from a day on; it has to be of the sort that the code expects."""
    if valid_to is not None and valid_to < valid_from:
        raise DomainError(_("The last day lies before the first."), field="valid_to")
    try:
        new = json.loads(text)
    except ValueError:
        new = text.strip()
    if dated.known is None:
        raise DomainError(_("This comes from a file that is loaded as a whole."))
    emptied = new == [] == dated.known.default
    if not emptied and not _same_sort(new, dated.example):
        shown = json.dumps(dated.example, ensure_ascii=False)[:80]
        raise DomainError(_("Write the value like this one: %(example)s", example=shown), field="value")
    if dated.known.check is not None:
        dated.known.check(new)
    put(dated.key, new, valid_from=valid_from, valid_to=valid_to, tenant_id=tenant_id, source=source.strip())
    session.flush()
    facts = {
        "key": dated.key,
        "from": valid_from.isoformat(),
        "to": valid_to.isoformat() if valid_to else None,
    }
    audit.record("parameter.set", by=by, changes=facts, tenant_id=tenant_id)


def _same_sort(new: Any, example: Any) -> bool:
    numbers = (int, float)
    if isinstance(example, numbers) and not isinstance(example, bool):
        return isinstance(new, numbers) and not isinstance(new, bool)
    if isinstance(example, list) and example and isinstance(new, list):
        return bool(new) and all(_same_sort(each, example[0]) for each in new)
    return type(new) is type(example)
