"""Notices: the list, a new one, one to decide on, and whether it is the same person."""

import uuid
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from core import audit, kept_filters
from core.access import Actor, requires
from core.acting import act, carry_out
from core.db import session
from core.errors import DomainError
from core.i18n import _
from core.models.accounts import Tenant
from core.text import uuid_or_none
from intake import cases, contacts, labels, persons, places, policy, routing, routing_texts, signals
from intake.forms.cases import ActForm
from intake.forms.signals import (
    CloseSignalForm,
    PassOnForm,
    SignalForm,
    TakeForm,
    TriageForm,
    WithdrawSignalForm,
)
from intake.models.contacts import ContactMoment, ContactOutcome
from intake.models.persons import Person
from intake.models.signals import Signal, SignalStatus
from intake.models.vocabulary import LifeDomain, Urgency
from intake.persons import Match, Sought
from intake.views import bp

PAGE = 25
WAITING = (SignalStatus.RECEIVED, SignalStatus.TRIAGED)
TABS: dict[str, tuple[SignalStatus, ...]] = {
    "waiting": WAITING,
    "taken": (SignalStatus.TAKEN,),
    "ended": (SignalStatus.LINKED, SignalStatus.ANSWERED, SignalStatus.UNFOUNDED, SignalStatus.WITHDRAWN),
}


@bp.route("/signals")
@requires(policy.is_desk)
def list_signals(*, by: Actor) -> ResponseReturnValue:
    own = policy.is_intake_worker(by)
    chosen = kept_filters.of_list(
        "intake.list_signals",
        tab=["waiting", *TABS, "sent"] if own else ["sent"],
        theme=["", *(str(each) for each in LifeDomain)],
        urgency=["", *(str(each) for each in Urgency)],
    )
    tab = chosen["tab"]
    query = _listed(tab, by)
    if chosen["theme"]:
        query = query.where(Signal.theme == LifeDomain(chosen["theme"]))
    if chosen["urgency"]:
        query = query.where(Signal.urgency == Urgency(chosen["urgency"]))
    rows = list(session.scalars(query))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    after = f"{rows[-1].urgency}~{rows[-1].id}" if more else None
    return render_template(
        "intake/list_signals.html",
        rows=rows,
        tab=tab,
        chosen=chosen,
        tabs=_tabs(chosen, own),
        selects=_selects(),
        more=chosen.url(after=after) if after else None,
    )


def _listed(tab: str, by: Actor) -> sa.Select[Signal]:
    """A keyset page: waiting ones by urgency, then the oldest first; the others newest first."""
    base = policy.signals_registered_by(by) if tab == "sent" else policy.signals_visible_to(by)
    query = base.options(joinedload(Signal.tenant), joinedload(Signal.taken_by)).limit(PAGE + 1)
    urgency, _sep, last = request.args.get("after", "").partition("~")
    last_id = uuid_or_none(last)
    if tab == "waiting":
        query = query.where(Signal.status.in_(WAITING)).order_by(Signal.urgency, Signal.id)
        if last_id is not None and urgency in set(Urgency):
            query = query.where(
                sa.tuple_(Signal.urgency, Signal.id) > sa.tuple_(sa.literal(urgency), last_id)
            )
        return query
    if tab in TABS:
        query = query.where(Signal.status.in_(TABS[tab]))
    return query.where(Signal.id < last_id if last_id else sa.true()).order_by(Signal.id.desc())


def _selects() -> list[Any]:
    themes = [("", _("Every theme")), *labels.choices(LifeDomain)]
    urgencies = [("", _("Every urgency")), *((str(each), labels.label(each)) for each in Urgency)]
    return [("theme", _("Theme"), themes), ("urgency", _("Urgency"), urgencies)]


def _tabs(chosen: kept_filters.Filter, own: bool) -> list[Any]:
    texts = {"waiting": _("To look at"), "taken": _("Taken"), "ended": _("Ended"), "sent": _("Sent by us")}
    return [
        SimpleNamespace(label=text, url=chosen.url(tab=code), current=code == chosen["tab"])
        for code, text in texts.items()
        if own or code == "sent"
    ]


