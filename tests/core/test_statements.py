"""Statements past SQLAlchemy's execution store, answer, count and fail as those that go by it."""

import uuid

import pytest
import sqlalchemy as sa

from core import clock
from core.db import db, insert_ignoring, transaction
from core.db import session as proxy
from core.models.accounts import Tenant
from core.models.records import Command
from core.statements import Reading, Statement
from tests.factories.core import make_tenant

COMMAND, TENANT = Command.__table__, Tenant.__table__
INSERT = Statement(sa.insert(COMMAND).inline().execution_options(unanswered=True))
KEYS = Statement(
    sa.select(COMMAND.c.key, COMMAND.c.result, COMMAND.c.at)
    .where(COMMAND.c.owner == sa.bindparam("owner"))
    .order_by(COMMAND.c.key)
)
RENAME = Statement(
    sa.update(TENANT).where(TENANT.c.kind == "ocmw", TENANT.c.id == sa.bindparam("which")).values(
        name=sa.bindparam("called")
    )
)  # fmt: skip


def command(key: str, **values):
    return {
        "owner": "o",
        "key": key,
        "fingerprint": None,
        "result": {"é": [1, None]},
        "at": clock.now(),
        **values,
    }


def test_values_come_back_as_they_come_by_the_session(session):
    row = command("a")
    INSERT.run(session, row)
    (found,) = KEYS.all(session, {"owner": "o"})
    assert found == (row["key"], row["result"], row["at"])
    assert (found.key, found.result, found.at) == tuple(session.execute(KEYS.built, {"owner": "o"}).one())
    tenant = make_tenant()
    every = Statement(sa.select(TENANT).where(TENANT.c.id == sa.bindparam("which")))
    asked = {"which": tenant.id}
    assert every.first(session, asked) == tuple(session.execute(every.built, asked).one())
    assert every.first(session, {"which": uuid.uuid4()}) is None


def test_several_rows_are_one_statement_and_changes_are_counted(session, statements):
    tenant = make_tenant("before")
    tenant.name = "unsaved"
    with statements() as seen:
        INSERT.run(session, command("a"), command("b"))
        assert RENAME.run(session, {"which": tenant.id, "called": "after"}) == 1
    assert [statement.split()[0] for statement in seen] == ["UPDATE", "INSERT", "UPDATE"]
    assert RENAME.run(session, {"which": uuid.uuid4(), "called": "nobody"}) == 0
    assert session.scalar(sa.select(Tenant.name).where(Tenant.id == tenant.id)) == "after"
    assert [row.key for row in KEYS.all(session, {"owner": "o"})] == ["a", "b"]
    assert insert_ignoring(Command).run(session, command("a")) == 0


def test_what_the_table_gives_by_itself_is_given(session):
    model = sa.Table(
        "given", sa.MetaData(), sa.Column("id", sa.Uuid, primary_key=True, default=uuid.uuid4),
        sa.Column("times", sa.Integer, default=1, onupdate=2), sa.Column("name", sa.Text),
    )  # fmt: skip
    model.create(session.connection())
    Statement(sa.insert(model).inline()).run(session, {"name": "x"}, {"name": "y"})
    rows = Statement(sa.select(model).order_by(model.c.name)).all(session, {})
    assert [(row.times, row.name) for row in rows] == [(1, "x"), (1, "y")]
    assert len({row.id for row in rows}) == 2
    again = sa.update(model).where(model.c.name == sa.bindparam("old")).values(name=sa.bindparam("new"))
    assert Statement(again).run(session, {"old": "x", "new": "z"}) == 1
    assert session.execute(sa.select(model.c.times).where(model.c.name == "z")).scalar_one() == 2


def test_a_rolled_back_savepoint_takes_it_along(session):
    savepoint = session.begin_nested()
    INSERT.run(session, command("a"))
    savepoint.rollback()
    INSERT.run(session, command("b"))
    assert [row.key for row in KEYS.all(session, {"owner": "o"})] == ["b"]


