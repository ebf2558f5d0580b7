"""What went wrong: a failed turn keeps nothing but an incident, written after its transaction has ended."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import orm

from core import audit, mail, outbox
from core.access import Actor, Role
from core.clock import now, today
from core.db import insert_ignoring, own_transaction, session
from core.errors import Conflict, DomainError
from core.i18n import _
from core.models.accounts import Membership
from core.models.outbox import OutboxMessage
from workflows import definitions
from workflows.engine.model import NotDeployable
from workflows.models.definitions import Definition
from workflows.models.incidents import Incident, IncidentStatus
from workflows.models.instances import Instance, InstanceStatus, Job, Timer
from workflows.models.terms import Term

# What a worker does and can do again; the acts of a person are that person's to repeat.
REPEATABLE = frozenset({"timer", "job", "term", "message"})

log = structlog.get_logger(__name__)

ALERT = "process.incident_opened"


@dataclass(frozen=True)
class Fault:
    """What is known of a failure: where in which process, and what to try again."""

    key: str
    kind: str
    code: str
    cause: str
    instance_id: uuid.UUID | None = None
    tenant_id: uuid.UUID | None = None
    element_id: str | None = None
    user_id: uuid.UUID | None = None
    source: dict[str, Any] = field(default_factory=dict)


class TurnFailed(DomainError):
    """The step could not be taken and nothing of it was kept; the process manager is told."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(
            _(
                "This step could not be taken. Nothing was changed, and the process manager is told. "
                "Try again later."
            )
        )
        self.fault = fault


def note(fault: Fault) -> None:
    """Remember a failure until its transaction is over; `write_noted` then writes it."""
    session.info.setdefault("faults", []).append(fault)


def take_noted() -> list[Fault]:
    """What was noted in this context, which then forgets it."""
    found: list[Fault] = session.info.pop("faults", [])
    return found


def write_noted() -> int:
    """Write what failed in this context, each in a transaction of its own; how many."""
    faults = take_noted()
    for fault in faults:
        try:
            write(fault)
        except Exception as error:  # the answer to the user must not fail for want of an incident
            log.error("incident.lost", key=fault.key, code=fault.code, error=type(error).__name__)
    return len(faults)


def write(fault: Fault) -> uuid.UUID:
    """Open an incident, or count once more on the open one of the same place. A transaction of its own."""
    with own_transaction() as own:
        return open_in(own, fault)


def open_in(own: orm.Session, fault: Fault) -> uuid.UUID:
    """The same inside a transaction that also gives up what failed: a crash keeps both or neither."""
    moment = now()
    same = (
        sa.select(Incident)
        .where(
            Incident.instance_id == fault.instance_id,
            Incident.key == fault.key,
            Incident.kind == fault.kind,
            Incident.code == fault.code,
            Incident.element_id == fault.element_id,
            Incident.status == IncidentStatus.OPEN,
        )
        .with_for_update()
    )
    found = own.scalars(same).first()
    if found is None:
        found = Incident(**vars(fault), at=moment, last_at=moment, status=IncidentStatus.OPEN)
        found.cause = fault.cause[:500]
        own.add(found)
        own.flush()
        _announce(own, found.id, moment)
    else:
        found.times, found.last_at = found.times + 1, moment
        found.source, found.cause = fault.source, fault.cause[:500]
    log.error("process.incident", key=fault.key, kind=fault.kind, code=fault.code, element=fault.element_id)
    return found.id


def _announce(own: orm.Session, incident_id: uuid.UUID, moment: datetime) -> None:
    """Queue the alert beside the incident, in its transaction."""
    row = {
        "kind": ALERT, "payload": {"incident_id": str(incident_id)}, "dedup": str(incident_id),
        "created_at": moment, "due_at": moment, "attempts": 0,
    }  # fmt: skip
    insert_ignoring(OutboxMessage).run(own, row)


def alert(payload: dict[str, Any]) -> None:
    """Handler of the outbox: mail every process manager that there is a new incident."""
    incident = session.get(Incident, uuid.UUID(payload["incident_id"]))
    if incident is None or incident.status is not IncidentStatus.OPEN:
        return
    values = {"process": incident.key, "code": incident.code, "step": incident.element_id, **_names(incident)}
    for user_id in sorted(_managers()):
        mail.put(
            "process_incident",
            user_id,
            path=f"/processes/incidents/{incident.id}",
            values=values,
            dedup=f"incident:{incident.id}:{user_id}",
        )