@bp.route("/signals/new", methods=["GET", "POST"])
@requires(policy.is_desk)
def register_signal(*, by: Actor) -> ResponseReturnValue:
    tenants = [(t.id, t.name) for t in routing.colleagues_of(by.tenant_id)]
    contact = _told_contact(by)
    form = SignalForm(tenants=tenants, data=_told(contact)) if contact else SignalForm(tenants=tenants)
    successor = None
    if form.is_submitted() and not form.validate():
        successor = _check_place(form)
    elif form.is_submitted():
        made: list[Signal] = []

        def do() -> str:
            made.append(signals.register_signal(form.to_new(places.parse(form.place.data or "").nis), by=by))
            if contact is not None:
                contacts.settle_contact(contact, ContactOutcome.SIGNAL, signal_id=made[0].id, by=by)
            return url_for("intake.show_signal", signal_id=made[0].id)

        to = carry_out(form, do, by=by)
        if to:
            if made:
                flash(_("Registered. %(name)s takes it from here.", name=made[0].tenant.name), "ok")
            return redirect(to)
        successor = _successor(form.place.data or "")
    return render_template("intake/register_signal.html", form=form, successor=successor), _code(form)


def _told_contact(by: Actor) -> ContactMoment | None:
    """The open line of the contact register that this notice begins with, if it is of the own desk."""
    contact = contacts.get(uuid_or_none(request.args.get("contact", "")) or uuid.UUID(int=0))
    if contact is None or not policy.can_settle_contact(by, contact):
        return None
    return contact if contact.outcome == ContactOutcome.OPEN else None


def _told(contact: ContactMoment) -> dict[str, Any]:
    """What the line says already, so that nothing is typed twice."""
    place, theme = places.name(contact.nis), str(contact.theme or "")
    return {"place": place, "theme": theme, "observed": contact.line or ""}


def _check_place(form: SignalForm) -> str | None:
    """Show what is wrong with the place together with the other answers, not one after the other."""
    if form.place.data and not form.place.errors:
        with form.errors_from_domain():
            places.parse(form.place.data)
    return _successor(form.place.data or "")


def _successor(text: str) -> str | None:
    try:
        places.parse(text)
    except places.Ended as ended:
        return ended.successor.name
    except DomainError:
        return None
    return None


def _code(form: Any) -> int:
    """A form that came back is no success."""
    return 422 if form.errors else 200


@bp.route("/signals/<uuid:signal_id>")
@requires(policy.can_see_signal, signals.get)
def show_signal(signal: Signal, *, by: Actor) -> ResponseReturnValue:
    return _page(signal, by)


def _page(signal: Signal, by: Actor, code: int = 200, **forms: Any) -> ResponseReturnValue:
    """The whole notice for the receiver; for whoever registered it elsewhere, its state only."""
    if not policy.can_handle_signal(by, signal):
        context = {"form": forms.get("withdraw") or WithdrawSignalForm()}
        return render_template("intake/_signal_receipt.html", signal=signal, **context), code
    audit.read(signal, by=by)
    others = [t for t in routing.colleagues_of(signal.tenant_id) if t.id != signal.tenant_id]
    given = {
        "take": forms.get("take") or TakeForm(),
        "triage": forms.get("triage") or TriageForm(urgency=str(signal.urgency), theme=signal.theme or ""),
        "pass_on": forms.get("pass_on") or PassOnForm(tenants=[(t.id, t.name) for t in others]),
        "close": forms.get("close") or CloseSignalForm(),
    }
    better = signals.suggested_route(signal, by=by)
    if better is not None and better.tenant.id not in {t.id for t in others}:
        better = None  # it cannot be passed on there from here
    if better is not None and not given["pass_on"].errors:
        given["pass_on"].to.data = str(better.tenant.id)
        given["pass_on"].reason.data = routing_texts.of_route(better)
    matches = _matches(signal, by) if signal.status in WAITING else []
    form = next((f for f in given.values() if f.errors), given["triage"])
    return render_template(
        "intake/show_signal.html",
        signal=signal,
        matches=matches,
        forms=given,
        form=form,
        by=by,
        better=routing_texts.of_route(better) if better else "",
    ), code


def _matches(signal: Signal, by: Actor) -> list[Match]:
    """Whether we know this person already, from what was told."""
    sought = Sought(last_name=signal.subject_name, phone=signal.subject_phone)
    return [] if sought.is_empty else persons.find_matches(sought, by=by)[:3]


@bp.route("/signals/<uuid:signal_id>/triage", methods=["POST"])
@requires(policy.can_handle_signal, signals.get)
def triage_signal(signal: Signal, *, by: Actor) -> ResponseReturnValue:
    form = TriageForm()
    if form.validate_on_submit():

        def do() -> str:
            signals.triage(
                signal,
                Urgency(form.urgency.data),
                reason=form.urgency_reason.data or "",
                facts=form.facts.data or "",
                theme=LifeDomain(form.theme.data) if form.theme.data else None,
                by=by,
                version=form.sent_version,
            )
            return url_for("intake.show_signal", signal_id=signal.id)

        to = carry_out(form, do, by=by, record=signal)
        if to:
            return redirect(to)
    return _page(signal, by, 422, triage=form)


