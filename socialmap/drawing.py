"""Points around a municipality as places on a drawing: rings of distance, services, other municipalities."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from socialmap import geography

SIZE = 344
MIDDLE = SIZE / 2
RADIUS = 159
REACHES = (3, 6, 15, 30)
MOST = 0.6  # the drawing shows this share of the services at least; the rest are named as further away


@dataclass(frozen=True)
class Spot:
    """Something to draw, in units of the drawing. `ref` is the number of the hit or empty."""

    x: int
    y: int
    label: str
    ref: int | None = None


@dataclass(frozen=True)
class Drawing:
    """A map without tiles: `rings` are (radius, kilometres), outermost first."""

    centre: str
    rings: list[tuple[int, int]]
    services: list[Spot]
    towns: list[Spot]
    beyond: int


def around(nis: str, points: Sequence[tuple[int, str, float, float]]) -> Drawing | None:
    """Draw numbered points (number, label, lat, lon) around the core of a municipality."""
    here = geography.current(nis)
    if here is None:
        return None
    spot = (here.lat, here.lon)
    far = sorted(geography.distance_km(spot, (lat, lon)) for _n, _l, lat, lon in points)
    most = far[min(len(far) - 1, int(len(far) * MOST))] if far else 15
    reach = next((km for km in REACHES if most <= km), REACHES[-1])
    services, taken, beyond = [], set[tuple[int, int]](), 0
    for number, label, lat, lon in points:
        if geography.distance_km(spot, (lat, lon)) > reach:
            beyond += 1
            continue
        x, y = _place(spot, (lat, lon), reach)
        while (x // 20, y // 20) in taken:  # two services in one house stay two marks
            x += 18
        taken.add((x // 20, y // 20))
        services.append(Spot(min(x, SIZE - 12), y, label, number))
    rings = [(round(RADIUS * step / 3), round(reach * step / 3)) for step in (3, 2, 1)]
    names = [_box(MIDDLE, MIDDLE + 16, here.name)]
    names += [_box(MIDDLE, MIDDLE - radius + 13, f"{km} km") for radius, km in rings]
    names += [(s.x - 12, s.y - 12, s.x + 12, s.y + 12) for s in services]
    towns = []
    for town, km in geography.nearby(here.nis, limit=8):
        if reach / 5 < km < reach * 0.9:
            x, y = _place(spot, (town.lat, town.lon), reach)
            box = _box(x, y + 15, town.name)
            free = all(_apart(box, other) for other in names)  # a name that covers another is left out
            names += [box] if free else []
            towns.append(Spot(x, y, town.name if free else ""))
    return Drawing(here.name, rings, services, towns, beyond)


def _box(x: float, y: float, text: str) -> tuple[float, float, float, float]:
    """About the room that a name takes, written in the middle at this point."""
    half = len(text) * 3.5
    return x - half, y - 12, x + half, y + 3


def _apart(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]


def _place(centre: tuple[float, float], point: tuple[float, float], reach: float) -> tuple[int, int]:
    east = (point[1] - centre[1]) * 111.32 * math.cos(math.radians(centre[0]))
    north = (point[0] - centre[0]) * 111.32
    return round(MIDDLE + east / reach * RADIUS), round(MIDDLE - north / reach * RADIUS)
