"""Requests for aid at an OCMW: the register of a file, the receipt, and what happens to each."""

import uuid
from contextlib import suppress

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from core import audit, clock
from core.access import Actor, requires
from core.acting import perform
from core.db import transaction
from core.i18n import _
from intake import aid_letters, aid_requests, cases, contacts, help_requests, labels, policy, safe_contact
from intake.forms.aid_requests import AidDayForm, AidDecisionForm, AidReasonForm, AidRequestForm, ForwardForm
from intake.forms.cases import ActForm
from intake.models.aid_requests import AidKind, AidOutcome, AidRequest
from intake.models.cases import Case
from intake.views import bp
from intake.views.texts import case_file
from workflows import terms


def _can_handle(actor: Actor, request: AidRequest) -> bool:
    return policy.can_handle_case(actor, request.case)


def _about(request: AidRequest) -> str:
    """Which request an act is about."""
    return f"{labels.label(request.kind)} {request.number}"


def _back(request: AidRequest) -> str:
    return url_for("intake.list_aid_requests", case_id=request.case_id)


@bp.route("/cases/<uuid:case_id>/aid-requests")
@requires(policy.can_see_case, cases.get)
def list_aid_requests(case: Case, *, by: Actor) -> ResponseReturnValue:
    """The register of a file, each with its running terms."""
    audit.read(case, by=by)
    found = aid_requests.of_case(case)
    return render_template(
        "intake/list_aid_requests.html",
        case=case,
        file=case_file(case, by, current="list_aid_requests"),
        requests=[(request, terms.of(request)) for request in found],
        takes=aid_requests.takes_requests(case),
        silent=aid_requests.appeal_without_decision_until,
        today=clock.today(),
    )


def _words_of(case: Case) -> str:
    """What the citizen said already: in the contact that asked, else in the last question or talk."""
    with suppress(ValueError):
        attempt = contacts.find_attempt(case, uuid.UUID(request.args.get("contact", "")))
        if attempt is not None and attempt.note:
            return attempt.note
    asked = help_requests.of_case(case)
    return (asked[-1].own_words or "") if asked else contacts.last_words(case)


@bp.route("/cases/<uuid:case_id>/aid-requests/new", methods=["GET", "POST"])
@requires(policy.can_handle_case, cases.get)
def register_aid_request(case: Case, *, by: Actor) -> ResponseReturnValue:
    words = _words_of(case)
    form = AidRequestForm(data={"asked_on": clock.today(), "spoken": True, "words": words})

    def register() -> None:
        aid_requests.register_request(
            case,
            AidKind(form.kind.data),
            form.words.data or "",
            asked_on=form.asked_on.data or clock.today(),
            spoken=bool(form.spoken.data),
            by=by,
        )

    return perform(
        form,
        register,
        by=by,
        title=_("Request for aid"),
        lead=_("A request counts from the first word, also a spoken one. The terms start on this day."),
        button=_("Register the request"),
        done=_("Registered. Give the receipt today."),
        back=url_for("intake.list_aid_requests", case_id=case.id),
    )


@bp.route("/aid-requests/<uuid:aid_request_id>/receipt", methods=["POST"])
@requires(_can_handle, aid_requests.get)
def print_aid_receipt(request: AidRequest, *, by: Actor) -> ResponseReturnValue:
    """The receipt as PDF to hand over; making it notes that it was given."""
    safe_contact.check(request.case.person, safe_contact.Way.PRINT)
    with transaction():
        aid_requests.give_receipt(request, by=by)
    audit.read(request, by=by, action="aid_request.receipt_printed")
    disposition = {"Content-Disposition": f'inline; filename="{request.number}.pdf"'}
    return Response(aid_letters.receipt(request), mimetype="application/pdf", headers=disposition)


@bp.route("/aid-requests/<uuid:aid_request_id>/competence", methods=["GET", "POST"])
@requires(_can_handle, aid_requests.get)
def confirm_competence(request: AidRequest, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: aid_requests.confirm_competence(request, by=by),
        by=by,
        title=_("This OCMW is competent"),
        lead=_("The social inquiry begins. The term to decide runs from the day of the request."),
        done=_("Noted. The term to forward has ended."),
        back=_back(request),
    )


