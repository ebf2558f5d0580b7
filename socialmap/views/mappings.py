"""What the columns of a source are: said on a page beside its first rows, and kept with the source."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.db import transaction
from core.i18n import _
from socialmap import deliveries, hsds, imports, mappings, packages, policy, sources
from socialmap.forms import mappings as fields
from socialmap.models.deliveries import Delivery
from socialmap.views import bp, changes


@bp.route("/social-map/deliveries/<int:delivery_id>/mapping", methods=["GET", "POST"])
@requires(policy.can_settle, deliveries.get)
def edit_mapping(delivery: Delivery, *, by: Actor) -> ResponseReturnValue:
    """Say which column of the file is which field; look at the first rows; keep it with the source."""
    form = fields.MappingForm()
    files = _files(delivery)
    mapping = _mapping(delivery, files)
    if form.validate_on_submit():
        mapping = fields.parse(request.form)
        if "save" in request.form:
            with form.errors_from_domain(), transaction():
                sources.set_mapping(delivery.source, mapping, by=by)
                if delivery.content_sealed is not None:
                    deliveries.read_again(delivery, by=by)
            if not form.errors:
                flash(_("Kept with the source. Its next deliveries are read the same way."), "ok")
                return redirect(url_for("socialmap.show_delivery", delivery_id=delivery.id))
    problems = mappings.check(mapping) if form.is_submitted() else []
    page = render_template(
        "socialmap/edit_mapping.html",
        delivery=delivery,
        mapping=mapping,
        samples=mappings.samples(files),
        preview=mappings.preview(files, mapping),
        problems=problems,
        resources=hsds.RESOURCES,
        by_name=hsds.BY_NAME,
        lines=fields.lines,
        changes=changes,
        form=form,
    )
    return page, 422 if form.errors else 200


def _files(delivery: Delivery) -> dict[str, bytes]:
    """The raw files; none of a settled delivery, whose mapping may still be changed for the next one."""
    if delivery.content_sealed is None:
        return {}
    try:
        return packages.raw_files(delivery.file_name, deliveries.content_of(delivery))
    except packages.Refused:
        return {}


def _mapping(delivery: Delivery, files: dict[str, bytes]) -> dict[str, Any]:
    return imports.saved_mapping(delivery.source) or mappings.fitting(files) or mappings.suggest(files)
