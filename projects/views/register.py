"""Openness: the public register of awards, practice cards, open data."""

import sqlalchemy as sa
from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from core.access import current_actor, public
from core.db import session
from core.models.accounts import Tenant
from projects import decisions, open_data, policy
from projects.labels import CONCLUSIONS, OUTCOMES
from projects.models.applications import Application
from projects.models.awards import Award
from projects.models.calls import Call
from projects.models.evaluations import Evaluation
from projects.models.projects import Project
from projects.views import bp, showing
from projects.views.calls import get_call
from projects.views.showing import dated_keyset, keyset, organization_names
from socialmap.models.directory import Organization


@bp.route("/register")
@public
def show_register() -> ResponseReturnValue:
    """A page of awards of decided calls, newest first; organizations only, never persons."""
    query = (
        sa.select(Award, Application, Call, Organization, Tenant)
        .join(Application, Application.id == Award.application_id)
        .join(Call, Call.id == Award.call_id)
        .join(Organization, Organization.id == Application.organization_id)
        .join(Tenant, Tenant.id == Call.tenant_id)
        .where(Award.outcome.in_(open_data.GRANTED), Call.status.in_(decisions.DECIDED))
        .where(policy.not_recused(current_actor()), policy.no_persons())
    )
    rows, after = dated_keyset(query, Award.decided_on, Award.id, descending=True)
    return render_template("projects/show_register.html", rows=rows, after=after, outcomes=OUTCOMES)


@bp.route("/calls/<uuid:call_id>/decisions")
@public
def list_decisions(call_id: object) -> ResponseReturnValue:
    """What was decided on every ranked file of a call, once all is decided; no scores, no persons."""
    call = get_call(call_id)
    if call is None or not decisions.are_public(call):
        abort(404)
    start = max(request.args.get("after", 0, type=int), 0)
    rows, more = decisions.list_decisions(call, current_actor(), start=start, count=showing.PAGE)
    return render_template(
        "projects/list_decisions.html", call=call, rows=rows, after=start + showing.PAGE if more else None
    )


@bp.route("/register/awards.json")
@public
def download_awards_json() -> ResponseReturnValue:
    return Response(open_data.as_json(reader=current_actor()), mimetype="application/json")


@bp.route("/register/awards.csv")
@public
def download_awards_csv() -> ResponseReturnValue:
    disposition = {"Content-Disposition": 'attachment; filename="awards.csv"'}
    return Response(
        open_data.as_csv(current_actor()), mimetype="text/csv; charset=utf-8", headers=disposition
    )


@bp.route("/practice")
@public
def list_practice() -> ResponseReturnValue:
    """Practice cards: what evaluated projects taught."""
    query = (
        sa.select(Evaluation)
        .join(Project, Project.id == Evaluation.project_id)
        .join(Application, Application.id == Project.application_id)
        .join(Organization, Organization.id == Project.organization_id)
        .where(Evaluation.published_at.is_not(None), policy.not_recused(current_actor()))
        .where(policy.no_persons())
    )
    rows, after = keyset(query, Evaluation.id)
    wanted = [row.project_id for row in rows]
    with_call = joinedload(Project.application).joinedload(Application.call)
    carried = session.scalars(sa.select(Project).where(Project.id.in_(wanted)).options(with_call))
    found = {project.id: project for project in carried}
    return render_template(
        "projects/list_practice.html",
        rows=rows,
        after=after,
        projects=found,
        names=organization_names({project.organization_id for project in found.values()}),
        conclusions=CONCLUSIONS,
    )
