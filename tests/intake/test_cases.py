"""Files: held, moved through their phases, closed with an outcome, reopened."""

import pytest

from core.errors import Conflict, DomainError
from core.models.accounts import Tenant, User
from intake import cases, contacts, help_requests, notes, timeline, turns
from intake.models.cases import CaseStatus, ClosingReason
from intake.models.contacts import AttemptResult, ContactOutcome
from intake.models.help_requests import Outcome
from intake.models.vocabulary import Channel, LifeDomain
from tests.factories import intake as make
from workflows import instances, tasks


def test_a_file_is_provisional_until_it_is_allocated(session):
    by = make.make_worker()
    colleague = make.make_worker(session.get(Tenant, by.tenant_id))
    case = make.make_case(by)
    assert case.is_provisional
    cases.allocate(case, session.get(User, colleague.user_id), by=by)
    assert (case.holder_id, case.is_provisional) == (colleague.user_id, False)
    assert {task.assignee_id for task in tasks.open_tasks(case)} == {colleague.user_id}


def test_a_file_goes_to_nobody_outside(session):
    by = make.make_worker()
    stranger = make.make_worker()
    with pytest.raises(DomainError) as refusal:
        cases.allocate(make.make_case(by), session.get(User, stranger.user_id), by=by)
    assert refusal.value.field == "to"


def test_a_person_of_another_organization_is_refused(session):
    by = make.make_worker()
    with pytest.raises(DomainError):
        make.make_case(by, person=make.make_person(make.make_worker()))


def test_the_route_runs_from_contact_to_follow_up(session):
    by = make.make_worker()
    case = make.make_case(by)
    seen = [case.status]
    for _step in range(6):
        cases.move_on(case, by=by)
        seen.append(case.status)
    assert seen == [
        CaseStatus.CONTACTING, CaseStatus.INTAKE, CaseStatus.CLARIFYING, CaseStatus.RIGHTS_REVIEW,
        CaseStatus.PLANNING, CaseStatus.IN_SUPPORT, CaseStatus.FOLLOW_UP,
    ]  # fmt: skip


def test_reaching_the_citizen_ends_making_contact(session):
    by = make.make_worker()
    case = make.make_case(by)
    contacts.note_attempt(case, channel=Channel.PHONE, result=AttemptResult.NOT_REACHED, by=by)
    assert case.status == CaseStatus.CONTACTING
    contacts.note_attempt(case, channel=Channel.PHONE, result=AttemptResult.REACHED, note="Ja.", by=by)
    assert case.status == CaseStatus.INTAKE


@pytest.mark.parametrize("phase", cases.PHASES)
def test_any_phase_can_be_chosen(session, phase):
    by = make.make_worker()
    case = make.make_case(by)
    cases.set_phase(case, phase, by=by)
    assert case.status == phase


@pytest.mark.parametrize("status", CaseStatus)
def test_one_party_is_at_turn_in_every_state_and_the_process_agrees(session, status):
    by = make.make_worker()
    case = make.make_case(by)
    if status in cases.PHASES:
        cases.set_phase(case, status, by=by)
    elif status == CaseStatus.AWAITING_CITIZEN:
        cases.ask_citizen(case, by=by)
    elif status == CaseStatus.AWAITING_PARTNER:
        make.make_referral(by, make.make_partner(), case=case)
    else:
        cases.close_case(case, ClosingReason.ANSWERED, by=by)
    assert case.status == status
    ours = turns.of_case(case, by).state
    assert (ours == "nobody") == case.is_closed
    holder = tasks.turn_holder(case, by)
    assert holder.state == ours


def test_closing_asks_an_outcome_for_each_question(session):
    by = make.make_worker()
    case = make.make_case(by)
    request = make.make_question(case, by)
    with pytest.raises(DomainError) as refusal:
        cases.close_case(case, ClosingReason.ANSWERED, by=by)
    assert refusal.value.field == "outcomes"
    outcomes = {request.id: Outcome.SOLVED}
    cases.close_case(case, ClosingReason.ANSWERED, outcomes=outcomes, note="Klaar.", by=by)
    assert (case.status, request.outcome, case.closing_note) == (CaseStatus.CLOSED, Outcome.SOLVED, "Klaar.")
    assert tasks.open_tasks(case) == []


