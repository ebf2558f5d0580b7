"""The map by province and zone, and the printable guide of a municipality."""

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from core import clock, letters
from core.access import Actor, signed_in
from core.i18n import _, short_date
from socialmap import area_sets, atlas, geography, guide
from socialmap.search import Card
from socialmap.views import bp, wording
from socialmap.views.area_sets import KINDS


@bp.get("/social-map/map")
@signed_in
def show_map(*, by: Actor) -> ResponseReturnValue:
    """Municipalities and places of Flanders or any area in it; zooming is following a link."""
    areas = area_sets.areas()
    wanted = request.args.get("area", "")[: area_sets.MAX_CODE] or f"region:{geography.FLANDERS}"
    area = next((one for one in areas if one.key == wanted), None)
    if area is None:
        abort(404)
    category = request.args.get("cat", "")[:60] or None
    return render_template(
        "socialmap/show_map.html",
        atlas=atlas.draw(area, areas, category=category),
        areas=[(title, [one for one in areas if one.kind == kind]) for kind, title in KINDS.items()],
        category=category,
        themes=guide.themes(None),
    )


@bp.get("/social-map/guide/<string:nis>")
@signed_in
def show_guide(*, by: Actor, nis: str) -> ResponseReturnValue:
    """What there is in a municipality, to print."""
    here = _municipality(nis)
    return render_template(
        "socialmap/show_guide.html", here=here, chapters=guide.chapters(here.nis), wording=wording,
        on=clock.today(),
    )  # fmt: skip


@bp.get("/social-map/guide/<string:nis>.pdf")
@signed_in
def download_guide(*, by: Actor, nis: str) -> ResponseReturnValue:
    """The same as tagged PDF."""
    here = _municipality(nis)
    data = {
        "title": _("Social map of %(place)s", place=here.name), "lang": by.locale,
        "on": _("As it was on %(date)s.", date=short_date(clock.today())),
        "note": _("Secret addresses and practitioners are not in this guide. Call before you go."),
        "chapters": [
            {"title": chapter.title or _("Other"), "entries": [_entry(card) for card in chapter.cards]}
            for chapter in guide.chapters(here.nis)
        ],
    }  # fmt: skip
    name = f"sociale-kaart-{here.nis}.pdf"
    return Response(
        letters.make("map_guide", data),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def _municipality(nis: str) -> geography.Municipality:
    found = geography.current(nis)
    if found is None:
        abort(404)
    return found


def _entry(card: Card) -> dict[str, object]:
    """A service on paper: its name, who gives it, and lines of what one needs to know."""
    facts = [
        (_("For whom"), wording.who(card)), (_("How to apply"), card.apply or ""),
        (_("Telephone"), card.phone or ""), (_("E-mail"), card.email or ""),
        (_("Address"), card.place or (_("Secret address") if card.secret else "")),
        (_("Open"), "; ".join(wording.opening(card.hours))),
        (_("Cost"), _("Free") if card.free else card.cost or ""),
    ]  # fmt: skip
    return {
        "name": card.name, "organization": card.organization, "checked": wording.checked(card.checked_on),
        "facts": [[label, text] for label, text in facts if text],
    }  # fmt: skip
