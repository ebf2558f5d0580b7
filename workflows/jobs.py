"""Sweeps of the worker: timers, terms, external jobs. Rows are claimed, so any number of workers may sweep.

A claim is a lease in a short transaction of its own; then each record has its own transaction, which locks
the aggregate root, the instance, and looks again whether there is still something to do. What was tried
before is taken alone: if a worker dies over it, its neighbours are not blamed. What keeps failing becomes an
incident, never silence: giving up and telling of it are one transaction.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import orm

from core import scheduler
from core.access import system_actor
from core.clock import now
from core.db import own_transaction, release, session, transaction
from workflows import incidents, instances, steps, subjects, terms, turns
from workflows.engine.api import engine
from workflows.engine.model import BpmnError, EngineError, StaleTask
from workflows.incidents import Fault
from workflows.models.instances import HeldMessage, Instance, InstanceStatus, Job, Timer
from workflows.models.terms import Term, TermStatus

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
BATCH = 20
SUSPECTS = 500  # rows tried before, in one sweep
MAX_ATTEMPTS = 5
SWEPT = "process_instance.status IN ('running', 'incident')"


class WorkerLost(Exception):
    """Every worker that took a row died over it: out of memory, say."""

    code = "worker-lost"


@dataclass(frozen=True)
class _Kind:
    """One kind of due rows: its key, and when a row may be taken."""

    model: Any
    key: tuple[Any, ...]
    ready: tuple[Any, ...] = ()

    def due(self, moment: datetime) -> sa.Select[Any]:
        """The keys of the rows to take, the longest due first."""
        row = self.model
        free = sa.or_(row.claimed_until.is_(None), row.claimed_until < moment)
        wanted = (row.due_at <= moment, row.attempts < MAX_ATTEMPTS, free, *self.ready)
        return sa.select(*self.key).where(*wanted).order_by(row.due_at)

    def among(self, keys: list[Any]) -> Any:
        """The condition that a row is one of these."""
        return sa.tuple_(*self.key).in_([tuple(key) for key in keys])


def _taken(kind: _Kind, moment: datetime) -> Iterator[Any]:
    """Keys of due rows as their lease is taken, each once: new ones by the batch, others one by one."""
    attempts = kind.model.attempts
    suspects = kind.due(moment).where(attempts > 0).order_by(None).order_by(attempts, kind.model.due_at)
    with own_transaction() as own:
        tried = list(own.execute(suspects.limit(SUSPECTS)))
    while True:
        keys = _claim(kind, kind.due(moment).where(attempts == 0).limit(BATCH), moment)
        yield from keys
        if len(keys) < BATCH:
            break
    for key in tried:
        yield from _claim(kind, kind.due(moment).where(kind.among([key])), moment)


def _claim(kind: _Kind, due: sa.Select[Any], moment: datetime) -> list[Any]:
    """Take a lease on due rows, skipping those of other workers; their keys."""
    with own_transaction() as own:
        keys = list(own.execute(due.with_for_update(skip_locked=True, of=kind.model)))
        if keys:
            # From now, not from the beginning of the sweep: a long one would take leases that are over.
            lease = {"claimed_until": max(moment, now()) + LEASE, "attempts": kind.model.attempts + 1}
            taken = sa.update(kind.model).where(kind.among(keys)).values(**lease)
            own.execute(taken, execution_options={"synchronize_session": False})
    return keys


def _runs(model: Any) -> Any:
    """Beside the row lock: instances that stand still keep their timers and jobs."""
    return sa.exists().where(Instance.id == model.instance_id, sa.text(SWEPT))


TIMERS = _Kind(Timer, (Timer.instance_id, Timer.task_id, Timer.slot), (_runs(Timer),))
JOBS = _Kind(Job, (Job.id,), (_runs(Job),))
TERMS = _Kind(Term, (Term.id,), (sa.text("status = 'running'"),))


# ---------------------------------------------------------------- timers
def sweep_timers(*, at: datetime | None = None) -> int:
    """Give every instance with a due timer its turn; how many turns."""
    moment = at or now()
    return sum(_fire(instance_id, at or now()) for instance_id, _task, _slot in _taken(TIMERS, moment))


def _fire(instance_id: uuid.UUID, moment: datetime) -> int:
    try:
        with transaction():
            instance = instances.lock_for_turn(instance_id)
            if instance is None or instance.status is InstanceStatus.SUSPENDED:
                return 0
            due = (
                sa.select(Timer.task_id)
                .where(Timer.instance_id == instance_id, Timer.due_at <= moment)
                .limit(1)
            )
            if session.scalar(due) is None:
                return 0
            state, codec = instance.state, instance.codec
            turns.take(
                instance,
                lambda compiled: engine.timers(compiled, state, codec, moment),
                by=system_actor(instance.tenant_id),
                kind="timer",
            )
            return 1
    except Exception as error:
        _timer_failed(instance_id, error)
        return 0


def _timer_failed(instance_id: uuid.UUID, error: Exception) -> None:
    """The claim counts the tries; a pause between them, and an incident after the last."""
    noted = _noted_faults()
    with own_transaction() as own:
        instance = own.get(Instance, instance_id, with_for_update=True)
        tries = (
            own.scalar(sa.select(sa.func.max(Timer.attempts)).where(Timer.instance_id == instance_id)) or 0
        )
        own.execute(
            sa.update(Timer)
            .where(Timer.instance_id == instance_id, Timer.attempts > 0)
            .values(claimed_until=_again(tries))
        )
        if tries >= MAX_ATTEMPTS and instance is not None:
            _give_up(own, noted or _fault(instance, "timer", error))
    log.warning("timer.failed", instance=str(instance_id), error=type(error).__name__, attempts=tries)


def _again(tries: int) -> datetime | None:
    """Until when a failed row rests; the last failure gives its lease back, for an incident tells of it."""
    return now() + pause(tries) if tries < MAX_ATTEMPTS else None


def pause(attempts: int) -> timedelta:
    """10 s after the first failure, then three times longer each time, an hour at most."""
    return timedelta(seconds=min(10 * 3 ** max(attempts - 1, 0), 3600))


def _noted_faults() -> Fault | None:
    """What the failed turn said; the sweep decides itself when it becomes an incident."""
    noted: list[Fault] = incidents.take_noted()
    return noted[-1] if noted else None


def _fault(instance: Instance, kind: str, error: Exception, **source: Any) -> Fault:
    return Fault(
        key=instance.key,
        kind=kind,
        code=_code(error),
        cause=type(error).__name__,
        instance_id=instance.id,
        tenant_id=instance.tenant_id,
        source=source,
    )


def _code(error: Exception) -> str:
    """The code of an error of ours; what other libraries call a code may be anything."""
    return error.code if isinstance(error, EngineError | WorkerLost) else "failed"


def _give_up(own: orm.Session, fault: Fault) -> None:
    """Tell the process manager, and show that something in the background of this instance keeps failing."""
    own.execute(
        sa.update(Instance)
        .where(Instance.id == fault.instance_id, Instance.status == InstanceStatus.RUNNING)
        .values(status=InstanceStatus.INCIDENT),
        execution_options={"synchronize_session": False},
    )
    incidents.open_in(own, fault)


# ---------------------------------------------------------------- terms
def sweep_terms(*, at: datetime | None = None) -> int:
    """End the terms whose moment has come, once each; how many."""
    moment = at or now()
    return sum(_reach(term_id, moment) for (term_id,) in _taken(TERMS, moment))


def _reach(term_id: uuid.UUID, moment: datetime) -> int:
    try:
        with transaction():
            key = session.execute(
                sa.select(Term.subject_type, Term.subject_id).where(Term.id == term_id)
            ).one()
            subjects.lock(key[0], key[1])
            term = session.get_one(Term, term_id, with_for_update=True, populate_existing=True)
            if term.status is not TermStatus.RUNNING or term.due_at > moment:
                return 0
            term.status, term.ended_at = TermStatus.REACHED, moment
            terms.reached(term, by=system_actor(term.tenant_id))
            return 1
    except Exception as error:
        _term_failed(term_id, error)
        return 0


def _term_failed(term_id: uuid.UUID, error: Exception) -> None:
    noted = _noted_faults()
    with own_transaction() as own:
        term = own.get_one(Term, term_id)
        term.claimed_until = _again(term.attempts)
        own.flush()
        attempts = term.attempts
        fault = _fault_of_term(term, _code(error), type(error).__name__)
        if noted is not None:  # the turn that the term began says where it failed
            fault = replace(noted, kind="term", source=fault.source)
        if attempts >= MAX_ATTEMPTS:
            incidents.open_in(own, fault)
    log.warning("term.failed", term=str(term_id), error=type(error).__name__, attempts=attempts)


def _fault_of_term(term: Term, code: str, cause: str) -> Fault:
    return Fault(
        key=f"term.{term.kind}", kind="term", code=code, cause=cause, tenant_id=term.tenant_id,
        source={"term": str(term.id)},
    )  # fmt: skip


# ---------------------------------------------------------------- external jobs
def sweep_jobs(*, at: datetime | None = None) -> int:
    """Do external work, outside any transaction, and feed the results back; how many were done."""
    return sum(_work(job_id) for (job_id,) in _taken(JOBS, at or now()))


def _work(job_id: uuid.UUID) -> int:
    job = session.get(Job, job_id, populate_existing=True)
    if job is None:
        return 0
    name, data, instance_id, task_id = job.name, dict(job.data), job.instance_id, job.task_id
    release()  # the work may wait for the world; it holds no lock meanwhile
    try:
        result = _done(name, data)
        with transaction():
            instance = instances.lock_for_turn(instance_id)
            if instance is None or task_id not in instance.work["jobs"]:
                return 0
            if instance.status is InstanceStatus.SUSPENDED:
                _put_back(job_id)
                return 0
            state, codec = instance.state, instance.codec
            turns.take(
                instance,
                lambda compiled: engine.job_done(compiled, state, codec, task_id, result, now()),
                by=system_actor(instance.tenant_id),
                kind="job",
            )
            return 1
    except StaleTask:
        return 0
    except Exception as error:
        _job_failed(job_id, error)
        return 0


def _put_back(job_id: uuid.UUID) -> None:
    """Its instance was stopped while the work was done: the job waits, and is done anew when that goes on."""
    free = {"claimed_until": None, "attempts": Job.attempts - 1}
    session.execute(sa.update(Job).where(Job.id == job_id).values(**free))


def _done(name: str, data: dict[str, Any]) -> dict[str, Any] | BpmnError | None:
    """What the work gave. A business error is an answer for the diagram to deal with, not tried again."""
    try:
        return steps.find_job(name)(data)
    except steps.BusinessError as error:
        return BpmnError(error.code, error.data)


def _job_failed(job_id: uuid.UUID, error: Exception) -> None:
    noted = _noted_faults()
    with own_transaction() as own:
        owner = sa.select(Job.instance_id).where(Job.id == job_id).scalar_subquery()
        instance = own.scalars(sa.select(Instance).where(Instance.id == owner).with_for_update()).first()
        job = own.get(Job, job_id)
        if job is None or instance is None:
            return
        job.claimed_until = None
        job.due_at = now() + pause(job.attempts)
        own.flush()
        attempts, element_id = job.attempts, job.element_id
        fault = noted or _fault(instance, "job", error)
        if attempts >= MAX_ATTEMPTS:
            _give_up(own, replace(fault, element_id=element_id, source={"job": str(job_id)}))
    log.warning("job.failed", job=str(job_id), error=type(error).__name__, attempts=attempts)


# ---------------------------------------------------------------- workers that died
def sweep_lost(*, at: datetime | None = None) -> int:
    """Tell of rows whose last worker died over them: no failure was seen, so no incident was written yet.

    Such a row has used up its tries, and its lease has run out instead of being given back.
    """
    moment = at or now()
    return sum(_tell_lost(kind, key, moment) for kind in (TIMERS, JOBS, TERMS) for key in _lost(kind, moment))


def _lost(kind: _Kind, moment: datetime) -> list[Any]:
    with own_transaction() as own:
        return list(own.execute(sa.select(*kind.key).where(*_is_lost(kind, moment)).limit(SUSPECTS)))


def _is_lost(kind: _Kind, moment: datetime) -> tuple[Any, ...]:
    running = kind.ready if kind is TERMS else ()
    return (kind.model.attempts >= MAX_ATTEMPTS, kind.model.claimed_until < moment, *running)


def _tell_lost(kind: _Kind, key: Any, moment: datetime) -> int:
    """Give one row up; the instance is locked first, as everywhere. 0 when another worker was first."""
    row, where = kind.model, kind.among([key])
    with own_transaction() as own:
        if kind is not TERMS:
            owner = sa.select(row.instance_id).where(where).scalar_subquery()
            own.execute(sa.select(Instance.id).where(Instance.id == owner).with_for_update())
        lost = own.scalars(sa.select(row).where(where, *_is_lost(kind, moment)).with_for_update()).first()
        if lost is None:
            return 0
        lost.claimed_until = None
        _give_up(own, _lost_fault(lost, own))
    return 1


def _lost_fault(row: Any, own: orm.Session) -> Fault:
    if isinstance(row, Term):
        return _fault_of_term(row, WorkerLost.code, WorkerLost.__name__)
    instance = own.get_one(Instance, row.instance_id)
    if isinstance(row, Timer):
        return replace(_fault(instance, "timer", WorkerLost()), element_id=row.element_id)
    return replace(_fault(instance, "job", WorkerLost(), job=str(row.id)), element_id=row.element_id)


# ---------------------------------------------------------------- the rest
def sweep_held(*, at: datetime | None = None) -> int:
    """Forget messages that nobody has waited for in a year."""
    with transaction():
        gone = session.execute(sa.delete(HeldMessage).where(HeldMessage.keep_until < (at or now())))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def register() -> None:
    """Have the worker sweep."""
    scheduler.register("process.timers", sweep_timers, 5)
    scheduler.register("process.terms", sweep_terms, 30)
    scheduler.register("process.jobs", sweep_jobs, 5)
    scheduler.register("process.incidents", incidents.write_noted, 60)
    scheduler.register("process.lost", sweep_lost, 60)
    scheduler.register("process.held", sweep_held, 3600)
