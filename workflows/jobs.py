"""Sweeps of the worker: timers, terms, external jobs. Rows are claimed, so any number of workers may sweep.

A claim is a lease in a short transaction of its own; then each record has its own transaction, which locks
the
aggregate root, the instance, and looks again whether there is still something to do. What keeps failing
becomes
an incident, never silence.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
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
from workflows.engine.model import BpmnError, StaleTask
from workflows.incidents import Fault
from workflows.models.instances import HeldMessage, Instance, InstanceStatus, Job, Timer
from workflows.models.terms import Term, TermStatus

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
BATCH = 20
MAX_ATTEMPTS = 5
SWEPT = "process_instance.status IN ('running', 'incident')"


class WorkerLost(Exception):
    """Every worker that took a row died over it: out of memory, say."""

    code = "worker-lost"


def _claim(
    due: sa.Select[Any], claim: Callable[[list[Any], datetime], sa.Update], moment: datetime
) -> list[Any]:
    """Take a lease on due rows, skipping those of other workers; their keys."""
    with own_transaction() as own:
        keys = list(own.execute(due.limit(BATCH).with_for_update(skip_locked=True)))
        if keys:
            own.execute(claim(keys, moment + LEASE), execution_options={"synchronize_session": False})
    return keys


def _free(column: Any, moment: datetime) -> Any:
    return sa.or_(column.is_(None), column < moment)


# ---------------------------------------------------------------- timers
def sweep_timers(*, at: datetime | None = None) -> int:
    """Give every instance with a due timer its turn; how many turns."""
    done = 0
    while True:
        found = _claim_timers(at or now())
        for instance_id in found:
            done += _fire(instance_id, at or now())
        if len(found) < BATCH:
            return done


def _claim_timers(moment: datetime) -> list[uuid.UUID]:
    due: Any = (
        sa.select(Timer.instance_id, Timer.task_id, Timer.slot)
        .where(
            Timer.due_at <= moment,
            Timer.attempts < MAX_ATTEMPTS,
            _free(Timer.claimed_until, moment),
            # Beside the row lock: instances that stand still keep their timers.
            sa.exists().where(Instance.id == Timer.instance_id, sa.text(SWEPT)),
        )
        .order_by(Timer.due_at)
    )

    def claim(keys: list[Any], until: datetime) -> sa.Update:
        wanted = sa.tuple_(Timer.instance_id, Timer.task_id, Timer.slot).in_([tuple(key) for key in keys])
        return sa.update(Timer).where(wanted).values(claimed_until=until, attempts=Timer.attempts + 1)

    return list(dict.fromkeys(key[0] for key in _claim(due, claim, moment)))


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
        tries = (
            own.scalar(sa.select(sa.func.max(Timer.attempts)).where(Timer.instance_id == instance_id)) or 0
        )
        own.execute(
            sa.update(Timer)
            .where(Timer.instance_id == instance_id, Timer.attempts > 0)
            .values(claimed_until=_again(tries))
        )
        instance = own.get(Instance, instance_id)
    log.warning("timer.failed", instance=str(instance_id), error=type(error).__name__, attempts=tries)
    if tries >= MAX_ATTEMPTS and instance is not None:
        _mark(instance_id)
        incidents.write(noted or _fault(instance, "timer", error))


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
        code=getattr(error, "code", "failed"),
        cause=type(error).__name__,
        instance_id=instance.id,
        tenant_id=instance.tenant_id,
        source=source,
    )


def _mark(instance_id: uuid.UUID) -> None:
    """Show that something in the background of this instance keeps failing."""
    with own_transaction() as own:
        own.execute(
            sa.update(Instance)
            .where(Instance.id == instance_id, Instance.status == InstanceStatus.RUNNING)
            .values(status=InstanceStatus.INCIDENT),
            execution_options={"synchronize_session": False},
        )


# ---------------------------------------------------------------- terms
def sweep_terms(*, at: datetime | None = None) -> int:
    """End the terms whose moment has come, once each; how many."""
    done = 0
    while True:
        moment = at or now()
        due = (
            sa.select(Term.id)
            .where(
                sa.text("status = 'running'"),
                Term.due_at <= moment,
                Term.attempts < MAX_ATTEMPTS,
                _free(Term.claimed_until, moment),
            )
            .order_by(Term.due_at)
        )
        found = _claim(due, _claim_terms, moment)
        for (term_id,) in found:
            done += _reach(term_id, moment)
        if len(found) < BATCH:
            return done


def _claim_terms(keys: list[Any], until: datetime) -> sa.Update:
    ids = [key[0] for key in keys]
    return sa.update(Term).where(Term.id.in_(ids)).values(claimed_until=until, attempts=Term.attempts + 1)


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
        fault = _fault_of_term(term, getattr(error, "code", "failed"), type(error).__name__)
    if noted is not None:  # the turn that the term began says where it failed
        fault = replace(noted, kind="term", source=fault.source)
    log.warning("term.failed", term=str(term_id), error=type(error).__name__, attempts=attempts)
    if attempts >= MAX_ATTEMPTS:
        incidents.write(fault)


def _fault_of_term(term: Term, code: str, cause: str) -> Fault:
    return Fault(
        key=f"term.{term.kind}", kind="term", code=code, cause=cause, tenant_id=term.tenant_id,
        source={"term": str(term.id)},
    )  # fmt: skip


# ---------------------------------------------------------------- external jobs
def sweep_jobs(*, at: datetime | None = None) -> int:
    """Do external work, outside any transaction, and feed the results back; how many were done."""
    done = 0
    while True:
        moment = at or now()
        due = (
            sa.select(Job.id)
            .where(
                Job.due_at <= moment,
                Job.attempts < MAX_ATTEMPTS,
                _free(Job.claimed_until, moment),
                sa.exists().where(Instance.id == Job.instance_id, sa.text(SWEPT)),
            )
            .order_by(Job.due_at)
        )
        found = _claim(due, _claim_jobs, moment)
        for (job_id,) in found:
            done += _work(job_id)
        if len(found) < BATCH:
            return done


def _claim_jobs(keys: list[Any], until: datetime) -> sa.Update:
    ids = [key[0] for key in keys]
    return sa.update(Job).where(Job.id.in_(ids)).values(claimed_until=until, attempts=Job.attempts + 1)


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


def _done(name: str, data: dict[str, Any]) -> dict[str, Any] | BpmnError | None:
    """What the work gave. A business error is an answer for the diagram to deal with, not tried again."""
    try:
        return steps.find_job(name)(data)
    except steps.BusinessError as error:
        return BpmnError(error.code, error.data)


def _job_failed(job_id: uuid.UUID, error: Exception) -> None:
    noted = _noted_faults()
    with own_transaction() as own:
        job = own.get(Job, job_id)
        if job is None:
            return
        job.claimed_until = None
        job.due_at = now() + pause(job.attempts)
        own.flush()
        attempts, instance_id, element_id = job.attempts, job.instance_id, job.element_id
        instance = own.get_one(Instance, instance_id)
        fault = noted or _fault(instance, "job", error)
        fault = replace(fault, element_id=element_id, source={"job": str(job_id)})
    log.warning("job.failed", job=str(job_id), error=type(error).__name__, attempts=attempts)
    if attempts >= MAX_ATTEMPTS:
        _mark(instance_id)
        incidents.write(fault)


# ---------------------------------------------------------------- workers that died
def sweep_lost(*, at: datetime | None = None) -> int:
    """Tell of rows whose last worker died over them: no failure was seen, so no incident was written yet.

    Such a row has used up its tries, and its lease has run out instead of being given back.
    """
    moment, told = at or now(), 0
    sorts: list[tuple[Any, Callable[[Any, orm.Session], Fault]]] = [
        (Timer, _lost_timer), (Job, _lost_job), (Term, _lost_term),
    ]  # fmt: skip
    for model, fault_of in sorts:
        while faults := _lost(model, moment, fault_of):
            for fault in faults:
                if fault.instance_id is not None:
                    _mark(fault.instance_id)
                incidents.write(fault)
            told += len(faults)
    return told


def _lost(model: Any, moment: datetime, fault: Callable[[Any, orm.Session], Fault]) -> list[Fault]:
    lost = sa.select(model).where(model.attempts >= MAX_ATTEMPTS, model.claimed_until < moment)
    if model is Term:
        lost = lost.where(sa.text("status = 'running'"))
    with own_transaction() as own:
        rows = list(own.scalars(lost.limit(BATCH).with_for_update(skip_locked=True)))
        for row in rows:
            row.claimed_until = None
        return [fault(row, own) for row in rows]


def _lost_timer(timer: Timer, own: orm.Session) -> Fault:
    found = _fault(own.get_one(Instance, timer.instance_id), "timer", WorkerLost())
    return replace(found, element_id=timer.element_id)


def _lost_job(job: Job, own: orm.Session) -> Fault:
    found = _fault(own.get_one(Instance, job.instance_id), "job", WorkerLost(), job=str(job.id))
    return replace(found, element_id=job.element_id)


def _lost_term(term: Term, _own: orm.Session) -> Fault:
    return _fault_of_term(term, WorkerLost.code, WorkerLost.__name__)


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
