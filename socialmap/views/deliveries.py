"""Deliveries in the browser: upload, look, apply."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.db import transaction
from core.i18n import _
from socialmap import deliveries, imports, policy, previews
from socialmap.forms.deliveries import ApplyForm, DeliveryForm
from socialmap.models.deliveries import Delivery
from socialmap.views import bp, changes


@bp.route("/social-map/deliveries", methods=["GET", "POST"])
@requires(policy.can_edit_map)
def list_deliveries(*, by: Actor) -> ResponseReturnValue:
    """Past deliveries, and a place to hand in a new one."""
    form = DeliveryForm(source=imports.DEFAULT_SOURCE)
    if form.validate_on_submit():
        upload = form.file.data
        with form.errors_from_domain(), transaction():
            made = deliveries.stage(
                upload.filename or "delivery",
                upload.read(),
                source=form.source.data,
                full=False if form.delta.data else None,
                by=by,
            )
            number = made.id
        if not form.errors:
            return redirect(url_for("socialmap.show_delivery", delivery_id=number))
    return render_template("socialmap/list_deliveries.html", form=form, rows=deliveries.recent())


@bp.route("/social-map/deliveries/<int:delivery_id>", methods=["GET", "POST"])
@requires(policy.can_settle, deliveries.get)
def show_delivery(delivery: Delivery, *, by: Actor) -> ResponseReturnValue:
    """What a delivery would do or did, with every rejected row; apply it from here."""
    form = ApplyForm()
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            deliveries.apply(delivery, confirmed=bool(form.confirmed.data), by=by)
        if not form.errors:
            flash(_("The delivery is on the map."), "ok")
            return redirect(url_for("socialmap.show_delivery", delivery_id=delivery.id))
    return render_template(
        "socialmap/show_delivery.html",
        delivery=delivery,
        report=delivery.report,
        preview=delivery.report.get("preview") or {},
        reasons=previews.reasons(delivery.report["rejected"]),
        changes=changes,
        form=form,
    )


@bp.post("/social-map/deliveries/<int:delivery_id>/refuse")
@requires(policy.can_settle, deliveries.get)
def refuse_delivery(delivery: Delivery, *, by: Actor) -> ResponseReturnValue:
    """Do not take it in."""
    form = ApplyForm()
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            deliveries.throw_away(delivery, by=by)
        if not form.errors:
            flash(_("Thrown away. The map did not change."), "ok")
    return redirect(url_for("socialmap.list_deliveries"))
