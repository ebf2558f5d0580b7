"""Municipalities, postcodes, places and areas as facts with dates; pure, read once from `data/reference`."""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from rapidfuzz import fuzz, process

from socialmap import words

FOLDER = words.DATA / "reference"
FLANDERS, BRUSSELS = "2000", "4000"
# Hamlets that are ordinary words count as a place only after one of `_BEFORE_PLACE`.
_ORDINARY = words.listed("ordinary.txt")
_BEFORE_PLACE = frozenset(
    {"in", "te", "bij", "uit", "van", "naar", "rond", "nabij", "gemeente", "stad", "regio"}
)
_ALIASES = {
    "ghent": "Gent", "antwerp": "Antwerpen", "brussels": "Brussel", "bruxelles": "Brussel",
    "anvers": "Antwerpen", "courtrai": "Kortrijk", "louvain": "Leuven", "malines": "Mechelen",
    "ostende": "Oostende", "bruges": "Brugge", "gand": "Gent", "ypres": "Ieper", "alost": "Aalst",
    "temse": "Temse", "sint niklaas": "Sint-Niklaas", "nedereename": "Nederename",
}  # fmt: skip
_KM_PER_DEGREE = 111.32


@dataclass(frozen=True)
class Municipality:
    """A municipality as it is or was. `lat`, `lon` are its core (not its centroid), WGS84 degrees."""

    nis: str
    name: str
    name_fr: str = ""
    region: str = FLANDERS
    province: str = ""
    province_name: str = ""
    arrondissement: str = ""
    zone: str = ""
    zone_name: str = ""
    reference_region: str = ""
    housing_area: str = ""
    main_postcode: str = ""
    lat: float = 0.0
    lon: float = 0.0
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_current(self) -> bool:
        return not self.successors


@dataclass(frozen=True)
class Area:
    """A named set of municipalities, such as a zone or a province, valid from a date."""

    kind: str
    code: str
    name: str
    nis: frozenset[str]
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def key(self) -> str:
        """How links and filters name it."""
        return f"{self.kind}:{self.code}"


@dataclass(frozen=True)
class Place:
    """What a piece of text names: a municipality (as it is now), and why it was read so.

    `kind`: municipality, former (an old name), place (deelgemeente) or postcode. `others` are NIS codes
    that the same text may also mean.
    """

    nis: str
    label: str
    kind: str
    lat: float
    lon: float
    others: tuple[str, ...] = ()


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@cache
def _load() -> dict[str, Municipality]:
    names = {(row["kind"], row["code"]): row["name"] for row in _rows("areas.csv")}
    codes: dict[str, list[str]] = defaultdict(list)
    for row in _rows("postcodes.csv"):
        if row["postcode"] not in codes[row["nis"]]:
            codes[row["nis"]].append(row["postcode"])
    found = {}
    for row in _rows("municipalities.csv"):
        found[row["nis"]] = Municipality(
            nis=row["nis"], name=row["name"], name_fr=row["name_fr"], region=row["region"],
            province=row["province"],
            province_name=names.get(("province", row["province"]), names[("region", row["region"])]),
            arrondissement=row["arrondissement"], zone=row["zone"],
            zone_name=names.get(("zone", row["zone"]), ""),
            reference_region=row["reference_region"], housing_area=row["housing_area"],
            main_postcode=row["main_postcode"], lat=float(row["lat"]), lon=float(row["lon"]),
            valid_from=_date(row["valid_from"]), postcodes=tuple(codes[row["nis"]]),
        )  # fmt: skip
    for row in _rows("mergers.csv"):
        new = found[row["successor"]]
        spot = _place_points().get((words.fold(row["name"]), new.nis), (new.lat, new.lon))
        found[row["nis"]] = Municipality(
            nis=row["nis"], name=row["name"], region=new.region, province=new.province,
            province_name=new.province_name, lat=spot[0], lon=spot[1], valid_to=_date(row["on"]),
            successors=(new.nis,),
        )  # fmt: skip
    return found


@cache
def _place_points() -> dict[tuple[str, str], tuple[float, float]]:
    return {
        (words.fold(r["name"]), r["nis"]): (float(r["lat"]), float(r["lon"])) for r in _rows("places.csv")
    }


def municipality(nis: str) -> Municipality | None:
    """The municipality with this NIS code, of today or of before a merger."""
    return _load().get(nis)


def current(nis: str) -> Municipality | None:
    """The municipality of today that holds the territory of `nis`."""
    found = municipality(nis)
    return municipality(found.successors[0]) if found and found.successors else found


@cache
def municipalities() -> tuple[Municipality, ...]:
    """All municipalities of today in Flanders and Brussels, by name."""
    return tuple(sorted((m for m in _load().values() if m.is_current), key=lambda m: words.fold(m.name)))


