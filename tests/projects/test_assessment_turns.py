"""A call in assessment: the process follows what its files wait for, back and forth."""

from datetime import timedelta

import pytest
from sqlalchemy import orm

from core import clock
from core.errors import DomainError
from projects import assessment_turns, assessments, awards, calls, closings, phases, ranking, sweeps
from projects.models.applications import ApplicationStatus
from projects.models.assessments import AssessmentStatus
from projects.models.calls import Call
from tests.factories.projects import (
    People,
    close_rounds,
    make_admissible,
    make_application,
    make_idea,
    make_in_jury,
    make_open_call,
    make_people,
    score,
    submit,
    user_of,
)
from tests.factories.workflows import call_without_closing, deploy_library, make_definition
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


def test_nothing_is_ranked_or_closed_over_a_file_without_a_jury(people: People) -> None:
    call = make_open_call(people, one_per_applicant=False)
    judged, early, hidden = (
        make_in_jury(people, call),
        make_admissible(people, call),
        make_application(people, call),
    )
    submit(people, hidden)
    assessments.recuse(hidden, people.officer.user_id, reason="Bestuurder", by=people.second)
    begin(people, call)
    score(people, judged)
    with pytest.raises(DomainError, match=f"no jury yet: {early.number}[.]"):
        ranking.fix_ranking(judged.round, by=people.officer)
    early.status = ApplicationStatus.INADMISSIBLE
    with pytest.raises(DomainError, match="Files have no jury yet"):
        ranking.fix_ranking(judged.round, by=people.officer)
    hidden.status = ApplicationStatus.INADMISSIBLE
    assert len(ranking.fix_ranking(judged.round, by=people.officer).rows) == 1


def test_who_was_invited_and_still_writes_is_not_cut_off(people: People) -> None:
    idea = make_idea(people)
    close_rounds(idea.call)
    until = clock.now() + timedelta(days=30)
    phases.invite(idea, closes_at=until, reason="Sterk idee", by=people.officer)
    calls.start_assessment(idea.call, by=people.officer)
    with pytest.raises(DomainError, match="1 applications still wait"):
        awards.close_decisions(idea.call, by=people.officer)


def test_calls_that_cannot_hear_of_it_keep_no_other_from_its_turn(
    people: People, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "BATCH", 1)
    made = [make_open_call(people) for _one in range(3)]
    for call in made:
        close_rounds(call)
    session.commit()
    deaf, second, last = sorted(made, key=lambda call: call.id)
    tell = closings.tell

    def tell_but(call: Call, event: str) -> bool:
        return call.id != deaf.id and tell(call, event)

    monkeypatch.setattr(closings, "tell", tell_but)
    assert (closings.sweep(), closings.sweep()) == (2, 0)
    for call in (deaf, second, last):
        calls.start_assessment(call, by=people.officer)
    session.commit()
    assert (assessment_turns.sweep(), assessment_turns.sweep()) == (2, 0)
    assert [step(call) for call in (second, last)] == ["close_decisions"] * 2
    assert step(deaf) != "close_decisions"


def test_a_call_in_assessment_of_before_moves_to_the_version_in_use(
    people: People, session: orm.Session
) -> None:
    make_definition(call_without_closing(), "call")
    call = make_open_call(people)
    begin(people, call)
    deploy_library("call")
    session.commit()
    assert assessment_turns.sweep() == 1
    assert step(call) == "close_decisions"
