"""What can be done with a notice: register, triage, take into a case, pass on once, answer, end."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from core import audit, clock, crypto
from core.access import Actor
from core.db import check_version, lock, session, uuid7
from core.errors import Conflict, DomainError
from core.i18n import _, clock_time
from core.models.accounts import Tenant
from intake import cases, mails, notes, numbers, processes, routing, transitions
from intake import triage as triage_table
from intake.models.cases import Case
from intake.models.households import Household
from intake.models.persons import Person
from intake.models.signals import About, Circumstance, Informed, Signal, SignalStatus, Source
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality, Urgency


@dataclass(frozen=True)
class NewSignal:
    """What someone noticed, as it was told. Municipality, facts and, but for a visitor, theme are needed."""

    nis: str
    theme: LifeDomain | None
    observed: str
    source: Source = Source.COLLEAGUE
    source_name: str = ""
    source_contact: str = ""
    wants_feedback: bool = False
    about: About = About.PERSON
    subject_name: str = ""
    subject_phone: str = ""
    circumstances: tuple[Circumstance, ...] = ()
    age_group: AgeGroup | None = None
    mutuality: Mutuality | None = None
    wish_tenant_id: uuid.UUID | None = None
    informed: Informed = Informed.YES
    informed_reason: str = ""
    agrees: bool = True

    @property
    def is_named(self) -> bool:
        return bool(self.subject_name.strip() or self.subject_phone.strip())


def get(signal_id: uuid.UUID) -> Signal | None:
    """A notice with what its page shows, in one statement."""
    return session.scalars(
        sa.select(Signal)
        .options(
            joinedload(Signal.tenant),
            joinedload(Signal.origin_tenant),
            joinedload(Signal.passed_on_from),
            joinedload(Signal.taken_by),
            joinedload(Signal.case),
            joinedload(Signal.content_key),
        )
        .where(Signal.id == signal_id)
    ).first()


def register_signal(new: NewSignal, *, by: Actor) -> Signal:
    """Register a notice and send it to the organization that the routing table names."""
    _refuse_untold(new)
    facts = routing.Facts(new.nis, new.theme, new.age_group, new.mutuality, new.wish_tenant_id)
    route = routing.route(facts, by=by)
    proposed = triage_table.assess(new.circumstances, new.age_group, theme=new.theme, source=new.source)
    signal = Signal(
        id=uuid7(),
        tenant_id=route.tenant.id,
        origin_tenant_id=by.tenant_id,
        registered_by_id=by.user_id,
        number=numbers.new("M"),
        source=new.source,
        source_name=new.source_name.strip(),
        source_contact=new.source_contact.strip(),
        wants_feedback=new.wants_feedback,
        about=new.about,
        subject_name=new.subject_name.strip(),
        subject_phone=new.subject_phone.strip(),
        circumstances=[str(code) for code in new.circumstances],
        nis=new.nis,
        theme=new.theme,
        age_group=new.age_group,
        mutuality=new.mutuality,
        wish_tenant_id=new.wish_tenant_id,
        informed=new.informed,
        agrees=new.agrees,
        urgency=proposed.urgency,
        urgency_rule=proposed.rule,
        urgency_version=proposed.version,
        routing_rule_id=route.rule_id,
        routing_reason=route.reason,
        routing_facts=route.facts,
        received_at=clock.now(),
    )
    crypto.new_content_key(signal.id, signal.tenant_id)
    signal.observed = new.observed.strip()
    signal.informed_reason = new.informed_reason.strip() or None
    session.add(signal)
    session.flush()
    signal.tenant = route.tenant
    transitions.add("signal.received", signal, by=by, facts={"to": route.tenant.name, "reason": route.reason})
    audit.record("signal.registered", signal, by=by, changes={"route": route.reason})
    processes.start_signal(signal, by=by)
    if signal.tenant_id != by.tenant_id:
        _tell_receiver(signal)
    return signal


def _refuse_untold(new: NewSignal) -> None:
    """A named notice needs the agreement of the citizen or a stated exception (GDPR art. 14)."""
    if new.theme is None and new.source != Source.PUBLIC:
        raise DomainError(_("Choose what it is about."), field="theme")
    if not new.observed.strip():
        raise DomainError(_("Write what you saw or heard."), field="observed")
    told = new.informed == Informed.YES and new.agrees
    if new.is_named and not told and not new.informed_reason.strip():
        raise DomainError(
            _("Say why the person was not asked or does not agree, or leave out the name and phone."),
            field="informed_reason",
        )


# ---------------------------------------------------------------- decisions of the receiver
def triage(
    signal: Signal,
    urgency: Urgency,
    *,
    reason: str = "",
    facts: str = "",
    theme: LifeDomain | None = None,
    by: Actor,
    version: int | None = None,
) -> Signal:
    """Set how soon someone must act, and the theme where none was told. Another urgency needs a reason."""
    signal = _waiting(signal, version)
    if urgency != signal.urgency and not reason.strip():
        raise DomainError(_("Say why you choose another urgency."), field="urgency_reason")
    before = signal.status
    _set_theme(signal, theme)
    _replace_visitor_words(signal, facts)
    signal.urgency, signal.urgency_reason = urgency, reason.strip() or None
    signal.status, signal.triaged_at = SignalStatus.TRIAGED, clock.now()
    _done("signal.triaged", signal, before, by, {"urgency": str(urgency)})
    if before == SignalStatus.RECEIVED:
        processes.advance(signal, "triaged", by=by)
    return signal


def suggested_route(signal: Signal, *, by: Actor) -> routing.Route | None:
    """Whom the table of today names for a notice, when that is another partner and it may still go there.

    What it is about can turn out otherwise when somebody assesses it, or the partners changed the table.
    """
    if not signal.status.is_waiting or signal.passed_on_at is not None:
        return None
    facts = routing.Facts(signal.nis, signal.theme, signal.age_group, signal.mutuality, signal.wish_tenant_id)
    try:
        route = routing.route(facts, by=by)
    except DomainError:
        return None
    return None if route.tenant.id == signal.tenant_id or route.reason == "own" else route


def take(
    signal: Signal,
    *,
    person: Person | None = None,
    household: Household | None = None,
    facts: str = "",
    theme: LifeDomain | None = None,
    by: Actor,
    version: int | None = None,
) -> Case:
    """Take a notice into a new case, held for now by whoever takes it; a person may come later."""
    signal = _waiting(signal, version)
    before = signal.status
    _set_theme(signal, theme)
    _replace_visitor_words(signal, facts)
    case = cases.open_case(
        nis=signal.nis, urgency=signal.urgency, person=person, household=household, signal=signal, by=by
    )
    if signal.source == Source.PUBLIC and signal.observed:
        notes.add_note(case, signal.observed, by=by)
    signal.case_id, signal.taken_by_id = case.id, by.user_id
    signal.status = SignalStatus.TAKEN
    _done("signal.taken", signal, before, by)
    processes.hand_signal_to_worker(signal, by=by)
    processes.advance(signal, "taken", by=by)
    if person is not None or household is not None:
        link(signal, case, by=by)
    return case


def link(signal: Signal, case: Case, *, by: Actor) -> Signal:
    """The notice belongs to this case: its person is known, or it is about somebody we already help."""
    signal = _mine_to_change(signal)
    if signal.status.is_final:
        raise Conflict(_closed_text(signal))
    if case.tenant_id != signal.tenant_id:
        raise DomainError(_("This file belongs to another organization."))
    if case.is_closed:
        raise DomainError(_("This file is closed. Reopen it first."))
    before = signal.status
    signal.case_id, signal.status, signal.closed_at = case.id, SignalStatus.LINKED, clock.now()
    signal.taken_by_id = signal.taken_by_id or by.user_id
    _done("signal.linked", signal, before, by)
    processes.advance(signal, "linked", by=by)
    return signal


def pass_on(
    signal: Signal, to: Tenant, *, reason: str, facts: str = "", by: Actor, version: int | None = None
) -> Signal:
    """Give a notice to another partner of the partnership: once, with the reason."""
    signal = _waiting(signal, version)
    if signal.passed_on_at is not None:
        raise DomainError(
            _("This notice was passed on before. Settle with the other organization who takes it."),
            field="to",
        )
    if to.id == signal.tenant_id or to.id not in {t.id for t in routing.colleagues_of(signal.tenant_id)}:
        raise DomainError(_("Choose another organization of your partnership."), field="to")
    if not reason.strip():
        raise DomainError(_("Say why you pass this on."), field="reason")
    _replace_visitor_words(signal, facts)
    before, source = signal.status, signal.tenant
    signal.passed_on_reason = reason.strip()
    signal.passed_on_at, signal.passed_on_from_id = clock.now(), signal.tenant_id
    signal.tenant_id, signal.status = to.id, SignalStatus.RECEIVED
    signal.routing_reason = "passed_on"
    signal.routing_facts = {"from": source.name}
    signal.taken_by_id = signal.triaged_at = None
    processes.hand_signal_to_tenant(signal, to.id, by=by)
    _done("signal.passed_on", signal, before, by, {"from": source.name, "to": to.name})
    processes.advance(signal, "passed_on", by=by)
    _tell_receiver(signal)
    return signal


def answer(signal: Signal, text: str, *, by: Actor, version: int | None = None) -> Signal:
    """Close with an answer: no file was needed."""
    return _close(signal, SignalStatus.ANSWERED, text, _("Write what was answered."), by, version)


def mark_unfounded(signal: Signal, reason: str, *, by: Actor, version: int | None = None) -> Signal:
    """Close because it turned out not to be so."""
    return _close(signal, SignalStatus.UNFOUNDED, reason, _("Say why this notice is unfounded."), by, version)


def withdraw(signal: Signal, reason: str, *, by: Actor, version: int | None = None) -> Signal:
    """The organization that registered it takes it back."""
    return _close(signal, SignalStatus.WITHDRAWN, reason, _("Say why you withdraw it."), by, version)


def _close(
    signal: Signal, status: SignalStatus, text: str, missing: str, by: Actor, version: int | None
) -> Signal:
    signal = _waiting(signal, version)
    if not text.strip():
        raise DomainError(missing, field="outcome")
    before = signal.status
    if signal.has_visitor_words:
        signal.observed = ""
    signal.outcome, signal.status, signal.closed_at = text.strip(), status, clock.now()
    _done(f"signal.{status}", signal, before, by)
    processes.advance(signal, str(status), by=by)
    return signal


# ---------------------------------------------------------------- what all of them share
def _mine_to_change(signal: Signal) -> Signal:
    locked = lock(Signal, signal.id)
    assert locked is not None  # noqa: S101 - notices are never removed while a page shows them
    return locked


def _waiting(signal: Signal, version: int | None) -> Signal:
    """The notice, locked, if nobody was first."""
    signal = _mine_to_change(signal)
    if signal.status.is_final:
        raise Conflict(_closed_text(signal))
    if signal.status == SignalStatus.TAKEN:
        name = signal.taken_by.name if signal.taken_by else _("A colleague")
        at = clock_time(signal.case.opened_at) if signal.case else ""
        raise Conflict(
            _("%(name)s took this notice at %(time)s. Your choice was not carried out.", name=name, time=at)
        )
    check_version(signal, version)
    return signal


def _set_theme(signal: Signal, theme: LifeDomain | None) -> None:
    """A visitor need not know what it is about; whoever assesses the notice says it."""
    signal.theme = theme or signal.theme
    if signal.theme is None:
        raise DomainError(_("Choose what it is about."), field="theme")


def _replace_visitor_words(signal: Signal, facts: str) -> None:
    """What a visitor wrote makes room for the facts in the words of the worker."""
    if not signal.has_visitor_words:
        return
    if not facts.strip():
        raise DomainError(
            _("Write the facts in your own words. What the visitor wrote is not kept."), field="facts"
        )
    signal.observed = facts.strip()


def _closed_text(signal: Signal) -> str:
    if signal.status == SignalStatus.LINKED:
        name = signal.taken_by.name if signal.taken_by else _("A colleague")
        return str(_("%(name)s already put this notice in a file.", name=name))
    if signal.status == SignalStatus.WITHDRAWN:
        return str(_("This notice was withdrawn. You do not need to do anything."))
    return str(_("This notice was already closed. Your choice was not carried out."))


def _done(
    event: str, signal: Signal, before: SignalStatus, by: Actor, facts: dict[str, str] | None = None
) -> None:
    session.flush()
    transitions.add(event, signal, by=by, from_status=str(before), facts=facts)
    audit.record(event, signal, by=by, changes={"status": [str(before), str(signal.status)]})


def _tell_receiver(signal: Signal) -> None:
    mails.tell_desk("new_signal", signal.tenant_id, path=f"/signals/{signal.id}", values={})


def of_case(case: Case) -> Signal | None:
    """The notice that a file began with, if it did."""
    query = sa.select(Signal).where(Signal.case_id == case.id).order_by(Signal.id).limit(1)
    return session.scalars(query).first()
