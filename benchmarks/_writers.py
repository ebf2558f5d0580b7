"""Eight processes that complete steps over HTTP without a pause, on SQLite with synchronous FULL.

Each has files of its own, and after every file takes a step in one that all share: a step there is taken by
one of them and refused to those who come too late.

writers.lock_errors    answers and exceptions that are neither a completion nor a clean refusal
writers.lost_updates   acknowledged completions that are not in the database once: as contact, as closed step
writers.p99_vs_single  the 99th percentile of a completion against the median of one such process alone
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from benchmarks import _cases
from benchmarks._databases import Store, durability
from benchmarks._measure import median, percentile, result, say, shown, timed
from tests.databases import Database, dispose, make_app

WRITERS = 8
SHARED = 400
ROOT = Path(__file__).resolve().parent.parent


def figures(own: Store, quick: bool) -> Iterable[dict[str, Any]]:
    """Yield the three figures."""
    world = _cases.found(own.app("sqlite"))
    database: Database = world.app.extensions["bench_database"]
    say("writers: one process")
    alone, _ = _race(database, world, 1, 3 if quick else 8)
    seconds = 6 if quick else 60
    say(f"writers: {WRITERS} processes, {seconds} seconds")
    times, told = _race(database, world, WRITERS, seconds)
    lost = _lost(world, told["done"])
    errors = Counter(told["errors"])
    about = {"writers": WRITERS, "seconds": seconds, "completions": len(times), "refused": told["refused"]}
    yield result("writers.lock_errors", sum(errors.values()), "errors", kinds=errors, **about)
    yield result("writers.lost_updates", lost, "updates", shared_files=SHARED, **about)
    yield result(
        "writers.p99_vs_single",
        percentile(times, 0.99) / median(alone),
        "ratio",
        p99_ms=round(percentile(times, 0.99), 3),
        longest_ms=round(max(times), 3),
        eight_ms=shown(times),
        single_ms=shown(alone),
        per_second=round(len(times) / seconds, 1),
        **about,
        **durability(world.app),
    )


def _race(
    database: Database, world: _cases.World, count: int, seconds: int
) -> tuple[list[float], dict[str, Any]]:
    """All times, and what the writers tell together."""
    shared = [str(case_id) for case_id in _cases.open_cases(world, SHARED if count > 1 else 0)]
    asked = {
        "url": database.url, "folder": str(database.folder), "seconds": seconds, "shared": shared,
        "own": 30 * seconds if count == 1 else 4 * seconds,
        "world": [str(world.tenant_id), str(world.user_id), str(world.team_id)],
    }  # fmt: skip
    with _writers(count) as processes:
        for process in processes:
            _tell(process, json.dumps(asked))
        for process in processes:
            assert _hear(process) == "ready"
        for process in processes:
            _tell(process, "go")
        told = [json.loads(_hear(process)) for process in processes]
    return [time for one in told for time in one["times"]], {
        "done": Counter(case_id for one in told for case_id in one["done"]),
        "errors": [error for one in told for error in one["errors"]],
        "refused": sum(one["refused"] for one in told),
    }


@contextlib.contextmanager
def _writers(count: int) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "benchmarks._writers"]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(count)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError("a writer ended; its reason is above")
    return line


def _lost(world: _cases.World, done: Counter[str]) -> int:
    """Acknowledged completions that are not there once, and steps that nobody was told of."""
    import sqlalchemy as sa

    from core.db import session
    from intake.models.contacts import ContactAttempt
    from workflows.models.tasks import Task, TaskStatus

    with world.app.app_context():
        contacts = sa.select(ContactAttempt.case_id, sa.func.count()).group_by(ContactAttempt.case_id)
        steps = (
            sa.select(Task.subject_id, sa.func.count())
            .where(Task.status == TaskStatus.DONE)
            .group_by(Task.subject_id)
        )
        found = [{str(row[0]): row[1] for row in session.execute(query)} for query in (contacts, steps)]
    return sum(abs(count - table.get(case_id, 0)) for case_id, count in done.items() for table in found)


# ---------------------------------------------------------------- one writer
class Writer:
    """One process: files of its own, and a step in a shared one after each."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.app = make_app(asked["url"], Path(asked["folder"]), durable=True)
        self.world = _cases.World(self.app, *(uuid.UUID(key) for key in asked["world"]))
        self.worker = _cases.Worker(self.world)
        self.own = _cases.open_cases(self.world, asked["own"])
        self.shared = [uuid.UUID(key) for key in asked["shared"]]
        self.told: dict[str, Any] = {"times": [], "done": [], "errors": [], "refused": 0}

    def write(self, seconds: float) -> dict[str, Any]:
        """Complete steps until the time is over."""
        end, number = monotonic() + seconds, 0
        while monotonic() < end:
            if number == len(self.own):
                self.own += _cases.open_cases(self.world, 20)
            for case_id in [self.own[number]] * _cases.STEPS + self.shared[number % SHARED :][:1]:
                self._step(case_id)
            number += 1
        return self.told

    def _step(self, case_id: uuid.UUID) -> None:
        answers: list[int] = []
        try:
            spent = timed(lambda: answers.append(self.worker.post(case_id)))
        except Exception as error:
            self.told["errors"].append(f"{type(error).__name__}: {str(error)[:80]}")
            return
        if answers == [302]:
            self.told["times"].append(spent)
            self.told["done"].append(str(case_id))
        elif answers in ([409], [422]):
            self.told["refused"] += 1
        else:
            self.told["errors"].append(f"answer {answers[0]}")
        self.worker.forget_messages()


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    writer = Writer(asked)
    print("ready", flush=True)
    if sys.stdin.readline().strip() == "go":
        print(json.dumps(writer.write(asked["seconds"])), flush=True)
    dispose(writer.app)


if __name__ == "__main__":
    main()
