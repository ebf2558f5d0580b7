"""The closing of a call: from that moment the officer is at turn, wherever it is looked at."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import orm

from core import clock
from core.db import session as session_
from core.errors import Conflict, DomainError
from projects import calls, changes, closings, phases
from projects.models.applications import Application
from projects.models.calls import Call, CallStatus, Round
from tests.conftest import Client
from tests.factories.forms import task_card
from tests.factories.projects import (
    People,
    close_rounds,
    make_application,
    make_idea,
    make_open_call,
    make_people,
    submit,
    user_of,
)
from tests.factories.workflows import call_without_closing, deploy_library, make_definition
from tests.together import started, together
from workflows import definitions, instances, tasks, turns
from workflows.models.instances import InstanceStatus

pytestmark = pytest.mark.usefixtures("in_english")
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


@pytest.fixture
def call(people: People) -> Call:
    return make_open_call(people)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def step(call: Call) -> tuple[str, str]:
    """The open step of a call, and who is at turn for it."""
    (task,) = tasks.open_tasks(call)
    return task.element_id, str(task.party)


def last_sunday(month: int) -> date:
    """Of a month of 31 days, next year: a call that is made now can close then."""
    end = date(clock.today().year + 1, month, 31)
    return end - (end.isoweekday() % 7) * DAY


SPRING, AUTUMN = last_sunday(3), last_sunday(10)
OPEN, CLOSED = ("collect_applications", "partner"), ("begin_assessment", "us")


@pytest.mark.parametrize(
    "closes_at",
    [
        datetime.combine(SPRING, time(23), UTC) - DAY - TICK,  # the last instant of a day in winter time
        datetime.combine(SPRING, time(1), UTC),  # the clock goes from two to three
        datetime.combine(AUTUMN, time(0, 30), UTC),  # half past two, the first time
        datetime.combine(AUTUMN, time(1, 30), UTC),  # half past two, the second time
    ],
)
def test_the_turn_passes_at_the_closing_and_not_an_instant_before(
    people: People, call: Call, session: orm.Session, monkeypatch: pytest.MonkeyPatch, closes_at: datetime
) -> None:
    call.rounds[0].closes_at = closes_at
    session.commit()
    at(monkeypatch, closes_at - TICK)
    assert closings.sweep() == 0
    assert step(call) == OPEN
    at(monkeypatch, closes_at)
    assert closings.sweep() == 1
    assert step(call) == CLOSED
    assert closings.sweep() == 0
    (task,) = tasks.open_tasks(call)
    assert tasks.due_on(task.due_at) == clock.add_working_days(
        clock.brussels(closes_at).date(), closings.DAYS
    )
    assert tasks.turn_holder(call, people.officer).state == "us"
    calls.start_assessment(call, by=people.officer)
    assert step(call) == ("assess_applications", "us")


def extend(people: People, call: Call, days: int = 7) -> None:
    changes.make_change(proposed(people, call, days), by=people.second)


def proposed(people: People, call: Call, days: int = 7) -> changes.CallChange:
    later = clock.now() + days * DAY
    return changes.propose_closing(call.rounds[0], closes_at=later, reason="Storing", by=people.officer)


def closed(call: Call, session: orm.Session) -> Call:
    """The call after its closing, when the worker came by."""
    close_rounds(call)
    session.commit()
    assert closings.sweep() == 1
    assert step(call) == CLOSED
    return call


def test_a_later_closing_gives_the_turn_back_and_beginning_twice_is_refused(
    people: People, call: Call, session: orm.Session
) -> None:
    closed(call, session)
    changes.make_change(
        changes.propose_texts(call, text="Anders", reason="Beter", by=people.officer), by=people.second
    )
    assert step(call) == CLOSED  # other texts open nothing
    extend(people, call)
    assert step(call) == OPEN
    closed(call, session)
    calls.start_assessment(call, by=people.officer)
    with pytest.raises(Conflict):
        calls.start_assessment(call, by=people.officer)
    assert step(call) == ("assess_applications", "us")


def test_a_new_round_gives_the_turn_back_even_before_it_opens(
    client: Client, people: People, call: Call, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed(call, session)
    opens = clock.now() + 30 * DAY
    extra = changes.propose_round(call, "Extra", opens_at=opens, closes_at=opens + DAY, by=people.officer)
    changes.make_change(extra, by=people.second)
    assert (step(call), calls.phase_now(call, clock.now())) == (OPEN, "upcoming")
    with pytest.raises(DomainError, match="yet to open"):
        calls.start_assessment(call, by=people.officer)
    session.commit()
    card = task_card(client.sign_in(user_of(people.officer).email).get(f"/calls/{call.id}").text)
    assert "Opent op " in card
    assert "Er kunnen aanvragen binnenkomen vanaf" in card
    assert f"/calls/{call.id}/assess" not in card
    assert closings.sweep() == 0
    at(monkeypatch, opens + DAY)
    assert closings.sweep() == 1
    assert step(call) == CLOSED


def test_a_rolling_call_never_closes_and_its_officer_begins_when_it_is_time(
    people: People, call: Call, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    call.rounds.append(Round(name="Doorlopend", opens_at=clock.now(), closes_at=None))
    session.commit()
    at(monkeypatch, clock.now() + 4000 * DAY)
    assert closings.sweep() == 0
    assert step(call) == OPEN
    calls.start_assessment(call, by=people.officer)
    assert step(call) == ("assess_applications", "us")


def test_a_call_that_was_withdrawn_or_is_suspended_is_left_alone(
    people: People, call: Call, session: orm.Session
) -> None:
    other = make_open_call(people)
    close_rounds(call)
    close_rounds(other)
    calls.withdraw_call(call, reason="Geen krediet", by=people.officer)
    instance = instances.find(other)
    assert instance is not None
    instance.status = InstanceStatus.SUSPENDED
    turns.reproject(instance)
    session.commit()
    assert closings.sweep() == 0
    instance.status = InstanceStatus.RUNNING  # what came meanwhile is not lost
    turns.reproject(instance)
    session.commit()
    assert closings.sweep() == 1
    assert step(other) == CLOSED


def test_a_later_phase_has_a_closing_of_its_own(
    client: Client, people: People, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    idea = make_idea(people)
    call = closed(idea.call, session)
    until = clock.now() + 30 * DAY
    client.sign_in(user_of(people.officer).email)
    assert "Zeg eerst van elk idee" in task_card(client.get(f"/calls/{call.id}").text)
    phases.invite(idea, closes_at=until, reason="Sterk idee", by=people.officer)
    assert step(call) == OPEN
    session.commit()
    for page in (client.get("/calls").text, task_card(client.get(f"/calls/{call.id}").text)):
        assert "In een volgende fase" in page
    assert closings.sweep() == 0
    at(monkeypatch, until - TICK)
    assert closings.sweep() == 0
    at(monkeypatch, until)
    assert closings.sweep() == 1
    assert step(call) == CLOSED


# ---------------------------------------------------------------- calls that run already
def test_a_call_of_before_moves_to_the_version_in_use_at_its_closing(
    people: People, session: orm.Session
) -> None:
    make_definition(call_without_closing(), "call")
    call, other = make_open_call(people), make_open_call(people)
    deploy_library("call")
    extend(people, call, 20)  # nothing is asked of the old version
    closed(call, session)
    instance = instances.find(call)
    assert instance is not None
    current = definitions.find_current("call")
    assert current is not None
    assert instance.definition_id == current.id
    extend(people, call)
    closed(call, session)
    calls.start_assessment(call, by=people.officer)
    assert step(other) == OPEN


def test_where_the_version_in_use_knows_of_no_closing_the_officer_begins_all_the_same(
    client: Client, people: People, session: orm.Session
) -> None:
    make_definition(call_without_closing(), "call")
    call = make_open_call(people)
    close_rounds(call)
    session.commit()
    assert closings.sweep() == 0
    assert step(call) == OPEN
    submit_one(people, call, session)
    page = client.sign_in(user_of(people.officer).email).get(f"/calls/{call.id}").text
    assert "Start de beoordeling" in task_card(page)
    calls.start_assessment(call, by=people.officer)
    assert call.status == CallStatus.IN_ASSESSMENT
    deploy_library("call")


# ---------------------------------------------------------------- at one moment
def test_an_extension_at_the_very_moment_of_closing_wins_from_the_closing(fresh_app: Any) -> None:
    people, call, change = started(fresh_app, about_to_close)

    def make() -> str:
        changes.make_change(session_.get_one(changes.CallChange, change), by=people.second)
        return "extended"

    def close() -> str:
        return "closed" if closings.close(session_.get_one(Call, call)) else "left"

    results = together(fresh_app, [make, close])
    assert results[0] == "extended", results
    assert results[1] in ("closed", "left"), results
    with fresh_app.app_context():
        assert step(session_.get_one(Call, call)) == OPEN


def test_of_an_extension_and_the_beginning_of_the_assessment_one_wins(fresh_app: Any) -> None:
    people, call, change = started(fresh_app, about_to_close)

    def make() -> str:
        changes.make_change(session_.get_one(changes.CallChange, change), by=people.second)
        return "extended"

    def begin() -> str:
        calls.start_assessment(session_.get_one(Call, call), by=people.officer)
        return "begun"

    results = together(fresh_app, [make, begin])
    won = [result for result in results if isinstance(result, str)]
    assert len(won) == 1, results
    with fresh_app.app_context():
        expected = {"extended": OPEN, "begun": ("assess_applications", "us")}
        assert step(session_.get_one(Call, call)) == expected[won[0]]


def about_to_close() -> tuple[People, Any, Any]:
    people = make_people()
    call = make_open_call(people)
    close_rounds(call)
    change = proposed(people, call)
    return people, call.id, change.id


# ---------------------------------------------------------------- where it is looked at
def submit_one(people: People, call: Call, session: orm.Session) -> Application:
    """A file that came in before the closing."""
    before = call.rounds[0].closes_at
    assert before is not None
    call.rounds[0].closes_at = clock.now() + DAY
    application = make_application(people, call)
    submit(people, application)
    call.rounds[0].closes_at = before
    session.commit()
    return application


def test_header_day_list_and_diagram_say_that_the_officer_is_at_turn(
    client: Client, people: People, call: Call, session: orm.Session, statements: Any
) -> None:
    submit_one(people, call, session)
    client.sign_in(user_of(people.officer).email)
    session.commit()
    waiting = client.get("/my-work").text.split('id="others"')[1]
    assert call.title in waiting
    assert "Aanvragers" in waiting
    assert "Aanvragers" in client.get("/calls").text
    closed(call, session)
    session.commit()
    day = client.get("/my-work").text
    now, waiting = day.split('id="now"')[1].split('id="others"')
    assert "Start de beoordeling" in now
    assert f'href="/calls/{call.id}"' in now
    assert "Aanvragers" not in waiting
    with statements() as seen:
        listed = client.get("/calls").text
    assert len(seen) <= 6
    assert "Aanvragers" not in listed
    assert 'data-testid="turn-holder"' in listed
    page = client.get(f"/calls/{call.id}").text
    assert "Aanvragers" not in page.split('class="ds-grid')[0]
    assert "Er kwam 1 aanvraag binnen." in task_card(page)
    assert f'href="/calls/{call.id}/assess"' in task_card(page)
    assert f"Gesloten: {call.rounds[0].name}" in page.split('data-testid="call-timeline"')[1]
    assert "Start de beoordeling" in client.get(f"/processes/of/call-{call.id}").text


def test_where_nothing_came_in_the_officer_extends_adds_a_round_or_stops(
    client: Client, people: People, call: Call, session: orm.Session
) -> None:
    make_application(people, call)  # a draft that never came in
    closed(call, session)
    session.commit()
    card = task_card(client.sign_in(user_of(people.officer).email).get(f"/calls/{call.id}").text)
    assert "Geen aanvragen" in card
    offered = (
        f"/calls/rounds/{call.rounds[0].id}/extend",
        f"/calls/{call.id}/rounds",
        f"/calls/{call.id}/withdraw",
    )
    assert [address for address in offered if f'href="{address}"' not in card] == []
    assert f"/calls/{call.id}/assess" not in card
    calls.withdraw_call(call, reason="Niemand diende in.", by=people.officer)
    assert tasks.open_tasks(call) == []