@bp.route("/aid-requests/<uuid:aid_request_id>/forward", methods=["GET", "POST"])
@requires(_can_handle, aid_requests.get)
def forward_aid_request(request: AidRequest, *, by: Actor) -> ResponseReturnValue:
    form = ForwardForm(data={"forwarded_on": clock.today()})

    def forward() -> None:
        day = form.forwarded_on.data or clock.today()
        aid_requests.forward_request(
            request, form.to.data or "", reason=form.reason.data or "", forwarded_on=day, by=by
        )

    return perform(
        form, forward, by=by, title=_("Forward the request"), done=_("Forwarded."), back=_back(request),
        lead=_("Within 5 calendar days, with the reason in writing."),
    )  # fmt: skip


@bp.route("/aid-requests/<uuid:aid_request_id>/decision", methods=["GET", "POST"])
@requires(_can_handle, aid_requests.get)
def record_aid_decision(request: AidRequest, *, by: Actor) -> ResponseReturnValue:
    form = AidDecisionForm(data={"decided_on": clock.today()})
    form.body.choices = [SelectChoice(name, name) for name in aid_requests.bodies(request.tenant_id)]

    def decide() -> None:
        aid_requests.record_decision(
            request,
            AidOutcome(form.outcome.data),
            body=form.body.data or "",
            reason=form.reason.data or "",
            decided_on=form.decided_on.data or clock.today(),
            is_urgent=bool(form.is_urgent.data),
            by=by,
        )

    return perform(
        form, decide, by=by, title=_("Record the decision"), lead=_about(request), back=_back(request),
        done=_("Recorded. Tell the citizen within 8 days."),
    )  # fmt: skip


@bp.route("/aid-requests/<uuid:aid_request_id>/ratification", methods=["GET", "POST"])
@requires(_can_handle, aid_requests.get)
def record_aid_ratification(request: AidRequest, *, by: Actor) -> ResponseReturnValue:
    form = AidDayForm(data={"day": clock.today()})
    return perform(
        form,
        lambda: aid_requests.record_ratification(request, ratified_on=form.day.data or clock.today(), by=by),
        by=by, title=_("Note the ratification"), lead=_about(request), done=_("Noted."), back=_back(request),
    )  # fmt: skip


@bp.route("/aid-requests/<uuid:aid_request_id>/notice", methods=["GET", "POST"])
@requires(_can_handle, aid_requests.get)
def record_aid_notice(request: AidRequest, *, by: Actor) -> ResponseReturnValue:
    form = AidDayForm(data={"day": clock.today()})
    return perform(
        form,
        lambda: aid_requests.record_notice(request, notified_on=form.day.data or clock.today(), by=by),
        by=by, title=_("Note the notice"), done=_("Noted. The term to appeal is shown."), back=_back(request),
        lead=_how_to_give_notice(request),
    )  # fmt: skip


def _how_to_give_notice(request: AidRequest) -> str:
    """By registered letter or against receipt; where post is not safe, only by hand."""
    person = request.case.person
    if safe_contact.is_safe(person, safe_contact.Way.LETTER):
        return str(_("Registered letter or against receipt, with reasons and remedies."))
    not_safe = safe_contact.refusal(person, safe_contact.Way.LETTER)
    return " ".join((not_safe, str(_("Against receipt, with reasons and remedies."))))


@bp.route("/aid-requests/<uuid:aid_request_id>/withdraw", methods=["GET", "POST"])
@requires(_can_handle, aid_requests.get)
def withdraw_aid_request(request: AidRequest, *, by: Actor) -> ResponseReturnValue:
    form = AidReasonForm()
    return perform(
        form,
        lambda: aid_requests.withdraw_request(request, reason=form.reason.data or "", by=by),
        by=by, title=_("The citizen withdraws the request"), lead=_about(request), kind="danger",
        back=_back(request), done=_("Withdrawn. The terms ended."),
    )  # fmt: skip
