"""Areas of the map, such as zones and partnerships, and how editors make and change their own."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import clock
from core.access import Actor, requires, signed_in
from core.db import transaction
from core.i18n import _, _l
from socialmap import area_sets, atlas, geography, history, policy
from socialmap.forms.area_sets import AreaSetForm, EndAreaSetForm
from socialmap.models.areas import AreaSet, AreaSetMember
from socialmap.views import bp, changes

KINDS = {
    "region": _l("Regions"), "province": _l("Provinces"), "arrondissement": _l("Arrondissements"),
    "reference_region": _l("Reference regions"), "zone": _l("Primary-care zones"),
    "housing_area": _l("Housing areas"), "partnership": _l("Partnerships"), "other": _l("Other areas"),
}  # fmt: skip
KIND = {
    "region": _l("Region"), "province": _l("Province"), "arrondissement": _l("Arrondissement"),
    "reference_region": _l("Reference region"), "zone": _l("Primary-care zone"),
    "housing_area": _l("Housing area"), "partnership": _l("Partnership"), "other": _l("Other area"),
}  # fmt: skip
MOST_ON_MAP = 90  # marks of more municipalities than a province has cannot be told apart


@bp.get("/social-map/areas")
@signed_in
def list_area_sets(*, by: Actor) -> ResponseReturnValue:
    """The areas of today by kind; those of before and of later below."""
    today, found = clock.today(), defaultdict(list)
    for one in area_sets.every():
        found["now" if _counts(one) else "not_now"].append(one)
    kind = request.args.get("kind", "")
    return render_template(
        "socialmap/list_area_sets.html",
        kinds=KINDS,
        kind=kind if kind in KINDS else "partnership",
        counts={name: sum(one.kind == name for one in found["now"]) for name in KINDS},
        now=found["now"],
        not_now=found["not_now"],
        sizes=area_sets.sizes(today),
        may_edit=policy.can_edit_map(by),
    )


@bp.get("/social-map/areas/<string:area_code>")
@requires(policy.can_see_area, area_sets.get)
def show_area_set(area_set: AreaSet, *, by: Actor) -> ResponseReturnValue:
    """One area: its municipalities of today, who left and who comes, and its history."""
    return _page(area_set, EndAreaSetForm(last_day=area_set.valid_to, version=area_set.version), by)


@bp.route("/social-map/areas/new", methods=["GET", "POST"])
@requires(policy.can_edit_map)
def add_area_set(*, by: Actor) -> ResponseReturnValue:
    """Make an area, from nothing or from another one."""
    form = _form(None)
    if _is_sent(form) and form.validate():
        with form.errors_from_domain(), transaction():
            made = area_sets.add(
                form.name.data, kind=form.kind.data, nis=form.nis.data, starts_on=form.starts_on.data, by=by
            )
            code = made.code
        if not form.errors:
            flash(_("Saved."), "ok")
            return redirect(url_for("socialmap.show_area_set", area_code=code))
    return _edit(form, None)


@bp.route("/social-map/areas/<string:area_code>/change", methods=["GET", "POST"])
@requires(policy.can_change_area, area_sets.get)
def edit_area_set(area_set: AreaSet, *, by: Actor) -> ResponseReturnValue:
    """Another name, or from a day on other municipalities."""
    form = _form(area_set)
    if _is_sent(form) and form.validate():
        day = form.starts_on.data or clock.today()
        with form.errors_from_domain(), transaction():
            area_sets.change(
                area_set,
                name=form.name.data,
                nis=form.nis.data,
                on=day,
                by=by,
                sent_version=form.sent_version,
            )
        _after_conflict(form, area_set)
        if not form.errors:
            flash(_("Saved."), "ok")
            return redirect(url_for("socialmap.show_area_set", area_code=area_set.code))
    return _edit(form, area_set)


@bp.post("/social-map/areas/<string:area_code>/end")
@requires(policy.can_settle, area_sets.get)
def end_area_set(area_set: AreaSet, *, by: Actor) -> ResponseReturnValue:
    """Say which day is its last; without a day it goes on."""
    form = EndAreaSetForm()
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            area_sets.end(area_set, form.last_day.data, by=by, sent_version=form.sent_version)
        _after_conflict(form, area_set)
        if not form.errors:
            flash(_("Saved."), "ok")
            return redirect(url_for("socialmap.show_area_set", area_code=area_set.code))
    return _page(area_set, form, by)


# ---------------------------------------------------------------- showing
def _counts(area_set: AreaSet) -> bool:
    today = clock.today()
    return (area_set.valid_from is None or area_set.valid_from <= today) and (
        area_set.valid_to is None or area_set.valid_to >= today
    )


def _page(area_set: AreaSet, form: EndAreaSetForm, by: Actor) -> ResponseReturnValue:
    rows = area_sets.members(area_set)
    day = min(filter(None, (clock.today(), area_set.valid_to)))
    now = [row for row in rows if _is_member(row, max(day, area_set.valid_from or day))]
    page = render_template(
        "socialmap/show_area_set.html",
        area_set=area_set,
        kind=KIND[area_set.kind],
        counts=_counts(area_set),
        has_ended=area_set.valid_to is not None and area_set.valid_to < clock.today(),
        now=_towns(now),
        dated=[(geography.municipality(row.nis), row) for row in rows if row.valid_from or row.valid_to],
        history=history.of_subject(area_sets.history_id(area_set)),
        changes=changes,
        form=form,
        may_edit=policy.can_edit_map(by),
    )
    return page, 422 if form.errors else 200


def _is_member(row: AreaSetMember, day: date) -> bool:
    return (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or row.valid_to >= day)


def _towns(rows: Iterable[AreaSetMember]) -> list[geography.Municipality]:
    held = {row.nis for row in rows}
    return [town for town in geography.municipalities() if town.nis in held]


# ---------------------------------------------------------------- editing
def _after_conflict(form: AreaSetForm | EndAreaSetForm, area_set: AreaSet) -> None:
    """What was typed stays; sending it again is a choice, made beside what the colleague saved."""
    if getattr(form, "conflict", False):
        form.version.data = str(area_set.version)


def _form(area_set: AreaSet | None) -> AreaSetForm:
    """The form as sent, else filled with the area, or with the one that `from` names."""
    if request.method == "POST":
        form = AreaSetForm()
    else:
        model = area_set or _copied()
        held = [row.nis for row in area_sets.members(model) if row.valid_to is None] if model else []
        form = AreaSetForm(
            name=area_set.name if area_set else "", kind=model.kind if model else "partnership",
            starts_on=clock.today(), nis=held,
            version=area_set.version if area_set else None,
        )  # fmt: skip
    form.kind.choices = [(kind, KIND[kind]) for kind in area_sets.OWN_KINDS]
    if area_set is not None:
        form.kind.data = area_set.kind
    return form


def _copied() -> AreaSet | None:
    code = request.args.get("from", "")[: area_sets.MAX_CODE]
    return next((one for one in area_sets.every() if one.code == code), None) if code else None


def _is_sent(form: AreaSetForm) -> bool:
    """Whether to save; the other buttons of the form only choose."""
    return form.is_submitted() and request.form.get("act", "save") == "save" and "toggle" not in request.form


def _edit(form: AreaSetForm, area_set: AreaSet | None) -> ResponseReturnValue:
    areas = area_sets.areas()
    by_key = {area.key: area for area in areas}
    chosen = set(form.nis.data or ())
    chosen ^= {request.form["toggle"]} if "toggle" in request.form else set()
    if request.form.get("act") == "like" and (other := by_key.get(form.like.data or "")):
        chosen |= other.nis
    form.nis.data = sorted(chosen)
    form.like.choices = [("", ""), *((area.key, f"{area.name} ({KIND[area.kind]})") for area in areas)]
    drawable = [area for area in areas if len(area.nis) <= MOST_ON_MAP and area.kind in atlas.KINDS]
    form.around.choices = [(area.key, area.name) for area in drawable]
    shown = by_key.get(form.around.data or "")
    if shown is None or shown not in drawable:
        shown = max(drawable, key=lambda area: len(chosen & area.nis))
    form.around.data = shown.key
    page = render_template(
        "socialmap/edit_area_set.html",
        form=form,
        area_set=area_set,
        chosen=chosen,
        held=_held_now(area_set) if area_set and getattr(form, "conflict", False) else None,
        provinces=_by_province(chosen),
        map=atlas.sketch(shown),
    )
    return page, 422 if form.errors else 200


def _held_now(area_set: AreaSet) -> list[geography.Municipality]:
    """What the colleague saved, to look at beside one's own choice."""
    return _towns(row for row in area_sets.members(area_set) if row.valid_to is None)


def _by_province(chosen: set[str]) -> list[tuple[str, list[geography.Municipality], int]]:
    """The municipalities to tick: (province, its municipalities, how many of them are chosen)."""
    found: dict[str, list[geography.Municipality]] = defaultdict(list)
    for town in geography.municipalities():
        found[town.province_name].append(town)
    return [(name, towns, sum(town.nis in chosen for town in towns)) for name, towns in sorted(found.items())]
