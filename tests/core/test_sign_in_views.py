"""The pages of signing in, settings, language and drafts, as a browser meets them."""

import re
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Blueprint, render_template_string

from core import accounts, drafts
from core.access import Role, requires, signed_in
from core.clock import now
from core.db import session as proxy
from core.models.accounts import ApiToken, User, UserSession
from core.models.records import Draft
from core.views.sign_in import device_name, safe_target
from tests.factories.core import PASSWORD, make_membership, make_tenant, make_user

EMAIL = "nele@example.org"


@pytest.fixture
def person(session):
    user = make_user(EMAIL)
    make_membership(user, make_tenant("OCMW Evergem"))
    session.commit()
    return user


@pytest.fixture
def signed(client, person):
    client.sign_in(EMAIL)
    return client


def age_session(**ago: float) -> None:
    """Let the one session be last seen, and made, that long ago."""
    moment = now() - timedelta(**ago)
    proxy.execute(sa.update(UserSession).values(last_seen_at=moment, created_at=moment))
    proxy.commit()


def test_signing_in_leads_to_the_start(client, person):
    answer = client.post("/login", data={"email": EMAIL, "password": PASSWORD})
    assert (answer.status_code, answer.location) == (302, "/")
    assert client.get("/account").status_code == 200


def test_signing_in_leads_back_to_where_one_was_going(client, person):
    assert client.get("/account").location == "/login?next=/account"
    answer = client.post("/login?next=/account", data={"email": EMAIL, "password": PASSWORD})
    assert answer.location == "/account"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "evil", "http:evil.example", "", None],
)  # fmt: skip
def test_a_stranger_cannot_choose_where_one_ends_up(app, target):
    with app.test_request_context("/"):
        assert safe_target(target) == "/"


@pytest.mark.parametrize("target", ["/cases", "/cases?after=2", "/"])
def test_a_path_of_our_own_is_followed(app, target):
    with app.test_request_context("/"):
        assert safe_target(target) == target


def test_a_wrong_password_shows_the_summary_and_keeps_the_address(client, person):
    page = client.post("/login", data={"email": EMAIL, "password": "fout"}).text
    assert 'data-testid="error-summary"' in page
    assert EMAIL in page
    assert "fout" not in re.sub(r"<[^>]*class[^>]*>", "", page).replace("fouten", "")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client, person):
    cookie = client.post("/login", data={"email": EMAIL, "password": PASSWORD}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_visit_before_signing_in_leaves_nothing_in_the_session(client, person):
    with client.session_transaction() as before:
        before["planted"] = "x"
    client.sign_in(EMAIL)
    with client.session_transaction() as after:
        assert "planted" not in after


def test_demo_accounts_stand_on_the_page_of_a_demo_only(client):
    assert "onthaal@ocmw-evergem.example" in client.get("/login").text
    settings = client.application.extensions["settings"]
    from dataclasses import replace

    client.application.extensions["settings"] = replace(settings, demo=False)
    try:
        assert "onthaal@ocmw-evergem.example" not in client.get("/login").text
    finally:
        client.application.extensions["settings"] = settings


def test_signing_out_ends_the_session_on_the_server(signed, session):
    with signed.session_transaction() as cookie:
        kept = dict(cookie)
    signed.post("/logout")
    with signed.session_transaction() as cookie:
        cookie.update(kept)  # a stolen cookie
    assert signed.get("/account").status_code == 302
    assert session.scalars(sa.select(UserSession.ended_at)).one() is not None


@pytest.mark.parametrize(("minutes", "status"), [(64, 200), (66, 302)])
def test_a_session_ends_when_nothing_happened_for_an_hour(signed, minutes, status):
    proxy.execute(sa.update(UserSession).values(last_seen_at=now() - timedelta(minutes=minutes)))
    proxy.commit()
    assert signed.get("/account").status_code == status


def test_a_session_ends_after_a_working_day_however_busy(signed):
    proxy.execute(sa.update(UserSession).values(created_at=now() - timedelta(hours=12, minutes=1)))
    proxy.commit()
    assert signed.get("/account").status_code == 302


def test_a_sighting_is_written_every_few_minutes_only(signed, statements):
    signed.get("/account")
    with statements() as seen:
        signed.get("/account")
    assert not [text for text in seen if text.startswith("UPDATE user_session")]
    age_session(minutes=10)
    signed.get("/account")
    last = proxy.scalars(sa.select(UserSession.last_seen_at)).one()
    assert now() - last < timedelta(minutes=1)


def test_who_makes_a_request_costs_one_statement(signed, statements):
    with statements() as seen:
        signed.get("/help")
    assert len(seen) == 1


def test_a_membership_that_ended_closes_the_door_at_once(signed, session):
    from core.clock import today
    from core.models.accounts import Membership

    session.execute(sa.update(Membership).values(ends_on=today() - timedelta(days=1)))
    session.commit()
    assert signed.get("/account").status_code == 302


# ---------------------------------------------------------------- typed text survives
def test_what_was_typed_when_the_session_ended_comes_back(signed, person):
    age_session(hours=3)
    answer = signed.post(
        "/account/password",
        data={"current_password": PASSWORD, "new_password": "geheim geheim", "csrf_token": "x"},
    )
    assert "kept" not in answer.location  # nothing but passwords: nothing is kept
    answer = signed.post(
        "/account", data={"locale": "fr", "csrf_token": "x", "command_id": str(uuid.uuid4())}
    )
    assert answer.location == "/login?next=/account&kept=1"
    assert drafts.find(person.id, "form:/account") == {"locale": ["fr"]}
    answer = signed.post(answer.location, data={"email": EMAIL, "password": PASSWORD})
    assert answer.location == "/account?kept=1"
    page = signed.get(answer.location).text
    assert re.search(r'<option selected value="fr"', page)
    assert signed.post("/account?kept=1", data={"locale": "fr"}).status_code == 302
    assert drafts.find(person.id, "form:/account") is None


def test_it_comes_back_with_forms_guarded_against_other_sites(fresh_app):
    """The same journey as a browser makes it: every form with its own token."""
    from core.db import transaction

    fresh_app.config["WTF_CSRF_ENABLED"] = True
    browser = fresh_app.test_client()

    def post(address: str, **data: str):
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(address).text)
        assert token
        return browser.post(address, data={"csrf_token": token[1], **data})

    with fresh_app.app_context(), transaction():
        make_membership(make_user(EMAIL))
    assert post("/login", email=EMAIL, password=PASSWORD).location == "/"
    page = browser.get("/account").text
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[-1]
    with fresh_app.app_context(), transaction():
        proxy.execute(sa.update(UserSession).values(last_seen_at=now() - timedelta(hours=3)))
    answer = browser.post("/account", data={"csrf_token": token, "locale": "fr"})
    assert answer.location == "/login?next=/account&kept=1"
    answer = post(answer.location, email=EMAIL, password=PASSWORD)
    assert answer.location == "/account?kept=1"
    assert re.search(r'<option selected value="fr"', browser.get(answer.location).text)
    assert post("/account?kept=1", locale="fr").status_code == 302


