"""The search page of the map."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, signed_in
from core.asking import PARAM, opened
from core.db import session
from core.i18n import _, _l
from core.models.accounts import Tenant
from socialmap import drawing, geography, guide, matching, referring, search
from socialmap.policy import can_edit_map
from socialmap.views import bp, wording
from socialmap.views.area_sets import KINDS

FACETS = (
    ("target", _l("Target group")), ("cat", _l("Category")), ("lang", _l("Language")),
    ("sector", _l("Organization")),
)  # fmt: skip
MAX_QUERY = 300
SHOWN_PER_FACET = 8
PAGE = 20


@bp.get("/social-map")
@signed_in
def search_services(*, by: Actor) -> ResponseReturnValue:
    """Find services by words and place; nothing typed shows where to begin."""
    from_box = opened(("q",), by)["q"]  # the search box of every page: a person may be named there
    text = " ".join(request.args.get("q", from_box).split())[:MAX_QUERY]
    words = {PARAM: request.args[PARAM]} if from_box and "q" not in request.args else {"q": text}
    nis = request.args.get("nis", "")[:5] or None
    chosen = [code[:120] for code in request.args.getlist("f") if code][:20]
    after = request.args.get("after", type=int)
    case = request.args.get("case", "")
    referrer = referring.of(case, by) if case else None
    if referrer is not None and nis is None:
        nis = referrer.nis
    asked = bool(text or nis or chosen)
    results = search.find(text, nis=nis, facets=chosen, after=after, limit=PAGE) if asked else None
    return render_template(
        "socialmap/search_services.html",
        text=text,
        words=words,
        chosen=chosen,
        results=results,
        facets=_facets(results, chosen) if results else [],
        map=_drawing(results) if results else None,
        merged=_merged(results, nis) if results else None,
        understood=_understood(results) if results else [],
        pages=_pages(results, words, nis, chosen, case if referrer else None) if results else (None, None),
        referrer=referrer,
        case=case if referrer else None,
        start=None if results else _start(by),
        wording=wording,
        may_edit=can_edit_map(by),
    )


def _start(by: Actor) -> dict[str, Any]:
    """Where to begin: the themes, with what there is in the own municipality."""
    tenant = session.get(Tenant, by.tenant_id) if by.tenant_id else None
    home = geography.current(tenant.nis) if tenant and tenant.nis else None
    near = [m for m, _km in geography.nearby(home.nis, limit=5)] if home else []
    return {"home": home, "near": near, "themes": guide.themes(home.nis if home else None)}


def _facets(results: search.Results, chosen: list[str]) -> list[dict[str, Any]]:
    """Groups of filters with their counts; what is chosen stays in sight, whatever its count."""
    groups: list[dict[str, Any]] = []
    now = [
        (code, label, next((f.count for f in results.facets.get(code, ())), 0))
        for code, label in (
            ("room", _("Room now")), ("open", _("Open now")),
            ("free", _("Free")), ("access", _("Wheelchair accessible")),
        )
    ]  # fmt: skip
    now = [entry for entry in now if entry[2] or entry[0] in chosen]
    if now:
        groups.append({"title": _("Access"), "options": now})
    reach = [(f.code, str(wording.REACHES[f.value]), f.count) for f in results.facets.get("area", ())]
    reach.sort(key=lambda option: list(wording.REACHES).index(option[0].removeprefix("area:")))
    if len(reach) > 1 or any(option[0] in chosen for option in reach):
        groups.append({"title": _("Area"), "options": reach})
    groups += _areas(results, chosen)
    for kind, title in FACETS:
        options = [(f.code, _label(f), f.count) for f in results.facets.get(kind, ())]
        options = [o for i, o in enumerate(options) if i < SHOWN_PER_FACET or o[0] in chosen]
        if len(options) > 1 or any(option[0] in chosen for option in options):
            groups.append({"title": title, "options": options})
    return groups


def _areas(results: search.Results, chosen: list[str]) -> list[dict[str, Any]]:
    """Where no municipality is asked for: one area to look in, such as a partnership or a zone."""
    options = [(f.code, f.label, f.value.partition(":")[0]) for f in results.facets.get("in", ())]
    if not options:
        return []
    by_kind: dict[str, list[tuple[str, str]]] = {kind: [] for kind in ("partnership", *KINDS)}
    for code, label, kind in options:
        by_kind[kind if kind in KINDS else "partnership"].append((code, label))
    by_name = [(KINDS[kind], sorted(held, key=lambda o: o[1])) for kind, held in by_kind.items() if held]
    picked = next((code for code in chosen if code.startswith(matching.IN_AREA)), "")
    return [{"title": _("Area to look in"), "choices": by_name, "picked": picked}]


def _label(facet: search.Facet) -> str:
    return (
        str(wording.SECTORS.get(facet.value, facet.label))
        if facet.code.startswith("sector:")
        else facet.label
    )


def _drawing(results: search.Results) -> drawing.Drawing | None:
    if results.nis is None:
        return None
    points = [
        (number, hit.service.name, hit.lat, hit.lon)
        for number, hit in enumerate(results.hits, results.first)
        if hit.lat is not None and hit.lon is not None
    ]
    return drawing.around(results.nis, points)


def _merged(results: search.Results, nis: str | None) -> tuple[str, str] | None:
    """The old and the new name, when the municipality that was asked for went into another one."""
    place = results.place
    here = results.municipality
    if here is not None and place is not None and place.kind == "former" and place.label != here.name:
        return place.label, here.name
    old = geography.municipality(nis) if nis else None
    if old is not None and not old.is_current and here is not None:
        return old.name, here.name
    return None


def _understood(results: search.Results) -> list[tuple[str, str]]:
    """How the question was read: (kind, text), to show beside the box."""
    read = [("word", slot.corrected or slot.typed) for slot in results.question.slots]
    if results.place is not None:
        read.append(("place", results.place.label))
    elif results.municipality is not None:
        read.append(("place", results.municipality.name))
    return read


def _pages(
    results: search.Results, words: dict[str, str], nis: str | None, chosen: list[str], case: str | None
) -> tuple[str | None, str | None]:
    rest: dict[str, Any] = {**words, "nis": nis, "f": chosen, "case": case}

    def address(after: int | None) -> str | None:
        if after is None:
            return None
        return url_for("socialmap.search_services", **{**rest, "after": after or None})

    return address(results.before), address(results.after)
