"""One turn of an instance: run the engine, do its local steps, save what changed (ADR 0016)."""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core import outbox
from core.access import Actor
from core.clock import now, today
from core.db import session, store
from core.errors import Conflict, DomainError, NotAllowed
from core.i18n import _
from workflows import definitions, incidents, parties, statements, steps, subjects
from workflows.engine.api import engine
from workflows.engine.model import (
    BpmnError,
    Compiled,
    Data,
    EngineError,
    NotWaiting,
    OutMessage,
    StaleTask,
    TaskInfo,
    TaskView,
    Turn,
)
from workflows.engine.times import parse_duration
from workflows.incidents import Fault, TurnFailed
from workflows.models.instances import (
    HeldMessage,
    Instance,
    InstanceStatus,
    Job,
    Timer,
    TurnState,
    Wait,
)
from workflows.models.tasks import Task
from workflows.parties import Holding, Party

MAX_CALLS = 50
MESSAGE = "process.message"
# In the place of a correlation: the one instance that a signal is for. No diagram can name a value so.
SIGNAL_TO = "signal-to"
FAR = datetime(9999, 1, 1, tzinfo=UTC)
NO_WORK: dict[str, Any] = {"tasks": {}, "timers": [], "waits": [], "jobs": []}
# Of the history of the engine we keep what people do and what moves by itself, not each gateway passed.
KEPT_EVENTS = ("task.", "process.", "element.fired", "element.sent", "element.completed", "element.cancelled")

Step = Callable[[Compiled], Turn]


@dataclass
class Taken:
    """A turn with everything that came out of its rounds; `completed` is the task a person did."""

    turn: Turn
    out: list[OutMessage] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    completed: str | None = None


def corr_hash(name: str, correlation: Mapping[str, str]) -> str:
    """The key by which a message finds who waits for it."""
    text = json.dumps([name, sorted((key, str(value)) for key, value in correlation.items())])
    return hashlib.sha256(text.encode()).hexdigest()


# ---------------------------------------------------------------- run
def take(
    instance: Instance, step: Step, *, by: Actor, kind: str = "turn", completed: str | None = None
) -> Turn:
    """Take one step of a locked instance and save all of it, in the running transaction.

    Raises Conflict for a step that is gone, TurnFailed (after noting the incident) for one that cannot be
    taken, and what a local step raises as DomainError.
    """
    compiled = definitions.compiled(instance.definition_id)
    try:
        taken = run(compiled, step, instance.subject_type_, instance.subject_id, by=by)
    except (StaleTask, NotWaiting) as gone:
        raise Conflict(
            _("This was done already or is no longer possible. Look at how it stands now.")
        ) from gone
    except EngineError as error:
        fault = Fault(
            key=instance.key,
            kind=kind,
            code=error.code,
            cause=str(error),
            instance_id=instance.id,
            tenant_id=instance.tenant_id,
            element_id=error.element_id,
            user_id=by.user_id,
        )
        incidents.note(fault)
        raise TurnFailed(fault) from error
    taken.completed = completed
    save(instance, compiled, taken, by=by)
    return taken.turn


def run(compiled: Compiled, step: Step, subject_type: str, subject_id: uuid.UUID, *, by: Actor) -> Taken:
    """Run the engine and the local steps it asks for, at most 50. Raises EngineError."""
    turn = step(compiled)
    taken = Taken(turn, list(turn.out), list(turn.events))
    left = MAX_CALLS
    while turn.calls:
        left -= len(turn.calls)
        if left < 0:
            raise EngineError(f"More than {MAX_CALLS} local steps in one turn.", code="too-many-calls")
        results = {
            call.task_id: _call(call.name, call.element_id, subject_type, subject_id, call.data, by)
            for call in turn.calls
        }
        turn = engine.call_done(compiled, turn.state, turn.codec, results, now())
        taken.turn = turn
        taken.out += turn.out
        taken.events += turn.events
    return taken