def _names(incident: Incident) -> dict[str, str]:
    """What the diagram calls its process and the step; the mail says them in the language of its reader.

    An incident without instance happened in the version in use. Empty where no version is known, without
    the name of the step where that cannot be read: the alert matters more than its words.
    """
    instance = session.get(Instance, incident.instance_id) if incident.instance_id else None
    if instance is not None:
        definition = session.get(Definition, instance.definition_id)
    else:
        definition = definitions.find_current(incident.key)
    if definition is None:
        return {}
    try:
        texts = definitions.compiled(definition.id).texts
    except NotDeployable:
        texts = {}
    step = texts.get(incident.element_id or "")
    return {"process_name": definition.name, **({"step_name": step} if step else {})}


def _managers() -> set[uuid.UUID]:
    """Who manages processes now. Memberships are few, and the same text search works on both databases."""
    named = sa.cast(Membership.roles, sa.Text).contains(Role.PROCESS_MANAGER.value)
    found = session.scalars(sa.select(Membership).where(named))
    return {each.user_id for each in found if each.is_live(today()) and Role.PROCESS_MANAGER in each.roles}


# ---------------------------------------------------------------- for the process manager
def listed(*, status: IncidentStatus | None = IncidentStatus.OPEN, limit: int = 50) -> list[Incident]:
    """Incidents, newest first."""
    query = sa.select(Incident).order_by(Incident.at.desc(), Incident.id.desc()).limit(limit)
    if status is not None:
        query = query.where(Incident.status == status)
    return list(session.scalars(query))


def get(incident_id: uuid.UUID) -> Incident | None:
    """One incident, None when there is none."""
    return session.get(Incident, incident_id)


def retry(incident: Incident, *, by: Actor) -> None:
    """Have the worker try again what failed: its timer, term, job or message is due now.

    Raises DomainError for a failed act of a person: that person has to repeat it, the form was kept.
    """
    _check_open(incident)
    if incident.kind == "timer" and incident.instance_id:
        session.execute(
            sa.update(Timer)
            .where(Timer.instance_id == incident.instance_id)
            .values(attempts=0, claimed_until=None)
        )
    elif incident.kind == "job":
        session.execute(
            sa.update(Job)
            .where(Job.id == uuid.UUID(incident.source["job"]))
            .values(attempts=0, claimed_until=None, due_at=now())
        )
    elif incident.kind == "term":
        session.execute(
            sa.update(Term)
            .where(Term.id == uuid.UUID(incident.source["term"]))
            .values(attempts=0, claimed_until=None)
        )
    elif incident.kind == "message":
        outbox.put("process.message", dict(incident.source))
    else:
        raise DomainError(
            _("Only the person who did this step can repeat it. What was typed is kept as a draft.")
        )
    _end(incident, IncidentStatus.RETRIED, None, by)


def resolve(incident: Incident, *, note: str, by: Actor) -> None:
    """Close an incident by hand, with what was done about it."""
    if not note.strip():
        raise DomainError(_("Write what was done about it."), field="note")
    _check_open(incident)
    _end(incident, IncidentStatus.RESOLVED, note.strip(), by)


def _check_open(incident: Incident) -> None:
    session.refresh(incident, with_for_update=True)
    if incident.status is not IncidentStatus.OPEN:
        raise Conflict(_("Someone dealt with this incident already."))


def _end(incident: Incident, status: IncidentStatus, text: str | None, by: Actor) -> None:
    incident.status, incident.note = status, text
    incident.ended_at, incident.ended_by = now(), by.user_id
    if incident.instance_id is not None:
        left = session.scalar(
            sa.select(sa.func.count()).where(
                Incident.instance_id == incident.instance_id,
                Incident.status == IncidentStatus.OPEN,
                Incident.id != incident.id,
            )
        )
        instance = session.get(Instance, incident.instance_id, with_for_update=True)
        if instance is not None and not left and instance.status is InstanceStatus.INCIDENT:
            instance.status = InstanceStatus.RUNNING
    changes = {"kind": incident.kind, "code": incident.code}
    audit.record(f"incident.{status}", incident, by=by, changes=changes, tenant_id=incident.tenant_id)
