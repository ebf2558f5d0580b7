"""Needs of the officer's authority: offered sheets, facts beside them, a decision with its reason."""

import sqlalchemy as sa
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, requires
from core.acting import perform
from core.db import session
from core.i18n import _
from projects import needs, policy
from projects.forms.acts import ActForm
from projects.forms.needs import FactForm, NeedDecisionForm, NeedForm
from projects.labels import OWNER_LEVELS
from projects.models.needs import Need, NeedStatus, OwnerLevel
from projects.views import bp
from projects.views.showing import header, keyset, timeline
from socialmap import geography
from workflows import signal_source
from workflows.signal_source import THEMES


def get_need(need_id: object) -> Need | None:
    return session.get(Need, need_id)


@bp.route("/needs")
@requires(policy.is_officer)
def list_needs(*, by: Actor) -> ResponseReturnValue:
    rows, after = keyset(policy.visible_needs(by), Need.number)
    used = set(session.scalars(sa.select(Need.bundle_key).where(Need.bundle_key.is_not(None))))
    offered = [sheet for sheet in signal_source.source().validated_sheets() if sheet.key not in used]
    return render_template(
        "projects/list_needs.html", needs=rows, after=after, offered=offered, themes=THEMES
    )


@bp.route("/needs/new", methods=["GET", "POST"])
@requires(policy.is_officer)
def record_need(*, by: Actor) -> ResponseReturnValue:
    key = request.args.get("bundle", "")
    sheet = next((s for s in signal_source.source().validated_sheets() if s.key == key), None)
    form = NeedForm(
        data={"title": sheet.summary, "theme": sheet.theme, "municipalities": list(sheet.municipalities)}
        if sheet
        else None
    )

    def record() -> None:
        needs.record_need(
            form.title.data or "",
            theme=form.theme.data,
            sheet=sheet,
            municipalities=form.municipalities.data,
            affected_group=form.affected_group.data or "",
            owner_level=OwnerLevel(form.owner_level.data),
            answer_due_on=form.answer_due_on.data,
            by=by,
        )

    return perform(
        form,
        record,
        by=by,
        title=_("Record a need"),
        button=_("Record the need"),
        back=url_for("projects.list_needs"),
        done=_("The need is recorded. Add facts with their source."),
        sheet=sheet,
        template="projects/record_need.html",
    )


@bp.route("/needs/<uuid:need_id>")
@requires(policy.can_handle_need, get_need)
def show_need(need: Need, *, by: Actor) -> ResponseReturnValue:
    places = [place.name for nis in need.municipalities if (place := geography.municipality(nis))]
    return render_template(
        "projects/show_need.html",
        need=need,
        file=header(need, by, name=need.title, meta=f"{need.number} · {THEMES.get(need.theme, need.theme)}"),
        places=places,
        owner=OWNER_LEVELS[need.owner_level],
        history=timeline(need),
        fact_form=FactForm(),
        decidable=need.status == NeedStatus.SUBSTANTIATED,
    )


@bp.route("/needs/<uuid:need_id>/facts", methods=["GET", "POST"])
@requires(policy.can_handle_need, get_need)
def add_fact(need: Need, *, by: Actor) -> ResponseReturnValue:
    form = FactForm()
    return perform(
        form,
        lambda: needs.add_fact(need, form.text.data or "", source=form.source.data or "", by=by),
        by=by,
        title=_("Add a fact"),
        back=url_for("projects.show_need", need_id=need.id),
        done=_("The fact is kept."),
    )


@bp.route("/needs/<uuid:need_id>/substantiate", methods=["GET", "POST"])
@requires(policy.can_handle_need, get_need)
def substantiate_need(need: Need, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: needs.substantiate(need, by=by),
        by=by,
        title=_("Close the substantiation"),
        lead=_("Counts and facts are enough to decide on."),
        back=url_for("projects.show_need", need_id=need.id),
        done=_("The need is substantiated. Decide now."),
    )


@bp.route("/needs/<uuid:need_id>/decide", methods=["GET", "POST"])
@requires(policy.can_handle_need, get_need)
def decide_need(need: Need, *, by: Actor) -> ResponseReturnValue:
    form = NeedDecisionForm()

    def decide() -> None:
        act = needs.link_to_call if form.decision.data == "linked" else needs.not_retain
        act(need, reason=form.reason.data or "", by=by)

    return perform(
        form,
        decide,
        by=by,
        title=_("Decide on this need"),
        lead=_("Your reason goes back to the workers who reported it."),
        button=_("Decide"),
        back=url_for("projects.show_need", need_id=need.id),
        done=_("Decided. The reason went back."),
    )
