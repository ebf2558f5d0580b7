"""The trail: written with the act, before the answer, never changed, sealed."""

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Blueprint
from sqlalchemy.exc import DBAPIError

from core import audit, seals
from core.access import signed_in, system_actor
from core.clock import now
from core.db import db, transaction
from core.db import session as proxy
from core.models.accounts import Tenant
from core.models.trail import AuditEntry, AuditSeal
from tests.factories.core import PASSWORD, make_actor, make_membership, make_tenant, make_user


@pytest.fixture(autouse=True)
def before(request):
    """What reference data left in the trail stands apart: it is sealed, and the tests count from there."""
    START.clear()
    if "session" in request.fixturenames:
        request.getfixturevalue("session")
        while seals.seal_batch():
            pass
        proxy.commit()
        START["entry"] = proxy.scalar(sa.select(sa.func.max(AuditEntry.id))) or 0
        START["seals"] = proxy.scalar(sa.select(sa.func.count()).select_from(AuditSeal)) or 0
        START["entries"] = proxy.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) or 0


START: dict[str, int] = {}


def entries() -> list[AuditEntry]:
    """The entries of this test."""
    query = sa.select(AuditEntry).where(AuditEntry.id > START.get("entry", 0))
    return list(proxy.scalars(query.order_by(AuditEntry.id)))


def counted(report: seals.Report) -> tuple[int, int, int, list[str]]:
    """Seals and entries since the test began, what is not sealed, and faults."""
    return report.seals - START["seals"], report.entries - START["entries"], report.unsealed, report.faults


def test_an_act_is_written_with_who_what_and_for_whom(session):
    tenant = make_tenant()
    actor = make_actor(tenant=tenant)
    audit.record("tenant.renamed", tenant, by=actor, changes={"fields": ["name"]})
    session.flush()
    [entry] = entries()
    assert (entry.action, entry.subject_type, entry.subject_id) == (
        "tenant.renamed",
        "tenant",
        str(tenant.id),
    )
    assert (entry.user_id, entry.membership_id) == (actor.user_id, actor.membership_id)
    assert (entry.tenant_id, entry.changes) == (tenant.id, {"fields": ["name"]})


def test_the_worker_is_named_as_well(session):
    audit.record("term.reached", None, by=system_actor())
    session.flush()
    assert [(entry.actor_kind, entry.user_id) for entry in entries()] == [("worker", None)]


def test_an_act_that_is_rolled_back_leaves_no_entry(session):
    actor = make_actor()
    session.commit()

    def act_and_fail() -> None:
        with transaction():
            audit.record("x.done", None, by=actor)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act_and_fail()
    assert entries() == []


@pytest.mark.parametrize("table", ["audit", "audit_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {0} SET id = id", "DELETE FROM {0}"])
def test_the_database_refuses_to_change_or_remove(session, table, statement):
    audit.record("x.done", None, by=system_actor())
    session.flush()
    seals.seal_batch()
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(sa.text(statement.format(table)))


# ---------------------------------------------------------------- looks
@pytest.fixture
def site(fresh_app):
    """An application with one page that shows a record, and a person who is signed in."""
    with fresh_app.app_context(), transaction():
        tenant = make_tenant()
        make_membership(make_user("nele@example.org"), tenant)
        tenant_id = tenant.id

    @signed_in
    def look(*, by):
        for _ in range(2):
            audit.read(proxy.get_one(Tenant, tenant_id), by=by)
        return "personal data"

    bp = Blueprint("look", __name__)
    bp.add_url_rule("/look", "look", look, methods=["GET", "POST"])
    fresh_app.register_blueprint(bp)
    client = fresh_app.test_client()
    client.post("/login", data={"email": "nele@example.org", "password": PASSWORD})
    client.tenant_id = tenant_id
    return client