@bp.route("/signals/<uuid:signal_id>/take", methods=["POST"])
@requires(policy.can_handle_signal, signals.get)
def take_signal(signal: Signal, *, by: Actor) -> ResponseReturnValue:
    form = TakeForm()
    said = _("Taken. You hold this file for now.")

    def do() -> str:
        person = _chosen_person(by)
        facts, theme = form.facts.data or "", LifeDomain(form.theme.data) if form.theme.data else None
        case = signals.take(signal, person=person, facts=facts, theme=theme, by=by, version=form.sent_version)
        if person is None:
            return url_for("intake.choose_person", case_id=case.id)
        return url_for("intake.show_case", case_id=case.id)

    if not signal.asks_first:
        return act(form, do, by=by, said=said)
    to = carry_out(form, do, by=by, record=signal) if form.validate_on_submit() else None
    if to is None:
        return _page(signal, by, 422, take=form)
    flash(said, "ok")
    return redirect(to)


def _chosen_person(by: Actor) -> Person | None:
    """The person whose button was pressed, if it is one of the own organization."""
    wanted = uuid_or_none(request.form.get("person_id", ""))
    if wanted is None:
        return None
    person = persons.get(wanted)
    if person is None or not policy.can_see_person(by, person):
        raise DomainError(_("This person is not known here. Search again."))
    return person


@bp.route("/signals/<uuid:signal_id>/link", methods=["POST"])
@requires(policy.can_handle_signal, signals.get)
def link_signal(signal: Signal, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def do() -> str:
        case = cases.get(uuid_or_none(request.form.get("case_id", "")) or uuid.uuid4())
        if case is None or not policy.can_handle_case(by, case):
            raise DomainError(_("This file is not known here. Search again."))
        signals.link(signal, case, by=by)
        return url_for("intake.show_case", case_id=case.id)

    return act(form, do, by=by, said=_("The notice is in this file now."))


@bp.route("/signals/<uuid:signal_id>/pass-on", methods=["POST"])
@requires(policy.can_handle_signal, signals.get)
def pass_on_signal(signal: Signal, *, by: Actor) -> ResponseReturnValue:
    others = [t for t in routing.colleagues_of(signal.tenant_id) if t.id != signal.tenant_id]
    form = PassOnForm(tenants=[(t.id, t.name) for t in others])
    if form.validate_on_submit():

        def do() -> str:
            to = session.get_one(Tenant, uuid.UUID(form.to.data))
            reason, facts = form.reason.data or "", form.facts.data or ""
            signals.pass_on(signal, to, reason=reason, facts=facts, by=by, version=form.sent_version)
            return url_for("intake.list_signals")

        to = carry_out(form, do, by=by, record=signal)
        if to:
            flash(_("Passed on. The other organization got a mail without a name."), "ok")
            return redirect(to)
    return _page(signal, by, 422, pass_on=form)


@bp.route("/signals/<uuid:signal_id>/close", methods=["POST"])
@requires(policy.can_handle_signal, signals.get)
def close_signal(signal: Signal, *, by: Actor) -> ResponseReturnValue:
    form = CloseSignalForm()
    if form.validate_on_submit():
        end = signals.answer if form.how.data == "answered" else signals.mark_unfounded

        def do() -> str:
            end(signal, form.outcome.data or "", by=by, version=form.sent_version)
            return url_for("intake.list_signals")

        to = carry_out(form, do, by=by, record=signal)
        if to:
            flash(_("Closed."), "ok")
            return redirect(to)
    return _page(signal, by, 422, close=form)


@bp.route("/signals/<uuid:signal_id>/withdraw", methods=["POST"])
@requires(policy.is_origin, signals.get)
def withdraw_signal(signal: Signal, *, by: Actor) -> ResponseReturnValue:
    form = WithdrawSignalForm()
    if form.validate_on_submit():

        def do() -> str:
            signals.withdraw(signal, form.outcome.data or "", by=by, version=form.sent_version)
            return url_for("intake.show_signal", signal_id=signal.id)

        to = carry_out(form, do, by=by, record=signal)
        if to:
            flash(_("Withdrawn."), "ok")
            return redirect(to)
    return _page(signal, by, 422, withdraw=form)
