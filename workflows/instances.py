"""Instances: start, advance, assign, deliver, suspend, resume, cancel. One turn in the caller's transaction.

Lock order: the aggregate root (the caller has it), then the instance, then the rest (ADR 0002).
Operations of other packages change their aggregate, then call `advance` in the same transaction.
"""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from core import audit
from core.access import Actor, system_actor
from core.clock import now
from core.db import breaks, hold, session
from core.errors import Conflict, DomainError, NotAllowed
from core.i18n import _
from workflows import definitions, policy, statements, subjects, turns
from workflows.engine.api import engine
from workflows.engine.model import Compiled, Data, OutMessage, Turn
from workflows.incidents import TurnFailed
from workflows.models.instances import HeldMessage, Instance, InstanceStatus, Lane, Wait
from workflows.models.tasks import Task
from workflows.parties import Party
from workflows.subjects import Ref, Reference

__all__ = [
    "Party",
    "advance",
    "assign",
    "cancel",
    "complete",
    "deliver",
    "find",
    "recuse",
    "restrict",
    "resume",
    "start",
    "suspend",
]  # fmt: skip

LIVE = (InstanceStatus.RUNNING, InstanceStatus.SUSPENDED, InstanceStatus.INCIDENT)
LIVE_ONCE = ("process_instance.subject_type", "process_instance.subject_id")
HELD_FOR = timedelta(days=365)


# ---------------------------------------------------------------- find
def get(instance_id: uuid.UUID) -> Instance | None:
    return session.get(Instance, instance_id)


def find(subject: Ref) -> Instance | None:
    """The running instance of a subject, else its last one, else None."""
    return session.scalars(
        _of(subject).order_by(Instance.started_at.desc(), Instance.id.desc()).limit(1)
    ).first()


def _of(subject: Ref) -> sa.Select[Instance]:
    return sa.select(Instance).where(
        Instance.subject_type_ == subject.subject_type, Instance.subject_id == subject.id
    )


def _lock(subject: Ref) -> Instance | None:
    """The running instance with its row locked, as it is now in the database."""
    key = {"subject_type": subject.subject_type, "subject_id": subject.id}
    found = statements.LOCK_LIVE.first(session, key)
    if found is None:
        return None
    instance: Instance = found[0]
    hold(instance, instance.id)
    return instance


def _live(subject: Ref) -> Instance:
    found = _lock(subject)
    if found is None:
        raise Conflict(_("This has ended. Look at how it stands now."))
    return found


def _running(subject: Ref) -> Instance:
    found = _live(subject)
    if found.status is InstanceStatus.SUSPENDED:
        raise Conflict(_("This is suspended. Ask the process manager to resume it."))
    return found


# ---------------------------------------------------------------- start and advance
def start(
    key: str,
    *,
    subject: Ref,
    data: Mapping[str, Any] | None = None,
    by: Actor,
    parties: Mapping[str, Party] | None = None,
) -> Instance:
    """Start a process for a subject, in the running transaction.

    `data` are small routing values (ids, codes, numbers, dates as text); `<subject type>_id` is put in.
    `parties` says who fills which lane; the owner is the tenant of the subject. Raises Conflict when one
    runs already.
    """
    if _lock(subject) is not None:
        raise Conflict(_("This runs already."))
    definition = definitions.current(key)
    owner = getattr(subject, "tenant_id", None) or by.tenant_id
    if owner is None:
        raise DomainError(_("This has no owner."))
    instance = turns.blank(definition, subject, owner, by)
    session.add(instance)
    try:
        session.flush()
    except IntegrityError as error:  # somebody started it at the same moment; the index lets one win
        if breaks(error, "uq_process_instance_live", *LIVE_ONCE):
            raise Conflict(_("This runs already.")) from error
        raise
    session.add_all(_lane(instance, lane, party) for lane, party in (parties or {}).items())
    session.flush()
    begun = {f"{subject.subject_type}_id": str(subject.id), **(data or {})}
    turns.take(instance, lambda compiled: engine.start(compiled, begun, now()), by=by)
    return instance


