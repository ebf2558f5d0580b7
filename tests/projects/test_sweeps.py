"""Sweeps over files: one whose process stands still or fails keeps no other from its turn."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core import clock
from core.models.outbox import OutboxMessage
from projects import admissibility, calls, jobs, reports, submissions, sweeps, withdrawals
from projects.models.applications import Application, ApplicationStatus
from projects.models.projects import ProjectStatus
from projects.models.reports import ReportStatus
from tests.factories.projects import (
    People,
    close_rounds,
    make_application,
    make_open_call,
    make_people,
    make_running,
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


def due(session: orm.Session) -> list[str | None]:
    query = sa.select(OutboxMessage.dedup).where(OutboxMessage.kind == jobs.REPORT_DUE)
    return list(session.scalars(query.order_by(OutboxMessage.id)))


def test_each_report_is_reminded_once_for_its_due_day_however_long_ago(
    people: People, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 1)
    found = [reports.of_project(make_running(people))[-1] for _one in range(2)]
    for report in found:
        report.due_on = clock.today()
    session.flush()
    assert [jobs.remind(now=clock.now()) for _turn in range(3)] == [1, 1, 0]
    assert set(due(session)) == {f"report-due:{each.id}:{each.due_on}" for each in found}
    session.execute(sa.delete(OutboxMessage).where(OutboxMessage.kind == jobs.REPORT_DUE))  # as the purge
    assert jobs.remind(now=clock.now()) == 0
    found[0].due_on += timedelta(days=5)  # another day, another reminder
    session.flush()
    assert jobs.remind(now=clock.now()) == 1


def test_no_report_of_a_project_that_ended_is_asked_or_reminded(people: People, session: orm.Session) -> None:
    project = make_running(people)
    final = reports.of_project(project)[-1]
    final.due_on = clock.today()
    project.status = ProjectStatus.STOPPED  # as a version of before left it
    session.commit()
    assert jobs.remind(now=clock.now()) == 0
    session.commit()
    assert (reports.waive_left(), reports.waive_left()) == (1, 0)
    assert final.status == ReportStatus.EXEMPTED


def test_every_draft_is_reminded_though_others_were_before(
    people: People, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 1)
    first, _second = two(people)
    first.round.closes_at = clock.now() + timedelta(days=2)
    session.flush()
    assert [jobs.remind(now=clock.now()) for _turn in range(2)] == [2, 0]


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