@cache
def former() -> tuple[Municipality, ...]:
    """Municipalities that ended by a merger, with their successor."""
    return tuple(m for m in _load().values() if not m.is_current)


def predecessors(nis: str) -> list[Municipality]:
    return [m for m in former() if nis in m.successors]


@cache
def areas() -> dict[tuple[str, str], Area]:
    """Named sets of municipalities by (kind, code). Kinds: region, province, arrondissement, zone,
    reference_region, housing_area."""
    members: dict[tuple[str, str], set[str]] = defaultdict(set)
    for m in municipalities():
        for kind in ("region", "province", "arrondissement", "zone", "reference_region", "housing_area"):
            members[kind, getattr(m, kind)].add(m.nis)
    return {
        key: Area(row["kind"], row["code"], row["name"], frozenset(members[key]), _date(row["valid_from"]))
        for row in _rows("areas.csv")
        if (key := (row["kind"], row["code"]))
    }


def area(kind: str, code: str) -> Area | None:
    return areas().get((kind, code))


def expand(codes: Iterable[str]) -> tuple[frozenset[str], list[str]]:
    """Municipalities of today that NIS codes stand for (region, province, arrondissement, old code), and
    the codes that mean nothing here."""
    found: set[str] = set()
    unknown: list[str] = []
    for code in codes:
        nis = _expand_one(code)
        if nis:
            found |= nis
        else:
            unknown.append(code)
    return frozenset(found), unknown


