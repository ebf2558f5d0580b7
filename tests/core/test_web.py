"""Headers, refusals, logs, forms and the seams that packages register with."""

import gzip
import io
import json
import sys
import uuid

import pytest
from flask import Blueprint, g
from wtforms import StringField
from wtforms.validators import InputRequired

from core import navigation, search
from core.access import Role, public, signed_in
from core.config import ConfigError, Settings, load, warn_of_slips
from core.errors import Conflict, DomainError, NotAllowed, NotFound
from core.forms import Form, max_length
from core.i18n import _l
from tests.databases import dispose, make_app
from tests.factories.core import PASSWORD, make_actor, make_membership, make_user


class StoryForm(Form):
    story = StringField(_l("Story"), [InputRequired("Fill in the story."), max_length(10)])


def raising(error: BaseException):
    def view():
        raise error

    return public(view)


# ---------------------------------------------------------------- headers and refusals
@pytest.mark.parametrize("address", ["/login", "/nowhere", "/health/live", "/account"])
def test_every_answer_carries_the_security_headers(client, address):
    headers = client.get(address).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_static_files_may_be_kept_because_their_address_changes(client):
    page = client.get("/login").text
    address = next(part for part in page.split('"') if "css/base.css" in part)
    assert "?v=" in address
    assert "max-age=31536000" in client.get(address).headers["Cache-Control"]


ERRORS = [
    (NotFound(), 404),
    (NotAllowed(), 403),
    (DomainError("This is closed."), 409),
    (Conflict("Too late."), 409),
    (ValueError("national number 85.07.30-033.28"), 500),
]


@pytest.mark.parametrize(("error", "status"), ERRORS, ids=lambda value: type(value).__name__)
def test_what_goes_wrong_becomes_a_page_that_tells_it(tmp_path, error, status):
    app = make_app(f"sqlite:///{tmp_path}/none.db", tmp_path)
    app.testing = False
    bp = Blueprint("wrong", __name__)
    bp.add_url_rule("/wrong", "wrong", raising(error))
    app.register_blueprint(bp)
    answer = app.test_client().get("/wrong")
    assert answer.status_code == status
    assert 'data-testid="error-page"' in answer.text
    assert getattr(error, "message", "") in answer.text
    assert "85.07" not in answer.text


def test_too_large_a_form_is_refused(tmp_path):
    app = make_app(f"sqlite:///{tmp_path}/x.db", tmp_path, max_upload_mb=0, WTF_CSRF_ENABLED=False)
    app.config["MAX_CONTENT_LENGTH"] = 100
    answer = app.test_client().post("/language", data={"locale": "n" * 200})
    assert answer.status_code == 413


# ---------------------------------------------------------------- logs
def test_logs_tell_the_route_and_nothing_personal(tmp_path, monkeypatch):
    app = make_app(f"sqlite:///{tmp_path}/x.db", tmp_path, log_json=True)
    app.testing = False
    bp = Blueprint("wrong", __name__)
    bp.add_url_rule("/wrong/<key>", "wrong", public(lambda key: str(1 / len([]))), methods=["GET"])
    app.register_blueprint(bp)
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    app.test_client().get("/wrong/85073003328?q=Nele+Wauters", headers={"User-Agent": "Nele"})
    lines = [json.loads(line) for line in written.getvalue().splitlines() if line.startswith("{")]
    note = next(line for line in lines if line["event"] == "request")
    assert (note["route"], note["status"], note["method"]) == ("/wrong/<key>", 500, "GET")
    assert len(note["request_id"]) == 16
    assert any(line.get("error") == "ZeroDivisionError" for line in lines)
    assert "Nele" not in written.getvalue()
    assert "85073003328" not in written.getvalue()
    dispose(app)


