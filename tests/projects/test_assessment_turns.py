"""A call in assessment: the process follows what its files wait for, back and forth."""

import pytest
from sqlalchemy import orm

from projects import assessment_turns, assessments, calls
from projects.models.assessments import AssessmentStatus
from projects.models.calls import Call
from tests.factories.projects import (
    People,
    close_rounds,
    make_admissible,
    make_in_jury,
    make_open_call,
    make_people,
    score,
    user_of,
)
from tests.factories.workflows import make_definition
from tests.projects.test_closings import library, without_closing
from workflows import instances, tasks, turns
from workflows.models.instances import InstanceStatus


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def begin(people: People, call: Call) -> None:
    close_rounds(call)
    calls.start_assessment(call, by=people.officer)


def step(call: Call) -> str:
    (task,) = tasks.open_tasks(call)
    return task.element_id


def test_the_officer_ranks_once_every_juror_of_every_file_handed_in(
    people: People, session: orm.Session
) -> None:
    call = make_open_call(people, one_per_applicant=False)
    judged, late = make_in_jury(people, call), make_admissible(people, call)
    begin(people, call)
    score(people, judged)
    session.commit()
    assert assessment_turns.sweep() == 0  # one file has no jury yet
    assessments.assign_jurors(late, [user_of(juror) for juror in people.jurors], by=people.officer)
    score(people, late)
    session.commit()
    assert assessment_turns.sweep() == 1
    assert step(call) == "rank_applications"
    assert assessment_turns.sweep() == 0
    handed_in = assessments.find_assessment(late, people.jurors[0].user_id)
    assert handed_in is not None
    handed_in.status = AssessmentStatus.ASSIGNED  # as when another juror is given the file
    session.commit()
    assert assessment_turns.sweep() == 1
    assert step(call) == "assess_applications"


def test_a_call_without_files_is_to_be_closed_and_a_suspended_one_waits(
    people: People, session: orm.Session
) -> None:
    call = make_open_call(people)
    begin(people, call)
    instance = instances.find(call)
    assert instance is not None
    instance.status = InstanceStatus.SUSPENDED
    turns.reproject(instance)
    session.commit()
    assert assessment_turns.sweep() == 0
    instance.status = InstanceStatus.RUNNING
    turns.reproject(instance)
    session.commit()
    assert assessment_turns.sweep() == 1
    assert step(call) == "close_decisions"


def test_a_call_in_assessment_of_before_moves_to_the_version_in_use(
    people: People, session: orm.Session
) -> None:
    make_definition(without_closing(), "call")
    call = make_open_call(people)
    begin(people, call)
    library()
    session.commit()
    assert assessment_turns.sweep() == 1
    assert step(call) == "close_decisions"
