"""An acceptance by mistake is taken back within a quarter of an hour, and everything stands as before."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.errors import Conflict
from core.models.accounts import Tenant
from core.models.outbox import OutboxMessage
from intake import (
    acceptance,
    aftercare,
    answer_terms,
    cases,
    copies,
    day,
    notes,
    partner_view,
    policy,
    referrals,
    turns,
)
from intake.models.cases import CaseStatus, ClosingReason, FollowUp
from socialmap.models.upkeep import Observation
from tests.factories import intake as make
from workflows import tasks, terms


@pytest.fixture
def sent(session):
    by, partner = make.make_worker(), make.make_partner()
    return by, partner, make.make_referral(by, partner)


def count(session, kind):
    return session.scalar(sa.select(sa.func.count()).select_from(kind))


def outcomes(session):
    rows = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "mail.send"))
    return [row.payload["values"].get("outcome") for row in rows]


def test_the_referral_its_terms_and_what_is_hidden_stand_as_before(sent, session):
    _by, partner, referral = sent
    referrals.see(referral, by=partner)
    due = {kind: terms.find(referral, kind).due_at for kind in answer_terms.KINDS}
    referrals.accept(referral, by=partner)
    assert partner_view.view_of(referral).agreed
    acceptance.undo_accept(referral, by=partner)
    assert (referral.status, referral.decided_at, referral.decided_by_id) == ("seen", None, None)
    assert {kind: terms.find(referral, kind).due_at for kind in answer_terms.KINDS} == due
    assert not partner_view.view_of(referral).agreed
    assert [task.element_id for task in tasks.open_tasks(referral)] == ["judge_seen"]
    assert (count(session, FollowUp), count(session, Observation)) == (0, 0)
    assert outcomes(session)[-1] == "accept_undone"
    assert policy.stage(referral, referral.basis, clock.today()) == "before"
    referrals.accept(referral, by=partner)  # and this time for good
    assert terms.find(referral, "referral_answer") is None


def test_who_came_from_the_waiting_list_goes_back_on_it(sent, session):
    _by, partner, referral = sent
    referrals.put_on_waiting_list(referral, by=partner)
    referrals.accept(referral, by=partner)
    acceptance.undo_accept(referral, by=partner)
    assert referral.status == "waitlisted"
    assert terms.find(referral, "referral_answer") is None
    assert [task.element_id for task in tasks.open_tasks(referral)] == ["wait_on_list"]


def test_after_a_quarter_of_an_hour_it_stays(sent, session):
    _by, partner, referral = sent
    referrals.accept(referral, by=partner)
    referral.decided_at -= timedelta(minutes=14)
    session.flush()
    assert acceptance.undo_until(referral) is not None
    referral.decided_at -= timedelta(minutes=1)
    session.flush()
    assert acceptance.undo_until(referral) is None
    with pytest.raises(Conflict):
        acceptance.undo_accept(referral, by=partner)
    assert referral.status == "accepted"


def test_what_began_with_it_is_not_taken_back(session):
    by = make.make_worker()
    other = make.make_worker()
    copied = make.make_referral(by, other)
    referrals.accept(copied, by=other)
    copies.open_copy(copied, None, by=other)
    begun = make.make_referral(by, other)
    referrals.accept(begun, by=other)
    referrals.start(begun, by=other)
    for referral in (copied, begun):
        assert acceptance.undo_until(referral) is None
        with pytest.raises(Conflict):
            acceptance.undo_accept(referral, by=other)


def test_nobody_accepts_while_the_own_question_is_open(sent, session):
    by, partner, referral = sent
    referrals.ask(referral, "Spreekt zij Frans?", by=partner)
    with pytest.raises(Conflict):
        referrals.accept(referral, by=partner)
    assert (referral.status, referral.decided_at) == ("question_asked", None)
    referrals.answer_question(referral, "Ja.", by=by)
    referrals.accept(referral, by=partner)
    acceptance.undo_accept(referral, by=partner)
    assert {terms.find(referral, kind).status for kind in answer_terms.KINDS} == {"running"}


def test_what_was_planned_when_the_file_closed_stays_planned(sent, session):
    by, partner, referral = sent
    referrals.accept(referral, by=partner)
    case = cases.get(referral.case_id)
    cases.close_case(case, ClosingReason.HANDED_OVER, by=by)
    planned = sa.select(sa.func.count()).select_from(FollowUp).where(FollowUp.done_at.is_(None))
    assert session.scalar(planned) == len(aftercare.DAYS)
    acceptance.undo_accept(referral, by=partner)
    assert session.scalar(planned) == len(aftercare.DAYS)


def test_a_plan_of_somebody_on_the_same_day_leaves_the_look_planned(session):
    by = make.make_worker()
    case = make.make_case(by)
    day_of_look = clock.today() + timedelta(days=aftercare.DAYS[0])
    notes.plan_follow_up(case, "Bel de school", day_of_look, by=by)
    assert aftercare.plan(case, by=by)[0].due_on == day_of_look
    assert aftercare.plan(case, by=by) == []


def test_looking_back_stays_planned_while_another_partner_helps(session):
    by, partner = make.make_worker(), make.make_partner()
    case = make.make_case(by)
    first, second = (make.make_referral(by, partner, case=case) for _number in range(2))
    referrals.accept(first, by=partner)
    referrals.accept(second, by=partner)
    planned = count(session, FollowUp)
    acceptance.undo_accept(first, by=partner)
    assert count(session, FollowUp) == planned > 0


def test_the_file_of_the_sender_waits_for_the_partner_again(client, session):
    by, partner = make.make_worker(), make.make_partner()
    referral = make.make_referral(by, partner)
    client.sign_in(partner.email)
    page = f"/referrals/{referral.id}"
    client.post(f"{page}/accept", data={"command_id": ""})
    session.expire_all()
    case = cases.get(referral.case_id)
    assert case.status == CaseStatus.PLANNING
    assert 'data-testid="undo-accept"' in client.get(page).text
    answer = client.post(f"{page}/undo-accept", data={"command_id": ""}, follow_redirects=True)
    assert 'data-testid="accept"' in answer.text
    assert 'data-testid="undo-accept"' not in answer.text
    session.expire_all()
    case = cases.get(referral.case_id)
    assert case.status == CaseStatus.AWAITING_PARTNER
    assert turns.of_file(case, referrals.of_case(case), by).name == referral.organization_name
    assert [found.id for found in day.of(by).waiting] == [referral.id]


def test_a_choice_of_the_sender_since_then_stays(sent, session):
    by, partner, referral = sent
    referrals.accept(referral, by=partner)
    cases.ask_citizen(cases.get(referral.case_id), by=by)
    acceptance.undo_accept(referral, by=partner)
    assert cases.get(referral.case_id).status == CaseStatus.AWAITING_CITIZEN


def test_only_the_desk_that_accepted_takes_it_back(client, session, sent):
    by, partner, referral = sent
    referrals.accept(referral, by=partner)
    stranger = make.make_partner()
    for other, answer in ((by, 404), (stranger, 404)):
        client.sign_in(other.email)
        sent_to = client.post(f"/referrals/{referral.id}/undo-accept", data={"command_id": ""})
        assert sent_to.status_code == answer
    colleague = make.make_worker(session.get(Tenant, partner.tenant_id))
    client.sign_in(colleague.email)
    assert client.post(f"/referrals/{referral.id}/undo-accept", data={"command_id": ""}).status_code == 302
