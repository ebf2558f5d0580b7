"""The page of one organization."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.db import transaction
from core.i18n import _
from socialmap import duplicates, organizations, pages, panels, policy
from socialmap.forms.deliveries import VerdictForm
from socialmap.models.directory import Organization
from socialmap.views import bp, changes, wording


@bp.get("/social-map/organizations/<uuid:organization_id>")
@requires(policy.can_see, organizations.get)
def show_organization(organization: Organization, *, by: Actor) -> ResponseReturnValue:
    """Who this is, what it offers, and what became of it."""
    page = pages.of_organization(organization)
    return render_template(
        "socialmap/show_organization.html",
        organization=organization,
        page=page,
        panels=panels.of([organization.id, *(double.id for double in page.doubles)], by),
        wording=wording,
        changes=changes,
        can_edit=policy.can_edit_map(by),
    )


@bp.post("/social-map/organizations/<uuid:organization_id>/split")
@requires(policy.can_settle, organizations.get)
def split_organization(organization: Organization, *, by: Actor) -> ResponseReturnValue:
    """Take the merge of a double back."""
    form = VerdictForm()
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            duplicates.split(organization, by=by)
        if not form.errors:
            flash(_("Two entries again."), "ok")
    return redirect(url_for("socialmap.show_organization", organization_id=organization.id))
