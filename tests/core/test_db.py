"""One place commits; readers and writers keep apart; times are aware; the calendar is Belgian."""

import threading
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import g
from sqlalchemy.orm import Mapped
from sqlalchemy.orm.exc import StaleDataError

from core import clock
from core.db import (
    Base,
    Identified,
    Versioned,
    check_version,
    db,
    insert,
    lock,
    own_transaction,
    store,
    transaction,
    uuid7,
)
from core.db import session as proxy
from core.errors import Conflict
from core.models.accounts import Tenant, TenantKind, UserSession
from intake import cases
from intake.models.cases import Case
from intake.models.households import Household
from tests.databases import dispose, make_app
from tests.factories.core import make_membership, make_tenant, make_user
from tests.factories.intake import make_case, make_person, make_worker


def test_a_transaction_commits_all_or_nothing(fresh_app):
    def fail_halfway() -> None:
        with transaction():
            make_tenant()
            raise RuntimeError

    with fresh_app.app_context():
        with pytest.raises(RuntimeError):
            fail_halfway()
        assert proxy.scalar(sa.select(sa.func.count()).select_from(Tenant)) == 0
        with transaction():
            make_tenant()
        proxy.rollback()
        assert proxy.scalar(sa.select(sa.func.count()).select_from(Tenant)) == 1


def test_a_request_that_only_reads_changes_no_record(session):
    g.reading_only = True
    session.add(Tenant(id=uuid7(), name="Nergens", kind=TenantKind.OCMW, settings={}, created_at=clock.now()))
    with pytest.raises(RuntimeError, match="only reads"):
        session.flush()
    session.expunge_all()


def test_a_transaction_does_not_nest(session):
    with transaction(), pytest.raises(RuntimeError, match="already"), transaction():
        pass


def test_a_write_beside_a_transaction_is_refused_because_it_would_wait_for_itself(session):
    with transaction():
        make_tenant()
        with pytest.raises(RuntimeError, match="wait"), own_transaction():
            pass


@pytest.mark.database("sqlite")
def test_a_reader_does_not_wait_for_a_writer(fresh_app):
    with fresh_app.app_context(), transaction():
        make_tenant("before")
    holding, done = threading.Event(), threading.Event()

    def write() -> None:
        with fresh_app.app_context(), transaction():
            make_tenant("after")
            holding.set()
            done.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    holding.wait(10)
    try:
        with fresh_app.app_context():
            g.reading_only = True
            assert proxy.scalars(sa.select(Tenant.name)).all() == ["before"]
            assert writer.is_alive()
    finally:
        done.set()
        writer.join()


