"""Sealing by field and by file: what opens, what does not, and rotation."""

import json
import uuid
from datetime import date

import pytest
import sqlalchemy as sa
from flask import current_app
from sqlalchemy import orm
from sqlalchemy.orm import Mapped

from core import crypto, drafts, keys, rotation
from core.config import ConfigError
from core.db import Identified
from core.db import session as proxy
from core.errors import NotFound
from core.models.accounts import Tenant
from core.models.records import ContentKey, Draft
from tests.factories.core import make_actor, make_tenant


class Own(orm.DeclarativeBase):
    """Tables of this test only."""


class Person(Identified, Own):
    __tablename__ = "test_person"
    ssin_sealed: Mapped[bytes | None]
    iban_sealed: Mapped[bytes | None]
    ssin = crypto.Encrypted("ssin_sealed")
    iban = crypto.Encrypted("iban_sealed")


class Note(Identified, Own):
    __tablename__ = "test_note"
    case_id: Mapped[uuid.UUID]
    text_sealed: Mapped[bytes | None]
    text = crypto.Sealed("text_sealed", owner="case_id")


# Tables of a test take no part in rotation.
crypto.Encrypted.registered[:] = [entry for entry in crypto.Encrypted.registered if entry[0] is not Person]


@pytest.fixture
def tables(session: orm.Session) -> None:
    Own.metadata.create_all(session.connection())


def make_person(ssin: str = "90.01.01-001.01") -> Person:
    person = Person(ssin=ssin)
    proxy.add(person)
    proxy.flush()
    return person


def test_a_field_comes_back_as_it_was(tables):
    person = make_person("Ünïcode 85.07.30-033.28")
    proxy.expire_all()
    assert proxy.get_one(Person, person.id).ssin == "Ünïcode 85.07.30-033.28"


def test_the_column_holds_nothing_readable_and_names_its_key(tables):
    person = make_person("85.07.30-033.28")
    assert person.ssin_sealed is not None
    assert b"85.07" not in person.ssin_sealed
    assert crypto.key_id_of(person.ssin_sealed) == crypto.current_keys().current


def test_the_same_value_is_sealed_differently_each_time(tables):
    assert make_person().ssin_sealed != make_person().ssin_sealed


def test_a_value_moved_to_another_row_does_not_open(tables):
    one, other = make_person("1"), make_person("2")
    one.ssin_sealed, other.ssin_sealed = other.ssin_sealed, one.ssin_sealed
    with pytest.raises(crypto.CannotOpen):
        _ = one.ssin


def test_a_value_moved_to_another_column_does_not_open(tables):
    person = make_person("1")
    person.iban_sealed = person.ssin_sealed
    with pytest.raises(crypto.CannotOpen):
        _ = person.iban


@pytest.mark.parametrize("place", [0, 12, -1])
def test_a_changed_byte_does_not_open(tables, place):
    person = make_person()
    assert person.ssin_sealed is not None
    changed = bytearray(person.ssin_sealed)
    changed[place] ^= 1
    person.ssin_sealed = bytes(changed)
    with pytest.raises(crypto.CannotOpen):
        _ = person.ssin


@pytest.mark.parametrize("junk", [b"", b"k1", b"k1\x00short", b"\x00" * 40])
def test_junk_does_not_open(session, junk):
    with pytest.raises(crypto.CannotOpen):
        crypto.unseal("a.b.c", junk)


def test_an_empty_field_stays_empty(tables):
    person = make_person()
    person.ssin = None
    assert person.ssin is None
    assert person.ssin_sealed is None


def test_a_lookup_hash_differs_per_tenant_and_not_per_time(session):
    one, other = uuid.uuid4(), uuid.uuid4()
    assert crypto.lookup_hash(one, "85073003328") == crypto.lookup_hash(one, "85073003328")
    assert crypto.lookup_hash(one, "85073003328") != crypto.lookup_hash(other, "85073003328")
    assert len(crypto.lookup_hash(one, "x")) == 64


