"""Keeping the map current: the editors' work list, and answers to the request to confirm."""

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core.access import Actor, public, requires
from core.db import transaction
from core.errors import DomainError
from core.i18n import _, _l, ngettext
from socialmap import confirmations, geography, policy, services, upkeep
from socialmap.forms.deliveries import AnswerForm
from socialmap.forms.services import AnswerRequestForm
from socialmap.models.directory import Service
from socialmap.models.upkeep import ConfirmationRequest
from socialmap.views import bp, wording

TITLES = {
    "errors": _l("Reported errors"), "gone": _l("No longer delivered"),
    "stale": _l("Not checked for two years"), "unanswered": _l("Asked, no answer"),
}  # fmt: skip
PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@bp.get("/social-map/upkeep")
@requires(policy.can_edit_map)
def list_upkeep(*, by: Actor) -> ResponseReturnValue:
    """What asks for attention, longest waiting first."""
    kind = request.args.get("kind", "")
    kind = kind if kind in upkeep.KINDS else "errors"
    filters = _filters()
    try:
        page = upkeep.page(kind, filters, after=request.args.get("after", "")[:100])
    except DomainError:
        return redirect(url_for("socialmap.list_upkeep", kind=kind))
    provinces = [area for area in geography.areas().values() if area.kind == "province"]
    return render_template(
        "socialmap/list_upkeep.html",
        kind=kind,
        titles=TITLES,
        counts=upkeep.counts(filters),
        cap=upkeep.CAP,
        page=page,
        filters=filters,
        sources=upkeep.sources(),
        provinces=sorted(provinces, key=lambda area: area.name),
        wording=wording,
        form=AnswerForm(),
    )


@bp.post("/social-map/services/<uuid:service_id>/ask")
@requires(policy.can_settle, services.get)
def ask_service(service: Service, *, by: Actor) -> ResponseReturnValue:
    """Ask the keeper now to confirm this service."""
    try:
        with transaction():
            confirmations.ask(service, by=by)
        flash(_("The request is on its way."), "ok")
    except DomainError as refusal:
        flash(refusal.message, "error")
    return _back(service)


@bp.post("/social-map/services/<uuid:service_id>/stop")
@requires(policy.can_settle, services.get)
def stop_service(service: Service, *, by: Actor) -> ResponseReturnValue:
    """Say that a service that is no longer delivered has stopped."""
    try:
        with transaction():
            services.stop(service, by=by)
        flash(_("Stopped. It keeps its page and its history."), "ok")
    except DomainError as refusal:
        flash(refusal.message, "error")
    return _back(service)


@bp.route("/social-map/requests/<uuid:request_id>", methods=["GET", "POST"])
@requires(policy.can_answer, confirmations.get)
def answer_request(asked: ConfirmationRequest, *, by: Actor) -> ResponseReturnValue:
    """The desk of an organization says of each service whether the entry is right."""
    return _answer(asked, by, url_for("socialmap.answer_request", request_id=asked.id))


@bp.route("/social-map/confirm/<string:token>", methods=["GET", "POST"])
@public
def answer_by_link(token: str) -> ResponseReturnValue:
    """The same by the link of a mail; looking changes nothing, so a mail program may look ahead."""
    asked = confirmations.find(token)
    if asked is None:
        return render_template("socialmap/answer_request.html", asked=None), 410, PRIVATE
    here = url_for("socialmap.answer_by_link", token=token)
    return _answer(asked, confirmations.by_link(asked), here)


def _answer(asked: ConfirmationRequest, by: Actor, here: str) -> ResponseReturnValue:
    form = AnswerRequestForm()
    if form.validate_on_submit():
        with form.errors_from_domain(), transaction():
            said = _take(asked, form, by)
        if not form.errors:
            flash(said, "ok")
            return redirect(here)
    page = render_template(
        "socialmap/answer_request.html",
        asked=asked,
        rows=[
            (service, card, confirmations.waits(asked, service))
            for service, card in confirmations.asked(asked)
        ],
        form=form,
        here=here,
        wording=wording,
    )
    return page, 422 if form.errors else 200, PRIVATE


def _take(asked: ConfirmationRequest, form: Any, by: Actor) -> str:
    if form.answer.data == "all":
        count = confirmations.confirm_all(asked, by=by)
        return str(
            ngettext("%(num)s service confirmed. Thank you.", "%(num)s services confirmed. Thank you.", count)
        )
    service_id = uuid.UUID(form.service_id.data or str(asked.id))
    if form.answer.data == "right":
        confirmations.confirm(asked, service_id, by=by)
        return str(_("Thank you. This entry counts as checked today."))
    confirmations.correct(asked, service_id, form.text.data or "", by=by)
    return str(_("Thank you. The editors of the map will look at it."))


def _filters() -> upkeep.Filters:
    return upkeep.Filters(source=request.args.get("source", "")[:60], area=request.args.get("area", "")[:40])


def _back(service: Service) -> ResponseReturnValue:
    kind = request.form.get("kind", "")
    if kind in upkeep.KINDS:
        return redirect(url_for("socialmap.list_upkeep", kind=kind))
    return redirect(url_for("socialmap.show_service", service_id=service.id))
