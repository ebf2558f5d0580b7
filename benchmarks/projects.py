"""The list of applications, a page of 50: its statements and its size with 2,000 applications against 50.

`projects.list_statements` counts every SQL statement of one request of an officer, sign-in included; the goal
is at most 6. `projects.bytes_growth` is the size of the page with 2,000 applications over that with 50; the
goal is at most 1.05. Both hold on SQLite, the embedded default; the statements are the same on PostgreSQL.
"""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

PAGE = 50
EMAIL, PASSWORD = "bench@example.org", "bench-draaischijf"


def run(quick: bool) -> Iterable[dict[str, Any]]:
    """Yield both measures."""
    many = 400 if quick else 2_000
    small, large = _measure(PAGE), _measure(many)
    yield {
        "name": "projects.list_statements", "value": large["statements"], "unit": "statements",
        "detail": {"applications": many, "page": PAGE, "with_50": small["statements"]},
    }  # fmt: skip
    yield {
        "name": "projects.bytes_growth", "value": round(large["bytes"] / small["bytes"], 4), "unit": "ratio",
        "detail": {"applications": many, "bytes": large["bytes"], "bytes_with_50": small["bytes"]},
    }  # fmt: skip


def _measure(count: int) -> dict[str, int]:
    from wsgi import create_app

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            TESTING=True, WTF_CSRF_ENABLED=False, database_url=f"sqlite:///{folder}/bench.db", var=folder
        )
        upgraded = app.test_cli_runner().invoke(args=["db", "upgrade"])
        if upgraded.exit_code:
            raise RuntimeError(upgraded.output)
        call_id = _fill(app, count)
        found = _ask(app, f"/calls/{call_id}/applications")
        with app.app_context():
            for engine in app.extensions["sqlalchemy"].engines.values():
                engine.dispose()
        return found


def _ask(app: Flask, path: str) -> dict[str, int]:
    """The second request of a signed-in officer: the first one warms caches."""
    client = app.test_client()
    client.post("/login", data={"email": EMAIL, "password": PASSWORD})
    client.get(path)
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, _p: Any, _x: Any, _many: bool) -> None:
        if not statement.lstrip().upper().startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT", "ROLLBACK")):
            seen.append(statement)

    event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        answer = client.get(path)
    finally:
        event.remove(sa.Engine, "before_cursor_execute", note)
    if answer.status_code != 200 or answer.text.count('data-testid="application-row"') != PAGE:
        raise RuntimeError(f"{path} answered {answer.status}, not a full page")
    return {"statements": len(seen), "bytes": len(answer.data)}


def _fill(app: Flask, count: int) -> uuid.UUID:
    """An authority, its officer, one published call with `count` submitted applications."""
    from core import accounts, clock
    from core.access import Role
    from core.db import session, transaction, uuid7
    from core.models.accounts import Membership, Tenant, TenantKind, User
    from projects import calls
    from projects.models.applications import Application, ApplicationStatus
    from projects.models.calls import CallStatus, Round
    from projects.parties import lanes
    from socialmap.models.directory import Organization
    from workflows import instances

    now = clock.now()
    with app.app_context(), transaction():
        tenant = Tenant(id=uuid7(), name="Provincie", kind=TenantKind.PROVINCE, settings={}, created_at=now)
        desk = Tenant(id=uuid7(), name="vzw", kind=TenantKind.PARTNER, settings={}, created_at=now)
        user = User(
            id=uuid7(), email=EMAIL, name="Officer", locale="nl", preferences={}, created_at=now,
            password_hash=accounts.hasher.hash(PASSWORD),
        )  # fmt: skip
        session.add_all([tenant, desk, user])
        session.flush()
        membership = Membership(
            id=uuid7(), user_id=user.id, tenant_id=tenant.id, roles=[Role.OFFICER.value],
            starts_on=clock.today(),
        )  # fmt: skip
        owner = Organization(source="local", external_id="bench", name="vzw De Brug", description="")
        session.add_all([membership, owner])
        session.flush()
        by = accounts.actor_of(membership, user)
        call = calls.draft_call("Meting", theme="rural", by=by)
        planned = Round(name="Ronde", opens_at=now, closes_at=None)
        call.rounds.append(planned)
        call.status, call.published_at = CallStatus.PUBLISHED, now
        session.flush()
        made = [
            Application(
                id=uuid7(), call_id=call.id, round_id=planned.id, tenant_id=desk.id, organization_id=owner.id,
                number=f"A-{now.year}-{number:04d}", title="Rechten op het erf", asked_cents=45_000_00,
                status=ApplicationStatus.SUBMITTED, created_at=now, created_by=user.id,
            )
            for number in range(1, count + 1)
        ]  # fmt: skip
        session.add_all(made)
        session.flush()
        for application in made[-PAGE:]:  # the page that is shown has processes
            instances.start(
                "application", subject=application, data={}, by=by, parties=lanes(tenant.id, desk.id)
            )
        return call.id