# ---------------------------------------------------------------- by file
def make_note(text: str = "Meneer vertelt over zijn schulden.") -> Note:
    tenant = make_tenant()
    case_id = uuid.uuid4()
    crypto.new_content_key(case_id, tenant.id)
    note = Note(case_id=case_id, text=text)
    proxy.add(note)
    proxy.flush()
    return note


def test_a_note_opens_with_the_key_of_its_case(tables):
    note = make_note("Kort verhaal")
    proxy.expire_all()
    assert note.text == "Kort verhaal"


def test_a_note_moved_to_another_case_does_not_open(tables):
    one, other = make_note("een"), make_note("twee")
    one.case_id = other.case_id
    with pytest.raises(crypto.CannotOpen):
        _ = one.text


def test_after_the_key_is_destroyed_nothing_opens(tables):
    note = make_note()
    crypto.destroy_content_key(note.case_id)
    with pytest.raises(NotFound):
        _ = note.text
    row = proxy.get_one(ContentKey, note.case_id)
    assert row.wrapped is None
    assert row.destroyed_at is not None


def test_a_content_key_moved_to_another_case_does_not_open(tables):
    one, other = make_note(), make_note()
    keys_of = [proxy.get_one(ContentKey, note.case_id) for note in (one, other)]
    keys_of[0].wrapped, keys_of[1].wrapped = keys_of[1].wrapped, keys_of[0].wrapped
    with pytest.raises(crypto.CannotOpen):
        _ = one.text


def test_a_tenant_gets_one_key(session):
    tenant = make_tenant()
    assert tenant.wrapped_key is None
    first = crypto.tenant_key(tenant.id)
    assert tenant.wrapped_key is not None
    assert crypto.tenant_key(tenant.id) == first
    assert crypto.tenant_key(make_tenant().id) != first


# ---------------------------------------------------------------- key files and rotation
def test_a_key_file_reads_back(tmp_path):
    made = keys.new_keys()
    path = tmp_path / "keys.json"
    keys.save(made, path)
    assert keys.parse(path.read_text()) == made
    assert path.stat().st_mode & 0o777 == 0o600


SHORT = '{"current": "a", "keys": {"a": "QUJD"}, "lookup": "QUJD"}'
EMPTY = '{"current": "k1", "keys": {}, "lookup": ""}'


@pytest.mark.parametrize("text", ["", "{}", "[]", EMPTY, SHORT])
def test_a_bad_key_file_is_refused_without_showing_it(text):
    with pytest.raises(ConfigError) as refusal:
        keys.parse(text)
    assert "QUJD" not in str(refusal.value)


def test_development_makes_a_key_file_once(tmp_path):
    from core import config

    settings = config.load(var=str(tmp_path))
    assert keys.load(settings) == keys.load(settings)


def test_after_rotation_everything_opens_with_the_new_key_alone(fresh_app):
    from core.db import transaction

    with fresh_app.app_context():
        settings = current_app.extensions["settings"]
        with transaction():
            tenant = make_tenant()
            actor = make_actor(tenant=tenant)
            case_id = uuid.uuid4()
            crypto.new_content_key(case_id, tenant.id)
            sealed = crypto.seal_with(case_id, "note.text.1", "blijft leesbaar")
            hashed = crypto.lookup_hash(tenant.id, "x")
        assert actor.user_id is not None
        drafts.save(actor.user_id, "form:/x", {"text": ["concept"]})
        before = crypto.current_keys().current
        counts = rotation.rotate(settings)
        found = crypto.current_keys()
        assert counts == {"key": found.current, "tenants": 1, "values": 1}
        assert found.current != before
        # The new key alone is enough for what is stored now; the old one stays for backups.
        only_new = keys.Keys(found.current, {found.current: found.roots[found.current]}, found.lookup)
        current_app.extensions["keys"] = only_new
        assert crypto.open_with(case_id, "note.text.1", sealed) == b"blijft leesbaar"
        assert drafts.find(actor.user_id, "form:/x") == {"text": ["concept"]}
        assert crypto.lookup_hash(tenant.id, "x") == hashed