def _call(
    name: str, element_id: str, subject_type: str, subject_id: uuid.UUID, data: Data, by: Actor
) -> Data | BpmnError | None:
    """Do a local step. A refusal of the domain goes to the user, a business error to the diagram;
    anything else fails the turn.
    """
    try:
        return steps.find(name)(subject_type, subject_id, data, by=by)
    except steps.BusinessError as error:
        return BpmnError(error.code, error.data)
    except (DomainError, NotAllowed):
        raise
    except steps.UnknownStep as error:
        raise EngineError(f"No step {name!r}.", element_id=element_id, code="unknown-step") from error
    except Exception as error:
        cause = f"The step {name!r} failed: {type(error).__name__}."
        raise EngineError(cause, element_id=element_id, code="step-failed") from error


# ---------------------------------------------------------------- save
def save(instance: Instance, compiled: Compiled, taken: Taken, *, by: Actor) -> None:
    """Write what a turn changed: rows of tasks, timers, waits, jobs, history, messages, and the
    instance itself.
    """
    turn, moment = taken.turn, now()
    changed: dict[str, Any] = {"state": turn.state, "codec": turn.codec, "n_tasks": turn.n_tasks}
    if instance.status in (InstanceStatus.RUNNING, InstanceStatus.INCIDENT) and turn.status != "running":
        changed.update(status=InstanceStatus(turn.status), ended_at=moment)
    before = instance.work
    opened = [view for view in turn.open_tasks if view.id not in before["tasks"]]
    _close_tasks(set(before["tasks"]) - {view.id for view in turn.open_tasks}, taken.completed, moment, by)
    holdings = _open_tasks(instance, compiled, turn, opened, moment)
    timers = _save_timers(instance, turn, before["timers"])
    waits = _save_waits(instance, turn, before["waits"])
    jobs = _save_jobs(instance, turn, before["jobs"], moment)
    _save_events(instance, taken.events, moment, by)
    changed["work"] = {
        "tasks": {view.id: view.element_id for view in turn.open_tasks},
        "timers": timers,
        "waits": waits,
        "jobs": jobs,
    }
    _send(instance, taken.out)
    store(instance, **changed, **_new_turn(instance, holdings, moment))
    for view in opened:
        state = compiled.tasks[view.element_id].properties.get("state")
        if state:
            subjects.entered(instance.subject_type_, instance.subject_id, state, by)


def _close_tasks(gone: set[str], completed: str | None, moment: datetime, by: Actor) -> None:
    if not gone:
        return
    values = {"moment": moment, "user_id": by.user_id}
    if completed in gone:
        statements.DONE.run(session, {"task_id": uuid.UUID(completed), **values})
    others = [uuid.UUID(task_id) for task_id in gone if task_id != completed]
    if others:
        session.execute(statements.CANCELLED, {"ids": others, **values})


def _open_tasks(
    instance: Instance, compiled: Compiled, turn: Turn, opened: list[TaskView], moment: datetime
) -> list[Holding]:
    """Insert the rows of the steps that opened; where every open step lies, the old ones too."""
    if not turn.open_tasks:
        return []
    filled = lanes_of(instance)
    holdings = {
        view.id: parties.holding(instance, compiled.tasks[view.element_id], filled)
        for view in turn.open_tasks
    }
    if opened:
        ends = due_moments(instance, [compiled.tasks[view.element_id] for view in opened], moment)
        rows = [
            _row(instance, compiled.tasks[view.element_id], view, holdings[view.id], ends, moment)
            for view in opened
        ]
        statements.INSERT_TASKS.run(session, *rows)
    return list(holdings.values())


def lanes_of(instance: Instance) -> dict[str, Party]:
    """Who fills the lanes of an instance."""
    rows = statements.LANES.all(session, {"instance_id": instance.id})
    return {row[0]: Party(row[1], row[2], row[3]) for row in rows}


def _row(
    instance: Instance,
    info: TaskInfo,
    view: TaskView,
    holding: Holding,
    ends: Mapping[str, datetime | None],
    moment: datetime,
) -> dict[str, Any]:
    due = ends.get(info.element_id)
    return {
        "id": uuid.UUID(view.id),
        "instance_id": instance.id,
        "key": instance.key,
        "element_id": info.element_id,
        "state": info.properties.get("state", ""),
        "subject_type": instance.subject_type_,
        "subject_id": instance.subject_id,
        **holding.columns(),
        "due_at": due,
        "sort_at": due or FAR,
        "priority": info.priority,
        "has_form": info.has_form,
        "opened_at": moment,
        "version": 1,
    }


