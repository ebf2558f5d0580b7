"""The map of an area: its municipalities with how many services they have, its places, and where to zoom."""

import math
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from core.db import session
from socialmap import boundaries, geography
from socialmap.models.directory import ServiceAreaNis
from socialmap.models.searching import ServiceFacet, ServiceSearch

SIZE, EDGE = 720, 24
NEAR_LEVELS = (1, 2, 4)  # what works for a municipality or its region; what works everywhere tells it nothing
MOST_SPOTS = 40
LETTER, LINE = 7, 15  # about how wide and high a letter of a label is
STEPS = 3  # of shade, all light enough to read a name on
LABEL_OFFSETS = (16, -14, 30, -28, 44)
KINDS = ("region", "province", "zone")
CLOSE = 25  # an area of at most so many municipalities shows its places as well, as a zone does


@dataclass(frozen=True)
class Town:
    """A municipality to draw: its outline as an SVG path, or none, and the point of its core."""

    nis: str
    name: str
    x: int
    y: int
    path: str
    count: int
    step: int  # 0 none, up to STEPS: how many services beside the others
    zone: str
    province: str


@dataclass(frozen=True)
class Spot:
    """A place where services are given, numbered as in the list beside it."""

    number: int
    x: int
    y: int
    organization_id: uuid.UUID
    organization: str
    services: list[tuple[uuid.UUID, str]]


@dataclass(frozen=True)
class Label:
    """A name on the map; those that would cover another are left to the list."""

    x: int
    y: int
    text: str


@dataclass
class Atlas:
    """What a map page shows."""

    area: geography.Area
    width: int
    height: int
    towns: list[Town]
    labels: list[Label]
    inner: list[geography.Area] = field(default_factory=list)
    outer: list[geography.Area] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    more_spots: bool = False
    has_boundaries: bool = False


def draw(area: geography.Area, around: Sequence[geography.Area], *, category: str | None = None) -> Atlas:
    """The map of an area with its services; a small one shows its places as well. `around` are all areas of
    today, to zoom to."""
    made, frame = _outline(area, _counts(area.nis, category))
    made.inner, made.outer = _inner(area, around), _outer(area, around)
    if _is_close(area):
        made.spots, made.more_spots = _spots(area.nis, category, frame)
    made.labels = _labels(made)
    return made


def sketch(area: geography.Area) -> Atlas:
    """The municipalities of an area alone, none upon another, to choose from."""
    made, _frame = _outline(area, {})
    placed: list[Town] = []
    for town in made.towns:
        x, y = _beside(town.x, town.y, placed)
        placed.append(replace(town, x=x, y=y))
    made.towns = placed
    made.labels = _spread([(t.x, t.y, t.name) for t in placed], [_box(t.x, t.y) for t in placed], made.width)
    return made


def _is_close(area: geography.Area) -> bool:
    return area.kind == "zone" or (area.kind not in KINDS and len(area.nis) <= CLOSE)


def _outline(area: geography.Area, counts: dict[str, int]) -> tuple[Atlas, "_Frame"]:
    outlines = boundaries.of(area.nis)
    here = [m for m in geography.municipalities() if m.nis in area.nis]
    frame = _Frame([*((m.lon, m.lat) for m in here), *_points(outlines)])
    found = [count for count in counts.values() if count]
    least, most = min(found, default=0), max(found, default=0)
    towns = [
        Town(
            m.nis, m.name, *frame.place(m.lon, m.lat), frame.path(outlines.get(m.nis, [])),
            counts.get(m.nis, 0), _step(counts.get(m.nis, 0), least, most), m.zone, m.province,
        )
        for m in here
    ]  # fmt: skip
    made = Atlas(area, frame.width, frame.height, towns, [])
    made.has_boundaries = bool(outlines)
    return made, frame


def _step(count: int, least: int, most: int) -> int:
    """The shade: 0 for none, else where the count lies between the least and the most of the area."""
    if not count:
        return 0
    return 1 + round((STEPS - 1) * (count - least) / (most - least)) if most > least else STEPS


def _points(outlines: dict[str, list[list[boundaries.Point]]]) -> Iterable[boundaries.Point]:
    return (point for rings in outlines.values() for ring in rings for point in ring)


