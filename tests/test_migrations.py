"""The migrations make what the models say, on both databases, and go back the way they came."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask

from core import schema
from core.db import Base, db
from core.db import session as proxy
from tests.databases import dispose, make_app

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = sorted((ROOT / "migrations" / "versions").glob("[0-9]*.py"))


@pytest.fixture
def own_app(fresh_app: Flask) -> Flask:
    for package in ("core", "socialmap", "workflows", "intake", "projects"):
        importlib.import_module(f"{package}.models")
    return fresh_app


def differences(connection: sa.Connection) -> str:
    """What alembic would still do to make the database like the models."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": _is_of_the_models}
    )
    return "\n".join(repr(found) for found in compare_metadata(context, Base.metadata))


def _is_of_the_models(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Search tables of SQLite (FTS5 and its shadows) have no model; everything else must have one."""
    if kind == "table" and reflected and name is not None:
        return "_fts" not in name and not name.startswith("test_")
    if kind == "index" and reflected and other is None:
        # An index on an expression of one kind of database (full text) stands in its migration only.
        return all(isinstance(part, sa.Column) for part in thing.expressions)
    return True


def tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def test_the_head_is_what_the_models_say(own_app):
    with own_app.app_context(), db.engine.connect() as connection:
        assert differences(connection) == ""


def test_constraints_carry_the_names_of_the_models(own_app):
    """Autogenerate does not compare names of keys and checks: a later migration must find them by name."""
    with own_app.app_context(), db.engine.connect() as connection:
        inspector = sa.inspect(connection)
        odd = []
        for table in Base.metadata.sorted_tables:
            wanted = {str(c.name) for c in table.constraints if c.name and not _is_unnamed(c, connection)}
            found = {inspector.get_pk_constraint(table.name)["name"]}
            found |= {key["name"] for key in inspector.get_foreign_keys(table.name)}
            found |= {key["name"] for key in inspector.get_unique_constraints(table.name)}
            found |= {check["name"] for check in inspector.get_check_constraints(table.name)}
            odd += [f"{table.name}: {name}" for name in wanted - found]
        assert odd == []


def _is_unnamed(constraint: Any, connection: sa.Connection) -> bool:
    """SQLite cannot name the key of a table that counts by itself."""
    counts = bool(constraint.table.dialect_options["sqlite"]["autoincrement"])
    is_key = isinstance(constraint, sa.PrimaryKeyConstraint)
    return is_key and counts and connection.dialect.name == "sqlite"


def test_down_to_nothing_and_up_again(own_app):
    with own_app.app_context():
        schema.downgrade("base")
        with db.engine.connect() as connection:
            assert tables(connection) == set()
        assert schema.current() is None
        schema.upgrade()
        assert schema.is_current()
        with db.engine.connect() as connection:
            assert differences(connection) == ""


def test_each_step_goes_back_and_forth(own_app):
    steps = [version.stem for version in VERSIONS]
    with own_app.app_context():
        for step, former in zip(reversed(steps), [*reversed(steps[:-1]), "base"], strict=True):
            before = _snapshot()
            schema.downgrade(former)
            schema.upgrade(step)
            assert _snapshot() == before, step
            schema.downgrade(former)


def _snapshot() -> dict[str, list[str]]:
    """Tables with columns and indexes, to compare one state with another."""
    with db.engine.connect() as connection:
        inspector = sa.inspect(connection)
        columns, indexes = inspector.get_multi_columns(), inspector.get_multi_indexes()
        return {
            str(table): sorted(
                str(each["name"]) for each in [*columns[schema, table], *indexes[schema, table]]
            )
            for schema, table in columns
        }


def test_going_down_and_up_with_the_files_and_processes_of_the_demo(database, databases):
    copy = databases.demo(database.kind).copy()
    app = make_app(copy.url, copy.folder)
    with app.app_context():
        users = proxy.execute(sa.text("SELECT count(*) FROM app_user")).scalar()
        # An agreement of before the texts that are told were kept (0023), and one ground without consent.
        nth = "UPDATE basis SET {} WHERE id IN (SELECT id FROM basis ORDER BY id LIMIT 1 OFFSET {})"
        told = "kind = 'consent', given_on = '2026-11-28', ends_on = NULL"  # kept from then on
        for values, place in (("given_on = '2026-01-01'", 0), ("kind = 'law'", 1), (told, 2)):
            proxy.execute(sa.text(nth.format(values, place)))
        # A request for aid of before a receipt had a term (0030).
        proxy.execute(sa.text("DELETE FROM term WHERE kind IN ('aid_receipt', 'emergency_review')"))
        owed = "FROM aid_request WHERE receipt_given_at IS NULL AND status NOT IN ('forwarded', 'withdrawn')"
        missing = proxy.execute(sa.text(f"SELECT count(*) {owed}")).scalar()
        # A municipality that left an area (0032), a term that began since (0030).
        left = "(SELECT nis FROM area_set_member ORDER BY code, nis LIMIT 1)"
        proxy.execute(sa.text(f"UPDATE area_set_member SET valid_to = '2025-12-31' WHERE nis IN {left}"))
        members = proxy.execute(
            sa.text("SELECT count(*) FROM area_set_member WHERE valid_to IS NULL")
        ).scalar()
        one = "(SELECT id FROM term WHERE kind <> 'aid_receipt' LIMIT 1)"
        proxy.execute(sa.text(f"UPDATE term SET kind = 'emergency_reminder' WHERE id IN {one}"))
        proxy.commit()
        schema.downgrade("0028_nudges")
        assert proxy.execute(sa.text("SELECT count(*) FROM area_set_member")).scalar() == members
        reviews = "SELECT count(*) FROM term WHERE kind IN ('emergency_review', 'emergency_reminder')"
        assert proxy.execute(sa.text(reviews)).scalar() == 0
        proxy.rollback()
        schema.upgrade()
        found = proxy.execute(sa.text("SELECT due_at FROM term WHERE kind = 'aid_receipt'")).all()
        assert missing
        assert len(found) == missing
        # What every agreement said became data of each call (0045).
        one = '(SELECT id FROM "call" ORDER BY id LIMIT 1)'
        duties = f"SELECT position, text, source FROM call_duty WHERE call_id = {one} ORDER BY position"
        position, text, source = zip(*proxy.execute(sa.text(duties)).all(), strict=True)
        assert position == (1, 2, 3, 4, 5, 6)
        assert text[1] == "De ontvanger laat controle ter plaatse toe"
        law, agreed = "wet van 14 november 1983", "deze overeenkomst"
        assert source == (law, law, agreed, law, agreed, agreed)
        of_calls = 'SELECT count(*) FROM call_duty UNION ALL SELECT 6 * count(*) FROM "call"'
        assert len(set(proxy.execute(sa.text(of_calls)).scalars())) == 1
        kept = proxy.execute(sa.text("SELECT text_language IS NOT NULL FROM basis ORDER BY id")).scalars()
        assert list(map(bool, kept))[:3] == [False, False, True]
        proxy.rollback()
        assert users
        for version in reversed(VERSIONS[:-1]):
            schema.downgrade(version.stem)
        schema.upgrade()
        assert schema.is_current()
        assert proxy.execute(sa.text("SELECT count(*) FROM app_user")).scalar() == users
    dispose(app)


def test_migrations_are_numbered_without_a_gap_and_import_no_models():
    assert [path.stem[:4] for path in VERSIONS] == [f"{n:04d}" for n in range(1, len(VERSIONS) + 1)]
    for path in VERSIONS:
        text = path.read_text(encoding="utf-8")
        assert f'revision = "{path.stem}"' in text, path.name
        assert not re.search(r"^(from|import) (core|socialmap|workflows|intake|projects)\b", text, re.M), (
            path.name
        )
