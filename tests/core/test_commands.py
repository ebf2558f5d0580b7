"""A double click counts once; a dated parameter holds on its days."""

import json
import threading
import uuid
from datetime import date

import pytest

from core import commands, parameters
from core.clock import now
from core.db import transaction
from core.errors import Conflict
from tests.factories.core import forget_request, make_actor, make_tenant


def test_a_repeat_finds_the_result(session):
    actor, command = make_actor(), uuid.uuid4()
    assert commands.once(command, actor) is None
    commands.done(command, {"case_id": "1"})
    forget_request()
    assert commands.once(str(command), actor) == {"case_id": "1"}


def test_a_result_that_is_known_beforehand_is_written_once(session, statements):
    actor, command = make_actor(), uuid.uuid4()
    with statements() as seen:
        assert commands.once(command, actor, result={"to": "/cases/1"}) is None
    assert len(seen) == 1
    assert commands.once(command, actor) == {"to": "/cases/1"}


def test_a_repeat_of_an_act_without_a_result_is_a_repeat_all_the_same(session):
    actor, command = make_actor(), uuid.uuid4()
    assert commands.once(command, actor) is None
    assert commands.once(command, actor) == {}


def test_the_id_of_somebody_else_is_another_command(session):
    command = uuid.uuid4()
    assert commands.once(command, make_actor()) is None
    assert commands.once(command, make_actor()) is None


def test_the_same_id_with_other_content_is_refused(session):
    actor = make_actor()
    commands.once("key-1", actor, fingerprint="a")
    with pytest.raises(Conflict):
        commands.once("key-1", actor, fingerprint="b")


def test_without_an_id_everything_is_new(session):
    actor = make_actor()
    assert commands.once(None, actor) is None
    assert commands.once(None, actor) is None
    commands.done(None, {})


def test_what_is_rolled_back_may_be_done_again(session):
    actor, command = make_actor(), uuid.uuid4()
    session.commit()

    def act_and_fail() -> None:
        with transaction():
            commands.once(command, actor)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        act_and_fail()
    assert commands.once(command, actor) is None


def test_commands_are_forgotten_after_a_week(session):
    from datetime import timedelta

    commands.once("a", make_actor())
    assert commands.purge() == 0
    assert commands.purge(at=now() + timedelta(days=8)) == 1


def test_of_two_at_the_same_time_one_acts(fresh_app):
    command, results = uuid.uuid4(), []
    with fresh_app.app_context(), transaction():
        actor = make_actor()

    def click() -> None:
        with fresh_app.app_context(), transaction():
            prior = commands.once(command, actor)
            if prior is None:
                commands.done(command, {"n": 1})
            results.append(prior)

    threads = [threading.Thread(target=click) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count(None) == 1
    assert [result for result in results if result is not None] == [{"n": 1}] * 3


# ---------------------------------------------------------------- parameters
KEY = "test.threshold"


@pytest.mark.parametrize(
    ("on", "value"), [(date(2025, 1, 1), 10), (date(2025, 12, 31), 10), (date(2026, 1, 1), 12)]
)
def test_a_parameter_holds_on_its_days(session, on, value):
    parameters.put(KEY, 10, valid_from=date(2025, 1, 1), valid_to=date(2025, 12, 31))
    parameters.put(KEY, 12, valid_from=date(2026, 1, 1))
    assert parameters.value(KEY, on=on) == value


def test_a_day_without_a_value_is_an_error(session):
    parameters.put(KEY, 10, valid_from=date(2025, 1, 1))
    with pytest.raises(parameters.Unknown):
        parameters.value(KEY, on=date(2024, 12, 31))


def test_a_tenant_may_have_its_own(session):
    mine, other = make_tenant(), make_tenant()
    parameters.put(KEY, 10, valid_from=date(2025, 1, 1))
    parameters.put(KEY, 7, valid_from=date(2024, 1, 1), tenant_id=mine.id)
    assert parameters.value(KEY, tenant_id=mine.id) == 7
    assert parameters.value(KEY, tenant_id=other.id) == 10
    assert parameters.value(KEY) == 10
    assert parameters.values("test.", tenant_id=mine.id) == {KEY: 7}
    assert parameters.values("test.") == {KEY: 10}


def test_putting_the_same_again_changes_nothing(session):
    assert parameters.put(KEY, 10, valid_from=date(2025, 1, 1))
    assert not parameters.put(KEY, 10, valid_from=date(2025, 1, 1))
    assert parameters.put(KEY, 11, valid_from=date(2025, 1, 1))
    assert parameters.value(KEY) == 11


def test_files_are_loaded_once(session, tmp_path):
    table = tmp_path / "p.csv"
    table.write_text(
        "key,value,valid_from,valid_to,source\na.n,5,2025-01-01,,wet\na.t,tekst,2025-01-01,2025-06-30,\n"
    )
    assert parameters.load(table) == 2
    assert parameters.load(table) == 0
    assert parameters.value("a.n") == 5
    assert parameters.value("a.t", on=date(2025, 6, 30)) == "tekst"
    rows = [{"key": "a.n", "value": {"x": [1]}, "valid_from": "2026-01-01"}]
    (tmp_path / "p.json").write_text(json.dumps(rows))
    assert parameters.load(tmp_path / "p.json") == 1
    assert parameters.value("a.n") == {"x": [1]}
    found = parameters.entry("a.n", on=date(2025, 2, 1))
    assert found is not None
    assert found.source == "wet"
