"""Emergency access: asking it, looking, ending it, and the review by the data protection officer."""

import contextlib
import uuid
from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import audit, clock, kept_filters
from core.access import Actor, requires
from core.acting import act, carry_out
from core.i18n import _
from core.models.accounts import Tenant
from intake import emergencies, emergency_terms, policy
from intake.forms.cases import ActForm
from intake.forms.emergencies import EmergencyForm, ReviewForm
from intake.models.emergencies import EmergencyAccess, EmergencyGround, Verdict
from intake.views import bp


@bp.route("/emergency-access/new", methods=["GET", "POST"])
@requires(policy.can_open_emergency)
def open_emergency(*, by: Actor) -> ResponseReturnValue:
    form = EmergencyForm()
    if form.validate_on_submit():

        def do() -> str:
            ground = EmergencyGround(form.ground.data)
            access = emergencies.open_emergency(form.number.data or "", ground, form.reason.data or "", by=by)
            return url_for("intake.show_emergency", access_id=access.id)

        to = carry_out(form, do, by=by)
        if to:
            return redirect(to)
    hours = emergencies.hours(by.tenant_id) if by.tenant_id else emergencies.HOURS
    page = render_template("intake/open_emergency.html", form=form, hours=hours)
    return page, 422 if form.errors else 200


@bp.route("/emergency-access/<uuid:access_id>")
@requires(policy.is_emergency_reader, emergencies.get)
def show_emergency(access: EmergencyAccess, *, by: Actor) -> ResponseReturnValue:
    """What helps now; from the end on nothing but that it has ended."""
    sheet = emergencies.look(access, by=by)
    page = render_template("intake/show_emergency.html", access=access, sheet=sheet)
    return page, 200 if sheet else 410


@bp.route("/emergency-access/<uuid:access_id>/end", methods=["POST"])
@requires(policy.is_emergency_reader, emergencies.get)
def end_emergency(access: EmergencyAccess, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        emergencies.end_emergency(access, by=by)
        return url_for("intake.show_day")

    return act(ActForm(), do, by=by, said=_("Closed. You do not see this file any more."))


# ---------------------------------------------------------------- the officer
@bp.route("/emergency-access")
@requires(policy.reviews_emergencies)
def list_emergencies(*, by: Actor) -> ResponseReturnValue:
    chosen = kept_filters.of_list("intake.list_emergencies", tab=emergencies.TABS)
    tab = chosen["tab"]
    after = None
    with contextlib.suppress(ValueError):
        after = uuid.UUID(request.args.get("after", ""))
    rows, following = emergencies.listed(by, tab=tab, after=after)
    audit.read(Tenant(id=by.tenant_id), by=by, action="emergency.listed")
    more = chosen.url(after=following) if following else None
    return render_template(
        "intake/list_emergencies.html",
        rows=rows,
        looks=emergencies.looks_of(rows),
        due=emergency_terms.due(rows) if tab == "open" else {},
        tab=tab,
        chosen=chosen,
        tabs=_tabs(chosen),
        more=more,
        now=clock.now(),
    )


def _tabs(chosen: kept_filters.Filter) -> list[Any]:
    texts = {
        "open": _("To review"),
        "reviewed": _("Reviewed"),
        "elsewhere": _("By our colleagues elsewhere"),
    }
    return [
        SimpleNamespace(label=text, url=chosen.url(tab=code), current=code == chosen["tab"])
        for code, text in texts.items()
    ]


@bp.route("/emergency-access/<uuid:access_id>/review", methods=["GET", "POST"])
@requires(policy.can_review_emergency, emergencies.get)
def review_emergency(access: EmergencyAccess, *, by: Actor) -> ResponseReturnValue:
    form = ReviewForm()
    if form.validate_on_submit():

        def do() -> str:
            emergencies.review_emergency(
                access, Verdict(form.verdict.data), remark=form.remark.data or "", by=by,
                version=form.sent_version,
            )  # fmt: skip
            return url_for("intake.list_emergencies")

        to = carry_out(form, do, by=by, record=access)
        if to:
            flash(_("Noted."), "ok")
            return redirect(to)
    if not form.version.data:
        form.version.data = str(access.version)
    audit.read(access.case, by=by, action="emergency.listed")
    looks = emergencies.looks_of([access])
    page = render_template("intake/review_emergency.html", access=access, looks=looks, form=form)
    return page, 422 if form.errors else 200