def test_a_failure_is_that_of_sqlalchemy_and_hides_the_values(fresh_app):
    again = Statement(sa.insert(COMMAND).inline())
    with fresh_app.app_context():
        with transaction():
            again.run(proxy, command("b"))
        with pytest.raises(sa.exc.IntegrityError) as failure, transaction():
            again.run(proxy, command("a"), command("b", fingerprint="secret"))
        assert "secret" not in str(failure.value)
        assert [row.key for row in KEYS.all(proxy, {"owner": "o"})] == ["b"]


def test_after_a_failed_flush_nothing_is_sent(fresh_app):
    with fresh_app.app_context():
        own = db.sessionmaker(bind=db.engine)
        KEYS.all(own, {"owner": "o"})
        own.add(Tenant(kind="ocmw", settings={}))
        with pytest.raises(sa.exc.IntegrityError):
            own.flush()
        with pytest.raises(sa.exc.PendingRollbackError):
            INSERT.run(own, command("a"))
        own.close()
        assert KEYS.all(proxy, {"owner": "o"}) == []


def test_a_list_that_grows_is_refused(session):
    grows = Statement(sa.select(COMMAND.c.key).where(COMMAND.c.key.in_(sa.bindparam("keys", expanding=True))))
    with pytest.raises(TypeError, match="grows"):
        grows.all(session, {"keys": ["a"]})


def test_records_are_read_as_they_are_now_and_stay_those_of_the_session(session, statements):
    reading = Reading(
        Tenant,
        (Command, "owner", "key", "result"),
        select=lambda *columns: (
            sa.select(*columns, sa.literal_column("7"))
            .select_from(Tenant)
            .outerjoin(Command, Command.owner == Tenant.nis)
            .where(Tenant.id == sa.bindparam("which"))
        ),
    )
    tenant = make_tenant("before")
    session.execute(sa.text("UPDATE tenant SET name = 'after', nis = 'o'"))
    assert reading.first(session, {"which": tenant.id}) == [tenant, None, 7]
    assert (tenant.name, tenant.nis, tenant in session.dirty) == ("after", "o", False)
    INSERT.run(session, command("a"))
    session.expunge_all()
    found, along, _seven = reading.first(session, {"which": tenant.id})
    with statements() as seen:
        assert session.get(Tenant, tenant.id) is found
        assert (found.name, found.settings, along.result) == ("after", tenant.settings, {"é": [1, None]})
    assert seen == []
    assert along.at is not None
    found.name = "saved"
    session.flush()
    assert session.scalar(sa.select(Tenant.name).where(Tenant.id == tenant.id)) == "saved"
    assert reading.first(session, {"which": uuid.uuid4()}) is None


def test_a_value_that_is_not_given_is_refused_and_not_made_empty(session):
    tenant = make_tenant("before")
    with pytest.raises(TypeError, match="called"):
        RENAME.run(session, {"which": tenant.id})
    with pytest.raises(TypeError, match="which"):
        RENAME.run(session, {"called": "after"})
    assert session.scalar(sa.select(Tenant.name).where(Tenant.id == tenant.id)) == "before"


def test_rows_that_give_other_values_than_the_first_are_refused(session):
    first, other = command("a"), command("b", fingerprint="lost")
    del first["fingerprint"]
    for rows in ((first, other), (other, first)):
        with pytest.raises(TypeError, match="same values"):
            INSERT.run(session, *rows)
    assert KEYS.all(session, {"owner": "o"}) == []


def test_a_change_on_a_connection_without_a_transaction_is_refused(fresh_app):
    with fresh_app.app_context(), db.engine.connect() as connection:
        with pytest.raises(sa.exc.InvalidRequestError, match="begin a transaction"):
            INSERT.run(connection, command("a"))
        with connection.begin():
            INSERT.run(connection, command("b"))
        assert [row.key for row in KEYS.all(connection, {"owner": "o"})] == ["b"]


def test_how_many_rows_changed_is_not_known_of_what_nobody_waits_for(session):
    assert INSERT.run(session, command("a")) is None
