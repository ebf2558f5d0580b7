"""Amounts, terms and texts with the days on which they hold; a tenant may have its own (principle 7)."""

import csv
import json
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core.clock import today
from core.db import session
from core.models.records import Parameter


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
    day = on or today()
    mine = sa.or_(Parameter.tenant_id.is_(None), Parameter.tenant_id == tenant_id)
    query = (
        sa.select(Parameter)
        .where(Parameter.key == key, mine, *_holds(day))
        .order_by(Parameter.tenant_id.is_(None), Parameter.valid_from.desc())
        .limit(1)
    )
    return session.scalars(query).first()


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
