"""Put the reference data of `data/reference` in the tables; `flask db upgrade` calls it."""

from typing import Any

import sqlalchemy as sa

from core.db import session
from socialmap import geography
from socialmap.models.areas import AreaSet, AreaSetMember, Municipality, Place, Postcode


def load_reference_data() -> None:
    """Load municipalities, postcodes, places and area sets; a second run changes nothing.

    Runs in the caller's transaction. Sets that editors made or ended stay as they are.
    """
    _merge(Municipality, ["nis"], _municipalities())
    _merge(Postcode, ["code", "nis"], _postcodes())
    _merge(Place, ["id"], _places())
    sets = list(geography.areas().values())
    _merge(AreaSet, ["code"], [
        {"code": a.key, "kind": a.kind, "name": a.name, "valid_from": a.valid_from, "local": False}
        for a in sets
    ])  # fmt: skip
    members = [{"code": a.key, "nis": nis} for a in sets for nis in sorted(a.nis)]
    _merge(AreaSetMember, ["code", "nis"], members)


def _municipalities() -> list[dict[str, Any]]:
    rows = []
    for m in (*geography.municipalities(), *geography.former()):
        rows.append({
            "nis": m.nis, "name": m.name, "name_fr": m.name_fr, "region": m.region, "province": m.province,
            "arrondissement": m.arrondissement, "zone": m.zone, "main_postcode": m.main_postcode,
            "lat": m.lat, "lon": m.lon, "valid_from": m.valid_from, "valid_to": m.valid_to,
            "successor_nis": m.successors[0] if m.successors else None,
        })  # fmt: skip
    return rows


def _postcodes() -> list[dict[str, Any]]:
    return [{"code": code, "nis": m.nis} for m in geography.municipalities() for code in m.postcodes]


def _places() -> list[dict[str, Any]]:
    rows = []
    for number, place in enumerate(geography.place_rows(), 1):
        rows.append({"id": number, **place})
    return rows


def _merge(model: type, keys: list[str], rows: list[dict[str, Any]]) -> None:
    """Insert what is new and change what differs, by key."""
    t: sa.Table = model.__table__  # type: ignore[attr-defined]
    held = {tuple(row[k] for k in keys): dict(row) for row in session.execute(sa.select(t)).mappings()}
    fresh = [row for row in rows if tuple(row[k] for k in keys) not in held]
    if fresh:
        session.execute(sa.insert(t), fresh)
    for row in rows:
        before = held.get(tuple(row[k] for k in keys))
        if before is not None and any(before[name] != value for name, value in row.items()):
            key = sa.and_(*(t.c[k] == row[k] for k in keys))
            session.execute(sa.update(t).where(key).values(**row))
