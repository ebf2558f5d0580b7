"""A change of a published call that comes late, twice or is declined: said plainly, and nothing is lost."""

import dataclasses
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core import clock, outbox
from core.errors import Conflict, DomainError
from core.models.outbox import OutboxMessage
from projects import admissibility, applications, calls, changes, submissions
from projects.models.applications import ApplicationStatus
from projects.models.calls import Call
from projects.models.changes import ChangeStatus
from projects.models.transitions import ProjectTransition
from tests.conftest import Client
from tests.factories.projects import (
    People,
    add_round,
    close_rounds,
    make_application,
    make_open_call,
    make_people,
    submit,
    user_of,
)
from workflows import instances

pytestmark = pytest.mark.usefixtures("in_english")
DAY = timedelta(days=1)


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


@pytest.fixture
def call(people: People) -> Call:
    return make_open_call(people)


def propose_later(people: People, call: Call, days: int = 7) -> changes.CallChange:
    at = max(clock.now(), call.rounds[0].closes_at or clock.now()) + days * DAY
    return changes.propose_closing(call.rounds[0], closes_at=at, reason="Storing", by=people.officer)


def test_an_extension_after_the_closing_opens_the_swept_drafts_again(
    people: People, call: Call, session: orm.Session
) -> None:
    swept = make_application(people, call)
    close_rounds(call)
    session.commit()
    assert submissions.close_unsubmitted(now=clock.now() + DAY) == 1
    ended = instances.find(swept)
    changes.make_change(propose_later(people, call), by=people.second)
    assert swept.status == ApplicationStatus.DRAFT
    running = instances.find(swept)
    assert running is not None
    assert running.ended_at is None
    assert running is not ended
    submit(people, swept)
    assert swept.status == ApplicationStatus.SUBMITTED


def test_who_began_another_file_meanwhile_goes_on_with_that_one(
    people: People, call: Call, session: orm.Session
) -> None:
    swept = make_application(people, call)
    close_rounds(call)
    session.commit()
    submissions.close_unsubmitted(now=clock.now() + DAY)
    proposed = propose_later(people, call)
    add_round(people, call)
    other = make_application(people, call, organization=None)
    other.organization_id = swept.organization_id
    changes.make_change(proposed, by=people.second)
    assert applications.has_another(swept)
    assert (swept.status, other.status) == (ApplicationStatus.NOT_SUBMITTED, ApplicationStatus.DRAFT)


def test_a_closing_never_comes_to_lie_in_the_past(
    people: People, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing, opens = propose_later(people, call, 1), clock.now()
    extra = changes.propose_round(call, "Extra", opens_at=opens, closes_at=opens + DAY, by=people.officer)
    close_rounds(call)
    passed = clock.now() - timedelta(microseconds=1)
    with pytest.raises(DomainError) as refusal:
        changes.propose_round(call, "Voorbij", opens_at=passed - DAY, closes_at=passed, by=people.officer)
    assert refusal.value.field == "closes_at"
    long_after = clock.now() + 400 * DAY
    monkeypatch.setattr(clock, "now", lambda: long_after)
    for proposed in (closing, extra):
        with pytest.raises(DomainError, match="has passed meanwhile"):
            changes.make_change(proposed, by=people.second)
    assert len(call.rounds) == 1


def test_of_two_closings_made_at_once_the_second_sees_the_first(people: People, call: Call) -> None:
    short, long = propose_later(people, call, 7), propose_later(people, call, 14)
    stale = call.rounds[0]
    before = stale.closes_at
    assert before is not None
    assert changes.differences(short)
    changes.make_change(long, by=people.second)
    orm.attributes.set_committed_value(stale, "closes_at", before)  # as a page that was read before
    with pytest.raises(DomainError, match="after the present closing"):
        changes.make_change(short, by=people.second)
    assert stale.closes_at == before + 14 * DAY


def test_who_proposed_reads_why_it_was_declined(
    client: Client, session: orm.Session, people: People, call: Call
) -> None:
    declined = propose_later(people, call)
    changes.decline_change(declined, reason="Een extra ronde is eerlijker.", by=people.second)
    session.commit()
    outbox.drain()
    told = session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "mail.send")).all()
    assert [mail["user_id"] for mail in told if mail["template"] == "call_change_declined"] == [
        str(people.officer.user_id)
    ]
    page = client.sign_in(user_of(people.officer).email).get(f"/calls/{call.id}").text
    assert "Een extra ronde is eerlijker." in page
    taken_back = propose_later(people, call)
    changes.decline_change(taken_back, reason="Vergissing", by=people.officer)
    session.commit()
    assert 'data-testid="call-change-declined"' not in client.get(f"/calls/{call.id}").text


