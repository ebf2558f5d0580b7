"""How a citizen gets to the service: a letter to carry, a joint appointment, a link that opens once."""

import uuid
from typing import Any

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from core import audit, clock
from core.access import Actor, public, requires, system_actor
from core.acting import act, perform
from core.db import transaction
from core.i18n import _
from intake import appointments, policy, referral_letters, referral_links, referrals
from intake.forms.appointments import AppointmentForm
from intake.forms.cases import ActForm
from intake.models.appointments import Appointment
from intake.models.referrals import Referral
from intake.views import bp


def can_confirm(actor: Actor, appointment: Appointment) -> bool:
    """Whoever may see the referral it belongs to."""
    return policy.can_see_referral(actor, appointment.referral)


def _back(referral: Referral) -> str:
    return url_for("intake.show_referral", referral_id=referral.id)


@bp.route("/referrals/<uuid:referral_id>/letter")
@requires(policy.can_steer_referral, referrals.get)
def print_referral_letter(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """The letter to carry, as PDF; nothing is sent."""
    audit.read(referral, by=by, action="referral.letter_printed")
    disposition = {"Content-Disposition": f'inline; filename="{referral.number}.pdf"'}
    made = referral_letters.letter_to_carry(referral)
    return Response(made, mimetype="application/pdf", headers=disposition)


@bp.route("/referrals/<uuid:referral_id>/appointment", methods=["GET", "POST"])
@requires(policy.can_see_referral, referrals.get)
def propose_appointment(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = AppointmentForm()

    def do() -> None:
        appointments.propose(referral, form.at.data or clock.now(), form.place.data or "", by=by)

    return perform(
        form, do, by=by, title=_("Propose a joint appointment"), back=_back(referral),
        lead=_("It stands when both organizations confirmed it."),
        done=_("Proposed. The other one confirms."),
    )  # fmt: skip


@bp.route("/appointments/<uuid:appointment_id>/confirm", methods=["POST"])
@requires(can_confirm, appointments.get)
def confirm_appointment(appointment: Appointment, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        appointments.confirm(appointment, by=by)
        return _back(appointment.referral)

    return act(ActForm(), do, by=by, said=_("Confirmed."))


@bp.route("/referrals/<uuid:referral_id>/link", methods=["POST"])
@requires(policy.can_steer_referral, referrals.get)
def make_referral_link(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    """The address is shown this once: only its hash is kept."""
    with transaction():
        token = referral_links.make_link(referral, by=by)
    address = url_for("intake.look_at_link", token=token, _external=True)
    page = render_template(
        "intake/make_referral_link.html", referral=referral, address=address, days=referral_links.DAYS
    )
    return page, {"Cache-Control": "no-store"}


@bp.route("/l/<uuid:token>", methods=["GET", "POST"])
@public
def look_at_link(token: uuid.UUID) -> ResponseReturnValue:
    """A button first, so that a mail program that looks ahead does not use the link up."""
    form, glimpse = ActForm(), None
    if form.validate_on_submit():
        with transaction():
            glimpse = referral_links.open_link(token, by=system_actor())
        is_open = glimpse is not None
    else:
        is_open = referral_links.look(token) is not None
    page = render_template("intake/look_at_link.html", form=form, glimpse=glimpse, is_open=is_open)
    return page, 200 if is_open else 410, {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}


@bp.context_processor
def shared() -> dict[str, Any]:
    return {
        "appointment_of": appointment_of,
        "waits_for_me": appointments.waits_for,
        "carries_letter": referral_letters.carries_letter,
    }


def appointment_of(referral: Referral) -> Appointment | None:
    """The moment of a referral; kinds that send nothing ask the database nothing."""
    return appointments.of_referral(referral) if referral.kind.sends_data else None
