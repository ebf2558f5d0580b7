"""Administrators give people their place; a mail lets these choose a password themselves."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import current_app

from core import outbox, passwords
from core.access import Role
from core.clock import now, today
from core.models.accounts import ApiToken, Membership, TenantKind, User
from core.models.trail import AuditEntry
from tests.factories.core import make_membership, make_team, make_tenant, make_user

ROLES = {"roles": ["intake_worker"]}


@pytest.fixture
def ocmw(session):
    return make_tenant("OCMW Lievegem")


@pytest.fixture
def admin(client, session, ocmw):
    """An administrator of one organization, signed in."""
    made = make_membership(make_user("beheer@ocmw.example", "Ann Beheer"), ocmw, Role.ADMINISTRATOR)
    client.sign_in("beheer@ocmw.example")
    return made


@pytest.fixture
def platform(client, session):
    tenant = make_tenant("Draaischijf", TenantKind.PLATFORM)
    made = make_membership(make_user("platform@example.org", "Pat Form"), tenant, Role.ADMINISTRATOR)
    client.sign_in("platform@example.org")
    return made


@pytest.fixture
def mails(session, smtp):
    before = current_app.extensions["settings"]
    current_app.extensions["settings"] = replace(before, mail_url=smtp.url)
    yield smtp
    current_app.extensions["settings"] = before


def acts(session, action):
    return session.scalar(sa.select(sa.func.count()).where(AuditEntry.action == action))


def page_of(made):
    return f"/admin/people/{made.id}"


# ---------------------------------------------------------------- adding
def test_a_new_colleague_gets_a_mail_and_chooses_a_password(client, session, admin, ocmw, mails):
    team = make_team(ocmw)
    form = {"email": "Nieuw@ocmw.example", "name": "Nieuwe Collega", "team": str(team.id), **ROLES}
    assert client.post("/admin/people/new", data=form).status_code == 302
    made = session.scalars(
        sa.select(Membership).join(Membership.user).where(User.name == "Nieuwe Collega")
    ).one()
    assert (made.tenant_id, made.team_id, made.roles) == (ocmw.id, team.id, ["intake_worker"])
    assert acts(session, "user.created") == acts(session, "membership.given") == 1

    outbox.drain()
    text = mails.messages[0].get_payload(decode=True).decode()
    assert mails.recipients == [["nieuw@ocmw.example"]]
    assert "Nieuwe" not in text
    link = re.search(r"http://\S+?(/choose-password/\S+)", text)[1]
    client.post("/logout")
    assert client.get(link).status_code == 200
    assert client.post(link, data={"new_password": "kort"}).status_code == 422
    assert client.post(link, data={"new_password": "een lange zin om te onthouden"}).status_code == 302
    assert client.get(link).status_code == 410, "a link works once"
    client.sign_in("nieuw@ocmw.example", "een lange zin om te onthouden")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"email": "geen adres"}, "e-mail"),
        ({"email": ""}, "e-mail"),
        ({"name": ""}, "naam"),
        ({"roles": []}, "rol"),
        ({"roles": ["process_manager"]}, "rol"),
        ({"team": "00000000-0000-0000-0000-000000000001"}, ""),
        ({"ends_on": "31/02/2027"}, ""),
        ({"name": "x" * 50_000}, ""),
    ],
)
def test_what_is_wrong_is_told_and_nobody_is_made(client, session, admin, change, word):
    form = {"email": "nieuw@ocmw.example", "name": "Nieuw", **ROLES, **change}
    answer = client.post("/admin/people/new", data=form)
    assert answer.status_code == 422
    assert 'data-testid="error-summary"' in answer.text
    assert word in answer.text.lower()
    assert session.scalar(sa.select(User.id).where(User.email == "nieuw@ocmw.example")) is None


def test_who_has_an_account_gets_a_second_membership_and_no_mail(client, session, admin, ocmw, mails):
    known = make_membership(make_user("kent@partner.example"), make_tenant()).user
    form = {"email": known.email, "name": "Anders", **ROLES}
    assert client.post("/admin/people/new", data=form).status_code == 302
    outbox.drain()
    assert mails.messages == []
    assert session.get_one(User, known.id).name != "Anders"
    again = client.post("/admin/people/new", data=form)
    assert again.status_code == 422


# ---------------------------------------------------------------- changing
def test_roles_team_and_last_day_are_changed(client, session, admin, ocmw):
    made = make_membership(make_user(), ocmw)
    form = {"roles": ["team_lead", "dpo"], "ends_on": "31/12/2099"}
    assert client.post(page_of(made), data=form).status_code == 302
    session.refresh(made)
    assert made.roles == ["team_lead", "dpo"]
    assert made.ends_on.isoformat() == "2099-12-31"
    assert acts(session, "membership.changed") == 1


def test_roles_of_the_platform_stay_what_they_were(client, session, admin, ocmw):
    made = make_membership(make_user(), ocmw, Role.MAP_EDITOR, Role.INTAKE_WORKER)
    client.post(page_of(made), data={"roles": ["team_lead"]})
    session.refresh(made)
    assert made.roles == ["team_lead", "map_editor"]


def test_nobody_locks_the_own_door(client, session, admin):
    assert client.post(page_of(admin), data={"roles": ["dpo"]}).status_code == 422
    assert (
        client.post(page_of(admin), data={"roles": ["administrator"], "ends_on": "1/1/2099"}).status_code
        == 422
    )
    assert client.post(f"{page_of(admin)}/end").status_code == 409
    session.refresh(admin)
    assert (admin.roles, admin.ends_on) == (["administrator"], None)


def test_ending_closes_sessions_and_tokens_at_once(app, client, session, admin, ocmw, cli):
    made = make_membership(make_user("weg@ocmw.example"), ocmw)
    session.commit()
    token = cli.json("token", "create", "weg@ocmw.example")["token"]
    other = app.test_client()
    other.sign_in("weg@ocmw.example")
    headers = {"Authorization": f"Bearer {token}"}
    assert other.get("/account").status_code == 200
    assert client.post(f"{page_of(made)}/end").status_code == 302
    assert other.get("/account").status_code == 302
    assert client.get("/api/v1/tasks", headers=headers).status_code == 401
    session.refresh(made)
    assert not made.is_live(today())


def test_a_token_is_ended_by_its_administrator(client, session, admin, ocmw, cli):
    made = make_membership(make_user("api@ocmw.example"), ocmw)
    session.commit()
    token = cli.json("token", "create", "api@ocmw.example", "--name", "koppeling")["token"]
    row = session.scalars(sa.select(ApiToken)).one()
    assert "koppeling" in client.get(page_of(made)).text
    assert client.post(f"{page_of(made)}/end-token", data={"token_id": str(row.id)}).status_code == 302
    assert client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert client.post(f"{page_of(admin)}/end-token", data={"token_id": str(row.id)}).status_code == 409


# ---------------------------------------------------------------- how far an administrator reaches
def test_another_organization_is_out_of_reach(client, session, admin):
    other = make_membership(make_user(name="Ver Weg"), make_tenant())
    assert "Ver Weg" not in client.get("/admin/people").text
    assert "Ver Weg" not in client.get(f"/admin/people?tenant={other.tenant_id}").text
    assert client.get(page_of(other)).status_code == 404
    assert client.get(f"/admin/people/new?tenant={other.tenant_id}").status_code == 404
    for act in ("end", "block", "unblock", "password-link", "end-token"):
        assert client.post(f"{page_of(other)}/{act}").status_code == 404


def test_only_the_platform_blocks_an_account_and_it_ends_every_session(app, client, session, platform):
    made = make_membership(make_user("lek@ocmw.example", name="Lek Account"), make_tenant())
    other = app.test_client()
    other.sign_in("lek@ocmw.example")
    assert (
        "Lek Account"
        in client.post("/admin/people", data={"asking": 1, "q": "lek@"}, follow_redirects=True).text
    )
    assert client.post(f"{page_of(made)}/block").status_code == 302
    assert other.get("/account").status_code == 302
    assert (
        other.post("/login", data={"email": "lek@ocmw.example", "password": "draaischijf-demo"}).status_code
        != 302
    )
    assert client.post(f"{page_of(platform)}/block").status_code == 409
    assert client.post(f"{page_of(made)}/unblock").status_code == 302
    other.sign_in("lek@ocmw.example")


def test_the_list_is_paged_and_takes_few_statements(client, session, admin, ocmw, statements):
    for number in range(30):
        make_membership(make_user(name=f"Persoon {number:02}"), ocmw)
    session.commit()
    with statements() as seen:
        first = client.get("/admin/people")
    assert len(seen) <= 6, "\n".join(seen)
    names = re.findall(r"Persoon \d\d", first.text)
    second = client.get(
        re.search(r'href="(/admin/people\?[^"]*after=[^"]+)"', first.text)[1].replace("&amp;", "&")
    )
    names += re.findall(r"Persoon \d\d", second.text)
    assert sorted(set(names)) == [f"Persoon {number:02}" for number in range(30)]
    assert len(names) == 30


# ---------------------------------------------------------------- forgotten
def test_a_forgotten_password_is_chosen_anew_and_ends_other_sessions(app, client, session, mails):
    make_membership(make_user("vergeten@ocmw.example"), make_tenant())
    other = app.test_client()
    other.sign_in("vergeten@ocmw.example")
    assert client.post("/forgotten-password", data={"email": " Vergeten@ocmw.example"}).status_code == 302
    outbox.drain()
    text = mails.messages[0].get_payload(decode=True).decode()
    link = re.search(r"http://\S+?(/choose-password/\S+)", text)[1]
    assert client.post(link, data={"new_password": "een nieuwe lange zin"}).status_code == 302
    assert other.get("/account").status_code == 302
    client.sign_in("vergeten@ocmw.example", "een nieuwe lange zin")


def test_an_unknown_address_gets_the_same_answer_and_no_mail(client, session, mails):
    blocked = make_membership(make_user("dicht@ocmw.example", blocked_at=now()), make_tenant()).user
    known = client.post("/forgotten-password", data={"email": blocked.email})
    unknown = client.post("/forgotten-password", data={"email": "wie@nergens.example"})
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    outbox.drain()
    assert mails.messages == []


def test_asking_often_is_slowed_down(client, session):
    answers = [
        client.post("/forgotten-password", data={"email": "a@b.example"}).status_code for _ in range(11)
    ]
    assert answers == [302] * 10 + [422]


@pytest.mark.parametrize("token", ["x", "W10.abc.def", "%00"])
def test_a_made_up_link_opens_nothing(client, session, token):
    assert client.get(f"/choose-password/{token}").status_code == 410


def test_a_link_lasts_three_days(client, session):
    import time_machine

    user = make_membership(make_user(), make_tenant()).user
    session.commit()
    token = passwords.make_token(user)
    assert passwords.find_user(token) is not None
    with time_machine.travel(now().timestamp() + 3 * 86_400 + 5, tick=False):
        assert passwords.find_user(token) is None
