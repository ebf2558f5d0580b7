"""The contact register: one line per contact at the desk, and what became of it."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import clock
from core.access import Actor, requires
from core.acting import act, carry_out
from core.asking import asks
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import Tenant, TenantKind
from intake import contacts, labels, places, policy
from intake.forms.cases import ActForm
from intake.forms.contacts import ContactForm, ContactPlaceForm, contact_form
from intake.models.contacts import ContactMoment, ContactOutcome
from intake.models.vocabulary import Channel, LifeDomain
from intake.views import bp
from socialmap import search, services

HITS = 8


@bp.route("/contacts", methods=["GET", "POST"])
@requires(policy.is_desk)
def list_contacts(*, by: Actor) -> ResponseReturnValue:
    """A new line, with the lines of today beside it."""
    tenant = session.get_one(Tenant, by.tenant_id)
    form = contact_form(is_ocmw=tenant.kind == TenantKind.OCMW)
    if form.validate_on_submit():
        to = carry_out(form, lambda: _register(form, by), by=by)
        if to:
            if to == url_for("intake.list_contacts"):
                flash(_("Kept."), "ok")
            return redirect(to)
    today = clock.today()
    return render_template(
        "intake/list_contacts.html",
        form=form,
        contacts=contacts.of_day(tenant.id, today),
        tally=contacts.tally(tenant.id, today),
        ended=[outcome for outcome in ContactOutcome if outcome != ContactOutcome.OPEN],
        own_place=places.name(tenant.nis),
        keeps_files=policy.is_intake_worker(by),
        today=today,
    ), 422 if form.errors else 200


def _register(form: ContactForm, by: Actor) -> str:
    """Keep the line and do what the pressed button says; the address to go to."""
    then = ContactOutcome(form.then.data)
    is_aid = "aid" in form and form["aid"].data == "yes"
    if is_aid and then != ContactOutcome.INTAKE:
        raise DomainError(
            _("A request for aid counts from the first word. Choose “Open a file”."), field="aid"
        )
    if then == ContactOutcome.INTAKE and not policy.is_intake_worker(by):
        raise DomainError(_("Your organization keeps no files here. Make a notice of it."))
    nis = places.parse(form.place.data).nis if form.place.data else None
    contact = contacts.register_contact(
        channel=Channel(form.channel.data),
        nis=nis,
        theme=LifeDomain(form.theme.data) if form.theme.data else None,
        line=form.line.data or "",
        by=by,
    )
    if then == ContactOutcome.ANSWERED:
        contacts.settle_contact(contact, then, by=by)
    elif then == ContactOutcome.SIGNAL:
        return url_for("intake.register_signal", contact=contact.id)
    elif then == ContactOutcome.INTAKE:
        case = contacts.open_intake(contact, by=by)
        page = "intake.register_aid_request" if is_aid else "intake.choose_person"
        return url_for(page, case_id=case.id)
    return url_for("intake.list_contacts")


@bp.route("/contacts/<uuid:contact_id>/answer", methods=["POST"])
@requires(policy.can_settle_contact, contacts.get, param="contact_id")
def answer_contact(contact: ContactMoment, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        contacts.settle_contact(contact, ContactOutcome.ANSWERED, by=by)
        return url_for("intake.list_contacts")

    return act(ActForm(), do, by=by, said=_("Counted as answered. The text is gone."))


@bp.route("/contacts/<uuid:contact_id>/address", methods=["GET", "POST"])
@requires(policy.can_settle_contact, contacts.get)
@asks("q")
def give_address(contact: ContactMoment, *, asked: dict[str, str], by: Actor) -> ResponseReturnValue:
    """Which address somebody got: the services for the theme and place of the line stand ready."""
    if request.method == "POST":

        def do() -> str:
            contacts.give_address(contact, services.get(_service_id()), by=by)
            return url_for("intake.list_contacts")

        return act(ActForm(), do, by=by, said=_("Counted as answered, with the address that you gave."))
    words = asked["q"] or (labels.label(contact.theme) if contact.theme else "")
    found = search.find(words, nis=contact.nis, limit=HITS, with_facets=False) if words else None
    return render_template("intake/give_address.html", contact=contact, q=words, results=found)


def _service_id() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("service_id", ""))
    except ValueError:
        raise DomainError(_("Choose a service.")) from None


@bp.route("/contacts/<uuid:contact_id>/intake", methods=["GET", "POST"])
@requires(policy.can_open_contact, contacts.get, param="contact_id")
def open_contact(contact: ContactMoment, *, by: Actor) -> ResponseReturnValue:
    """One click makes a file of it; only a missing municipality is asked for."""

    def do() -> str:
        place = form.place.data or "" if isinstance(form, ContactPlaceForm) else ""
        case = contacts.open_intake(contact, nis=places.parse(place).nis if place else "", by=by)
        return url_for("intake.choose_person", case_id=case.id)

    form = ActForm() if contact.nis or contact.outcome != ContactOutcome.OPEN else ContactPlaceForm()
    if isinstance(form, ActForm) and form.is_submitted():
        return act(form, do, by=by, said=_("The file is open, with the question in it."))
    if form.validate_on_submit():
        to = carry_out(form, do, by=by)
        if to:
            return redirect(to)
    shown = {"title": _("Open a file"), "button": _("Open a file"), "kind": "", "form": form}
    lead, back = _("In which municipality does the person live?"), url_for("intake.list_contacts")
    page = render_template("layouts/act.html", **shown, lead=lead, back=back)
    return page, 422 if form.errors else 200
