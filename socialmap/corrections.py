"""A *melding aan de bron*: what is wrong in a field that the source owns (decree of 3 May 2019)."""

import uuid
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor
from core.db import session
from core.errors import Conflict, DomainError, NotFound
from core.i18n import _
from socialmap.models.directory import Service, ServiceAtLocation
from socialmap.models.upkeep import Correction, CorrectionState

MAX_TEXT = 2000
# What a notice may be about: columns of the service, and tables of what belongs to it.
FIELDS = (
    "description", "eligibility_description", "application_process", "fees_description", "wait_time", "email",
    "url", "status", "phone", "address", "schedule", "service_area", "language",
)  # fmt: skip


def report(service: Service, text: str, *, field: str = "", by: Actor) -> Correction:
    """Tell the source what is wrong. The entry itself stays as the source gives it."""
    text = text.strip()
    if not text:
        raise DomainError(_("Say what is wrong, in one sentence."), field="text")
    if field and field not in FIELDS:
        raise DomainError(_("Choose what it is about from the list."), field="field")
    if len(text) > MAX_TEXT:
        raise DomainError(_("Use at most %(limit)s characters.", limit=MAX_TEXT), field="text")
    made = Correction(
        service_id=service.id, organization_id=service.organization_id, field=field, text=text,
        state=CorrectionState.SENT, made_by_id=by.user_id, made_by_name=by.name, made_at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record("correction.sent", made, by=by, changes={"service": str(service.id)})
    return made


def get(correction_id: uuid.UUID) -> Correction:
    found = session.get(Correction, correction_id)
    if found is None:
        raise NotFound(correction_id)
    return found


def answer(correction: Correction, answer: str, *, by: Actor) -> None:
    """The source answered; the notice stays beside the entry until the source delivers the change."""
    if correction.state == CorrectionState.CLOSED:
        raise Conflict(_("This notice was closed already."))
    if not answer.strip():
        raise DomainError(_("Write what the source answered."), field="answer")
    correction.state, correction.answer = CorrectionState.ANSWERED, answer.strip()
    session.flush()
    audit.record("correction.answered", correction, by=by)


def close(correction: Correction, answer: str, *, by: Actor) -> None:
    """An editor settled it with the source; the answer stays beside the entry."""
    if correction.state == CorrectionState.CLOSED:
        raise Conflict(_("This notice was closed already."))
    correction.state = CorrectionState.CLOSED
    correction.answer = answer.strip() or correction.answer
    correction.closed_at = clock.now()
    session.flush()
    audit.record("correction.closed", correction, by=by)


def close_delivered(changed: Iterable[tuple[uuid.UUID, str]], at: datetime) -> int:
    """Close the notices that a delivery met: it changed what they name (a column of the service, or such as
    a telephone number of the service or its place), or anything when they name nothing. Returns how many.

    `changed` are owners, services and places alike, with what changed of them."""
    fields: dict[uuid.UUID, set[str]] = {}
    for owner_id, name in changed:
        fields.setdefault(owner_id, set()).add(name)
    query = sa.select(Correction).where(Correction.state != CorrectionState.CLOSED)
    notices = [notice for notice in session.scalars(query) if notice.service_id] if fields else []
    owners = _owners({notice.service_id for notice in notices if notice.service_id})
    closed = 0
    for notice in notices:
        ids = owners.get(notice.service_id, set()) if notice.service_id else set()
        names = {name for ident in ids for name in fields.get(ident, ())}
        if names and (not notice.field or notice.field in names):
            notice.state, notice.closed_at = CorrectionState.CLOSED, at
            closed += 1
    return closed


def _owners(service_ids: set[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Each service with its places: what belongs to any of them may be what a notice is about."""
    at = ServiceAtLocation
    found = {ident: {ident} for ident in service_ids}
    rows = session.execute(
        sa.select(at.service_id, at.id, at.location_id).where(at.service_id.in_(service_ids))
    )
    for service_id, at_id, location_id in rows if service_ids else ():
        found[service_id] |= {at_id, location_id}
    return found


def open_for(service: Service) -> list[Correction]:
    """Notices about this service that the source has not settled yet, newest first."""
    query = sa.select(Correction).where(
        Correction.service_id == service.id, Correction.state != CorrectionState.CLOSED
    )
    return list(session.scalars(query.order_by(Correction.made_at.desc())))
