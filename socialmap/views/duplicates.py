"""Pairs of organizations that look alike: a person decides."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.db import transaction
from core.i18n import _
from socialmap import duplicates, organizations, policy
from socialmap.forms.deliveries import VerdictForm
from socialmap.models.directory import Organization
from socialmap.views import bp

SHOWN = 60


@bp.get("/social-map/duplicates")
@requires(policy.can_edit_map)
def list_duplicates(*, by: Actor) -> ResponseReturnValue:
    """Undecided pairs, the surest first."""
    pairs = duplicates.propose()
    return render_template(
        "socialmap/list_duplicates.html", pairs=pairs[:SHOWN], total=len(pairs), form=VerdictForm()
    )


@bp.post("/social-map/duplicates/<uuid:organization_id>/<uuid:other_id>")
@requires(policy.can_settle, organizations.get, param="organization_id")
def judge_duplicate(organization: Organization, *, by: Actor, other_id: uuid.UUID) -> ResponseReturnValue:
    """Say that two are one, and which of them stays; or that they are two."""
    form = VerdictForm()
    other = organizations.get(other_id)
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            verdict = request.form.get("verdict")
            if verdict == "first":
                duplicates.merge(other, organization, by=by)
            elif verdict == "second":
                duplicates.merge(organization, other, by=by)
            else:
                duplicates.keep_apart(organization, other, by=by)
        if not form.errors:
            flash(_("Decided. You can find it in the history of both."), "ok")
    return redirect(url_for("socialmap.list_duplicates"))
