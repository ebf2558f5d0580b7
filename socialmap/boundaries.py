"""Outlines of municipalities from a GeoJSON file, simplified and kept; the product carries none itself."""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core import clock
from core.db import session
from core.errors import DomainError
from core.i18n import _
from socialmap import geography
from socialmap.models.areas import MunicipalityBoundary

NIS_NAMES = ("nis", "niscode", "nis_code", "code_ins", "nsi", "cd_munty_refnis", "refnis")
TOLERANCE = 0.0008  # degrees: some 70 metres, invisible on a screen
MAX_BYTES = 60_000_000
# Belgium in degrees; metres of a national grid lie far outside, and are refused rather than drawn wrong.
WEST, SOUTH, EAST, NORTH = 2.0, 49.0, 7.0, 52.0
Point = tuple[float, float]


@dataclass
class Report:
    """What a file gave: municipalities kept, points kept, codes that mean nothing here."""

    kept: int = 0
    points: int = 0
    unknown: list[str] = field(default_factory=list)


def load(path: Path) -> Report:
    """Replace the boundaries by those in the file; all or nothing."""
    report, rows = Report(), dict[str, dict[str, Any]]()
    for feature in _features(path):
        nis = _nis(feature)
        here = geography.municipality(nis)
        if here is None or not here.is_current:
            report.unknown.append(nis)
            continue
        rings = [_simplify(ring) for ring in _rings(feature, nis)]
        rings = [ring for ring in rings if len(ring) > 3]
        rows[nis] = {
            "nis": nis, "rings": rings, "source": path.name[:200], "loaded_on": clock.today(),
        }  # fmt: skip
        report.points += sum(len(ring) for ring in rings)
    if not rows:
        raise DomainError(_("No feature in this file has the NIS code of a municipality."))
    session.execute(sa.delete(MunicipalityBoundary))
    session.execute(sa.insert(MunicipalityBoundary), list(rows.values()))
    report.kept = len(rows)
    return report


def of(codes: frozenset[str]) -> dict[str, list[list[Point]]]:
    """The rings of these municipalities; those without a boundary are not in it."""
    b = MunicipalityBoundary
    rows = session.execute(sa.select(b.nis, b.rings).where(b.nis.in_(sorted(codes))))
    return {nis: [[(x, y) for x, y in ring] for ring in rings] for nis, rings in rows}


def _features(path: Path) -> list[dict[str, Any]]:
    if path.stat().st_size > MAX_BYTES:
        raise DomainError(_("This file is too large for boundaries."))
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DomainError(_("This is no GeoJSON: %(error)s", error=str(error)[:200])) from error
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise DomainError(_("This is no GeoJSON: %(error)s", error="features"))
    return features


def _nis(feature: dict[str, Any]) -> str:
    properties = feature.get("properties") or {}
    named = {str(key).lower(): value for key, value in properties.items()}
    return next((str(named[name]) for name in NIS_NAMES if named.get(name)), "")


def _rings(feature: dict[str, Any], nis: str) -> list[list[Point]]:
    shape = feature.get("geometry") or {}
    kind = shape.get("type")
    given: Any = shape.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise DomainError(_("The shape of %(nis)s is no polygon.", nis=nis))
    try:
        polygons: Any = given if kind == "MultiPolygon" else [given]
        rings = [[(float(p[0]), float(p[1])) for p in ring] for polygon in polygons for ring in polygon]
    except (TypeError, ValueError, IndexError) as error:
        raise DomainError(_("The shape of %(nis)s is no polygon.", nis=nis)) from error
    for lon, lat in (point for ring in rings for point in ring):
        if not (WEST <= lon <= EAST and SOUTH <= lat <= NORTH):
            raise DomainError(_("The points of %(nis)s are no degrees in Belgium (WGS84).", nis=nis))
    return rings


def _simplify(ring: list[Point]) -> list[Point]:
    """The ring with the points that matter (Douglas and Peucker), rounded to some ten metres."""
    if len(ring) < 4:
        return []
    keep, stack = {0, len(ring) - 1}, [(0, len(ring) // 2), (len(ring) // 2, len(ring) - 1)]
    keep.add(len(ring) // 2)  # a closed ring has no base line of its own
    while stack:
        first, last = stack.pop()
        offs = ((_off(ring[i], ring[first], ring[last]), i) for i in range(first + 1, last))
        far, at = max(offs, default=(0.0, first))
        if far > TOLERANCE:
            keep.add(at)
            stack += [(first, at), (at, last)]
    return [(round(ring[i][0], 4), round(ring[i][1], 4)) for i in sorted(keep)]


def _off(point: Point, a: Point, b: Point) -> float:
    """How far a point lies from the line between two others."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy)
    if length == 0:
        return math.hypot(point[0] - a[0], point[1] - a[1])
    return abs(dy * (point[0] - a[0]) - dx * (point[1] - a[1])) / length
