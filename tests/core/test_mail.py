"""Mail: to a real server, without personal data, in the reader's language."""

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import current_app

from core import mail, outbox
from core.db import session as proxy
from core.db import transaction
from core.models.outbox import OutboxMessage
from tests.factories.core import make_user

TEMPLATES = sorted(
    path.stem
    for path in (Path(__file__).parents[2] / "templates" / "email").glob("*.txt")
    if path.stem != "base"
)


@pytest.fixture
def settings(session, smtp):
    """Send by the sink."""
    before = current_app.extensions["settings"]
    current_app.extensions["settings"] = replace(
        before, mail_url=smtp.url, base_url="https://draaischijf.example"
    )
    yield current_app.extensions["settings"]
    current_app.extensions["settings"] = before


def body(message) -> str:
    return str(message_from_bytes(message.as_bytes(), policy=policy.default).get_content())


def subject(message) -> str:
    return str(message_from_bytes(message.as_bytes(), policy=policy.default)["Subject"])


def send(user, template: str = "task_waits", **options) -> None:
    with transaction():
        mail.put(template, user.id, **options)
    outbox.drain()


def test_a_mail_is_sent_after_the_commit_with_a_link_and_no_name(settings, smtp, session):
    user = make_user("partner@de-brug.example", name="Fatma Yildiz")
    session.commit()
    send(user, "new_referral", path="/referrals/1", values={"sender": "OCMW Evergem"})
    [message] = smtp.messages
    assert smtp.recipients == [["partner@de-brug.example"]]
    assert "https://draaischijf.example/referrals/1" in body(message)
    assert "OCMW Evergem" in body(message)
    assert "Fatma" not in str(message)
    assert message["From"] == "noreply@draaischijf.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"]


@pytest.mark.parametrize("locale", ["nl", "fr", "en", "de"])
def test_a_mail_speaks_the_language_of_its_reader(settings, smtp, session, locale):
    user = make_user(locale=locale)
    session.commit()
    send(user)
    [message] = smtp.messages
    assert message["Content-Language"] == locale
    from flask_babel import force_locale

    from core.i18n import _

    with force_locale(locale):
        assert subject(message) == _("Something waits for you")


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("locale", ["nl", "en"])
def test_every_mail_can_be_written_without_values(session, template, locale):
    made = mail.compose(template, locale, path="/x", values={})
    assert made["Subject"] not in {"", "Draaischijf"}
    assert len(body(made)) > 100
    assert "{" not in body(made)


def test_a_busy_server_is_tried_again(settings, smtp, session):
    user = make_user()
    session.commit()
    smtp.refusals.append("451 try later")
    send(user)
    message = session.scalars(sa.select(OutboxMessage)).one()
    assert (message.done_at, message.dead_at, message.last_error) == (None, None, "SMTPDataError")


def test_a_refusal_for_good_is_not_tried_again(settings, smtp, session):
    user = make_user("nobody@example.org")
    session.commit()
    smtp.refusals.append("550 no such user nobody@example.org")
    send(user)
    message = session.scalars(sa.select(OutboxMessage)).one()
    assert message.dead_at is not None
    assert "nobody" not in str(message.last_error)


@pytest.mark.parametrize(
    ("command", "answer", "is_dead"),
    [
        ("RCPT", "550 no such user", True),
        ("RCPT", "450 mailbox busy", False),
        ("MAIL", "553 your sender is not allowed", False),  # our settings, not this mail: mended, it goes out
        ("MAIL", "421 too many connections", False),
    ],
)
def test_only_a_refused_receiver_buries_a_mail(settings, smtp, session, command, answer, is_dead):
    user = make_user("nobody@example.org")
    session.commit()
    smtp.refused[command] = answer
    send(user)
    message = session.scalars(sa.select(OutboxMessage)).one()
    assert (message.done_at, message.dead_at is not None) == (None, is_dead)
    assert "nobody" not in str(message.last_error)


def test_each_refusal_doubles_the_patience_until_the_mail_goes_out_once(settings, smtp, session, monkeypatch):
    from core import clock

    user = make_user()
    session.commit()
    start = moment = clock.now()
    monkeypatch.setattr(outbox, "now", lambda: moment)
    smtp.refusals += ["451 later", "451 later", "421 closing"]
    send(user)
    waited = []
    while not smtp.messages:
        due = session.scalars(sa.select(OutboxMessage.due_at)).one()
        moment = due - timedelta(seconds=1)
        outbox.drain()  # too early: nothing is sent
        moment = due
        waited.append(round((due - start).total_seconds()))
        outbox.drain()
        start = moment
    assert waited == [10, 30, 90]
    outbox.drain()
    assert len(smtp.messages) == 1


def test_a_server_that_is_away_is_tried_again(session):
    before = current_app.extensions["settings"]
    current_app.extensions["settings"] = replace(before, mail_url="smtp://127.0.0.1:9")
    try:
        user = make_user()
        session.commit()
        send(user)
    finally:
        current_app.extensions["settings"] = before
    assert session.scalars(sa.select(OutboxMessage)).one().last_error == "ConnectionRefusedError"


def test_a_blocked_person_gets_no_mail(settings, smtp, session):
    from core.clock import now

    user = make_user(blocked_at=now())
    session.commit()
    send(user)
    assert smtp.messages == []
    assert session.scalars(sa.select(OutboxMessage)).one().done_at is not None


def test_without_a_server_mails_are_files(session):
    user = make_user("nele@example.org")
    session.commit()
    folder = Path(current_app.extensions["settings"].var) / "mail"
    before = set(folder.glob("*.eml")) if folder.exists() else set()
    send(user)
    [made] = set(folder.glob("*.eml")) - before
    assert b"nele@example.org" in made.read_bytes()


def test_the_message_in_the_outbox_holds_no_address(session):
    user = make_user("nele@example.org", name="Nele Wauters")
    with_payload = mail.put
    session.commit()
    with transaction():
        with_payload("task_waits", user.id, path="/cases/1")
    row = proxy.scalars(sa.select(OutboxMessage)).one()
    assert "nele" not in str(row.payload).lower()