class _Frame:
    """Degrees to units of the drawing, north up, the same scale both ways."""

    def __init__(self, points: list[boundaries.Point]) -> None:
        lons, lats = [p[0] for p in points], [p[1] for p in points]
        self.west, self.north = min(lons), max(lats)
        self.squeeze = math.cos(math.radians((min(lats) + max(lats)) / 2))
        wide = max((max(lons) - self.west) * self.squeeze, 0.02)
        self.scale = (SIZE - 2 * EDGE) / wide
        self.width = SIZE
        self.height = round((self.north - min(lats)) * self.scale) + 2 * EDGE
        if self.height > SIZE:
            self.scale *= (SIZE - 2 * EDGE) / (self.height - 2 * EDGE)
            self.width = max(round(wide * self.scale) + 2 * EDGE, SIZE // 3)
            self.height = SIZE

    def place(self, lon: float, lat: float) -> tuple[int, int]:
        x = (lon - self.west) * self.squeeze * self.scale
        return round(x) + EDGE, round((self.north - lat) * self.scale) + EDGE

    def path(self, rings: list[list[boundaries.Point]]) -> str:
        parts = []
        for ring in rings:
            spots = [self.place(*point) for point in ring]
            kept = [spot for i, spot in enumerate(spots) if i == 0 or spot != spots[i - 1]]
            if len(kept) > 2:
                parts.append("M" + "L".join(f"{x} {y}" for x, y in kept) + "Z")
        return "".join(parts)


def _counts(codes: frozenset[str], category: str | None) -> dict[str, int]:
    a, s = ServiceAreaNis, ServiceSearch
    query = (
        sa.select(a.nis, sa.func.count().label("n"))
        .join(s, s.service_id == a.service_id)
        .where(a.nis.in_(sorted(codes)), a.level.in_(NEAR_LEVELS), s.status == "active")
        .group_by(a.nis)
    )
    if category:
        query = query.where(s.doc.in_(_with(category)))
    return {row.nis: row.n for row in session.execute(query)}


def _with(category: str) -> sa.Select[Any]:
    return sa.select(ServiceFacet.doc).where(ServiceFacet.code == f"cat:{category}")


def _spots(codes: frozenset[str], category: str | None, frame: _Frame) -> tuple[list[Spot], bool]:
    """Places with a point in these municipalities, services at one organization and point together.

    A secret address has no point in the search entries, so it cannot come here.
    """
    a, s = ServiceAreaNis, ServiceSearch
    inside = sa.select(a.service_id).where(a.nis.in_(sorted(codes)), a.level.in_(NEAR_LEVELS))
    query = (
        sa.select(s.service_id, s.organization_id, s.lat, s.lon, s.card)
        .where(s.service_id.in_(inside), s.status == "active", s.lat.is_not(None))
        .order_by(s.doc)
        .limit(1000)
    )
    if category:
        query = query.where(s.doc.in_(_with(category)))
    found: dict[tuple[uuid.UUID, float, float], list[Any]] = {}
    for row in session.execute(query):
        found.setdefault((row.organization_id, row.lat, row.lon), []).append(row)
    spots: list[Spot] = []
    for (organization_id, lat, lon), rows in sorted(found.items(), key=lambda pair: -len(pair[1])):
        x, y = frame.place(lon, lat)
        if not (0 <= x <= frame.width and 0 <= y <= frame.height):
            continue
        x, y = _beside(x, y, spots)
        services = [(row.service_id, row.card["name"]) for row in rows]
        spots.append(Spot(len(spots) + 1, x, y, organization_id, rows[0].card["organization"], services))
    return spots[:MOST_SPOTS], len(spots) > MOST_SPOTS


def _beside(x: int, y: int, others: Sequence[Spot | Town]) -> tuple[int, int]:
    """The free point nearest to where a mark belongs, so that all of them can be read and pressed."""
    for ring in range(8):
        for turn in range(max(ring * 6, 1)):
            angle = 2 * math.pi * turn / max(ring * 6, 1)
            spot = round(x + 24 * ring * math.cos(angle)), round(y + 24 * ring * math.sin(angle))
            if all(math.dist(spot, (other.x, other.y)) >= 23 for other in others):
                return spot
    return x, y


def _inner(area: geography.Area, around: Sequence[geography.Area]) -> list[geography.Area]:
    """The areas one step closer that lie in this one, for the greater part."""
    if _is_close(area):
        return []
    step = KINDS[KINDS.index(area.kind) + 1] if area.kind in KINDS else "zone"
    closer = [a for a in around if a.kind == step and a.key != area.key]
    return sorted((a for a in closer if 2 * len(a.nis & area.nis) > len(a.nis)), key=lambda a: a.name)


def _outer(area: geography.Area, around: Sequence[geography.Area]) -> list[geography.Area]:
    """The way out: the areas around this one, the widest first."""
    found = []
    steps = KINDS[: KINDS.index(area.kind)] if area.kind in KINDS else ("region", "province")
    for kind in steps:
        wider = [a for a in around if a.kind == kind and a.nis & area.nis]
        if wider:
            found.append(max(wider, key=lambda a: len(a.nis & area.nis)))
    return found


def _box(x: int, y: int) -> tuple[int, int, int, int]:
    return x - 12, y - 12, x + 12, y + 12


def _labels(atlas: Atlas) -> list[Label]:
    """Names that cover neither each other nor a mark; where there are inner areas, theirs."""
    if _is_close(atlas.area):
        wanted = [(t.x, t.y, t.name) for t in sorted(atlas.towns, key=lambda t: -t.count)]
    else:
        wanted = []
        for inner in sorted(atlas.inner, key=lambda a: -len(a.nis)):
            spots = [(t.x, t.y) for t in atlas.towns if t.nis in inner.nis]
            middle = [round(sum(axis) / len(spots)) for axis in zip(*spots, strict=True)]
            wanted.append((middle[0], middle[1], inner.name))
        if not wanted:
            wanted = [(t.x, t.y, t.name) for t in atlas.towns]
    return _spread(wanted, [_box(spot.x, spot.y) for spot in atlas.spots], atlas.width)


def _spread(
    wanted: list[tuple[int, int, str]], taken: list[tuple[int, int, int, int]], width: int
) -> list[Label]:
    labels = []
    for x, y, text in wanted:
        half = len(text) * LETTER // 2
        x = min(max(x, half), max(width - half, half))
        for offset in LABEL_OFFSETS:
            box = (x - half, y + offset - LINE + 3, x + half, y + offset + 4)
            if all(box[2] < b[0] or b[2] < box[0] or box[3] < b[1] or b[3] < box[1] for b in taken):
                taken.append(box)
                labels.append(Label(x, y + offset, text))
                break
    return labels
