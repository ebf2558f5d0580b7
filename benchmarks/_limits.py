"""The bare limits L and LW that completions are compared with: one definition, equal to every run.

L   one task completion = one transaction on the bare driver, no ORM: lock and read the instance row (version
    and 3 kB of state), complete the user task of a resident SpiffWorkflow instance and run on, write the
    state back; close the task row, insert the next one, a note of 3,800 characters and an audit row.
    Nothing is restored or serialised: what a product does for that comes on top.
LW  the same inside a POST through a bare Flask application by its test client, answered with a redirect.

PostgreSQL over the same socket as the product, SQLite in WAL mode with synchronous FULL. Five completions a
case: triage, intake, refer, accept, follow-up.
"""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import flask
import psycopg
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.util.task import TaskState

from benchmarks._measure import Times, timed

DIAGRAM = Path(__file__).with_name("case.bpmn")
STATE = os.urandom(3_000)
NOTE = "x" * 3_800
DETAIL = json.dumps({"changed": {"status": ["open", "done"]}, "reason": "y" * 120})
SCHEMA = "bare_limits"
TABLES = """
create table instance(id {pk}, version int not null, status text not null, state {bytes} not null);
create table task(id {pk}, instance_id int not null, name text not null, queue int not null,
                  status text not null, due timestamp not null, done_by text);
create index task_queue on task(queue, due, id) where status = 'open';
create index task_instance on task(instance_id);
create table note(id {pk}, instance_id int not null, at timestamp not null, body text not null);
create index note_instance on note(instance_id);
create table audit(id {pk}, instance_id int not null, at timestamp not null, actor text not null,
                   action text not null, detail text not null);
create index audit_instance on audit(instance_id);
"""


class Sqlite:
    """The tables in a file of their own."""

    lock = ""

    def __init__(self, path: Path) -> None:
        self.connection: Any = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("pragma journal_mode = wal")
        self.connection.execute("pragma synchronous = full")
        self.connection.executescript(TABLES.format(pk="integer primary key", bytes="blob"))

    def begin(self) -> None:
        self.connection.execute("begin immediate")

    def commit(self) -> None:
        self.connection.execute("commit")

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> Any:
        return self.connection.execute(sql, values)

    def close(self) -> None:
        self.connection.close()


class Postgres(Sqlite):
    """The tables in a schema of their own, in the database of the product."""

    lock = " for update"

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, options=f"-c search_path={SCHEMA}")
        key = "int generated always as identity primary key"
        for statement in [f"create schema {SCHEMA}", *TABLES.format(pk=key, bytes="bytea").split(";")]:
            if statement.strip():
                self.connection.execute(statement)
        self.connection.commit()

    def begin(self) -> None:
        """The driver begins by itself."""

    def commit(self) -> None:
        self.connection.commit()

    def execute(self, sql: str, values: tuple[Any, ...] = ()) -> Any:
        return self.connection.execute(sql.replace("?", "%s"), values)


class Case:
    """One case in the store and its resident process instance."""

    def __init__(self, store: Sqlite, spec: Any) -> None:
        self.store = store
        self.workflow = BpmnWorkflow(spec)
        self.workflow.do_engine_steps()
        store.begin()
        row = store.execute(
            "insert into instance(version, state, status) values(1, ?, 'open') returning id", (STATE,)
        )
        self.id = row.fetchone()[0]
        self._open_next_task()
        store.commit()

    def complete_task(self) -> None:
        """One completion, one transaction."""
        store, now = self.store, _now()
        store.begin()
        version, _ = store.execute(
            f"select version, state from instance where id = ?{store.lock}", (self.id,)
        ).fetchone()
        task = self.workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data["decision"] = "intake"
        task.run()
        self.workflow.do_engine_steps()
        status = "done" if self.workflow.completed else "open"
        store.execute(
            "update instance set state = ?, version = ?, status = ? where id = ?",
            (STATE, version + 1, status, self.id),
        )
        store.execute(
            "update task set status = 'done', done_by = 'u1' where instance_id = ? and status = 'open'",
            (self.id,),
        )
        if status == "open":
            self._open_next_task()
        store.execute("insert into note(instance_id, at, body) values(?, ?, ?)", (self.id, now, NOTE))
        store.execute(
            "insert into audit(instance_id, at, actor, action, detail)"
            " values(?, ?, 'u1', 'task.completed', ?)",
            (self.id, now, DETAIL),
        )
        store.commit()

    def _open_next_task(self) -> None:
        name = self.workflow.get_next_task(state=TaskState.READY, manual=True).task_spec.name
        self.store.execute(
            "insert into task(instance_id, name, queue, status, due) values(?, ?, 1, 'open', ?)",
            (self.id, name, _now()),
        )


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat()


class Limits:
    """Both limits on one store; each call does whole cases and gives the time of every completion."""

    def __init__(self, store: Sqlite) -> None:
        parser = BpmnParser()
        parser.add_bpmn_file(str(DIAGRAM))
        self._spec = parser.get_spec("case_flow")
        self._store = store
        self._cases: dict[int, Case] = {}
        self._client = self._web().test_client()

    def bare(self, cases: int) -> Times:
        """L."""
        return self._times(cases, lambda case: case.complete_task())

    def web(self, cases: int) -> Times:
        """LW."""
        return self._times(
            cases, lambda case: self._client.post(f"/case/{case.id}/complete", data={"note": NOTE})
        )

    def close(self) -> None:
        self._store.close()

    def _times(self, cases: int, act: Any) -> Times:
        times = []
        for _ in range(cases):
            case = Case(self._store, self._spec)
            self._cases = {case.id: case}
            while not case.workflow.completed:
                times.append(timed(partial(act, case)))
        return times

    def _web(self) -> flask.Flask:
        app = flask.Flask(__name__)

        @app.post("/case/<int:case_id>/complete")
        def complete(case_id: int) -> Any:
            assert flask.request.form["note"] == NOTE
            self._cases[case_id].complete_task()
            return flask.redirect(f"/case/{case_id}")

        return app
