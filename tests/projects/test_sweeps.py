"""Sweeps over files: one whose process stands still or fails keeps no other from its turn."""

from datetime import timedelta

import pytest
from sqlalchemy import orm

from core import clock
from projects import admissibility, calls, submissions, sweeps, withdrawals
from projects.models.applications import Application, ApplicationStatus
from tests.factories.projects import (
    People,
    close_rounds,
    make_application,
    make_open_call,
    make_people,
    submit,
)
from workflows import instances, turns
from workflows.models.instances import Instance, InstanceStatus

pytestmark = pytest.mark.usefixtures("in_english")
LATER = timedelta(days=90)


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def of(application: Application) -> Instance:
    instance = instances.find(application)
    assert instance is not None
    return instance


def put(instance: Instance, status: InstanceStatus, session: orm.Session) -> None:
    instance.status = status
    turns.reproject(instance)
    session.commit()


def two(people: People) -> list[Application]:
    call = make_open_call(people, one_per_applicant=False)
    return sorted((make_application(people, call) for _one in range(2)), key=lambda each: each.id)


def test_a_suspended_draft_keeps_no_other_from_its_closing(
    people: People, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two(people)
    close_rounds(first.call)
    monkeypatch.setattr(sweeps, "BATCH", 1)
    put(of(first), InstanceStatus.SUSPENDED, session)
    moment = clock.now() + LATER
    assert (submissions.close_unsubmitted(now=moment), submissions.close_unsubmitted(now=moment)) == (1, 0)
    assert (first.status, second.status) == (ApplicationStatus.DRAFT, ApplicationStatus.NOT_SUBMITTED)
    put(of(first), InstanceStatus.RUNNING, session)
    assert submissions.close_unsubmitted(now=moment) == 1


def test_one_that_fails_keeps_nothing_and_no_other_from_its_turn(
    people: People, session: orm.Session
) -> None:
    first, second = two(people)
    close_rounds(first.call)
    of(first).work = {**of(first).work, "tasks": {}}  # takes no event any more
    session.commit()
    assert submissions.close_unsubmitted(now=clock.now() + LATER) == 1
    assert (first.status, second.status) == (ApplicationStatus.DRAFT, ApplicationStatus.NOT_SUBMITTED)


def test_a_suspended_completion_waits_and_the_other_goes_back(people: People, session: orm.Session) -> None:
    first, second = two(people)
    for each in (first, second):
        submit(people, each)
        admissibility.ask_completion(each, sections=["project"], reason="Te kort", by=people.officer)
    put(of(first), InstanceStatus.SUSPENDED, session)
    assert admissibility.lapse_completions(now=clock.now() + LATER) == 1
    assert first.status == ApplicationStatus.COMPLETION_REQUESTED
    assert second.status == ApplicationStatus.SUBMITTED


def test_a_call_is_withdrawn_though_a_file_of_it_is_suspended(people: People, session: orm.Session) -> None:
    first, second = two(people)
    put(of(first), InstanceStatus.SUSPENDED, session)
    calls.withdraw_call(first.call, reason="Geen krediet", by=people.officer)
    session.commit()
    assert (first.status, second.status) == (ApplicationStatus.DRAFT, ApplicationStatus.WITHDRAWN)
    assert withdrawals.sweep() == 0
    put(of(first), InstanceStatus.RUNNING, session)
    assert withdrawals.sweep() == 1
    assert first.status == ApplicationStatus.WITHDRAWN