@cache
def _expand_one(code: str) -> frozenset[str]:
    if now := current(code):
        return frozenset({now.nis})
    for kind in ("region", "province", "arrondissement"):
        if (kind, code) in areas():
            return areas()[kind, code].nis
    if code in ("1000", "01000"):
        return frozenset(m.nis for m in municipalities())
    return frozenset()


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance in kilometres between two points in degrees."""
    lat1, lat2 = math.radians(a[0]), math.radians(b[0])
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(half))


def nearby(nis: str, limit: int = 8) -> list[tuple[Municipality, float]]:
    """The nearest other municipalities with the distance between the cores in kilometres."""
    here = current(nis)
    if here is None:
        return []
    spot = (here.lat, here.lon)
    found = [(m, distance_km(spot, (m.lat, m.lon))) for m in municipalities() if m.nis != here.nis]
    return sorted(found, key=lambda pair: pair[1])[:limit]


@cache
def neighbours(nis: str) -> frozenset[str]:
    """Municipalities that border on this one."""
    pairs = [(r["a"], r["b"]) for r in _rows("neighbours.csv") if nis in (r["a"], r["b"])]
    return frozenset(b if a == nis else a for a, b in pairs)


def postcode_municipalities(postcode: str) -> list[str]:
    """NIS codes on which a postcode lies, the one with most of its places first; empty when unknown."""
    return list(_postcodes().get(postcode, ()))


@cache
def postcode_point(postcode: str) -> tuple[float, float] | None:
    """The centre of a postcode, the middle of its places; None when unknown."""
    rows = [row for row in _rows("postcodes.csv") if row["postcode"] == postcode]
    if not rows:
        return None
    lats, lons = ([float(row[name]) for row in rows] for name in ("lat", "lon"))
    return sum(lats) / len(lats), sum(lons) / len(lons)


@cache
def _postcodes() -> dict[str, tuple[str, ...]]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    main = {m.main_postcode: m.nis for m in municipalities()}
    for row in _rows("postcodes.csv"):
        counts[row["postcode"]][row["nis"]] += 1
    return {
        code: tuple(sorted(n, key=lambda nis: (main.get(code) != nis, -n[nis], nis)))
        for code, n in counts.items()
    }


def locate(postcode: str | None, place: str | None) -> tuple[str, float, float, str] | None:
    """NIS, point and precision (place, municipality, approximate, shared, postcode) of an address."""
    name = words.fold(place or "").strip()
    if (row := _postal_places().get((postcode or "", name))) is not None:
        return row["nis"], float(row["lat"]), float(row["lon"]), row["precision"]
    codes = postcode_municipalities(postcode or "")
    if codes and (found := municipality(codes[0])):
        return found.nis, found.lat, found.lon, "postcode"
    if not postcode and name and (spot := find_place(name)):
        return spot.nis, spot.lat, spot.lon, "municipality"
    return None


@cache
def _postal_places() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["postcode"], words.fold(row["place"])): row for row in _rows("postcodes.csv")}


def _key(name: str) -> tuple[str, ...]:
    return tuple("sint" if word in ("st", "saint") else word for word in words.split(name))


@cache
def _names() -> dict[tuple[str, ...], Place]:
    """Every name of a place, best meaning first: municipality, French name, old name, place."""
    found: dict[tuple[str, ...], list[Place]] = defaultdict(list)
    for m in municipalities():
        for name in dict.fromkeys((m.name, m.name_fr)):
            found[_key(name)].append(Place(m.nis, m.name, "municipality", m.lat, m.lon))
    for old in former():
        found[_key(old.name)].append(Place(old.successors[0], old.name, "former", old.lat, old.lon))
    for row in [*_rows("postcodes.csv"), *({**r, "place": r["name"]} for r in _rows("places.csv"))]:
        place = Place(row["nis"], row["place"], "place", float(row["lat"]), float(row["lon"]))
        found[_key(row["place"])].append(place)
    for alias, name in _ALIASES.items():
        found[_key(alias)] += found[_key(name)]
    result = {}
    for key, places in found.items():
        if not key or not places:
            continue
        others = tuple(dict.fromkeys(p.nis for p in places if p.nis != places[0].nis))
        first = places[0]
        result[key] = Place(first.nis, first.label, first.kind, first.lat, first.lon, others)
    return result


def is_name(word: str) -> bool:
    """Whether a folded word is the name of a municipality or village, or a part of one."""
    return word in _name_words()


@cache
def _name_words() -> frozenset[str]:
    return frozenset(word for key in _names() for word in key)


@cache
def _longest_name() -> int:
    return max(len(key) for key in _names())


def find_place(text: str) -> Place | None:
    """The place a whole text names: a postcode, a municipality, an old name or a deelgemeente."""
    text = text.strip()
    if text.isdecimal() and len(text) == 5 and (found := current(text)):
        return Place(found.nis, found.name, "municipality", found.lat, found.lon)
    if text.isdecimal() and len(text) == 4:
        return _postcode_place(text)
    return _names().get(_key(text))


def _postcode_place(code: str) -> Place | None:
    nis = postcode_municipalities(code)
    found = municipality(nis[0]) if nis else None
    return (
        Place(nis[0], f"{code} {found.name}", "postcode", found.lat, found.lon, tuple(nis[1:]))
        if found
        else None
    )


def split_place(text: str) -> tuple[list[str], Place | None]:
    """Take the place out of a question: its other words, and the place that it names if any.

    A postcode with its place name beside it is one place. Of several names the last one counts, unless an
    earlier one follows a word such as `in`; the longest name wins.
    """
    tokens = words.split(text)
    best: tuple[bool, int, int, Place] | None = None
    taken: set[int] = set()
    start = 0
    while start < len(tokens):
        size, place = _place_at(tokens, start)
        if place is None:
            start += 1
            continue
        after = start > 0 and tokens[start - 1] in _BEFORE_PLACE
        counts = tokens[start] not in _ORDINARY or after or size > 1
        if counts and (best is None or (after, start) >= (best[0], best[1])):
            if best is not None and {place.nis, *place.others} & {best[3].nis, *best[3].others}:
                taken.update(range(best[1], best[1] + best[2]))
            best = (after, start, size, place)
        start += size
    if best is None:
        return tokens, None
    taken.update(range(best[1], best[1] + best[2]))
    if best[0]:
        taken.add(best[1] - 1)
    return [word for i, word in enumerate(tokens) if i not in taken], best[3]


def _place_at(tokens: list[str], start: int) -> tuple[int, Place | None]:
    if len(tokens[start]) == 4 and tokens[start].isdecimal():
        return 1, _postcode_place(tokens[start])
    for size in range(min(_longest_name(), len(tokens) - start), 0, -1):
        key = tuple("sint" if w == "st" else w for w in tokens[start : start + size])
        if key in _names():
            return size, _names()[key]
    return 1, None


def suggest(text: str, limit: int = 5) -> list[Place]:
    """Places whose name comes near a misspelt one, best first."""
    names = {" ".join(key): place for key, place in _names().items()}
    near = process.extract(
        " ".join(_key(text)), names.keys(), scorer=fuzz.ratio, limit=limit, score_cutoff=80
    )
    return [names[name] for name, _score, _index in near]


def place_rows() -> list[dict[str, object]]:
    """Deelgemeenten and postal places as rows of the table `place`."""
    rows: list[dict[str, object]] = [
        {"name": r["name"], "nis": r["nis"], "postcode": None, "code": r["code"], "lat": float(r["lat"]),
         "lon": float(r["lon"]), "precision": "place"}
        for r in _rows("places.csv")
    ]  # fmt: skip
    rows += [
        {"name": r["place"], "nis": r["nis"], "postcode": r["postcode"], "code": None, "lat": float(r["lat"]),
         "lon": float(r["lon"]), "precision": r["precision"]}
        for r in _rows("postcodes.csv")
    ]  # fmt: skip
    return rows
