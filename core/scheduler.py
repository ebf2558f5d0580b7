"""`flask worker`: a process that sweeps. Its scheduler only triggers; rows decide what is due.

Any number of workers may run: every sweep claims its rows, so nothing is done twice and nobody leads.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from core import accounts, commands, drafts, files, metrics, outbox, seals
from core.clock import now
from core.db import session, transaction
from core.models.records import Heartbeat

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 30
Sweep = Callable[[], object]


@dataclass(frozen=True)
class Entry:
    """A sweep, every so many seconds. It opens its own transactions and is safe to run beside itself."""

    name: str
    sweep: Sweep
    seconds: int


_entries: dict[str, Entry] = {}


def register(name: str, sweep: Sweep, seconds: int) -> None:
    """Have the worker call `sweep()` every `seconds` in an application context. Safe to repeat."""
    _entries[name] = Entry(name, sweep, seconds)


def run_once(app: Flask, name: str | None = None) -> list[str]:
    """Run one sweep, or each of them, now; a failure is logged and does not stop the others. Who failed."""
    wanted = [entry for entry in _entries.values() if name in {None, entry.name}]
    return [entry.name for entry in wanted if not _run(app, entry)]


def _run(app: Flask, entry: Entry) -> bool:
    with app.app_context(), metrics.sweep_seconds.labels(entry.name).time():
        try:
            entry.sweep()
            return True
        except Exception as error:
            session.rollback()
            metrics.sweep_failures.labels(entry.name).inc()
            log.exception("sweep.failed", sweep=entry.name, error=type(error).__name__)
            return False


def run(app: Flask, *, stop: threading.Event | None = None) -> None:
    """Sweep until SIGTERM or SIGINT, then let running sweeps end. Blocks."""
    ending = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ending.set())
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for entry in _entries.values():
        jitter = 1 if entry.seconds > 2 else None
        scheduler.add_job(
            _run,
            "interval",
            args=[app, entry],
            seconds=entry.seconds,
            jitter=jitter,
            id=entry.name,
            next_run_time=now(),
        )
    name, started_at = f"{socket.gethostname()}:{os.getpid()}", now()
    scheduler.add_job(
        lambda: _beat(app, name, started_at),
        "interval",
        seconds=HEARTBEAT_SECONDS,
        id="heartbeat",
        next_run_time=now(),
    )
    scheduler.start()
    log.info("worker.started", sweeps=sorted(_entries))
    ending.wait()
    scheduler.shutdown(wait=True)
    with app.app_context(), transaction():
        gone = session.get(Heartbeat, name)
        if gone is not None:
            session.delete(gone)
    log.info("worker.stopped")


def _beat(app: Flask, name: str, started_at: object) -> None:
    with app.app_context():
        try:
            with transaction():
                session.merge(Heartbeat(name=name, started_at=started_at, at=now()))
            metrics.outbox_messages(outbox.counts())
        except Exception as error:
            log.error("heartbeat.failed", error=type(error).__name__)


def purge() -> None:
    """Remove what nobody needs any more: done messages, old drafts and commands, ended sessions."""
    for act in (outbox.purge, drafts.purge, commands.purge, accounts.purge):
        with transaction():
            act()


def init_app(_app: Flask) -> None:
    register("outbox", _drain_all, 2)
    register("audit_seals", seals.seal_all, 300)
    register("files.scan", files.scan_quarantined, 10)
    register("files.orphans", files.sweep_orphans, 3600)
    register("purge", purge, 3600)


def _drain_all() -> None:
    while outbox.drain() == outbox.BATCH:
        pass