def test_what_nobody_answered_lapses_when_the_call_goes_on_and_both_hear_so(
    client: Client, session: orm.Session, people: People, call: Call
) -> None:
    waiting = propose_later(people, call)
    close_rounds(call)
    session.commit()
    client.sign_in(user_of(people.officer).email)
    assert "vervalt" in client.get(f"/calls/{call.id}/assess").text
    assert client.post(f"/calls/{call.id}/assess").status_code == 302
    outbox.drain()
    session.refresh(waiting)
    assert (waiting.status, waiting.decided_by) == (ChangeStatus.DECLINED, None)
    sent = session.scalars(sa.select(OutboxMessage.payload).where(OutboxMessage.kind == "mail.send")).all()
    told = {mail["user_id"] for mail in sent if mail["template"] == "call_change_lapsed"}
    assert told == {str(people.officer.user_id), str(people.second.user_id)}
    page = client.get(f"/calls/{call.id}").text
    assert 'data-testid="call-change-declined"' in page
    assert "Niemand antwoordde" in page


def test_a_late_file_counts_as_it_came_in_once_its_round_closes_later(
    session: orm.Session, people: People, call: Call
) -> None:
    late = make_application(people, call)
    close_rounds(call)
    proof = submit(people, late)
    assert late.status == ApplicationStatus.LATE
    changes.make_change(propose_later(people, call), by=people.second)
    version = submissions.counting_version(late)
    assert version is not None
    assert submissions.receipt(late, version) == dataclasses.replace(proof, in_time=True)
    assert (late.status, late.submitted_at) == (ApplicationStatus.SUBMITTED, proof.received_at)
    last = session.scalars(
        sa.select(ProjectTransition)
        .where(ProjectTransition.subject_id == late.id)
        .order_by(ProjectTransition.id.desc())
    ).first()
    assert last is not None
    assert (last.from_status, last.to_status, last.motivation) == ("late", "submitted", "Storing")
    kinds = set(session.scalars(sa.select(OutboxMessage.kind)))
    assert "mail.application_counts" in kinds
    submit(people, late)  # as anybody until the new closing
    assert len(late.versions) == 2
    admissibility.record_findings(late, {"complete": admissibility.Finding(True, "")}, by=people.officer)
    admissibility.admit(late, by=people.officer)


def test_a_late_file_that_was_taken_along_is_never_doubled(people: People, call: Call) -> None:
    call.one_per_applicant = False
    late, gone_later = make_application(people, call), make_application(people, call)
    close_rounds(call)
    proposed = propose_later(people, call)
    submit(people, late)
    submissions.submit_application(gone_later, received_at=clock.now() + 30 * DAY, by=people.applicant)
    add_round(people, call)
    copy = submissions.move_to_next_round(late, by=people.applicant)
    with pytest.raises(DomainError, match=copy.number):
        submissions.move_to_next_round(late, by=people.applicant)
    changes.make_change(proposed, by=people.second)
    assert [one.status for one in (late, copy, gone_later)] == ["late", "draft", "late"]
    applications.withdraw_application(copy, reason="Vergissing", by=people.applicant)
    assert submissions.move_to_next_round(late, by=people.applicant).goes_on_from_id == late.id


def test_what_can_no_longer_be_made_is_not_offered(
    client: Client, session: orm.Session, people: People, call: Call
) -> None:
    answered, waiting = propose_later(people, call), propose_later(people, call, 14)
    changes.decline_change(answered, reason="Nee", by=people.second)
    session.commit()
    client.sign_in(user_of(people.second).email)
    for act in ("make", "decline"):
        page = client.get(f"/calls/changes/{answered.id}/{act}")
        assert page.status_code == 409
        assert "collega" in page.text
    assert client.get(f"/calls/changes/{waiting.id}/make").status_code == 200
    close_rounds(call)
    calls.start_assessment(call, by=people.officer)
    session.commit()
    assert changes.waiting(call, [waiting]) == []
    assert (waiting.status, waiting.decided_by) == (ChangeStatus.DECLINED, None)
    assert client.get(f"/calls/changes/{waiting.id}/make").status_code == 409
    with pytest.raises(Conflict):
        changes.make_change(waiting, by=people.second)