def test_rotation_seals_class_a_again(fresh_app, monkeypatch):
    from core.db import transaction

    monkeypatch.setattr(crypto.Encrypted, "registered", [(Person, "ssin")])
    with fresh_app.app_context():
        with transaction():
            Own.metadata.create_all(proxy.connection())
            people = [make_person(str(number)).id for number in range(3)]
        rotation.rotate(current_app.extensions["settings"])
        for number, person_id in enumerate(people):
            person = proxy.get_one(Person, person_id)
            assert person.ssin == str(number)
            assert person.ssin_sealed is not None
            assert crypto.key_id_of(person.ssin_sealed) == crypto.current_keys().current


def test_a_process_that_was_running_during_a_rotation_reads_the_new_key(session):
    old = crypto.current_keys()
    path = keys.file_of(current_app.extensions["settings"])
    assert path is not None
    newer = keys.with_new_root(old)
    keys.save(newer, path)
    current_app.extensions["keys"] = newer
    sealed = crypto.seal("a.b.1", b"new")
    current_app.extensions["keys"] = old
    assert crypto.unseal("a.b.1", sealed) == b"new"


def test_the_rotate_command_tells_what_it_did(fresh_app):
    result = fresh_app.test_cli_runner().invoke(args=["keys", "rotate", "--json"])
    assert result.exit_code == 0, result.output
    assert set(json.loads(result.stdout)) == {"key", "tenants", "values"}


# ---------------------------------------------------------------- drafts
def test_a_draft_is_given_back_to_its_writer_only(session):
    one, other = make_actor(), make_actor()
    assert one.user_id is not None
    assert other.user_id is not None
    session.commit()
    drafts.save(one.user_id, "form:/cases/1", {"story": ["Mevrouw zegt…"]})
    assert drafts.find(one.user_id, "form:/cases/1") == {"story": ["Mevrouw zegt…"]}
    assert drafts.find(other.user_id, "form:/cases/1") is None
    assert drafts.find(one.user_id, "form:/cases/2") is None


def test_a_draft_is_sealed_and_bound_to_user_and_subject(session):
    one, other = make_actor(), make_actor()
    assert one.user_id is not None
    assert other.user_id is not None
    session.commit()
    drafts.save(one.user_id, "form:/a", {"story": ["geheim verhaal"]})
    row = session.get(Draft, (one.user_id, "form:/a"))
    assert b"geheim" not in row.sealed
    session.add(Draft(user_id=other.user_id, subject_key="form:/a", sealed=row.sealed, saved_at=row.saved_at))
    session.flush()
    assert drafts.find(other.user_id, "form:/a") is None


def test_a_newer_draft_takes_the_place_of_the_old_one(session):
    actor = make_actor()
    assert actor.user_id is not None
    session.commit()
    drafts.save(actor.user_id, "form:/a", {"n": ["1"]})
    drafts.save(actor.user_id, "form:/a", {"n": ["2"]})
    assert drafts.find(actor.user_id, "form:/a") == {"n": ["2"]}
    drafts.discard(actor.user_id, "form:/a")
    assert drafts.find(actor.user_id, "form:/a") is None


def test_a_draft_is_gone_after_30_days(session):
    import time_machine

    actor = make_actor()
    assert actor.user_id is not None
    session.commit()
    with time_machine.travel(date(2026, 1, 1), tick=True):
        drafts.save(actor.user_id, "form:/a", {"n": ["1"]})
    with time_machine.travel(date(2026, 2, 1), tick=True):
        assert drafts.find(actor.user_id, "form:/a") is None
        assert drafts.purge() == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0


def test_tenant_model_is_the_one_that_wraps(session):
    tenant = make_tenant()
    crypto.tenant_key(tenant.id)
    wrapped = session.get_one(Tenant, tenant.id).wrapped_key
    assert crypto.unwrap_for_tenant(tenant.id, wrapped) == crypto.tenant_key(tenant.id)
    with pytest.raises(crypto.CannotOpen):
        crypto.unwrap_for_tenant(uuid.uuid4(), wrapped)