def test_somebody_else_on_the_same_computer_does_not_get_it(signed, session):
    other = make_user("other@example.org")
    make_membership(other)
    session.commit()
    age_session(hours=3)
    location = signed.post("/account", data={"locale": "fr"}).location
    answer = signed.post(location, data={"email": "other@example.org", "password": PASSWORD})
    assert not re.search(r'<option selected value="fr"', signed.get(answer.location).text)


def test_a_session_ended_on_purpose_keeps_nothing(signed, session):
    session.execute(sa.update(UserSession).values(ended_at=now()))
    session.commit()
    assert "kept" not in signed.post("/account", data={"locale": "fr"}).location
    assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0


def test_a_visitor_without_a_session_keeps_nothing(client, session):
    assert client.post("/account", data={"locale": "fr"}).location == "/login?next=/account"
    assert session.scalar(sa.select(sa.func.count()).select_from(Draft)) == 0


def test_the_script_saves_what_is_being_typed(signed, person):
    data = {"story": "Mevrouw zegt", "csrf_token": "x", "password": "p"}
    assert signed.post("/drafts?page=/cases/1", data=data).status_code == 204
    assert drafts.find(person.id, "form:/cases/1") == {"story": ["Mevrouw zegt"]}
    assert signed.post("/drafts?page=elsewhere", data=data).status_code == 400
    assert signed.post("/drafts?page=/x", data={"story": "a" * 200_001}).status_code == 413


# ---------------------------------------------------------------- settings, language, sessions
def test_one_sees_and_ends_ones_sessions(signed, session, person):
    _, actor = accounts.sign_in(EMAIL, PASSWORD, address="10.0.0.9", device="Edge, Windows")
    session.commit()
    page = signed.get("/account").text
    assert "Edge, Windows" in page
    assert signed.post(f"/account/sessions/{actor.session_id}/end").status_code == 302
    assert session.get_one(UserSession, actor.session_id).ended_at is not None
    assert signed.post(f"/account/sessions/{uuid.uuid4()}/end").status_code == 404


def test_signing_out_everywhere_else_keeps_this_one(signed, session):
    accounts.sign_in(EMAIL, PASSWORD, address="10.0.0.9")
    signed.post("/account/sessions/end-others")
    assert signed.get("/account").status_code == 200
    assert len(session.scalars(sa.select(UserSession).where(UserSession.ended_at.is_(None))).all()) == 1


def test_settings_are_kept(signed, person):
    signed.post("/account", data={"locale": "fr"})
    assert proxy.get_one(User, person.id).locale == "fr"
    assert proxy.get_one(User, person.id).preferences["letter_keys"] is False
    assert '<html lang="fr"' in signed.get("/account").text
    assert 'data-keys="off"' in signed.get("/account").text


