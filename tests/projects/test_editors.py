"""Writing along: by a link in a mail, for the address it was sent to, without telling who has an account."""

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
import time_machine
from sqlalchemy import orm

from core import clock, crypto, mail, outbox
from core.access import Role
from core.errors import DomainError
from core.models.accounts import Membership, User
from projects import editors
from projects.models.applications import Application
from projects.views import mails
from tests.conftest import Client
from tests.factories.core import make_membership
from tests.factories.projects import People, make_application, make_open_call, make_people


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


@pytest.fixture
def application(people: People) -> Application:
    return make_application(people, make_open_call(people))


@pytest.fixture
def partner(session: orm.Session) -> Membership:
    """Someone of another organization, with an account and no right to apply."""
    return make_membership(None, None, Role.PARTNER_DESK)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    """Mails as they leave, in place of a mail server."""
    found: list[EmailMessage] = []
    monkeypatch.setattr(mail, "deliver", found.append)
    return found


def invite(client: Client, session: orm.Session, people: People, application: Application, email: str) -> Any:
    session.commit()
    client.get("/logout")
    client.sign_in(session.get_one(User, people.applicant.user_id).email)
    page = f"/applications/{application.id}/editors"
    return client.post(page, data={"email": email}, follow_redirects=True)


def told(page: str, email: str) -> str:
    """What a page says, without keys and the address itself."""
    return re.sub(r'value="[^"]*"|[0-9a-f-]{36}', "", page.partition("<main")[2]).replace(email, "X")


def test_the_answer_is_the_same_with_and_without_an_account(
    client: Client, session: orm.Session, people: People, application: Application, partner: Membership
) -> None:
    known = invite(client, session, people, application, partner.user.email)
    editors.withdraw_invitation(application, editors.open_invitations(application)[0].id, by=people.applicant)
    unknown = invite(client, session, people, application, "niemand@elders.example")
    assert (known.status_code, unknown.status_code) == (200, 200)
    assert told(known.text, partner.user.email) == told(unknown.text, "niemand@elders.example")


def test_the_link_opens_the_file_for_the_address_it_was_sent_to(
    client: Client, session: orm.Session, people: People, application: Application, partner: Membership,
    sent: list[EmailMessage],
) -> None:  # fmt: skip
    url = f"/applications/{application.id}/edit"
    invite(client, session, people, application, partner.user.email.upper())
    outbox.drain()
    assert [message["To"] for message in sent] == [partner.user.email]
    text = sent[0].get_content()
    assert application.number not in text
    link = next(word for word in text.split() if "/invitations/" in word)
    path = "/invitations/" + link.rpartition("/")[2]
    stranger = make_membership(None, None, Role.APPLICANT)
    session.commit()
    client.get("/logout")
    client.sign_in(stranger.user.email)
    shown = client.get(path)
    assert (shown.status_code, client.post(path).status_code) == (404, 404)
    assert application.call.title not in shown.text
    assert shown.text.partition("<main")[2] == client.get(f"{path}x").text.partition("<main")[2]
    assert client.get(url).status_code == 404
    client.get("/logout")
    client.sign_in(partner.user.email)
    assert client.get(url).status_code == 404
    assert client.post(path).headers["Location"] == url
    assert client.get(url).status_code == 200
    assert 'href="/applications"' in client.get("/account").text.partition("<main")[0]
    assert f'href="/applications/{application.id}"' in client.get("/applications").text
    assert client.get(path).headers["Location"] == f"/applications/{application.id}"
    assert {partner.user_id, people.applicant.user_id} <= set(mails._applicants(application))
    editors.remove_editor(application, partner.user_id, by=people.applicant)
    session.commit()
    assert client.get(url).status_code == 404
    assert client.get(path).status_code == 404
    assert "Aanvragen waaraan je meeschrijft" in client.get("/applications").text


def test_an_invitation_ends_by_time_and_by_withdrawal(
    session: orm.Session, people: People, application: Application
) -> None:
    first = editors.invite_editor(application, "een@elders.example", locale="nl", by=people.applicant)
    again = editors.invite_editor(application, " Een@elders.example", locale="nl", by=people.applicant)
    assert first.id == again.id
    token = editors.make_token(first)
    assert editors.find_invitation(token) is first
    assert editors.find_invitation(token + "x") is None
    assert editors.find_invitation(crypto.signer("choose-password").dumps(str(first.id))) is None
    with time_machine.travel(clock.now() + editors.VALID + timedelta(seconds=1)):
        assert editors.find_invitation(token) is None
    editors.withdraw_invitation(application, first.id, by=people.applicant)
    session.flush()
    assert editors.find_invitation(token) is None


def test_the_address_is_sealed_and_who_handles_the_call_never_writes_along(
    session: orm.Session, people: People, application: Application
) -> None:
    email = session.get_one(User, people.officer.user_id).email
    invitation = editors.invite_editor(application, email, locale="nl", by=people.applicant)
    assert email.encode() not in bytes(invitation.email_sealed or b"")
    with pytest.raises(DomainError):
        editors.accept_invitation(invitation, by=people.officer)
    elsewhere = make_membership(session.get_one(User, people.officer.user_id), None, Role.APPLICANT)
    with pytest.raises(DomainError):
        editors.accept_invitation(invitation, by=replace(people.officer, tenant_id=elsewhere.tenant_id))


def test_invitations_are_no_way_to_send_spam(
    session: orm.Session, people: People, application: Application
) -> None:
    for number in range(editors.MOST_OPEN):
        editors.invite_editor(application, f"{number}@elders.example", locale="nl", by=people.applicant)
    with pytest.raises(DomainError) as refusal:
        editors.invite_editor(application, "nog@elders.example", locale="nl", by=people.applicant)
    assert refusal.value.field == "email"


def test_asking_one_address_again_and_again_ends(
    session: orm.Session, people: People, application: Application
) -> None:
    def ask() -> None:
        found = editors.invite_editor(application, "een@elders.example", locale="nl", by=people.applicant)
        editors.withdraw_invitation(application, found.id, by=people.applicant)

    for _number in range(editors.MOST_A_DAY):
        ask()
    with pytest.raises(DomainError) as refusal:
        ask()
    assert refusal.value.field == "email"
    with time_machine.travel(clock.now() + timedelta(days=1, seconds=1)):
        ask()
