"""Lists of several models in one statement come back as they come apart."""

import uuid

import sqlalchemy as sa

from core import clock
from core.models.accounts import Tenant, User
from core.models.records import Command
from core.together import Listed, Together
from tests.factories.core import make_tenant, make_user

NAME = sa.bindparam("name")
PAGE = Together(
    tenants=Listed(sa.select(Tenant).where(Tenant.name == NAME), "kind", "id-"),
    users=Listed(sa.select(User).where(User.name == NAME), "id"),
    commands=Listed(sa.select(Command.key, Command.result, Command.at).where(Command.owner == NAME), "at"),
    counted=Listed(
        sa.select(Tenant.kind, sa.cast(sa.func.count(), sa.BigInteger).label("times"))
        .where(Tenant.name == NAME)
        .group_by(Tenant.kind)
    ),
)


def apart(session, model):
    columns = model.__table__.columns
    rows = session.execute(sa.select(*columns).where(columns.name == "x").order_by(columns.id))
    return [dict(row._mapping) for row in rows]


def as_read(records):
    columns = sa.inspect(type(records[0])).column_attrs
    found = [{each.columns[0].key: getattr(record, each.key) for each in columns} for record in records]
    return sorted(found, key=lambda row: row["id"])


def test_records_and_rows_come_in_one_statement_as_they_are(session, statements):
    tenants = [make_tenant("x"), make_tenant("x")]
    user = make_user(name="x")
    at = clock.now()
    session.add(Command(owner="x", key="k", result={"é": [1, None]}, at=at))
    make_tenant("y")
    session.flush()
    expected = apart(session, Tenant), apart(session, User)
    session.expunge_all()
    with statements() as seen:
        found = PAGE.all(session, {"name": "x"})
        read = as_read(found["tenants"]), as_read(found["users"])
    assert len(seen) == 1
    assert read == expected
    assert [one.id for one in found["tenants"]] == sorted((one.id for one in tenants), reverse=True)
    assert found["users"] == [session.get(User, user.id)]
    (command,) = found["commands"]
    assert (command.key, command.result, command.at) == ("k", {"é": [1, None]}, at)
    assert [(row.kind, row.times) for row in found["counted"]] == [(tenants[0].kind, 2)]
    assert isinstance(found["counted"][0].times, int)


def test_nothing_found_is_empty_lists(session):
    found = PAGE.all(session, {"name": str(uuid.uuid4())})
    assert found == {"tenants": [], "users": [], "commands": [], "counted": []}


def test_a_record_that_is_known_becomes_as_now_read(session):
    tenant = make_tenant("x")
    session.execute(sa.update(Tenant.__table__).values(kind="partner"))
    (found,) = PAGE.all(session, {"name": "x"})["tenants"]
    assert found is tenant
    assert tenant.kind == "partner"
    session.execute(sa.update(Tenant.__table__).values(name="z"))
    assert PAGE.all(session, {"name": "x"})["tenants"] == []


def test_nothing_stands_before_something(session):
    listed = Listed(sa.select(Command.key, Command.fingerprint), "fingerprint", "key-")
    rows = [("a", "2"), ("b", None), ("c", "1"), ("d", None)]
    assert [row.key for row in listed.found(session, rows)] == ["d", "b", "c", "a"]