def test_a_visitor_chooses_a_language_by_cookie(client):
    answer = client.post("/language", data={"locale": "de", "next": "/privacy"})
    assert answer.location == "/privacy"
    assert '<html lang="de"' in client.get("/privacy").text
    client.post("/language", data={"locale": "xx"})
    assert '<html lang="de"' in client.get("/privacy").text


def test_a_wrong_password_now_is_refused_on_its_field(signed):
    page = signed.post(
        "/account/password", data={"current_password": "x", "new_password": "lang genoeg zo"}
    ).text
    assert 'data-testid="error-summary"' in page
    data = {"current_password": PASSWORD, "new_password": "lang genoeg zo"}
    assert signed.post("/account/password", data=data).status_code == 302


def test_one_switches_to_another_organization_of_ones_own(signed, session, person):
    other = make_membership(person, make_tenant("vzw De Brug"), Role.PARTNER_DESK)
    session.commit()
    assert "vzw De Brug" in signed.get("/account").text
    signed.post("/account/membership", data={"membership_id": str(other.id)})
    assert session.scalars(sa.select(UserSession.membership_id)).one() == other.id
    assert signed.post("/account/membership", data={"membership_id": "x"}).status_code == 404
    assert signed.post("/account/membership", data={"membership_id": str(uuid.uuid4())}).status_code == 404


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/120 Safari/537 Edg/120", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", "Firefox, Linux"),
        ("curl/8.0", "curl"),
        ("", "?"),
    ],
)
def test_a_browser_is_named_as_people_do(agent, name):
    assert device_name(agent) == name


# ---------------------------------------------------------------- API tokens
def test_a_token_lets_its_owner_in_until_it_ends(client, cli, session, person):
    token = cli.json("token", "create", EMAIL)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/tasks", headers=headers).status_code == 200
    row = session.scalars(sa.select(ApiToken)).one()
    assert token not in row.token_hash
    with time_machine.travel(now() + timedelta(days=91), tick=True):
        assert client.get("/api/v1/tasks", headers=headers).status_code == 401
    row.ended_at = now()
    session.commit()
    assert client.get("/api/v1/tasks", headers=headers).status_code == 401


# ---------------------------------------------------------------- default deny
def test_a_view_that_does_not_say_who_may_enter_is_refused(fresh_app):
    seen = Blueprint("seen", __name__)
    seen.add_url_rule("/undeclared", "undeclared", lambda: "never")
    seen.add_url_rule("/declared", "declared", signed_in(lambda *, by: "ok"))
    fresh_app.register_blueprint(seen)
    client = fresh_app.test_client()
    assert client.get("/undeclared").status_code == 403
    assert client.get("/declared").status_code == 302


def test_a_form_of_another_site_is_refused(fresh_app):
    fresh_app.config["WTF_CSRF_ENABLED"] = True
    client = fresh_app.test_client()
    answer = client.post("/language", data={"locale": "fr"})
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers or "lang=fr" not in answer.headers["Set-Cookie"]


def can_never(_actor: object, _record: object = None) -> bool:
    return False


def test_what_one_may_not_know_is_not_found_and_the_try_is_in_the_trail(fresh_app):
    from core.db import transaction
    from core.models.trail import AuditEntry

    with fresh_app.app_context():
        with transaction():
            user = make_user(EMAIL)
            tenant = make_tenant()
            make_membership(user, tenant)
        tenant_id = tenant.id
    found = {"record": tenant}
    bp = Blueprint("deny", __name__)
    view = requires(can_never, lambda key: found["record"])(lambda record, *, by: "secret")
    bp.add_url_rule("/deny/<uuid:key>", "record", view)
    bp.add_url_rule("/deny", "page", requires(can_never)(lambda *, by: render_template_string("secret")))
    fresh_app.register_blueprint(bp)
    client = fresh_app.test_client()
    client.post("/login", data={"email": EMAIL, "password": PASSWORD})
    assert client.get(f"/deny/{tenant_id}").status_code == 404
    assert client.get("/deny").status_code == 403
    with fresh_app.app_context():
        entries = proxy.scalars(sa.select(AuditEntry).where(AuditEntry.action == "access.refused")).all()
        assert [(e.subject_type, e.subject_id, e.changes) for e in entries] == [
            ("tenant", str(tenant_id), {"rule": "can_never"}),
            (None, None, {"rule": "can_never"}),
        ]


def test_a_cookie_of_another_secret_is_worth_nothing(app):
    """Also while the process runs on: the signer that is kept is that of the secret."""
    client, before = app.test_client(), app.secret_key
    with client.session_transaction() as kept:
        kept["mark"] = "x"
    try:
        app.secret_key = "another secret of this installation"
        with client.session_transaction() as kept:
            assert "mark" not in kept
        app.config["SECRET_KEY_FALLBACKS"] = [before]
        with client.session_transaction() as kept:
            assert kept["mark"] == "x"
    finally:
        app.secret_key, app.config["SECRET_KEY_FALLBACKS"] = before, None