def _lane(instance: Instance, lane: str, party: Party) -> Lane:
    return Lane(
        instance_id=instance.id,
        lane=lane,
        tenant_id=party.tenant_id,
        queue=party.queue,
        assignee_id=party.assignee_id,
    )


def advance(subject: Ref, event: str, *, by: Actor, data: Mapping[str, Any] | None = None) -> Instance:
    """Report that something happened: completes the open step that takes this event, else delivers it as
    message.

    An event that the start of the process names as `restart` begins anew after the end, with the same
    parties.
    Raises Conflict when the process does not expect this now, TurnFailed when the step cannot be taken.
    """
    instance = _lock(subject)
    if instance is None:
        return _restart(subject, event, by, data or {})
    if instance.status is InstanceStatus.SUSPENDED:
        raise Conflict(_("This is suspended. Ask the process manager to resume it."))
    compiled = definitions.compiled(instance.definition_id)
    answer = {**(data or {}), "outcome": event}
    for task_id, element_id in instance.work["tasks"].items():
        if event in compiled.tasks[element_id].outcomes:
            _complete(instance, task_id, answer, by)
            return instance
    for wait in instance.work["waits"]:
        if wait["name"] == event and wait["kind"] == "message":
            _receive(instance, OutMessage(event, wait["correlation"], answer), by)
            return instance
    raise Conflict(_("This was done already or is no longer possible. Look at how it stands now."))


def _complete(instance: Instance, task_id: str, answer: Data, by: Actor) -> None:
    state, codec = instance.state, instance.codec
    turns.take(
        instance,
        lambda compiled: engine.complete(compiled, state, codec, task_id, answer, now()),
        by=by,
        completed=task_id,
    )


def _receive(instance: Instance, message: OutMessage, by: Actor, kind: str = "turn") -> None:
    turns.take(instance, lambda compiled: _deliver(compiled, instance, message), by=by, kind=kind)


def _deliver(compiled: Compiled, instance: Instance, message: OutMessage) -> Turn:
    return engine.deliver(compiled, instance.state, instance.codec, message, now())


def _restart(subject: Ref, event: str, by: Actor, data: Mapping[str, Any]) -> Instance:
    last = find(subject)
    if last is not None:
        definition = definitions.current(last.key)
        infos = definitions.compiled(definition.id).tasks.values()
        if any(info.properties.get("restart") == event for info in infos):
            return start(last.key, subject=subject, data=data, by=by, parties=turns.lanes_of(last))
    raise Conflict(_("This has ended. Look at how it stands now."))


def complete(task: Task, outcome: str, *, by: Actor, data: Mapping[str, Any] | None = None) -> Instance:
    """Complete one particular open step, where several take the same event.

    Raises Conflict when it is gone.
    """
    instance = _running(Reference(task.subject_type_, task.subject_id))
    if str(task.id) not in instance.work["tasks"]:
        raise Conflict(_("This was done already or is no longer possible. Look at how it stands now."))
    _complete(instance, str(task.id), {**(data or {}), "outcome": outcome}, by)
    return instance


# ---------------------------------------------------------------- who holds it
def assign(
    subject: Ref,
    lane: str,
    *,
    tenant_id: uuid.UUID | None,
    queue: uuid.UUID | None = None,
    assignee_id: uuid.UUID | None = None,
    by: Actor,
    owner: bool = False,
    reason: str | None = None,
) -> Instance:
    """Say who fills a lane from now on; open rows move in the same transaction.

    `owner`: the file itself passes to this tenant. Raises Conflict when the process has ended.
    """
    instance = _live(subject)
    _fill(instance, lane, Party(tenant_id, queue, assignee_id))
    if owner and tenant_id is not None:
        instance.tenant_id = tenant_id
    session.flush()
    turns.reproject(instance)
    changes = {"lane": lane, "tenant": str(tenant_id), "queue": str(queue), "assignee": str(assignee_id)}
    if reason:
        changes["reason"] = reason
    audit.record("process.assigned", subject, by=by, changes=changes, tenant_id=instance.tenant_id)
    return instance


