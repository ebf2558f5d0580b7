"""One line becomes contact, result, note and task in one go, and can be taken back while it is fresh."""

import pytest
import sqlalchemy as sa

from core.errors import Conflict
from intake import contacts, kept_notes, notes
from intake.models.cases import CaseStatus, FollowUp
from intake.models.contacts import AttemptResult, ContactAttempt
from intake.models.notes import Note
from intake.models.vocabulary import Channel
from tests.factories import intake as make

LINE = "gebeld, niet bereikt, vrijdag terug"


@pytest.fixture
def case(session):
    return make.make_case(make.make_worker())


def count(session, kind):
    return session.scalar(sa.select(sa.func.count()).select_from(kind))


def worker_of(case):
    from core import accounts
    from core.db import session as store
    from core.models.accounts import Membership

    found = store.scalars(sa.select(Membership).where(Membership.user_id == case.holder_id)).one()
    return accounts.actor_of(found, found.user)


def test_a_line_becomes_contact_and_task(session, case):
    kept = kept_notes.keep(case, LINE, by=worker_of(case))
    assert (kept.channel, kept.result) == (Channel.PHONE, AttemptResult.NOT_REACHED)
    assert session.scalars(sa.select(FollowUp)).one().due_on == kept.again_on
    assert session.scalars(sa.select(ContactAttempt)).one().note == LINE


def test_a_line_without_contact_is_a_note(session, case):
    kept_notes.keep(case, "factuur zit in het dossier", by=worker_of(case))
    assert session.scalars(sa.select(Note)).one().text == "factuur zit in het dossier"
    assert count(session, ContactAttempt) == 0


def test_undo_takes_back_all_that_a_line_made(session, case):
    by = worker_of(case)
    kept = kept_notes.keep(case, LINE, by=by)
    kept_notes.undo(case, kept.step, by=by)
    assert count(session, ContactAttempt) == count(session, FollowUp) == 0


def test_undo_of_a_talk_brings_the_phase_back(session, case):
    by = worker_of(case)
    kept = kept_notes.keep(case, "gebeld, gesproken", by=by)
    assert case.status == CaseStatus.INTAKE
    kept_notes.undo(case, kept.step, by=by)
    assert case.status == CaseStatus.CONTACTING


def test_a_line_on_which_something_was_built_stays(session, case):
    by = worker_of(case)
    kept = kept_notes.keep(case, LINE, by=by)
    notes.add_note(case, "Later.", by=by)
    with pytest.raises(Conflict):
        kept_notes.undo(case, kept.step, by=by)
    assert count(session, ContactAttempt) == 1


def test_a_colleague_does_not_take_back_my_line(session, case):
    kept = kept_notes.keep(case, LINE, by=worker_of(case))
    with pytest.raises(Conflict):
        kept_notes.undo(case, kept.step, by=make.make_worker(case.tenant))


def test_a_line_is_undone_once(session, case):
    by = worker_of(case)
    kept = kept_notes.keep(case, LINE, by=by)
    kept_notes.undo(case, kept.step, by=by)
    with pytest.raises(Conflict):
        kept_notes.undo(case, kept.step, by=by)


def test_the_file_shows_what_was_understood_with_a_way_back(client, session):
    by = make.make_worker()
    case = make.make_case(by)
    client.sign_in(by.email)
    assert 'data-testid="quick-note"' in client.get(f"/cases/{case.id}").text
    page = client.post(f"/cases/{case.id}/line", data={"line": LINE}, follow_redirects=True)
    assert "niet bereikt" in page.text
    assert 'data-testid="quick-note-undo"' in page.text
    step = page.request.args["kept"]
    done = client.post(
        f"/cases/{case.id}/line/{step}/undo",
        data={"command_id": "0190a000-0000-7000-8000-000000000000"},
        follow_redirects=True,
    )
    assert 'data-testid="quick-note-undo"' not in done.text
    assert count(session, ContactAttempt) == 0


def test_an_empty_line_asks_for_words(client, session):
    by = make.make_worker()
    case = make.make_case(by)
    client.sign_in(by.email)
    assert client.post(f"/cases/{case.id}/line", data={"line": " "}).status_code == 422


@pytest.mark.parametrize(
    ("ways", "offered"),
    [
        (["phone", "phone"], False),
        (["phone", "phone", "phone"], False),
        (["phone", "phone", "letter"], True),
    ],
)
def test_three_failed_attempts_over_two_ways_offer_unreachable(client, session, ways, offered):
    by = make.make_worker()
    case = make.make_case(by)
    client.sign_in(by.email)
    for way in ways:
        contacts.note_attempt(case, channel=Channel(way), result=AttemptResult.NOT_REACHED, by=by)
    page = client.get(f"/cases/{case.id}")
    assert ('data-testid="offer-unreachable"' in page.text) is offered
    chosen = client.get(f"/cases/{case.id}/close?reason=unreachable").text
    assert 'selected value="unreachable"' in chosen


def test_speaking_to_the_citizen_starts_the_count_again():
    missed = [("phone", "not_reached"), ("letter", "left_message"), ("phone", "not_reached")]
    assert contacts.is_unreachable(missed)
    assert not contacts.is_unreachable([*missed, ("phone", "reached")])
    assert not contacts.is_unreachable([*missed, ("phone", "refused")])


def test_an_undone_attempt_does_not_count(client, session):
    by = make.make_worker()
    case = make.make_case(by)
    client.sign_in(by.email)
    for channel in (Channel.PHONE, Channel.LETTER):
        contacts.note_attempt(case, channel=channel, result=AttemptResult.NOT_REACHED, by=by)
    kept = kept_notes.keep(case, "gebeld, niet bereikt", by=by)
    assert 'data-testid="offer-unreachable"' in client.get(f"/cases/{case.id}").text
    kept_notes.undo(case, kept.step, by=by)
    assert 'data-testid="offer-unreachable"' not in client.get(f"/cases/{case.id}").text


def test_a_file_that_is_being_contacted_keeps_to_eight_statements(client, session, statements):
    by = make.make_worker()
    case = make.make_case(by)
    for channel in (Channel.PHONE, Channel.LETTER, Channel.PHONE):
        contacts.note_attempt(case, channel=channel, result=AttemptResult.NOT_REACHED, by=by)
    client.sign_in(by.email)
    client.get("/my-day")
    with statements() as seen:
        assert client.get(f"/cases/{case.id}").status_code == 200
    assert len(seen) <= 8, len(seen)
