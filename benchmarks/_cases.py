"""The product's side of a completion: a worker signs in and completes the steps of a file over HTTP.

The process has the shape of `case.bpmn` and runs as the process of the file. Each completion is the form
“contact” of the file page with a note of 3,800 characters: session, CSRF token, permission, form check, the
note sealed under the key of the file, timeline row, audit row, one turn of the engine, closed and opened
task, history, command against double clicks: one transaction, answered with a redirect.
"""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from benchmarks._limits import DIAGRAM, NOTE
from benchmarks._measure import Times, timed

EMAIL, PASSWORD = "bench@example.org", "bench-draaischijf"
NIS = "44019"
STEPS = 5
NAMESPACE = 'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="Defs_case"'
PROPERTIES = {
    "role": "case_holder", "turn": "us", "state": "contacting", "dueIn": "P3D",
    "outcomes": "contacted,closed",
}  # fmt: skip
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def diagram() -> bytes:
    """The process of `case.bpmn` with the names that the file page knows."""
    lines = "".join(
        f'<spiffworkflow:property name="{name}" value="{value}"/>' for name, value in PROPERTIES.items()
    )
    inside = f"<spiffworkflow:properties>{lines}</spiffworkflow:properties>"
    extra = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"
    text = DIAGRAM.read_text(encoding="utf-8")
    text = text.replace('id="Defs_case"', NAMESPACE).replace('id="case_flow"', 'id="case"')
    text = text.replace('decision == "intake"', 'outcome == "contacted"')
    return re.sub(r"(<bpmn:userTask [^>]*>)", rf"\1{extra}", text).encode()


@dataclass
class World:
    """One organization with one worker, on one database."""

    app: Flask
    tenant_id: uuid.UUID
    user_id: uuid.UUID
    team_id: uuid.UUID


def found(app: Flask) -> World:
    """Make the organization and its worker, and put the process in use."""
    from core import accounts, clock
    from core.access import Role, system_actor
    from core.db import session, transaction, uuid7
    from core.models.accounts import Membership, Team, Tenant, TenantKind, User
    from workflows import definitions

    now = clock.now()
    with app.app_context(), transaction():
        tenant = Tenant(id=uuid7(), name="OCMW Meting", kind=TenantKind.OCMW, settings={}, created_at=now)
        team = Team(id=uuid7(), tenant_id=tenant.id, name="Onthaal")
        user = User(
            id=uuid7(), email=EMAIL, name="Nele Wauters", locale="nl", preferences={}, created_at=now,
            password_hash=accounts.hasher.hash(PASSWORD),
        )  # fmt: skip
        session.add_all([tenant, user])
        session.flush()
        session.add(team)
        session.flush()
        session.add(
            Membership(
                id=uuid7(), user_id=user.id, tenant_id=tenant.id, team_id=team.id,
                roles=[Role.INTAKE_WORKER.value], starts_on=clock.today(),
            )
        )  # fmt: skip
        definitions.deploy(definitions.Source("case", diagram()), by=system_actor(), tested=False)
        return World(app, tenant.id, user.id, team.id)


def actor(world: World) -> Any:
    """The worker, for what is prepared by operations. Inside an application context."""
    from core import accounts
    from core.db import session
    from core.models.accounts import Membership, User

    membership = session.scalars(sa.select(Membership).where(Membership.user_id == world.user_id)).one()
    return accounts.actor_of(membership, session.get_one(User, world.user_id))


def open_cases(world: World, count: int) -> list[uuid.UUID]:
    """Files with a running process, as the product opens them."""
    from core.db import transaction
    from intake import cases

    made = []
    with world.app.app_context(), transaction():
        by = actor(world)
        for _ in range(count):
            made.append(cases.open_case(nis=NIS, by=by).id)
    return made


class Worker:
    """A browser without a screen, signed in."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client: FlaskClient = world.app.test_client()
        form = {"email": EMAIL, "password": PASSWORD, "csrf_token": self._token("/login")}
        answer = self.client.post("/login", data=form)
        if answer.status_code != 302:
            raise RuntimeError(f"sign-in answered {answer.status}")
        self.token = self._token("/my-day")

    def _token(self, path: str) -> str:
        found = TOKEN.search(self.client.get(path).text)
        assert found, f"{path} has no form"
        return found.group(1)

    def complete(self, case_id: uuid.UUID) -> None:
        """Complete the open step of a file."""
        code = self.post(case_id)
        if code != 302:
            raise RuntimeError(f"a completion answered {code}")

    def post(self, case_id: uuid.UUID) -> int:
        """Send the form that completes the open step; the code of the answer."""
        form = {
            "csrf_token": self.token, "command_id": str(uuid.uuid4()), "channel": "phone",
            "result": "reached", "attempt_note": NOTE,
        }  # fmt: skip
        return self.client.post(f"/cases/{case_id}/attempts", data=form).status_code

    def forget_messages(self) -> None:
        """Drop what the next page would say: no page is asked for in between, and the cookie would grow."""
        with self.client.session_transaction() as kept:
            kept.pop("_flashes", None)

    def statements(self) -> int:
        """How many SQL statements one completion sends, all but begin and commit."""
        case_id = open_cases(self.world, 1)[0]
        self.complete(case_id)
        with counted() as seen:
            self.complete(case_id)
        return len(seen)

    def times(self, cases: int) -> Times:
        """The milliseconds of every completion of so many new files."""
        times = []
        for case_id in open_cases(self.world, cases):
            for _ in range(STEPS):
                times.append(timed(partial(self.complete, case_id)))
                self.forget_messages()
        return times


@contextlib.contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements that run inside the block."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, _p: Any, _x: Any, _many: bool) -> None:
        if not statement.lstrip().upper().startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")):
            seen.append(statement)

    event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(sa.Engine, "before_cursor_execute", note)


def rows(world: World) -> dict[str, int]:
    """How many rows each table has, to see what a completion wrote."""
    from core.db import Base, session

    with world.app.app_context():
        return {
            name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def written(world: World, worker: Worker) -> dict[str, float]:
    """Rows that one completion adds, per table: a case of five, counted before and after."""
    case_id = open_cases(world, 1)[0]
    before = rows(world)
    for _ in range(STEPS):
        worker.complete(case_id)
    after = rows(world)
    return {name: (after[name] - before[name]) / STEPS for name in after if after[name] > before[name]}
