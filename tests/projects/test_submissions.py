"""Submission: the moment the request came in decides, to the microsecond, on both sides of a "
"change of clock."""

import hashlib
import json
import re
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy import orm

from core import clock
from core.access import Role
from core.errors import DomainError
from projects import jobs, submissions
from projects.models.applications import Application, ApplicationStatus, ApplicationVersion
from tests.conftest import Client
from tests.factories.core import make_membership
from tests.factories.projects import add_round, make_application, make_open_call, make_people, submit

LAST = timedelta(milliseconds=100)


def closing_at(application: Application, moment: datetime) -> None:
    application.round.opens_at, application.round.closes_at = moment - timedelta(days=9), moment


# Closing at midnight of Brussels on the last day: a plain day, the day before summer time, the last of it.
DAYS = [date(2026, 3, 31), date(2026, 3, 28), date(2026, 3, 29), date(2026, 10, 24), date(2026, 10, 25)]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_last_tenth_of_a_second_counts_and_the_next_moment_does_not(
    session: orm.Session, day: date
) -> None:
    people = make_people()
    first, second = (make_application(people, make_open_call(people)) for _ in range(2))
    midnight = clock.end_of(day)
    for application in (first, second):
        closing_at(application, midnight)
    assert clock.brussels(midnight - LAST).strftime("%d %H:%M:%S.%f")[:-5] == f"{day.day} 23:59:59.9"
    kept = submissions.submit_application(first, received_at=midnight - LAST, by=people.applicant)
    late = submissions.submit_application(second, received_at=midnight, by=people.applicant)
    assert (kept.in_time, first.status) == (True, ApplicationStatus.SUBMITTED)
    assert (late.in_time, second.status) == (False, ApplicationStatus.LATE)


@pytest.mark.parametrize(
    ("hour", "open_"),
    [
        ("2026-10-25T00:30:00+00:00", True),
        ("2026-10-25T01:29:59+00:00", True),
        ("2026-10-25T01:30:00+00:00", False),
    ],
)
def test_the_hour_that_comes_twice_is_told_apart(session: orm.Session, hour: str, open_: bool) -> None:
    people = make_people()
    application = make_application(people, make_open_call(people))
    closing_at(application, datetime(2026, 10, 25, 1, 30, tzinfo=UTC))  # the second 02:30 of Brussels
    assert application.round.is_open(datetime.fromisoformat(hour)) is open_


def test_the_last_version_in_time_counts(session: orm.Session) -> None:
    people = make_people()
    application = make_application(people, make_open_call(people))
    first = submit(people, application)
    application.title = "Beter"
    session.flush()
    second = submit(people, application)
    assert (first.version, second.version) == (1, 2)
    counting = submissions.counting_version(application)
    assert counting is not None
    assert counting.content["title"] == "Beter"
    closing_at(application, clock.now() - timedelta(seconds=1))
    with pytest.raises(DomainError, match="Your last version in time stays"):
        submit(people, application)


def test_a_receipt_is_checked_by_its_hash(session: orm.Session) -> None:
    people = make_people()
    application = make_application(people, make_open_call(people))
    receipt = submit(people, application)
    version = application.versions[0]
    assert submissions.hash_of(version.content, version.received_at) == receipt.content_hash
    kept = submissions.proof_of(version.content, version.received_at)
    assert hashlib.sha256(kept).hexdigest() == receipt.content_hash
    assert json.loads(kept) == [version.content, version.received_at.isoformat()]
    spoiled = {**version.content, "title": version.content["title"] + "."}
    assert submissions.hash_of(spoiled, version.received_at) != receipt.content_hash
    moved = version.received_at + timedelta(microseconds=1)
    assert submissions.hash_of(version.content, moved) != receipt.content_hash


def test_a_late_file_goes_to_the_next_round_with_its_text(session: orm.Session) -> None:

    people = make_people()
    application = make_application(people, make_open_call(people))
    closing_at(application, clock.now() - timedelta(seconds=1))
    submit(people, application)
    assert application.status == ApplicationStatus.LATE
    with pytest.raises(DomainError, match="no later round"):
        submissions.move_to_next_round(application, by=people.applicant)
    add_round(people, application.call, "Tweede")
    copy = submissions.move_to_next_round(application, by=people.applicant)
    assert copy.title == application.title
    assert copy.cost_cents == application.cost_cents
    assert copy.round.name == "Tweede"


