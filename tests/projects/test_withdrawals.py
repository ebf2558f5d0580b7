"""A call that is withdrawn: its files end with it, unless they were ranked."""

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core.errors import Conflict, DomainError
from projects import calls, ranking, sweeps, withdrawals
from projects.models.applications import ApplicationStatus
from projects.models.calls import Call
from projects.models.transitions import ProjectTransition
from tests.factories.projects import (
    People,
    make_application,
    make_award,
    make_in_jury,
    make_on_agenda,
    make_open_call,
    make_people,
    score,
    submit,
)
from workflows import instances

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def test_files_end_with_the_call_that_is_withdrawn_and_none_is_left(
    people: People, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = make_open_call(people, one_per_applicant=False)
    draft, judged = make_application(people, call), make_in_jury(people, call)
    monkeypatch.setattr(sweeps, "BATCH", 1)
    calls.withdraw_call(call, reason="Geen krediet", by=people.officer)
    left = next(one for one in (draft, judged) if one.status != ApplicationStatus.WITHDRAWN)
    session.commit()
    assert (withdrawals.sweep(), withdrawals.sweep()) == (1, 0)
    assert {one.status for one in (draft, judged)} == {ApplicationStatus.WITHDRAWN}
    ended = sa.select(ProjectTransition.motivation).where(ProjectTransition.subject_id == left.id)
    assert "Geen krediet" in session.scalars(ended).all()
    assert all(instances.find(one).ended_at for one in (draft, judged))


def test_what_still_stands_in_a_withdrawn_call_is_not_submitted_nor_ranked(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = make_open_call(people, one_per_applicant=False)
    draft, judged = make_application(people, call), make_in_jury(people, call)
    score(people, judged)
    monkeypatch.setattr(withdrawals, "end_files", lambda *_args, **_values: 0)  # as beyond the first batch
    calls.withdraw_call(call, reason="Geen krediet", by=people.officer)
    with pytest.raises(DomainError, match="no applications any more"):
        submit(people, draft)
    with pytest.raises(Conflict):
        ranking.fix_ranking(judged.round, by=people.officer)


def test_a_call_is_not_withdrawn_over_files_that_were_ranked_or_decided_on(
    people: People, session: orm.Session
) -> None:
    ranked = make_on_agenda(people, make_open_call(people))
    decided = make_award(people, make_open_call(people))
    for call in (ranked.call, session.get_one(Call, decided.call_id)):
        with pytest.raises(DomainError, match="ranked"):
            calls.withdraw_call(call, reason="Te laat", by=people.officer)