def test_a_running_referral_keeps_a_file_open(session):
    by = make.make_worker()
    case = make.make_case(by)
    make.make_referral(by, make.make_partner(), case=case)
    with pytest.raises(DomainError) as refusal:
        cases.close_case(case, ClosingReason.ANSWERED, by=by)
    assert refusal.value.field == "reason"
    cases.close_case(case, ClosingReason.HANDED_OVER, by=by)


CLOSED_REFUSES = [
    lambda case, by: cases.set_phase(case, CaseStatus.INTAKE, by=by),
    lambda case, by: cases.ask_citizen(case, by=by),
    lambda case, by: cases.close_case(case, ClosingReason.ANSWERED, by=by),
    lambda case, by: help_requests.note_help_request(case, LifeDomain.DEBTS, "x", by=by),
    lambda case, by: notes.add_note(case, "x", by=by),
    lambda case, by: contacts.note_attempt(case, channel=Channel.PHONE, result=AttemptResult.REACHED, by=by),
    lambda case, by: make.make_referral(by, case=case),
]


@pytest.mark.parametrize("act", CLOSED_REFUSES)
def test_a_closed_file_refuses_every_change_until_it_is_reopened(session, act):
    by = make.make_worker()
    case = make.make_case(by)
    cases.close_case(case, ClosingReason.ANSWERED, by=by)
    with pytest.raises(Conflict):
        act(case, by)
    cases.reopen_case(case, CaseStatus.INTAKE, by=by)
    assert (case.status, case.closing_reason) == (CaseStatus.INTAKE, None)
    assert instances.find(case).status == "running"
    with pytest.raises(Conflict):
        cases.reopen_case(case, CaseStatus.INTAKE, by=by)


def test_a_form_from_an_older_version_is_refused(session):
    by = make.make_worker()
    case = make.make_case(by)
    old = case.version
    cases.set_phase(case, CaseStatus.CLARIFYING, by=by)
    with pytest.raises(Conflict):
        cases.close_case(case, ClosingReason.ANSWERED, by=by, version=old)


def test_texts_of_a_file_are_sealed(session):
    by = make.make_worker()
    case = make.make_case(by)
    request = make.make_question(case, by, facts="Schuld bij de apotheek.")
    note = notes.add_note(case, "Belt liever niet.", by=by)
    assert b"gasfactuur" not in request.own_words_sealed
    assert b"liever" not in note.text_sealed
    assert (request.facts, note.text) == ("Schuld bij de apotheek.", "Belt liever niet.")


def test_the_timeline_tells_who_did_what(session):
    by = make.make_worker()
    case = make.make_case(by)
    make.make_question(case, by)
    notes.add_note(case, "Een nota.", by=by)
    page = timeline.of_case(case)
    assert [entry.event for entry in page.entries][:2] == ["note.added", "help_request.noted"]
    assert page.entries[0].text == "Een nota."
    assert {entry.who for entry in page.entries} == {by.name}
    only = timeline.of_case(case, only="notes")
    assert [entry.event for entry in only.entries] == ["note.added"]
    first = timeline.of_case(case, limit=1)
    assert first.after == first.entries[0].id
    assert timeline.of_case(case, before=first.after).entries[0].event == "help_request.noted"


def test_an_answered_contact_keeps_its_count_and_loses_its_text(session):
    by = make.make_worker()
    contact = contacts.register_contact(channel=Channel.DESK, line="Vroeg de weg naar het loket.", by=by)
    contacts.settle_contact(contact, ContactOutcome.ANSWERED, by=by)
    assert (contact.outcome, contact.line) == (ContactOutcome.ANSWERED, None)
    with pytest.raises(Conflict):
        contacts.settle_contact(contact, ContactOutcome.INTAKE, by=by)
