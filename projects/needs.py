"""Needs: recorded from a validated bundle or by hand, substantiated with facts, decided on with a reason."""

from datetime import date

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import DomainError
from core.i18n import _
from projects.models.needs import Need, NeedFact, NeedStatus, OwnerLevel
from projects.numbers import next_number
from projects.parties import lanes
from projects.transitions import move, require
from workflows import instances, signal_source
from workflows.signal_source import NeedSheet

SMALLEST_COUNT = 5


def record_need(
    title: str,
    *,
    theme: str,
    by: Actor,
    sheet: NeedSheet | None = None,
    municipalities: list[str] | None = None,
    affected_group: str = "",
    owner_level: OwnerLevel = OwnerLevel.PROVINCE,
    answer_due_on: date | None = None,
) -> Need:
    """Record a need of the actor's authority; a sheet brings counts that are frozen from then on.

    Refuses a sheet that counts fewer than five cases: it could point at people.
    """
    if sheet is not None and sheet.cases < SMALLEST_COUNT:
        raise DomainError(_("A bundle needs at least five files, so that nobody can be recognised."))
    need = Need(
        tenant_id=by.tenant_id,
        number=next_number(Need, "N-"),
        title=title,
        theme=theme,
        affected_group=affected_group,
        municipalities=municipalities or (list(sheet.municipalities) if sheet else []),
        owner_level=owner_level,
        answer_due_on=answer_due_on,
        created_at=clock.now(),
        bundle_key=sheet.key if sheet else None,
        sheet=sheet.as_json() if sheet else {},
        status=NeedStatus.BUNDLED if sheet else NeedStatus.RECORDED,
    )
    session.add(need)
    session.flush()
    audit.record("need.recorded", need, by=by)
    instances.start(
        "need", subject=need, data={"owner_level": owner_level}, by=by, parties=lanes(need.tenant_id)
    )
    return need


def add_fact(need: Need, text: str, *, source: str, by: Actor) -> NeedFact:
    """Put a fact with its source beside the counts."""
    require(need, NeedStatus.RECORDED, NeedStatus.BUNDLED, NeedStatus.SUBSTANTIATED)
    if not source.strip():
        raise DomainError(_("Say where this fact comes from."), field="source")
    fact = NeedFact(need_id=need.id, text=text, source=source, recorded_at=clock.now())
    session.add(fact)
    session.flush()
    audit.record("need.fact_added", need, by=by)
    return fact


def substantiate(need: Need, *, by: Actor) -> None:
    """Declare that facts and counts are enough to decide on."""
    require(need, NeedStatus.RECORDED, NeedStatus.BUNDLED)
    if not need.facts:
        raise DomainError(_("Add at least one fact with its source first."))
    move(need, NeedStatus.SUBSTANTIATED, by=by, event="substantiated")


def link_to_call(need: Need, *, reason: str, by: Actor) -> None:
    """Decide that the need is relevant; a call will answer it. The reason goes back to the workers."""
    _decide(need, NeedStatus.LINKED, reason, event="linked", by=by)


def not_retain(need: Need, *, reason: str, by: Actor) -> None:
    """Decide not to act on the need. The reason goes back to the workers."""
    _decide(need, NeedStatus.NOT_RETAINED, reason, event="not_retained", by=by)


def _decide(need: Need, status: NeedStatus, reason: str, *, event: str, by: Actor) -> None:
    require(need, NeedStatus.SUBSTANTIATED)
    if not reason.strip():
        raise DomainError(_("Give the reason: those who reported it will read it."), field="reason")
    need.decision_reason = reason
    move(need, status, by=by, event=event, motivation=reason)
    if need.bundle_key:
        signal_source.source().give_feedback(need.bundle_key, status, reason, by=by)
