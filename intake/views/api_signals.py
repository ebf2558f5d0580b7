"""Notices for programs: the list, one notice, and a new one."""

import uuid
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from core import api, audit
from core.access import Actor, requires
from core.db import session
from core.shapes import Told
from intake import places, policy, signals, turns
from intake.forms.signals import OBSERVED
from intake.models.signals import About, Circumstance, Informed, Signal, SignalStatus, Source
from intake.models.vocabulary import AgeGroup, LifeDomain, Mutuality, Urgency
from intake.signals import NewSignal
from intake.views.api_turns import Turn, turn_of
from intake.views.signals import TABS


class SignalList(StrEnum):
    """Which notices: to look at, taken, ended, or sent by us to another organization."""

    WAITING = "waiting"
    TAKEN = "taken"
    ENDED = "ended"
    SENT = "sent"


@dataclass(frozen=True)
class SignalQuery:
    """What a list of notices can be asked for."""

    list: Annotated[SignalList, Told("Which notices.")] = SignalList.WAITING
    limit: Annotated[int, Told("Rows on a page.", least=1, limit=100)] = api.PAGE
    after: Annotated[uuid.UUID | None, Told("`next` of the page before.")] = None


@dataclass(frozen=True)
class SignalRow:
    """A notice without what it tells of a person."""

    id: uuid.UUID
    number: str
    status: SignalStatus
    urgency: Urgency
    theme: LifeDomain | None
    nis: str
    municipality: str
    organization: str
    received_at: datetime
    routing_reason: str
    turn: Turn
    version: int


@dataclass(frozen=True)
class SignalDetail(SignalRow):
    """A whole notice. What it tells is null for whoever sent it to another organization."""

    case_id: uuid.UUID | None = None
    about: About | None = None
    source: Source | None = None
    subject_name: str | None = None
    subject_phone: str | None = None
    observed: str | None = None
    circumstances: tuple[str, ...] | None = None
    age_group: AgeGroup | None = None


@dataclass(frozen=True)
class SignalContent:
    """A new notice. Naming somebody asks that they agree, or a stated reason why they were not asked."""

    place: Annotated[str, Told("Municipality, postcode or NIS code.", limit=80)]
    theme: LifeDomain
    observed: Annotated[str, Told("What was seen or heard.", limit=OBSERVED)]
    source: Annotated[Source, Told("Who noticed.")] = Source.PARTNER
    source_name: Annotated[str, Told("Name of the reporter.")] = ""
    source_contact: Annotated[str, Told("Phone or e-mail of the reporter.")] = ""
    wants_feedback: Annotated[bool, Told("Whether the reporter wants to hear if it was taken up.")] = False
    about: About = About.PERSON
    subject_name: Annotated[str, Told("Name of the person or household.")] = ""
    subject_phone: Annotated[str, Told("Phone number.", limit=40)] = ""
    circumstances: Annotated[tuple[Circumstance, ...], Told("Facts that raise the urgency.")] = ()
    age_group: AgeGroup | None = None
    mutuality: Mutuality | None = None
    wish_tenant_id: Annotated[uuid.UUID | None, Told("The organization that the person wishes.")] = None
    informed: Annotated[Informed, Told("Whether the person knows of the notice.")] = Informed.YES
    informed_reason: Annotated[str, Told("Why not, or why without agreement.", limit=1000)] = ""
    agrees: Annotated[bool, Told("Whether the person agrees.")] = True

    def to_new(self) -> NewSignal:
        """As the operation takes it."""
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        return NewSignal(nis=places.parse(values.pop("place")).nis, **values)


@api.operation(
    "GET", "/signals", tag="signals", summary="List notices", answers=SignalRow, asks=SignalQuery, paged=True
)
@requires(policy.is_desk)
def list_signals(*, by: Actor) -> ResponseReturnValue:
    """The newest first. Only the receiving organization sees those that wait, are taken or have ended."""
    asked = api.parameters(SignalQuery)
    if asked.list == SignalList.SENT:
        query = policy.signals_registered_by(by)
    else:
        query = policy.signals_visible_to(by).where(Signal.status.in_(TABS[asked.list]))
    if asked.after is not None:
        query = query.where(Signal.id < asked.after)
    query = query.options(joinedload(Signal.tenant), joinedload(Signal.taken_by))
    rows = list(session.scalars(query.order_by(Signal.id.desc()).limit(asked.limit + 1)))
    shown = rows[: asked.limit]
    after = str(shown[-1].id) if len(rows) > asked.limit else None
    return api.show_page([SignalRow(**_facts(signal, by)) for signal in shown], after)


@api.operation(
    "GET", "/signals/<uuid:signal_id>", tag="signals", summary="Read a notice", answers=SignalDetail
)
@requires(policy.can_see_signal, signals.get)
def show_signal(signal: Signal, *, by: Actor) -> ResponseReturnValue:
    """The receiving organization reads the whole, which is noted in the trail; the sender its state."""
    if not policy.can_handle_signal(by, signal):
        return api.show(SignalDetail(**_facts(signal, by)))
    audit.read(signal, by=by)
    return api.show(
        SignalDetail(
            **_facts(signal, by),
            case_id=signal.case_id,
            about=signal.about,
            source=signal.source,
            subject_name=signal.subject_name,
            subject_phone=signal.subject_phone,
            observed=signal.observed,
            circumstances=tuple(signal.circumstances),
            age_group=signal.age_group,
        )
    )


@api.operation(
    "POST", "/signals", tag="signals", summary="Register a notice", takes=SignalContent,
    answers=api.Receipt, status=201,
)  # fmt: skip
@requires(policy.is_desk)
def register_signal(*, by: Actor) -> ResponseReturnValue:
    """It goes to the organization that the routing table of the partnership names."""
    given = api.content(SignalContent)

    def do() -> api.Receipt:
        signal = signals.register_signal(given.to_new(), by=by)
        return api.Receipt(signal.id, signal.number, signal.status, signal.version)

    return api.carry_out(do, by=by, status=201, at="api.show_signal")


def _facts(signal: Signal, by: Actor) -> dict[str, Any]:
    return {
        "id": signal.id,
        "number": signal.number,
        "status": signal.status,
        "urgency": signal.urgency,
        "theme": signal.theme,
        "nis": signal.nis,
        "municipality": places.name(signal.nis),
        "organization": signal.tenant.name,
        "received_at": signal.received_at,
        "routing_reason": signal.routing_reason,
        "turn": turn_of(turns.of_signal(signal, by)),
        "version": signal.version,
    }
