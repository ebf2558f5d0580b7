"""Looking back: what the citizen says stands beside what partners report, and opens what closed too soon."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from core import clock, parameters
from core.access import Role
from core.errors import Conflict, DomainError
from core.models.accounts import Tenant
from intake import aftercare, cases, day, help_requests, look_backs, notes, referrals
from intake.models.cases import CaseStatus, ClosingReason, FollowUp, FollowUpKind
from intake.models.help_requests import Outcome
from intake.models.transitions import Transition
from intake.models.vocabulary import CitizenSays, LifeDomain
from tests.factories import intake as make
from tests.factories.core import make_actor

ALL_DAYS = [14, 42, 91]


def planned(session, case):
    """Looks back of a file that are still to come, the nearest first."""
    query = sa.select(FollowUp).where(
        FollowUp.case_id == case.id, FollowUp.kind == FollowUpKind.LOOK_BACK, FollowUp.done_at.is_(None)
    )
    return list(session.scalars(query.order_by(FollowUp.due_on, FollowUp.id)))


def due_days(session, case):
    return [(look.due_on - clock.today()).days for look in planned(session, case)]


def events(session, case):
    return list(
        session.scalars(
            sa.select(Transition.event).where(Transition.case_id == case.id).order_by(Transition.id)
        )
    )


@pytest.fixture
def finished(session):
    """A file with one question that a partner reported as finished, and its looks back."""
    by, partner = make.make_worker(), make.make_partner("vzw Klaar")
    case = make.make_case(by)
    question = make.make_question(case, by)
    referral = make.make_referral(by, partner, case=case, shared=("energy",), help_request=question)
    referrals.accept(referral, by=partner)
    referrals.start(referral, by=partner)
    referrals.complete(referral, remark="Geregeld.", by=partner)
    return by, case, question, referral


# ---------------------------------------------------------------- planned
def test_acceptance_plans_looking_back_at_two_weeks_six_weeks_and_three_months(session):
    by, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(by, partner)
    referrals.accept(referral, by=partner)
    assert due_days(session, referral.case) == ALL_DAYS
    aftercare.plan(referral.case, by=by)
    assert due_days(session, referral.case) == ALL_DAYS


def test_an_organization_sets_its_own_days(session):
    by = make.make_worker()
    case = make.make_case(by)
    parameters.put("follow_up.days", [7], valid_from=clock.today(), tenant_id=by.tenant_id)
    session.flush()
    aftercare.plan(case, by=by)
    assert due_days(session, case) == [7]


def test_a_closed_file_comes_back_in_my_day_and_can_be_reopened(session):
    by = make.make_worker()
    case = make.make_case(by)
    older = notes.plan_follow_up(case, "Bellen", clock.today(), by=by)
    cases.close_case(case, ClosingReason.RIGHT_REALISED, by=by)
    session.execute(
        sa.update(FollowUp)
        .where(FollowUp.case_id == case.id, FollowUp.id != older.id)
        .values(due_on=clock.today() - timedelta(days=1))
    )
    due = day.of(by).due
    assert len(due) == 3
    assert older.id not in {found.id for found in due}
    notes.finish_follow_up(due[0], by=by)
    cases.reopen_case(case, CaseStatus.IN_SUPPORT, by=by)
    assert not case.is_closed


def test_nobody_looks_back_after_a_refusal(session):
    by = make.make_worker()
    case = make.make_case(by)
    cases.close_case(case, ClosingReason.REFUSED, by=by)
    assert due_days(session, case) == []


# ---------------------------------------------------------------- asked
def test_a_file_is_walked_from_closing_over_three_looks_to_a_new_closing(session, finished):
    """Helped at two weeks, fallen back at six: the file opens by itself, and is closed again."""
    by, case, question, _referral = finished
    closed = {question.id: Outcome.SOLVED}
    cases.close_case(case, ClosingReason.HANDED_OVER, outcomes=closed, by=by)
    start = clock.now()

    def walk(days):
        return time_machine.travel(start + timedelta(days=days), tick=False)

    with walk(13):
        assert day.of(by).due == []
    with walk(14):
        (first,) = day.of(by).due
        look_backs.answer(first, CitizenSays.HELPED, by=by)
        assert (case.is_closed, question.outcome) == (True, Outcome.SOLVED)
        assert day.of(by).due == []
    with walk(42):
        (second,) = day.of(by).due
        look_backs.answer(second, CitizenSays.NO, words="Het budgetplan liep mis.", by=by)
        assert (case.status, question.outcome) == (CaseStatus.FOLLOW_UP, None)
        (task,) = day.of(by).due
        assert "vzw Klaar" in task.what
        assert not task.is_look_back
        notes.finish_follow_up(task, by=by)
        ended = {question.id: Outcome.PARTLY_SOLVED}
        cases.close_case(case, ClosingReason.ANSWERED, outcomes=ended, by=by)
    with walk(42 + 91):
        # Only the series of the last closing is asked; each look is one answer.
        due = day.of(by).due
        begun = clock.brussels(start).date()
        assert [(look.due_on - begun).days for look in due] == [42 + 14, 42 + 42, 42 + 91]
        look_backs.answer(due[-1], CitizenSays.PARTLY, by=by)
        assert case.is_closed
    told = [event for event in events(session, case) if event.split(".")[0] in {"follow_up", "case"}]
    assert told.count("case.closed") == 2
    assert told.count("case.reopened") == 1
    assert told.count("follow_up.answered") == 3


@pytest.mark.parametrize(
    ("outcome", "says", "opens"),
    [
        (Outcome.SOLVED, CitizenSays.HELPED, False),
        (Outcome.SOLVED, CitizenSays.PARTLY, True),
        (Outcome.SOLVED, CitizenSays.NO, True),
        (Outcome.HANDED_OVER, CitizenSays.NO, True),
        (Outcome.PARTLY_SOLVED, CitizenSays.PARTLY, False),
        (Outcome.PARTLY_SOLVED, CitizenSays.NO, True),
        (Outcome.NOT_SOLVED, CitizenSays.NO, False),
        (Outcome.DROPPED, CitizenSays.NO, False),
    ],
)
def test_a_question_opens_again_only_when_the_citizen_says_otherwise(session, outcome, says, opens):
    by = make.make_worker()
    case = make.make_case(by)
    question = make.make_question(case, by)
    help_requests.close_help_request(question, outcome, by=by)
    (look,) = aftercare.look_on(case, [clock.today()], by=by)
    look_backs.answer(look, says, by=by)
    assert question.citizen_says == says
    assert (question.closed_at is None) == opens
    tasks = [todo for todo in day.of(by).due if not todo.is_look_back]
    assert len(tasks) == opens


def test_the_words_of_citizen_and_partner_stand_side_by_side(session, finished):
    by, case, _question, referral = finished
    look_backs.answer(planned(session, case)[0], CitizenSays.NO, by=by)
    assert (referral.status, referral.citizen_says) == ("completed", "no")
    assert referral.remark == "Geregeld."
    assert look_backs.contradicted(referrals.of_case(case)) == [referral]
    make.make_referral(by, make.make_partner(), case=case, shared=("energy",))
    assert look_backs.contradicted(referrals.of_case(case)) == []  # somebody was asked since


def test_helped_in_part_says_for_which_question_not(session):
    by = make.make_worker()
    case = make.make_case(by)
    energy, debts = make.make_question(case, by), make.make_question(case, by, LifeDomain.DEBTS)
    for question in (energy, debts):
        help_requests.close_help_request(question, Outcome.SOLVED, by=by)
    (look,) = aftercare.look_on(case, [clock.today()], by=by)
    with pytest.raises(DomainError) as refusal, session.begin_nested():
        look_backs.answer(look, CitizenSays.PARTLY, by=by)
    assert refusal.value.field == "about"
    session.refresh(look)
    look_backs.answer(look, CitizenSays.PARTLY, about=[debts.id], by=by)
    assert (energy.citizen_says, debts.citizen_says) == (CitizenSays.HELPED, CitizenSays.PARTLY)
    assert (energy.outcome, debts.outcome) == (Outcome.SOLVED, None)


def test_who_is_not_reached_is_tried_again_three_times_at_most(session):
    by = make.make_worker()
    case = make.make_case(by)
    (look,) = aftercare.look_on(case, [clock.today()], by=by)
    for _try in range(look_backs.TRIES):
        look_backs.answer(look, CitizenSays.NOT_REACHED, by=by)
        left = planned(session, case)
        look = left[0] if left else look
    assert left == []
    assert events(session, case).count("follow_up.answered") == look_backs.TRIES
    with pytest.raises(Conflict):
        look_backs.answer(look, CitizenSays.HELPED, by=by)


# ---------------------------------------------------------------- shown and counted
def press(client, look, says, **more):
    page = client.get(f"/follow-ups/{look.id}/look-back")
    assert page.status_code == 200
    data = {"says": says, "command_id": str(look.id), **more}
    return client.post(f"/follow-ups/{look.id}/look-back", data=data)


def test_from_my_day_a_look_back_takes_two_clicks(client, session, finished):
    by, case, _question, referral = finished
    look = planned(session, case)[0]
    look.due_on = clock.today()
    session.flush()
    client.sign_in(by.email)
    assert f"/follow-ups/{look.id}/look-back" in client.get("/my-day").text
    answer = press(client, look, "no", words="Niemand kwam langs.")
    assert answer.location == f"/cases/{case.id}"
    page = client.get(answer.location).text
    assert 'data-testid="outcome-differs" data-state="no"' in page
    assert f"again={referral.id}" in page
    assert "Niemand kwam langs." in page
    assert f"/follow-ups/{look.id}/look-back" not in client.get("/my-day").text
    assert "niet geholpen" in client.get(f"/cases/{case.id}/questions").text


def test_a_plain_task_is_no_look_back(client, session):
    by = make.make_worker()
    client.sign_in(by.email)
    todo = notes.plan_follow_up(make.make_case(by), "Bel", clock.today(), by=by)
    assert client.get(f"/follow-ups/{todo.id}/look-back").status_code == 404


def test_a_team_lead_sees_what_citizens_say_of_what_partners_finished(client, session, finished, statements):
    by, case, _question, referral = finished
    (unasked,) = look_backs.reported(by.tenant_id)
    assert (unasked.organization, unasked.finished, unasked.unasked) == (referral.organization_name, 1, 1)
    look_backs.answer(planned(session, case)[0], CitizenSays.NO, by=by)
    assert look_backs.said(by.tenant_id)[CitizenSays.NO] == 1
    (row,) = look_backs.reported(by.tenant_id)
    assert (row.finished, row.helped, row.partly, row.no, row.unasked) == (1, 0, 0, 1, 0)
    client.sign_in(by.email)
    assert client.get("/team/outcomes").status_code == 403
    lead = make_actor(Role.TEAM_LEAD, tenant=session.get(Tenant, by.tenant_id))
    client.sign_in(lead.email)
    with statements() as seen:
        page = client.get("/team/outcomes")
    assert "outcomes-by-partner" in page.text
    assert len(seen) <= 6