# ---------------------------------------------------------------- settings
@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({}, "SECRET_KEY"),
        ({"secret_key": "s" * 40}, "DATABASE_URL"),
        ({"secret_key": "s" * 40, "database_url": "postgresql+psycopg://x"}, "KEYS"),
        ({"secret_key": "short", "database_url": "postgresql+psycopg://x", "keys": "{}"}, "too short"),
    ],
)
def test_production_refuses_to_start_half_configured(settings, word):
    with pytest.raises(ConfigError, match=word):
        load(env="production", **settings)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY_FILE", "/nowhere/secret", "SECRET_KEY_FILE: /nowhere/secret cannot be read"),
        ("DATABASE_URL_FILE", "/", "DATABASE_URL_FILE: / cannot be read"),
        ("POOL_SIZE", "many", "POOL_SIZE is no whole number"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(monkeypatch, name, value, words):
    monkeypatch.setenv(f"DRAAISCHIJF_{name}", value)
    with pytest.raises(ConfigError, match=words):
        load()


@pytest.mark.parametrize(
    ("env", "told"), [("prod", "DRAAISCHIJF_ENV: 'prod' is unknown"), ("development", ""), ("production", "")]
)
def test_an_unknown_environment_is_told_in_one_line(capsys, env, told):
    warn_of_slips(Settings(env=env))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(told)
    assert err.count("\n") == bool(told)


def test_a_secret_may_come_from_a_file(monkeypatch, tmp_path):
    (tmp_path / "url").write_text("smtp://user:secret@mail.example:587\n")
    monkeypatch.setenv("DRAAISCHIJF_MAIL_URL_FILE", str(tmp_path / "url"))
    assert load(var=str(tmp_path)).mail_url == "smtp://user:secret@mail.example:587"


def test_production_sends_cookies_over_https_only(tmp_path):
    from core import keys

    app = make_app(
        f"sqlite:///{tmp_path}/x.db", tmp_path, env="production", secret_key="s" * 40,
        keys=keys.new_keys().to_json(), log_json=False,
    )  # fmt: skip
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert "max-age" in app.test_client().get("/login").headers["Strict-Transport-Security"]
    assert app.extensions["settings"].demo is False
    assert app.test_client().get("/components").status_code == 404
    dispose(app)


# ---------------------------------------------------------------- forms
def test_a_refusal_lands_on_its_field(app):
    with app.test_request_context("/", method="POST", data={"story": "x"}):
        form = StoryForm()
        assert form.validate_on_submit()
        with form.errors_from_domain():
            raise DomainError("Not like this.", field="story")
        assert form.errors == {"story": ["Not like this."]}


def test_a_refusal_without_a_field_stands_above_the_form(app):
    with app.test_request_context("/", method="POST", data={"story": "x"}):
        form = StoryForm()
        form.validate_on_submit()
        with form.errors_from_domain():
            raise Conflict("Too late.")
        assert form.errors == {"": ["Too late."]}
        assert form.conflict


def test_a_form_carries_a_command_and_the_version_it_saw(app):
    with app.test_request_context("/"):
        form = StoryForm()
        assert uuid.UUID(form.command_id.data)
        assert form.sent_version is None
    sent = {"command_id": "0" * 32, "version": "7"}
    with app.test_request_context("/", method="POST", data=sent):
        assert (StoryForm().sent_version, StoryForm().sent_command) == (7, uuid.UUID(int=0))


@pytest.mark.parametrize("junk", ["x", "-1", "1e9", "１", "9" * 400])
def test_junk_in_hidden_fields_counts_as_nothing(app, junk):
    with app.test_request_context("/", method="POST", data={"command_id": junk, "version": junk}):
        form = StoryForm()
        assert form.sent_command is None
        assert form.sent_version is None or form.sent_version == int(junk)


def test_too_long_a_text_is_told_with_its_length(app):
    with app.test_request_context("/", method="POST", data={"story": "a" * 12}):
        form = StoryForm()
        assert not form.validate()
        assert "10" in form.story.errors[0]
        assert "12" in form.story.errors[0]


# ---------------------------------------------------------------- menu, start and search
@pytest.fixture
def seams(monkeypatch):
    monkeypatch.setattr(navigation, "_entries", {})
    monkeypatch.setattr(navigation, "_starts", [])
    monkeypatch.setattr(search, "_sources", {})


def is_worker(actor) -> bool:
    return bool(actor.has(Role.INTAKE_WORKER))


def test_the_menu_shows_what_one_may_enter(app, session, seams):
    navigation.register(navigation.Entry("core.show_help", _l("Help"), "info", is_worker, order=1))
    worker, juror = make_actor(Role.INTAKE_WORKER), make_actor(Role.JUROR)
    with app.test_request_context("/help"):
        assert [(item.url, item.current) for item in navigation.items(worker)] == [("/help", True)]
        assert navigation.items(juror) == []
        assert navigation.items(None) == []


def test_the_day_begins_where_the_role_works(app, session, seams):
    navigation.register_start("core.show_help", is_worker, order=10)
    navigation.register_start("core.show_privacy", is_worker, order=20)
    with app.test_request_context("/"):
        assert navigation.start_url(make_actor(Role.INTAKE_WORKER)) == "/help"
        assert navigation.start_url(make_actor(Role.JUROR)) == "/account"
        entry = navigation.Entry("core.show_components", _l("Blocks"), "info", lambda actor: True)
        navigation.register(entry)
        assert navigation.start_url(make_actor(Role.JUROR)) == "/components"


def test_the_search_box_finds_in_every_source_one_may_search(client, session, seams):
    asked: list[str] = []

    def find(text, by, limit):
        asked.append(text)
        return [search.Found("Jan <b>Peeters</b>", "/persons/1", meta="Evergem", kind="person")]

    for key, rule in (("persons", is_worker), ("services", lambda actor: False)):
        search.register(
            search.Source(key, _l("Persons"), find, rule, more=lambda text, _by: f"/persons?q={text}")
        )
    make_membership(make_user("nele@example.org"))
    session.commit()
    client.sign_in("nele@example.org", PASSWORD)
    page = client.post("/search", data={"asking": 1, "q": " jan  pee "}, follow_redirects=True).text
    assert asked == ["jan pee"]
    assert page.count('data-testid="search-hit"') == 1
    assert "Jan &lt;b&gt;Peeters" in page
    assert 'href="/persons?q=jan pee"' in page
    client.get("/search?q=", follow_redirects=True)
    assert len(asked) == 1


def test_a_signed_in_view_gets_its_actor(fresh_app):
    bp = Blueprint("who", __name__)
    bp.add_url_rule("/who", "who", signed_in(lambda *, by: by.tenant_name))
    fresh_app.register_blueprint(bp)
    from core.db import transaction
    from tests.factories.core import make_tenant

    with fresh_app.app_context(), transaction():
        make_membership(make_user("nele@example.org"), make_tenant("OCMW Evergem"))
    client = fresh_app.test_client()
    client.post("/login", data={"email": "nele@example.org", "password": PASSWORD})
    assert client.get("/who").text == "OCMW Evergem"


def test_tests_start_with_a_clean_request(app):
    with app.test_request_context("/"):
        assert g.get("actor") is None


# ---------------------------------------------------------------- compression
def test_styles_are_compressed_and_pages_are_not(client):
    accepts = {"Accept-Encoding": "gzip"}
    style = client.get("/static/css/base.css", headers=accepts)
    assert style.headers["Content-Encoding"] == "gzip"
    assert style.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(style.data) == client.get("/static/css/base.css").data
    assert "Content-Encoding" not in client.get("/login", headers=accepts).headers
    kept = client.get("/static/css/base.css", headers={**accepts, "If-None-Match": style.headers["ETag"]})
    assert (kept.status_code, kept.data) == (304, b"")