def test_drafts_of_a_closed_round_stay_on_record(session: orm.Session) -> None:
    people = make_people()
    application = make_application(people, make_open_call(people))
    closing_at(application, clock.now() - submissions.SUBMISSION_IN_FLIGHT - timedelta(seconds=1))
    session.commit()
    assert submissions.close_unsubmitted(now=clock.now()) == 1
    assert application.status == ApplicationStatus.NOT_SUBMITTED
    assert submissions.close_unsubmitted(now=clock.now()) == 0


def test_a_draft_is_reminded_once_before_its_round_closes(session: orm.Session) -> None:
    from core.models.outbox import OutboxMessage

    people = make_people()
    application = make_application(people, make_open_call(people))
    closing_at(application, clock.now() + timedelta(days=2))
    session.flush()
    for _turn in range(2):
        jobs.remind(now=clock.now())
    session.flush()
    kinds = session.scalars(
        sa.select(OutboxMessage.kind).where(OutboxMessage.kind == "mail.draft_closes_soon")
    ).all()
    assert kinds == ["mail.draft_closes_soon"]


# ---------------------------------------------------------------- over HTTP
def signed_in(app: Flask, email: str) -> Client:
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    return client.sign_in(email)


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(command_id|version)"[^>]*value="([^"]*)"', page))


def storm(app: Flask, urls: list[str], clients: list[Client], forms: list[dict[str, str]]) -> list[Any]:
    """Send all forms at the same moment, one thread each."""
    answers: list[Any] = [None] * len(urls)
    gate = threading.Barrier(len(urls))

    def send(number: int) -> None:
        gate.wait()
        answers[number] = clients[number % len(clients)].post(urls[number], data=forms[number])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(urls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_storm_around_the_deadline_loses_and_doubles_nothing(fresh_app: Flask, is_long: bool) -> None:
    """Half of them come twice (a double click); each file ends submitted once, or late once."""
    count = 200 if is_long else 16
    with fresh_app.app_context():
        from core.db import session, transaction

        with transaction():
            people = make_people()
            call = make_open_call(people, one_per_applicant=False, credit_cents=900_000_00)
            keys = [str(make_application(people, call).id) for _ in range(count)]
            applicant = make_membership(None, _tenant(people), Role.APPLICANT).user.email
            round_id = call.rounds[0].id
    senders = min(8, count)
    clients = [signed_in(fresh_app, applicant) for _ in range(senders)]
    urls = [f"/applications/{key}/submit" for key in keys]
    forms = [hidden(clients[0].get(url).text) for url in urls]
    doubled = urls[: count // 2], forms[: count // 2]
    urls, forms = urls + doubled[0], forms + doubled[1]
    with fresh_app.app_context():
        from core.db import session, transaction
        from projects.models.calls import Round

        with transaction():  # the round closes while they come in
            planned = session.get_one(Round, round_id)
            planned.closes_at = clock.now() + timedelta(seconds=count / 40)
            closes_at = planned.closes_at
    many = [clients[number % senders] for number in range(len(urls))]
    answers = storm(fresh_app, urls, many, forms)
    assert {answer.status_code for answer in answers} == {302}
    with fresh_app.app_context():
        from core.db import session

        versions = session.scalars(sa.select(ApplicationVersion)).all()
        assert len(versions) == count
        assert len({version.application_id for version in versions}) == count
        for version in versions:
            assert version.in_time == (version.received_at < closes_at)
            status = session.get_one(Application, version.application_id).status
            assert status == ("submitted" if version.in_time else "late")


def _tenant(people: Any) -> Any:
    from core.db import session
    from core.models.accounts import Tenant

    return session.get_one(Tenant, people.applicant.tenant_id)


def test_over_http_the_frozen_clock_decides(client: Client, session: orm.Session) -> None:
    people = make_people()
    application = make_application(people, make_open_call(people))
    midnight = clock.end_of(clock.today())
    closing_at(application, midnight)
    email = make_membership(None, _tenant(people), Role.APPLICANT).user.email
    session.commit()
    url = f"/applications/{application.id}/submit"
    with time_machine.travel(midnight - timedelta(minutes=10), tick=False):
        client.sign_in(email)  # at any hour: a session does not outlive its idle time
        form = hidden(client.get(url).text)
    with time_machine.travel(midnight - LAST, tick=False):
        answer = client.post(url, data=form, follow_redirects=True)
    assert 'data-state="in_time"' in answer.text
    assert "23" in answer.text
