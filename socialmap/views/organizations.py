"""The page of one organization."""

from flask import render_template
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from socialmap import organizations, pages, panels, policy
from socialmap.models.directory import Organization
from socialmap.views import bp, wording


@bp.get("/social-map/organizations/<uuid:organization_id>")
@requires(policy.can_see, organizations.get)
def show_organization(organization: Organization, *, by: Actor) -> ResponseReturnValue:
    """Who this is, what it offers, and what became of it."""
    return render_template(
        "socialmap/show_organization.html",
        organization=organization,
        page=pages.of_organization(organization),
        panels=panels.of(organization, by),
        wording=wording,
    )
