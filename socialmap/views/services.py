"""The page of one service, and what may be said about it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.db import transaction
from core.i18n import _
from socialmap import corrections, pages, policy, services, upkeep
from socialmap.forms.services import AgreementsForm, CapacityForm, CorrectionForm
from socialmap.models.directory import Service
from socialmap.search import freshness
from socialmap.views import bp, changes, wording


def _show(service: Service) -> ResponseReturnValue:
    return redirect(url_for("socialmap.show_service", service_id=service.id))


@bp.get("/social-map/services/<uuid:service_id>")
@requires(policy.can_see, services.get)
def show_service(service: Service, *, by: Actor) -> ResponseReturnValue:
    """Everything the map knows of a service, and how fresh it is."""
    return render_template(
        "socialmap/show_service.html",
        service=service,
        page=pages.of_service(service),
        freshness=freshness(service.assured_date),
        notices=corrections.open_for(service),
        can_change=policy.can_change_entry(by, service),
        capacity_form=CapacityForm() if policy.can_speak_for(by, service) else None,
        wording=wording,
        changes=changes,
    )


@bp.post("/social-map/services/<uuid:service_id>/capacity")
@requires(policy.can_speak_for, services.get)
def say_capacity(service: Service, *, by: Actor) -> ResponseReturnValue:
    """Say in one click how much room there is."""
    form = CapacityForm()
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            services.set_capacity(service, form.capacity.data, weeks=form.weeks.data, by=by)
        if not form.errors:
            flash(_("Saved. This expires by itself after four weeks."), "ok")
            return _show(service)
    page = render_template(
        "socialmap/show_service.html",
        service=service,
        page=pages.of_service(service),
        freshness=freshness(service.assured_date),
        notices=corrections.open_for(service),
        can_change=policy.can_change_entry(by, service),
        capacity_form=form,
        form=form,
        wording=wording,
        changes=changes,
    )
    return page, 422


@bp.route("/social-map/services/<uuid:service_id>/agreements", methods=["GET", "POST"])
@requires(policy.can_speak_for, services.get)
def edit_agreements(service: Service, *, by: Actor) -> ResponseReturnValue:
    """Contact for referrals and agreements: ours, apart from what the source says."""
    form = AgreementsForm(
        contact=service.referral_contact, email=service.referral_email, agreements=service.agreements
    )
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            services.set_agreements(
                service,
                contact=form.contact.data,
                email=form.email.data,
                agreements=form.agreements.data,
                by=by,
            )
        if not form.errors:
            flash(_("Saved."), "ok")
            return _show(service)
    page = render_template("socialmap/edit_agreements.html", service=service, form=form)
    return page, 422 if form.errors else 200


@bp.route("/social-map/services/<uuid:service_id>/report", methods=["GET", "POST"])
@requires(policy.can_see, services.get)
def report_error(service: Service, *, by: Actor) -> ResponseReturnValue:
    """Tell the source that something is wrong; anyone may, in two clicks."""
    form = CorrectionForm()
    form.field.choices = changes.subjects(corrections.FIELDS)
    if not form.is_submitted():
        form.field.data = request.args.get("field", "")[:60]
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            corrections.report(service, form.text.data, field=form.field.data or "", by=by)
        if not form.errors:
            flash(_("Thank you. The source gets your notice; it stays beside the entry until then."), "ok")
            return _show(service)
    page = render_template("socialmap/report_error.html", service=service, form=form)
    return page, 422 if form.errors else 200


@bp.post("/social-map/services/<uuid:service_id>/confirm")
@requires(policy.can_speak_for, services.get)
def confirm_service(service: Service, *, by: Actor) -> ResponseReturnValue:
    """Say that the entry is right, today."""
    with transaction():
        services.confirm(service, by=by)
    flash(_("Checked today."), "ok")
    if request.form.get("kind", "") in upkeep.KINDS:
        return redirect(url_for("socialmap.list_upkeep", kind=request.form["kind"]))
    return _show(service)