def test_writers_wait_for_each_other_and_none_is_lost(fresh_app):
    with fresh_app.app_context(), transaction():
        tenant_id = make_tenant("x").id

    def add_dot() -> None:
        with fresh_app.app_context():
            for _ in range(5):
                with transaction():
                    tenant = lock(Tenant, tenant_id)
                    assert tenant is not None
                    tenant.name += "."

    threads = [threading.Thread(target=add_dot) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with fresh_app.app_context():
        assert proxy.get_one(Tenant, tenant_id).name == "x" + "." * 20


def test_a_record_is_locked_and_read_once_in_a_transaction(session, statements):
    tenant = make_tenant("x")
    with statements() as seen:
        assert lock(Tenant, tenant.id) is lock(Tenant, tenant.id) is tenant
    assert len(seen) == 1
    with session.begin_nested():
        session.execute(sa.text("UPDATE tenant SET name = 'y'"))
        assert lock(Tenant, tenant.id).name == "y"
    session.execute(sa.text("UPDATE tenant SET name = 'z'"))
    session.commit()
    assert lock(Tenant, tenant.id).name == "z"


@pytest.mark.parametrize("read", [partial(lock, Case), cases.get_to_change])
def test_a_record_that_was_waited_for_is_about_whom_it_is_about_now(fresh_app, read):
    with fresh_app.app_context():
        with transaction():
            by = make_worker()
            case, second = make_case(by), make_person(by, last_name="Smet")
            household = Household(id=uuid7(), tenant_id=by.tenant_id, created_at=clock.now())
            proxy.add(household)
            holder = make_user()
            proxy.flush()
            assert (case.person.last_name, case.household, case.holder_id) == ("Aerts", None, case.holder.id)
        changed = sa.update(Case.__table__).values(
            person_id=second.id, household_id=household.id, holder_id=holder.id
        )
        with db.engine.begin() as other:
            other.execute(changed)
        with transaction():
            assert read(case.id) is case
            assert (case.person, case.household, case.holder) == (second, household, holder)


def test_a_record_that_is_written_past_the_mapper_is_one_of_the_session(session, statements):
    user = make_user()
    row = UserSession(
        id=uuid7(), token_hash="t", user_id=user.id, membership_id=make_membership(user).id,
        created_at=clock.now(), last_seen_at=clock.now(),
    )  # fmt: skip
    with statements() as seen:
        insert(row)
        session.flush()
    assert len(seen) == 1
    assert session.get(UserSession, row.id) is row
    assert (row.device, row.user) == ("", user)
    row.device = "phone"
    session.flush()
    assert session.scalar(sa.select(UserSession.device).where(UserSession.token_hash == "t")) == "phone"


def test_what_is_stored_past_the_mapper_counts_the_version_on(session, statements):
    case = make_case(make_worker())
    version = case.version
    with statements() as seen:
        store(case, nis="44021")
        session.flush()
    assert len(seen) == 1
    assert (case.nis, case.version) == ("44021", version + 1)
    session.refresh(case)
    assert (case.nis, case.version) == ("44021", version + 1)
    session.execute(sa.text("UPDATE intake_case SET version = 99"))
    with pytest.raises(StaleDataError):
        store(case, nis="44019")
    assert lock(Case, case.id).version == 99
    store(case, nis="44019")
    session.refresh(case)
    assert (case.nis, case.version) == ("44019", 100)


class Aggregate(Identified, Versioned):
    """Columns that the aggregates of the packages share; mapped on a registry of its own."""


def test_two_writers_of_one_version_cannot_both_win(session):
    class Own(sa.orm.DeclarativeBase):
        type_annotation_map = Base.type_annotation_map

    class File(Aggregate, Own):
        __tablename__ = "test_file"
        name: Mapped[str]

    Own.metadata.create_all(session.connection())
    session.add(File(id=uuid7(), name="a"))
    session.flush()
    file = session.scalars(sa.select(File)).one()
    assert file.version == 1
    check_version(file, 1)
    check_version(file, None)
    with pytest.raises(Conflict):
        check_version(file, 0)
    session.execute(sa.text("UPDATE test_file SET version = 2"))
    file.name = "b"
    with pytest.raises(StaleDataError):
        session.flush()


def test_identifiers_follow_time():
    made = [uuid7() for _ in range(3)]
    assert all(each.version == 7 and each.variant == uuid.RFC_4122 for each in made)
    time.sleep(0.002)
    assert uuid7() > made[0]


def test_a_naive_moment_is_refused(session):
    with pytest.raises(sa.exc.StatementError):
        make_user(created_at=datetime(2026, 1, 1))  # noqa: DTZ001


def test_moments_come_back_aware_and_in_utc(session):
    brussels = datetime(2026, 7, 1, 12, 0, tzinfo=clock.BRUSSELS)
    user = make_user(created_at=brussels)
    session.expire_all()
    assert user.created_at == brussels
    assert user.created_at.tzinfo == UTC


def test_values_stay_out_of_messages_of_the_database(session):
    make_user("nele@example.org")
    with pytest.raises(sa.exc.IntegrityError) as refusal:
        make_user("nele@example.org", name="Nele Wauters")
    assert "Nele Wauters" not in str(refusal.value)


def test_sqlite_writes_are_durable_and_keep_references(database):
    copy = database.copy()
    app = make_app(copy.url, copy.folder, durable=True)
    with app.app_context(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                       for name in ("journal_mode", "synchronous", "foreign_keys")]  # fmt: skip
            assert pragmas == ["wal", 2, 1]
        else:
            assert connection.exec_driver_sql("SHOW server_version_num").scalar()
    dispose(app)


# ---------------------------------------------------------------- clock
@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),  # Friday to Monday
        (date(2026, 11, 10), 1, date(2026, 11, 12)),  # Armistice
        (date(2026, 12, 24), 1, date(2026, 12, 28)),  # Christmas, and the day after it
        (date(2026, 7, 10), 1, date(2026, 7, 13)),  # the Flemish feast falls on a Saturday
        (date(2027, 5, 5), 1, date(2027, 5, 7)),  # Ascension
        (date(2026, 11, 23), -1, date(2026, 11, 20)),
        (date(2026, 11, 21), 0, date(2026, 11, 21)),
    ],
)
def test_working_days_are_those_of_flemish_public_services(start, count, end):
    assert clock.add_working_days(start, count) == end
    if count > 0:
        assert clock.working_days_between(start, end) == count
        assert clock.working_days_between(end, start) == -count


def test_a_day_in_brussels_has_its_own_length():
    assert clock.end_of(date(2026, 3, 29)) - clock.start_of(date(2026, 3, 29)) == timedelta(hours=23)
    assert clock.start_of(date(2026, 11, 21)) == datetime(2026, 11, 20, 23, tzinfo=UTC)
