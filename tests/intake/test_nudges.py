"""A friendly reminder to a partner: once a working day, without a word about the citizen, and no more."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core import clock
from core.errors import Conflict, DomainError
from core.models.outbox import OutboxMessage
from core.models.trail import AuditEntry
from intake import nudges, referrals
from tests.factories import intake as make


@pytest.fixture
def sent(session):
    by, partner = make.make_worker(), make.make_partner()
    return by, partner, make.make_referral(by, partner)


def mails(session):
    rows = session.scalars(sa.select(OutboxMessage).where(OutboxMessage.kind == "mail.send"))
    return [row.payload for row in rows if row.payload["template"] == "referral_nudged"]


def test_the_desk_gets_a_mail_without_the_citizen_and_the_trail_a_line(sent, session):
    by, partner, referral = sent
    nudges.nudge(referral, by=by)
    (mail,) = mails(session)
    assert (mail["user_id"], mail["path"]) == (str(partner.user_id), f"/referrals/{referral.id}")
    assert set(mail["values"]) == {"sender", "day", "is_accepted"}
    assert "Aerts" not in str(mail)
    actions = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_id == str(referral.id)))
    assert "referral.nudged" in list(actions)


@pytest.mark.parametrize(
    ("nudged", "now", "again"),
    [
        ((2026, 11, 26), (2026, 11, 26), False),  # the same Thursday
        ((2026, 11, 26), (2026, 11, 27), True),
        ((2026, 11, 27), (2026, 11, 29), False),  # the weekend after a Friday
        ((2026, 11, 27), (2026, 11, 30), True),
    ],
)
def test_at_most_one_a_working_day(sent, session, monkeypatch, nudged, now, again):
    _by, _partner, referral = sent
    referral.nudged_at = datetime(*nudged, 9, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: datetime(*now, 15, tzinfo=UTC))
    assert nudges.can_nudge(referral) is again


def test_only_a_partner_with_an_account_that_is_at_turn_is_reminded(sent, session):
    by, partner, referral = sent
    referrals.ask(referral, "Welke factuur?", by=partner)
    by_phone = make.make_referral(by)
    assert not nudges.can_nudge(referral)
    assert not nudges.can_nudge(by_phone)
    with pytest.raises(Conflict):
        nudges.nudge(referral, by=by)
    with pytest.raises(DomainError):
        nudges.nudge(by_phone, by=by)


def test_what_the_partner_has_open_on_its_screen_stays_valid(sent):
    by, partner, referral = sent
    seen = referral.version
    referrals.see(referral, by=partner)
    nudges.nudge(referral, by=by)
    assert referrals.accept(referral, by=partner, version=seen).status == "accepted"


def test_it_is_one_click_in_my_day(client, session, nele, statements):
    referral = make.make_referral(nele, make.make_partner())
    for _number in range(3):
        make.make_referral(nele, make.make_partner())
    assert client.get("/my-day").text.count('data-testid="nudge"') == 4
    data = {"command_id": "", "from": "day"}
    answer = client.post(f"/referrals/{referral.id}/nudge", data=data, follow_redirects=True)
    assert answer.request.path == "/my-day"
    assert answer.text.count('data-testid="nudge"') == 3
    assert "herinnerd" in answer.text
    assert client.post(f"/referrals/{referral.id}/nudge", data={"command_id": ""}).status_code == 409
    assert "Laatst herinnerd" in client.get(f"/referrals/{referral.id}").text
    with statements() as seen:
        client.get("/my-day")
    assert len(seen) <= 10
    assert len(mails(session)) == 1


def test_a_stranger_reminds_nobody(client, session, sent):
    _by, partner, referral = sent
    for other in (partner, make.make_worker()):
        client.sign_in(other.email)
        assert client.post(f"/referrals/{referral.id}/nudge", data={"command_id": ""}).status_code == 404
    assert clock.now() - referral.sent_at < timedelta(hours=1)
    assert mails(session) == []