def due_moments(instance: Instance, infos: list[TaskInfo], moment: datetime) -> dict[str, datetime | None]:
    """When each step is due, by element: a period from now, or the end of a term (running, else as
    its rule counts).
    """
    from workflows import terms

    kinds = {
        info.due_in.removeprefix("term:") for info in infos if info.due_in and info.due_in.startswith("term:")
    }
    running: dict[str, datetime] = {}
    if kinds:
        key = {"subject_type": instance.subject_type_, "subject_id": instance.subject_id}
        found = session.execute(statements.TERMS, {**key, "kinds": sorted(kinds)})
        running = {row[0]: row[1] for row in found}
    ends: dict[str, datetime | None] = {}
    for info in infos:
        due_in = info.due_in or ""
        if due_in.startswith("term:"):
            kind = due_in.removeprefix("term:")
            ends[info.element_id] = running.get(kind) or terms.usual_end(kind, today(), instance.tenant_id)
        else:
            ends[info.element_id] = parse_duration(due_in).after(moment) if due_in else None
    return ends


def _save_timers(instance: Instance, turn: Turn, before: list[str]) -> list[str]:
    wanted = {f"{view.task_id}/{view.slot}/{view.due_at.isoformat()}": view for view in turn.timers}
    gone = [key.split("/") for key in before if key not in wanted]
    for task_id, slot, _due in gone:
        session.execute(
            sa.delete(Timer).where(
                Timer.instance_id == instance.id, Timer.task_id == task_id, Timer.slot == int(slot)
            ),
            execution_options={"synchronize_session": False},
        )
    new = [view for key, view in wanted.items() if key not in before]
    if new:
        rows = [
            {
                "instance_id": instance.id, "task_id": view.task_id, "slot": view.slot, "attempts": 0,
                "element_id": view.element_id, "kind": view.kind, "due_at": view.due_at,
            }
            for view in new
        ]  # fmt: skip
        statements.INSERT_TIMERS.run(session, *rows)
    return sorted(wanted)