def _fill(instance: Instance, lane: str, party: Party) -> None:
    row = session.get(Lane, (instance.id, lane))
    if row is None:
        session.add(_lane(instance, lane, party))
    else:
        row.tenant_id, row.queue, row.assignee_id = party.tenant_id, party.queue, party.assignee_id


def claim(task: Task, *, by: Actor) -> Instance:
    """Take a row out of the queue: from now on this person fills its lane.

    Raises Conflict when a colleague was first, NotAllowed for a row of another organization.
    """
    if task.tenant_id != by.tenant_id:
        raise NotAllowed("claim")
    subject = Reference(task.subject_type_, task.subject_id)
    instance = _live(subject)
    session.refresh(task)
    if str(task.id) not in instance.work["tasks"] or task.assignee_id not in {None, by.user_id}:
        raise Conflict(_("A colleague has taken this already."))
    queue = None if task.queue == task.tenant_id else task.queue
    return assign(subject, task.lane, tenant_id=task.tenant_id, queue=queue, assignee_id=by.user_id, by=by)


def recuse(subject: Ref, user_id: uuid.UUID, *, by: Actor) -> Instance | None:
    """Take a person off a subject (a conflict of interest): their rows go back to the queue, at once."""
    instance = _lock(subject)
    if instance is None:
        return None
    for lane, party in turns.lanes_of(instance).items():
        if party.assignee_id == user_id:
            _fill(instance, lane, Party(party.tenant_id, party.queue))
    session.flush()
    turns.reproject(instance)
    audit.record(
        "process.recused", subject, by=by, changes={"user": str(user_id)}, tenant_id=instance.tenant_id
    )
    return instance


def restrict(subject: Ref, lane: str, *, assignee_id: uuid.UUID, by: Actor) -> Instance:
    """Keep the rows of a lane to one person: nobody's team lists them any more."""
    instance = _live(subject)
    party = turns.lanes_of(instance).get(lane, Party(instance.tenant_id))
    # A queue that is the person: no team and no tenant has that id.
    _fill(instance, lane, Party(party.tenant_id or instance.tenant_id, assignee_id, assignee_id))
    session.flush()
    turns.reproject(instance)
    audit.record("process.restricted", subject, by=by, changes={"lane": lane}, tenant_id=instance.tenant_id)
    return instance


# ---------------------------------------------------------------- suspend, resume, cancel
def _steer(subject: Ref, reason: str, by: Actor) -> Instance:
    if not reason.strip():
        raise DomainError(_("Give a reason."), field="reason")
    instance = _live(subject)
    if not policy.can_steer(by, instance):
        raise NotAllowed("can_steer")
    return instance


def suspend(subject: Ref, *, reason: str, by: Actor) -> Instance:
    """Let nothing happen until `resume`: acts are refused, timers and jobs wait, messages are kept."""
    instance = _steer(subject, reason, by)
    if instance.status is InstanceStatus.SUSPENDED:
        raise Conflict(_("This is suspended already."))
    instance.status = InstanceStatus.SUSPENDED
    turns.reproject(instance)
    _record("process.suspended", subject, instance, reason, by)
    return instance


def resume(subject: Ref, *, reason: str, by: Actor) -> Instance:
    """Go on after `suspend`; messages and signals that came meanwhile are delivered."""
    instance = _steer(subject, reason, by)
    if instance.status is not InstanceStatus.SUSPENDED:
        raise Conflict(_("This is running."))
    instance.status = InstanceStatus.RUNNING
    turns.reproject(instance)
    turns.release_missed(instance)
    _record("process.resumed", subject, instance, reason, by)
    return instance


def cancel(subject: Ref, *, reason: str, by: Actor) -> Instance:
    """Stop the process where it is; open rows, timers, waits and jobs go."""
    instance = _steer(subject, reason, by)
    if instance.status is InstanceStatus.SUSPENDED:
        instance.status = InstanceStatus.RUNNING
    state, codec = instance.state, instance.codec
    turns.take(instance, lambda compiled: engine.cancel(compiled, state, codec, now()), by=by)
    _record("process.cancelled", subject, instance, reason, by)
    return instance


