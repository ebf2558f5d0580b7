"""The citizen hears where a notice came from, and nothing reaches them in a way that is not safe."""

from datetime import timedelta

import pytest

from core import clock
from intake import contacts, kept_notes, safe_contact, signals
from intake.models.contacts import AttemptResult, ContactAttempt, ToldHow
from intake.models.persons import Avoid
from intake.models.signals import Source
from intake.models.vocabulary import Channel
from tests.factories import intake as make

REACHED, MISSED = AttemptResult.REACHED, AttemptResult.NOT_REACHED


@pytest.fixture
def taken(session):
    """A file that began with a notice of a school."""
    by = make.make_worker()
    person = make.make_person(by)
    return by, signals.take(make.make_signal(by, source=Source.SCHOOL), person=person, by=by)


def test_the_first_talk_after_a_notice_says_how_the_citizen_heard_of_it(taken):
    by, case = taken
    contacts.note_attempt(case, channel=Channel.PHONE, result=MISSED, by=by)
    silent = contacts.note_attempt(case, channel=Channel.PHONE, result=REACHED, by=by)
    assert (silent.told_source, silent.told_how) == (False, ToldHow.NOT_YET)
    kept = contacts.note_attempt(case, channel=Channel.PHONE, result=REACHED, told=ToldHow.ORALLY, by=by)
    assert (kept.told_source, kept.told_how) == (True, ToldHow.ORALLY)
    assert contacts.tell_until(case) is None
    later = contacts.note_attempt(case, channel=Channel.PHONE, result=REACHED, by=by)
    assert later.told_how is None  # told once is enough


def test_not_yet_keeps_the_duty_for_a_month_after_the_notice(taken):
    by, case = taken
    contacts.note_attempt(case, channel=Channel.PHONE, result=REACHED, told=ToldHow.NOT_YET, by=by)
    assert contacts.tell_until(case) == clock.add_months(clock.today(), 1)
    kept_notes.keep(case, "gebeld, gesproken", by=by)  # a quick line never stops on it
    assert contacts.tell_until(case) is not None


def test_nobody_is_told_what_they_brought_themselves(session):
    by = make.make_worker()
    own = signals.take(make.make_signal(by, source=Source.CITIZEN), by=by)
    assert contacts.tell_until(own) is None
    assert contacts.tell_until(make.make_case(by, with_person=False)) is None


def test_the_file_asks_until_it_was_told_and_turns_red_after_a_month(client, session, taken):
    by, case = taken
    client.sign_in(by.email)
    page = client.get(f"/cases/{case.id}").text
    assert 'data-testid="tell-source">' in page
    assert 'name="told_how"' in page
    client.post(f"/cases/{case.id}/attempts", data={"channel": "phone", "result": "reached"})
    assert 'data-testid="tell-source">' in client.get(f"/cases/{case.id}").text
    signals.of_case(case).received_at = clock.now() - timedelta(days=40)
    session.flush()
    assert 'data-testid="tell-source" data-state="late"' in client.get(f"/cases/{case.id}").text
    told = {"channel": "phone", "result": "reached", "told_how": "in_writing"}
    assert client.post(f"/cases/{case.id}/attempts", data=told).status_code == 302
    assert 'data-testid="tell-source"' not in client.get(f"/cases/{case.id}").text


# ---------------------------------------------------------------- safe contact
def test_even_paper_may_be_unsafe_and_the_refusal_names_another_way(client, session, nele):
    person = make.make_person(nele, avoid=(Avoid.PAPER,), contact_hours="na 17 uur")
    case = make.make_case(nele, person=person)
    answer = client.get(f"/cases/{case.id}/plan.pdf")
    assert answer.status_code == 409
    assert "na 17 uur" in answer.text
    assert not safe_contact.is_safe(person, safe_contact.Way.PRINT)


@pytest.mark.parametrize(("avoid", "warned"), [((Avoid.SMS,), True), ((Avoid.POST,), False)])
def test_an_unsafe_contact_is_written_down_and_said(client, session, nele, avoid, warned):
    case = make.make_case(nele, person=make.make_person(nele, avoid=avoid))
    data = {"channel": "sms", "result": "left_message"}
    page = client.post(f"/cases/{case.id}/attempts", data=data, follow_redirects=True).text
    assert session.query(ContactAttempt).filter_by(case_id=case.id).count() == 1
    assert ("niet veilig voor deze persoon" in page) is warned
