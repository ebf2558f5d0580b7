"""What nobody waits for is stored like any other, in its order, or fails the whole transaction."""

import contextlib

import psycopg
import pytest
import sqlalchemy as sa

from core import audit, clock
from core.db import db, transaction, uuid7
from core.db import session as proxy
from core.models.accounts import Tenant
from core.models.trail import AuditEntry
from tests.factories.core import make_actor, make_tenant

NAMELESS = sa.insert(Tenant.__table__).inline().execution_options(unanswered=True)


def count(model: type) -> int:
    found: int = proxy.scalar(sa.select(sa.func.count()).select_from(model))
    return found


def test_what_is_read_later_sees_what_was_sent_before(session):
    before, by = count(AuditEntry), make_actor()
    for _ in range(3):
        audit.record("test.done", by=by)
    assert count(AuditEntry) == before + 3


def test_what_nobody_waited_for_is_there_after_the_commit(fresh_app):
    with fresh_app.app_context():
        before = count(AuditEntry)
        proxy.rollback()
        with transaction():
            audit.record("test.done", by=make_actor())
        proxy.rollback()
        assert count(AuditEntry) == before + 1


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_failure_that_nobody_waited_for_leaves_nothing(fresh_app, goes_on):
    """Whether the next statement brings it or the commit; the connection serves the next transaction."""

    def fail() -> None:
        with transaction():
            make_tenant("first")
            proxy.execute(NAMELESS, {"kind": "ocmw", "settings": {}})
            if goes_on:
                count(Tenant)

    with fresh_app.app_context():
        with pytest.raises(sa.exc.IntegrityError):
            fail()
        with transaction():
            make_tenant("second")
        assert proxy.scalars(sa.select(Tenant.name)).all() == ["second"]


@pytest.mark.database("postgresql")
def test_a_failure_before_a_rollback_does_not_matter(fresh_app):
    def give_up() -> None:
        with transaction():
            proxy.execute(NAMELESS, {"kind": "ocmw", "settings": {}})
            raise LookupError

    with fresh_app.app_context():
        with pytest.raises(LookupError):
            give_up()
        assert count(Tenant) == 0


@pytest.mark.database("postgresql")
def test_begin_and_marked_statements_travel_with_the_next_one(fresh_app, monkeypatch):
    waits = []
    sync = psycopg.Pipeline.sync
    monkeypatch.setattr(psycopg.Pipeline, "sync", lambda own: waits.append(1) or sync(own))
    with fresh_app.app_context():
        with transaction():
            by, before = make_actor(), count(AuditEntry)
            waits.clear()
            audit.record("test.one", by=by)
            audit.record("test.two", by=by)
            assert waits == []
            driver = proxy.connection().connection.driver_connection
            assert len(driver.collecting.command_queue) >= 2, "psycopg has sent none of them by itself"
            assert count(AuditEntry) == before + 2
            assert waits == [1]
        assert db.engine.dialect.name == "postgresql"


@pytest.mark.database("postgresql")
def test_a_lost_server_fails_one_transaction_and_empties_the_pool(fresh_app):
    with fresh_app.app_context():
        held = [db.engine.connect() for _ in range(2)]
        lost = [connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for connection in held]
        for connection in held:
            connection.close()
        with psycopg.connect(fresh_app.extensions["settings"].database_url.replace("+psycopg", "")) as other:
            for pid in lost:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        with pytest.raises(sa.exc.OperationalError), transaction():
            make_tenant("lost")
        with transaction():
            make_tenant("found")
        assert proxy.scalars(sa.select(Tenant.name)).all() == ["found"]


@pytest.mark.database("postgresql")
def test_a_connection_that_only_the_pool_took_back_has_nothing_left_to_send(fresh_app):
    with fresh_app.app_context():
        connection = db.engine.connect()
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        values = {"id": uuid7(), "name": "x", "kind": "ocmw", "settings": {}, "created_at": clock.now()}
        connection.execute(NAMELESS, values)
        driver = connection.connection.driver_connection
        connection.connection.close()
        assert not vars(driver).get("waiting")
        with db.engine.connect() as again:
            assert again.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() == pid
            assert again.scalar(sa.select(sa.func.count()).select_from(Tenant)) == 0
            again.commit()
        assert count(Tenant) == 0


@pytest.mark.database("postgresql")
def test_a_commit_that_the_server_turned_into_a_rollback_is_a_failure(fresh_app):
    """Somebody caught the failure of a statement and went on."""

    def go_on() -> None:
        with transaction():
            make_tenant("lost")
            with contextlib.suppress(sa.exc.DataError):
                proxy.connection().exec_driver_sql("SELECT 1/0")

    with fresh_app.app_context():
        with pytest.raises(sa.exc.InternalError, match="rolled this transaction back"):
            go_on()
        assert count(Tenant) == 0
        with transaction():
            make_tenant("kept")
        assert proxy.scalars(sa.select(Tenant.name)).all() == ["kept"]