def _record(action: str, subject: Ref, instance: Instance, reason: str, by: Actor) -> None:
    changes = {"process": instance.key, "reason": reason.strip()}
    audit.record(action, subject, by=by, changes=changes, tenant_id=instance.tenant_id)


# ---------------------------------------------------------------- messages between instances
def deliver(
    name: str,
    correlation: Mapping[str, str],
    payload: Mapping[str, Any] | None = None,
    *,
    by: Actor | None = None,
    kind: str = "message",
) -> int:
    """Deliver a message to the instance that waits for it, a signal to all; how many take it.

    A message that nobody waits for now is kept for a year and delivered once somebody does. In the running
    transaction, which should be one of its own: it takes locks of other aggregates than the sender's.
    """
    actor = by or system_actor()
    if kind == "signal":
        return _signal(name, correlation.get(turns.SIGNAL_TO), payload or {}, actor)
    hashed = turns.corr_hash(name, correlation)
    waiting = sa.select(Wait.instance_id).where(
        Wait.name == name, Wait.kind == kind, Wait.corr_hash == hashed
    )
    for instance_id in sorted(set(session.scalars(waiting))):
        if _deliver_to(instance_id, name, correlation, payload or {}, kind, actor):
            return 1
    _hold(name, correlation, payload or {})
    return 0


def _signal(name: str, to: str | None, payload: Mapping[str, Any], by: Actor) -> int:
    """Give a signal to one instance; or have it given to all that wait, each in a transaction of its own.

    So one that fails keeps it from nobody. Who stands still hears it when it goes on.
    """
    if to is not None:
        instance_id, correlation = uuid.UUID(to), {turns.SIGNAL_TO: to}
        taken = _deliver_to(instance_id, name, correlation, payload, "signal", by)
        status = session.scalar(sa.select(Instance.status).where(Instance.id == instance_id))
        if not taken and status is InstanceStatus.SUSPENDED:
            _hold(name, correlation, payload)
        return taken
    waiting = sa.select(Wait.instance_id).where(Wait.name == name, Wait.kind == "signal").distinct()
    found = sorted(session.scalars(waiting))
    for each in found:
        turns.send(name, {turns.SIGNAL_TO: str(each)}, payload, "signal")
    return len(found)


def _hold(name: str, correlation: Mapping[str, str], payload: Mapping[str, Any]) -> None:
    moment = now()
    held = HeldMessage(
        name=name, corr_hash=turns.corr_hash(name, correlation), correlation=dict(correlation),
        payload=dict(payload), at=moment, keep_until=moment + HELD_FOR,
    )  # fmt: skip
    session.add(held)


def _deliver_to(
    instance_id: uuid.UUID,
    name: str,
    correlation: Mapping[str, str],
    payload: Mapping[str, Any],
    kind: str,
    by: Actor,
) -> int:
    instance = lock_for_turn(instance_id)
    if instance is None or instance.status is InstanceStatus.SUSPENDED:
        return 0
    message = OutMessage(name, dict(correlation), dict(payload))
    if kind == "signal":
        message = OutMessage(name, {}, dict(payload), "signal")
    try:
        _receive(instance, message, by, kind="message")
    except TurnFailed as failed:
        failed.fault.source.update(name=name, correlation=dict(correlation), payload=dict(payload), kind=kind)
        raise
    except Conflict:  # it stopped waiting between the look-up and the lock
        return 0
    return 1


def lock_for_turn(instance_id: uuid.UUID) -> Instance | None:
    """Lock an instance for a turn that no operation began: first its aggregate root.

    None when it has ended.
    """
    key = session.execute(
        sa.select(Instance.subject_type_, Instance.subject_id).where(Instance.id == instance_id)
    ).first()
    if key is None:
        return None
    subjects.lock(key[0], key[1])
    found = session.get(Instance, instance_id, with_for_update=True, populate_existing=True)
    return found if found is not None and found.status in LIVE else None


def take_message(payload: dict[str, Any]) -> None:
    """Handler of the outbox kind `process.message`."""
    deliver(payload["name"], payload["correlation"], payload["payload"], kind=payload["kind"])