def looks(client) -> list[str | None]:
    with client.application.app_context():
        return [entry.subject_id for entry in entries() if entry.action == "tenant.read"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_look_is_written_once_before_the_answer(site, method):
    assert getattr(site, method)("/look").text == "personal data"
    assert looks(site) == [str(site.tenant_id)]


def test_a_look_that_cannot_be_written_is_not_answered(site, monkeypatch):
    def refuse(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO audit"):
            raise RuntimeError("the disk is full")

    sa.event.listen(sa.Engine, "before_cursor_execute", refuse)
    try:
        answer = site.get("/look")
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", refuse)
    assert answer.status_code == 503
    assert "personal data" not in answer.text
    assert answer.headers["Content-Security-Policy"]
    assert looks(site) == []


def test_a_look_names_the_request_that_the_logs_name(site):
    site.get("/look")
    with site.application.app_context():
        found = [entry.request_id for entry in entries() if entry.action == "tenant.read"]
    assert len(found[0] or "") == 16


def test_looks_of_a_client_in_tests_stay(client, session):
    """The isolation of tests keeps what a request writes beside its read."""
    make_membership(make_user("nele@example.org"))
    session.commit()
    client.sign_in("nele@example.org")
    assert [entry.action for entry in entries()] == ["session.opened"]


# ---------------------------------------------------------------- seals
def act(times: int = 1) -> None:
    for _ in range(times):
        audit.record("x.done", None, by=system_actor(), changes={"n": 1})
    proxy.flush()


def test_sealed_entries_verify(session):
    act(3)
    assert seals.seal_batch() == 3
    act(2)
    assert seals.seal_batch() == 2
    assert seals.seal_batch() == 0
    act()
    assert counted(seals.verify()) == (2, 5, 1, [])


def test_batches_chain(session, monkeypatch):
    monkeypatch.setattr(seals, "BATCH", 2)
    act(5)
    session.commit()
    assert seals.seal_all() == 5
    assert counted(seals.verify())[0] == 3


def without_triggers(statement: str) -> None:
    """What someone with all rights on the database could do."""
    if db.engine.dialect.name == "sqlite":
        triggers = list(
            proxy.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
        )
        for name in triggers:
            proxy.execute(sa.text(f"DROP TRIGGER {name}"))
    else:
        for table in ("audit", "audit_seal"):
            proxy.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    proxy.execute(sa.text(statement))
    proxy.expire_all()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit SET action = 'x.undone' WHERE id = (SELECT min(id) FROM audit)", "changed"),
        ("DELETE FROM audit WHERE id = (SELECT min(id) FROM audit)", "are there"),
        ("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)", "2 are there"),
        ("UPDATE audit_seal SET hash = 'f' WHERE id = (SELECT min(id) FROM audit_seal)", "changed"),
        ("DELETE FROM audit_seal WHERE id = (SELECT min(id) FROM audit_seal)", "changed"),
        ("UPDATE audit_seal SET key_id = 'k0'", "not in the key file"),
    ],
)
def test_tampering_is_found(session, statement, fault):
    for _ in range(2):
        act(3)
        seals.seal_batch()
    without_triggers(statement)
    faults = seals.verify().faults
    assert faults
    assert fault in " ".join(faults)


def entry_with_id(number: int, **values: object) -> None:
    row = {"id": number, "at": now(), "action": "late.one", "actor_kind": "worker", "changes": {}, **values}
    proxy.execute(sa.insert(AuditEntry).values(**row))
    proxy.flush()


def test_an_entry_that_commits_late_with_a_lower_number_is_sealed_next(session):
    act()
    [first] = entries()
    entry_with_id(first.id + 5)
    seals.seal_batch()
    entry_with_id(first.id + 2)
    assert seals.verify().unsealed == 1
    assert seals.seal_batch() == 1
    report = seals.verify()
    assert (report.unsealed, report.faults) == (0, [])
    act_seal = session.scalars(sa.select(AuditSeal).order_by(AuditSeal.id.desc())).first()
    assert act_seal.covered == [[first.id + 2, first.id + 2]]


def test_an_entry_slipped_in_later_is_found(session):
    act()
    [first] = entries()
    entry_with_id(first.id + 5)
    with time_machine.travel(now() - timedelta(days=3), tick=True):
        seals.seal_batch()
    entry_with_id(first.id + 2, at=now() - timedelta(days=3))
    seals.seal_batch()
    assert seals.verify().faults == [f"entry {first.id + 2} stands outside every seal"]


def test_the_command_reports_and_fails_on_tampering(client, cli, session):
    act(3)
    session.commit()
    cli("audit", "seal")
    found = cli.json("audit", "verify")
    assert (found["ok"], found["unsealed"], found["faults"]) == (True, 0, [])
    assert found["entries"] == START["entries"] + 3
    without_triggers("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)")
    session.commit()
    assert cli.json("audit", "verify", code=1)["ok"] is False


def test_subjects_without_an_id_are_allowed(session):
    audit.record("import.done", None, by=system_actor(), tenant_id=uuid.uuid4())
    session.flush()
    assert entries()[0].subject_id is None
