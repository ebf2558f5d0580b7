"""Every page that three roles reach in the demo: SQL statements, bytes of gzip and time in the server.

One result per page, named by its address with `*` for an id: `pages./cases/*`. The value counts the
statements of the second request, the account included; the first one warms caches. `detail` has the role,
the bytes and the milliseconds of one request, which differ per machine: to read, not to limit.
"""

from __future__ import annotations

import gzip
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import event

PASSWORD = "draaischijf-demo"
ROLES = ("teamlead@ocmw-evergem.example", "partner@de-brug.example", "provincie@oost-vlaanderen.example")
PART = re.compile(r"(?<=[/-])(?:[0-9a-f-]{36}|\d+)(?=/|$)")
LINK = re.compile(r'<a [^>]*href="(/[^"?#]*)')
CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


def run(quick: bool) -> Iterable[dict[str, Any]]:
    """Yield one result per kind of page; `quick` walks the first role only."""
    from wsgi import create_app

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            TESTING=True, WTF_CSRF_ENABLED=False, database_url=f"sqlite:///{folder}/bench.db", var=folder
        )
        for command in (["db", "upgrade"], ["demo", "load"]):
            done = app.test_cli_runner().invoke(args=command)
            if done.exit_code:
                raise RuntimeError(done.output)
        for email in ROLES[:1] if quick else ROLES:
            client = app.test_client()
            client.post("/login", data={"email": email, "password": PASSWORD})
            yield from _walk(client, email)
        with app.app_context():
            for engine in app.extensions["sqlalchemy"].engines.values():
                engine.dispose()


def _walk(client: FlaskClient, email: str) -> Iterator[dict[str, Any]]:
    seen, waiting = set[str](), ["/"]
    while waiting:
        path = waiting.pop(0)
        kind = PART.sub("*", path)
        if kind in seen or path.startswith(("/static/", "/hsds")):
            continue
        seen.add(kind)
        answer = client.get(path, follow_redirects=True)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        waiting += LINK.findall(answer.text)
        yield {"name": f"pages.{kind}", "unit": "statements", **_measure(client, path, email)}


def _measure(client: FlaskClient, path: str, email: str) -> dict[str, Any]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, _p: Any, _x: Any, _many: bool) -> None:
        if not statement.lstrip().upper().startswith(CONTROL):
            seen.append(statement)

    event.listen(sa.Engine, "before_cursor_execute", note)
    started = time.perf_counter()
    try:
        answer = client.get(path, follow_redirects=True)
    finally:
        event.remove(sa.Engine, "before_cursor_execute", note)
    spent = round((time.perf_counter() - started) * 1000, 1)
    return {
        "value": len(seen),
        "detail": {"role": email, "gzip_bytes": len(gzip.compress(answer.data)), "milliseconds": spent},
    }
