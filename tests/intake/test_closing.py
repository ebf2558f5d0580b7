"""Closing says how each question and each right ended; nothing is left unsaid."""

import re

import pytest

from core.errors import DomainError
from intake import cases, referrals, rights
from intake.models.cases import ClosingReason
from intake.models.rights import RightEnd, RightStep
from intake.models.vocabulary import CitizenSays
from tests.factories import intake as make

WIDOW = {
    "persons[0].birth_date": "1952-03-17",
    "persons[0].civil_status": "widowed",
}


@pytest.fixture
def reviewed(session):
    """A file of which the rights were screened with little known: each is to be checked."""
    by = make.make_worker()
    case = make.make_case(by)
    rights.answer(case, WIDOW, by=by)
    return by, case


def test_closing_asks_an_outcome_of_every_right_that_is_not_settled(reviewed):
    by, case = reviewed
    waiting = rights.unsettled(case)
    assert waiting
    with pytest.raises(DomainError) as refusal:
        cases.close_case(case, ClosingReason.ANSWERED, by=by)
    assert refusal.value.field == "rights"
    but_one = {review.id: RightEnd.STILL_OPEN for review in waiting[1:]}
    with pytest.raises(DomainError):
        cases.close_case(case, ClosingReason.ANSWERED, rights_ends=but_one, by=by)


@pytest.mark.parametrize(
    ("end", "step"),
    [
        (RightEnd.REALISED, RightStep.REALISED),
        (RightEnd.REFUSED, RightStep.REFUSED),
        (RightEnd.NOT_WANTED, RightStep.NOT_TAKEN_UP),
        (RightEnd.DOES_NOT_APPLY, RightStep.SET_ASIDE),
        (RightEnd.STILL_OPEN, RightStep.SCREENED),
    ],
)
def test_what_is_said_of_a_right_is_where_it_stands(reviewed, end, step):
    by, case = reviewed
    first, *others = rights.unsettled(case)
    ends = {first.id: end} | {review.id: RightEnd.STILL_OPEN for review in others}
    cases.close_case(case, ClosingReason.RIGHT_REALISED, rights_ends=ends, by=by)
    assert case.is_closed
    assert first.step == step
    assert (first.non_take_up == "not_wanted") == (end == RightEnd.NOT_WANTED)
    assert {review.step for review in others} <= {RightStep.SCREENED}


def test_a_settled_right_is_not_asked_again(reviewed):
    by, case = reviewed
    for review in rights.unsettled(case):
        rights.set_aside(review, by=by)
    assert rights.unsettled(case) == []
    cases.close_case(case, ClosingReason.ANSWERED, by=by)


def test_the_page_asks_and_keeps_what_was_chosen(client, reviewed):
    by, case = reviewed
    client.sign_in(by.email)
    ids = [review.id for review in rights.unsettled(case)]
    page = client.get(f"/cases/{case.id}/close")
    assert all(f"right_{key}" in page.text for key in ids)
    answers = {f"right_{key}": "still_open" for key in ids}
    address = f"/cases/{case.id}/close"
    refused = client.post(address, data={"reason": "answered", **dict([*answers.items()][1:])})
    assert refused.status_code == 422
    assert "hoe dit recht" in refused.text
    assert client.post(address, data={"reason": "answered", **answers}).status_code == 302
    assert case.is_closed


@pytest.mark.parametrize(
    ("reason", "outcome"), [("answered", "solved"), ("withdrew", "dropped"), ("unreachable", "dropped")]
)
def test_one_button_closes_what_is_open_and_claims_nothing_of_a_right(client, reviewed, reason, outcome):
    by, case = reviewed
    said, unsaid = make.make_question(case, by), make.make_question(case, by)
    waiting = rights.unsettled(case)
    client.sign_in(by.email)
    sent = {"at_once": reason, f"outcome_{said.id}": "not_solved"}
    answer = client.post(f"/cases/{case.id}/close", data=sent)
    assert answer.status_code == 302
    assert (str(case.status), str(case.closing_reason)) == ("closed", reason)
    assert (str(said.outcome), str(unsaid.outcome)) == ("not_solved", outcome)
    assert {review.step for review in waiting} == {RightStep.SCREENED}


def test_a_button_that_says_another_reason_than_the_chosen_one_closes_nothing(client, reviewed):
    by, case = reviewed
    make.make_question(case, by)
    client.sign_in(by.email)
    sent = {"at_once": "answered", "reason": "unreachable"}
    answer = client.post(f"/cases/{case.id}/close", data=sent)
    assert answer.status_code == 422
    assert "een andere reden" in answer.text
    assert 'selected value="unreachable"' in answer.text
    assert not case.is_closed


def test_enter_presses_the_button_that_closes_as_chosen(client, reviewed):
    by, case = reviewed
    client.sign_in(by.email)
    form = client.get(f"/cases/{case.id}/close").text.partition('data-testid="close-form"')[2]
    first = re.findall(r"<button[^>]*>", form)[0]
    assert 'type="submit"' in first
    assert "at_once" not in first
    assert "at_once" in form


def test_a_button_that_is_not_there_closes_nothing(client, reviewed):
    by, case = reviewed
    client.sign_in(by.email)
    assert client.post(f"/cases/{case.id}/close", data={"at_once": "merged"}).status_code == 422
    assert not case.is_closed


def test_what_the_citizen_said_stands_filled_in(client, session):
    by = make.make_worker()
    case = make.make_case(by)
    helped = make.make_question(case, by)
    helped.citizen_says = CitizenSays.HELPED
    session.flush()
    client.sign_in(by.email)
    page = client.get(f"/cases/{case.id}/close").text
    assert 'selected value="answered"' in page
    assert page.count("checked") == 1
    make.make_question(case, by)
    page = client.get(f"/cases/{case.id}/close").text
    assert 'selected value="answered"' not in page
    assert page.count("checked") == 1


def test_what_a_partner_finished_stands_filled_in_unless_the_citizen_says_otherwise(client, session):
    by, partner = make.make_worker(), make.make_partner()
    case = make.make_case(by)
    question = make.make_question(case, by)
    referral = make.make_referral(by, partner, case=case, help_request=question)
    client.sign_in(by.email)
    address = f"/cases/{case.id}/close"
    chosen = 'selected value="handed_over"'
    assert chosen not in client.get(address).text
    referrals.accept(referral, by=partner)
    referrals.complete(referral, remark="Klaar.", by=partner)
    page = client.get(address).text
    assert chosen in page
    assert page.count("checked") == 1
    question.citizen_says = CitizenSays.NO
    session.flush()
    page = client.get(address).text
    assert chosen not in page
    assert "checked" not in page