def _save_waits(instance: Instance, turn: Turn, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wanted: list[dict[str, Any]] = [
        {"task": wait.task_id, "element": wait.element_id, "kind": wait.kind, "name": wait.name,
         "correlation": dict(wait.correlation)}
        for wait in turn.waits
    ]  # fmt: skip
    gone = [wait for wait in before if wait not in wanted]
    if gone:
        session.execute(
            sa.delete(Wait).where(
                Wait.instance_id == instance.id, Wait.task_id.in_([wait["task"] for wait in gone])
            ),
            execution_options={"synchronize_session": False},
        )
    new = [wait for wait in wanted if wait not in before]
    if new:
        rows = [
            {
                "instance_id": instance.id, "task_id": wait["task"], "element_id": wait["element"],
                "kind": wait["kind"], "name": wait["name"], "corr_hash": corr_hash(wait["name"],
                wait["correlation"]),
            }
            for wait in new
        ]  # fmt: skip
        statements.INSERT_WAITS.run(session, *rows)
        release_held([(row["name"], row["corr_hash"]) for row in rows])
    return wanted


def release_held(keys: list[tuple[Any, Any]]) -> None:
    """Send messages again that came before somebody waited for them."""
    held = session.scalars(
        sa.select(HeldMessage)
        .where(
            HeldMessage.name.in_({name for name, _hash in keys}),
            HeldMessage.corr_hash.in_({hashed for _name, hashed in keys}),
            HeldMessage.keep_until > now(),
        )
        .order_by(HeldMessage.id)
    )
    for message in held.all():
        kind = "signal" if SIGNAL_TO in message.correlation else "message"
        send(message.name, message.correlation, message.payload, kind)
        session.delete(message)


def release_missed(instance: Instance) -> None:
    """Send again what came while an instance stood still."""
    own = {SIGNAL_TO: str(instance.id)}
    waits = [
        (wait["name"], own if wait["kind"] == "signal" else wait["correlation"])
        for wait in instance.work["waits"]
    ]
    if waits:
        release_held([(name, corr_hash(name, correlation)) for name, correlation in waits])


def send(name: str, correlation: Mapping[str, str], payload: Mapping[str, Any], kind: str) -> None:
    """Have a message delivered after the commit, in a transaction of its own."""
    outbox.put(
        MESSAGE, {"name": name, "correlation": dict(correlation), "payload": dict(payload), "kind": kind}
    )


def _save_jobs(instance: Instance, turn: Turn, before: list[str], moment: datetime) -> list[str]:
    wanted = {job.task_id: job for job in turn.jobs}
    gone = [task_id for task_id in before if task_id not in wanted]
    if gone:
        session.execute(
            sa.delete(Job).where(Job.instance_id == instance.id, Job.task_id.in_(gone)),
            execution_options={"synchronize_session": False},
        )
    for task_id, job in wanted.items():
        if task_id not in before:
            session.add(
                Job(
                    instance_id=instance.id,
                    task_id=task_id,
                    element_id=job.element_id,
                    name=job.name,
                    data=job.data,
                    due_at=moment,
                )
            )
    return sorted(wanted)


def _save_events(instance: Instance, events: list[Any], moment: datetime, by: Actor) -> None:
    rows = [
        {
            "instance_id": instance.id, "at": moment, "user_id": by.user_id, "kind": event.kind,
            "element_id": event.element_id, "task_id": event.task_id, "data": event.data,
        }
        for event in events
        if event.kind.startswith(KEPT_EVENTS)
    ]  # fmt: skip
    if rows:
        statements.INSERT_EVENTS.run(session, *rows)


def _new_turn(instance: Instance, holdings: list[Holding], moment: datetime) -> dict[str, Any]:
    """Whose turn it has become, if that changed; the age counts from when it became that party's turn."""
    shown = parties.at_turn(holdings)
    if shown == (instance.turn_state, instance.turn_tenant_id, instance.turn_user_id):
        return {}
    names = ("turn_state", "turn_tenant_id", "turn_user_id", "turn_since")
    return dict(zip(names, (*shown, moment), strict=True))


def _send(instance: Instance, out: list[OutMessage]) -> None:
    """Messages travel by the outbox, in a transaction of their own (ADR 0002)."""
    for number, message in enumerate(out):
        payload = {
            "name": message.name, "correlation": dict(message.correlation), "payload": message.payload,
            "kind": message.kind,
        }  # fmt: skip
        dedup = f"{instance.id}:{instance.version}:{number}"
        outbox.put(MESSAGE, payload, dedup=dedup, tenant_id=instance.tenant_id)


def reproject(instance: Instance) -> None:
    """Rewrite the open rows and the party at turn after lanes or status changed, in the running
    transaction.
    """
    compiled = definitions.compiled(instance.definition_id)
    filled = lanes_of(instance)
    holdings = []
    for task_id, element_id in instance.work["tasks"].items():
        held = parties.holding(instance, compiled.tasks[element_id], filled)
        holdings.append(held)
        session.execute(
            sa.update(Task)
            .where(Task.id == uuid.UUID(task_id))
            .values(**held.columns(), has_form=compiled.tasks[element_id].has_form, version=Task.version + 1),
            execution_options={"synchronize_session": False},
        )
    for name, value in _new_turn(instance, holdings, now()).items():
        setattr(instance, name, value)


def blank(definition: Any, subject: subjects.Ref, tenant_id: uuid.UUID, by: Actor) -> Instance:
    """An instance that has not begun."""
    moment = now()
    return Instance(
        definition_id=definition.id,
        key=definition.key,
        subject_type_=subject.subject_type,
        subject_id=subject.id,
        tenant_id=tenant_id,
        status=InstanceStatus.RUNNING,
        state=b"",
        codec=0,
        n_tasks=0,
        work=NO_WORK,
        started_at=moment,
        started_by=by.user_id,
        turn_state=TurnState.NOBODY,
        turn_since=moment,
    )
