"""Deliveries in the browser: upload, look, apply."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from core import health
from core.access import Actor, requires
from core.db import transaction
from core.i18n import _, _l
from socialmap import deliveries, imports, policy, previews, progress
from socialmap.forms.deliveries import ApplyForm, DeliveryForm
from socialmap.models.deliveries import Delivery
from socialmap.views import bp, changes

REFRESH_SECONDS = 3
STEPS = {
    "read": _l("Read the delivered file"), "check": _l("Check every row"),
    "compare": _l("Compare with the map"),
    "write": _l("Put it on the map"), "search": _l("Make it findable"),
}  # fmt: skip


@bp.route("/social-map/deliveries", methods=["GET", "POST"])
@requires(policy.can_edit_map)
def list_deliveries(*, by: Actor) -> ResponseReturnValue:
    """Past deliveries, and a place to hand in a new one."""
    form = DeliveryForm(source=imports.DEFAULT_SOURCE)
    if form.validate_on_submit():
        upload = form.file.data
        with form.errors_from_domain(), transaction():
            made = deliveries.receive(
                upload.filename or "delivery",
                upload.read(),
                source=form.source.data,
                delta=bool(form.delta.data),
                by=by,
            )
            number = made.id
        if not form.errors:
            return redirect(url_for("socialmap.show_delivery", delivery_id=number))
    return render_template("socialmap/list_deliveries.html", form=form, rows=deliveries.recent())


@bp.route("/social-map/deliveries/<int:delivery_id>", methods=["GET", "POST"])
@requires(policy.can_settle, deliveries.get)
def show_delivery(delivery: Delivery, *, by: Actor) -> ResponseReturnValue:
    """What a delivery would do or did, with every rejected row; apply it from here. While the worker has it,
    the page shows how far it is and comes back by itself, also without a script."""
    form = ApplyForm()
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            deliveries.apply(delivery, confirmed=bool(form.confirmed.data), by=by)
        if not form.errors:
            return redirect(url_for("socialmap.show_delivery", delivery_id=delivery.id))
    page = render_template(
        "socialmap/show_delivery.html",
        delivery=delivery,
        report=delivery.report,
        preview=delivery.report.get("preview") or {},
        reasons=previews.reasons(delivery.report.get("rejected", [])),
        steps=_steps(delivery),
        has_worker=not delivery.is_busy or health.worker_state() == "ok",
        changes=changes,
        form=form,
    )
    return page, 422 if form.errors else 200, {"Refresh": str(REFRESH_SECONDS)} if delivery.is_busy else {}


def _steps(delivery: Delivery) -> list[dict[str, Any]]:
    """The steps of the worker with their state (done, current or to come) and count, for the page."""
    is_written = delivery.state.value == "applying"
    wanted = [name for name in STEPS if is_written or name not in ("write", "search")]
    now = progress.of(delivery.id) if is_written and delivery.step == "write" else None
    step = "search" if now and now.what == "search" else delivery.step
    at = wanted.index(step) if step in wanted else -1
    here = now or progress.Progress("", delivery.step_done, delivery.step_total)
    return [
        {
            "label": STEPS[name], "state": "done" if n < at else "current" if n == at else "todo",
            "progress": here if n == at and here.total else None,
            "what": changes.kind(here.what) if n == at and here.what not in ("", "search") else "",
        }
        for n, name in enumerate(wanted)
    ]  # fmt: skip


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
