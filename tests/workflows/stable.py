"""A process with the product loaded that lets out web servers and workers, each a child that may be killed.

Starting the product takes seconds, forking it milliseconds: so a test can kill dozens. It reads `web` or
`worker` from standard input, lets one out, and answers with its process id. `warm` sweeps here and `warm PATH
COOKIE` does that act here, so that children need not prepare statements anew.

    python -m tests.workflows.stable DATABASE_URL FOLDER [FD OF A LISTENING SOCKET]
"""

from __future__ import annotations

import os
import signal
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from core import audit, outbox, scheduler
from core.access import Actor
from tests.databases import dispose, make_app
from tests.factories.bpmn_files import node, properties
from tests.factories.workflows import steps as rows_of
from tests.factories.workflows import timer, user_task
from workflows import jobs, steps, terms
from workflows.models.terms import Term
from workflows.subjects import Reference

STEP, WORK, TERM = "test.noted", "test.outside", "killed"


def process() -> bytes:
    """A timer, behind it a local step, then a job."""
    noted = node("serviceTask", "noted", properties(call=STEP))
    outside = node("serviceTask", "outside", properties(job=WORK))
    return rows_of(timer("wait", "PT1S"), noted, outside, user_task("after"))


def note(subject_type: str, subject_id: uuid.UUID, data: dict[str, Any], *, by: Actor) -> None:
    """A local step that leaves one line for each time it was done."""
    audit.record("test.timer_fired", Reference(subject_type, subject_id), by=by)


def note_term(term: Term, by: Actor) -> None:
    audit.record("test.term_ended", Reference(term.subject_type, term.subject_id), by=by)


def register() -> None:
    """What the processes of the campaign use; the test that looks afterwards needs it as well."""
    steps.register({STEP: note})
    steps.register_jobs({WORK: lambda data: {"worked": True}})
    terms.register(TERM, terms.Rule(1, "calendar", reached=note_term))


def serve(app: Flask, listening: int) -> None:
    from werkzeug.serving import make_server

    make_server("127.0.0.1", 0, app, threaded=True, fd=listening).serve_forever()


def let_out(app: Flask, kind: str, listening: int) -> int:
    """Fork a web server or a worker; its process id."""
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(0)  # the orders are for the stable
    try:
        if kind == "web":
            serve(app, listening)
        else:
            scheduler.run(app)
    finally:
        os._exit(0)


def warm(app: Flask, path: str = "", cookie: str = "") -> int:
    """Work here once, then let go of every connection: a child must not share one with its parent."""
    if path:
        answer = app.test_client(use_cookies=False).post(path, headers={"Cookie": cookie})
        done = int(answer.status_code == 302)
    else:
        scheduler.run_once(app)
        done = 1
    dispose(app)
    return done


def main(url: str, folder: str, listening: str = "-1") -> None:
    app = make_app(url, Path(folder), WTF_CSRF_ENABLED=False)
    register()
    # A killed worker's rows come free after its lease: minutes in earnest, moments here.
    jobs.LEASE = outbox.LEASE = timedelta(seconds=0.5)
    dispose(app)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    print("ready", flush=True)  # noqa: T201 -- the test reads it
    for line in sys.stdin:
        order, *values = line.rstrip("\n").split(" ", 2)
        done = warm(app, *values) if order == "warm" else let_out(app, order, int(listening))
        print(done, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
