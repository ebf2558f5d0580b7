"""Markup, odd Unicode and 50,000 characters through every form of every package.

Each role opens its pages; every form found there is sent with text that somebody might paste. Nothing breaks,
nothing comes back as markup, and every route that takes a form is reached.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from lxml import html
from werkzeug.exceptions import HTTPException
from wtforms import StringField
from wtforms.fields.core import UnboundField

from core.forms import Form
from tests.conftest import DEMO_PASSWORD
from tests.databases import dispose
from tests.test_architecture import every_subclass
from tests.walk import ACCOUNTS, NOBODY, addresses, make_walked

pytestmark = pytest.mark.database("sqlite")

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}${7*7}'; DROP TABLE signal; --"
UNICODE = "Z̸̛a̶lgo\u202eomgekeerd\u2066\x00\x07\ud800 \U0001f468\u200d\U0001f469 ﷽ Ⅷ ½ ١٢ \u200b\ufeffé\r\n\t"
LONG = "lang " * 10_000
PASTED = {
    "long": LONG,
    "unicode": UNICODE.encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "markup": MARKUP,
}
LISTS = ("/", "/signals", "/cases", "/referrals", "/contacts", "/calls", "/needs")
TEXTUAL = {"text", "search", "email", "tel", "url", "number", "date", "password", None}
# Pages that offer other forms in each state of their record.
WHOLE = {
    "intake.show_signal", "intake.show_case", "intake.show_referral", "intake.list_aid_requests",
    "intake.choose_person", "intake.list_questions", "projects.show_application", "projects.edit_application",
    "projects.show_call", "projects.show_project", "projects.show_report", "projects.edit_report",
}  # fmt: skip
# Between them these see nearly every form.
PEOPLE = [
    email
    for email in ACCOUNTS
    if email.partition("@")[0] in {"teamlead", "partner", "provincie", "financien", "beheer"}
]
# Signing in and out and choosing whom to act for are walked by tests of their own; a script sends drafts.
APART = {
    "core.sign_in", "core.sign_out", "core.switch_membership", "core.save_draft", "core.set_language",
    "core.end_other_sessions", "core.end_session", "core.change_password",
}  # fmt: skip


@dataclass
class Found:
    """A form on a page: where it goes, and each field with what it holds; None is for free text."""

    action: str
    fields: list[tuple[str, str | None]] = field(default_factory=list)


@pytest.fixture(scope="module")
def walked(database, databases):
    app = make_walked(database, databases)
    yield app
    dispose(app)


def forms_of(page, address):
    """Forms of a page that change something."""
    for form in html.fromstring(page).iter("form"):
        if form.get("method", "get").lower() != "post":
            continue
        found = Found(urlsplit(form.get("action") or address).path + query(form, address))
        chosen = set()
        for control in form.iter("input", "textarea", "select", "button"):
            name, kind = control.get("name"), control.get("type")
            if not name or name == "csrf_token" or kind == "file":
                continue
            if control.tag == "textarea" or (control.tag == "input" and kind in TEXTUAL):
                found.fields.append((name, None))
            elif control.tag == "select":
                options = [option.get("value", "") for option in control.iter("option")]
                found.fields.append((name, next((value for value in options if value), "")))
            elif kind in {"radio", "checkbox"} and name not in chosen:
                chosen.add(name)
                found.fields.append((name, control.get("value", "on")))
            elif kind == "hidden" or (control.tag == "button" and name not in chosen):
                chosen.add(name)
                found.fields.append((name, control.get("value", "")))
        yield found


def query(form, address):
    parts = urlsplit(form.get("action") or address)
    return f"?{parts.query}" if parts.query else ""


def endpoint_of(app, action, method="POST"):
    try:
        return app.url_map.bind("localhost").match(urlsplit(action).path, method)[0]
    except HTTPException:
        return None


def collect(app, client):
    """The forms on the pages that this account opens: of each route the one with most fields."""
    found = {}
    with app.app_context():
        places = [
            (route.endpoint, address)
            for route in app.url_map.iter_rules()
            if "GET" in route.methods
            and not route.endpoint.startswith(("api.", "static", "socialmap.list_re"))
            for address, _key in addresses(app, route, by_state=route.endpoint in WHOLE)
        ]
    seen = set[str]()
    for page, address in places:
        if page in seen - WHOLE:
            continue  # one of these shows what the others do
        answer = client.get(address)
        if answer.status_code != 200 or answer.mimetype != "text/html" or not answer.data:
            continue
        seen.add(page)
        for form in forms_of(answer.get_data(as_text=True), address):
            endpoint = endpoint_of(app, form.action)
            if endpoint and endpoint not in APART:
                best = found.get(endpoint)
                if best is None or len(form.fields) > len(best.fields):
                    found[endpoint] = form
    return found


def test_every_form_bears_what_people_paste(walked):
    clients, chosen, wrong = {}, {}, list[str]()
    for email in PEOPLE:  # everybody looks first: sending changes what is offered
        clients[email] = walked.test_client()
        clients[email].sign_in(email, DEMO_PASSWORD)
        for endpoint, form in collect(walked, clients[email]).items():
            if endpoint not in chosen or len(form.fields) > len(chosen[endpoint][1].fields):
                chosen[endpoint] = (email, form)
    for endpoint in taking_forms(walked) - set(chosen):
        if found := blind(walked, clients, endpoint):
            chosen[endpoint] = found
    for endpoint, (email, form) in chosen.items():
        for label, pasted in PASTED.items():
            code, shown = send(clients[email], form, pasted)
            if code >= 500:
                wrong.append(f"{endpoint}, {label}: {code}")
            if "<script>alert" in shown or "<img src=x" in shown:
                wrong.append(f"{endpoint}, {label}: comes back as markup")
            if "\u202e" in shown:
                wrong.append(f"{endpoint}, {label}: turns the page around")
    assert "\n".join(wrong) == ""
    assert sum(value is None for _email, form in chosen.values() for _name, value in form.fields) > 100
    taking = taking_forms(walked)
    assert len(taking & set(chosen)) >= 0.85 * len(taking), sorted(taking - set(chosen))


def taking_forms(app):
    """Every route that a form of a page can be sent to."""
    posts = {route.endpoint for route in app.url_map.iter_rules() if "POST" in route.methods}
    return {endpoint for endpoint in posts if not endpoint.startswith("api.")} - APART


def blind(app, clients, endpoint):
    """For a form that no page shows in the demo: every free field of every form, to where somebody may."""
    route = next(app.url_map.iter_rules(endpoint))
    with app.app_context():
        places = [address for address, key in addresses(app, route) if key != NOBODY]
    for email, client in clients.items():
        for address in places:
            if client.post(address, data={"command_id": "x"}).status_code not in {403, 404}:
                return email, Found(address, [(name, None) for name in sorted(free_fields())])
    return None


def free_fields():
    names = set[str]()
    for form in every_subclass(Form):
        for name, unbound in vars(form).items():
            if isinstance(unbound, UnboundField) and issubclass(unbound.field_class, StringField):
                names.add(name)
    return names - {"command_id", "version"}


def send(client, form, pasted):
    """Send a form with this text in every free field; the status and the page that the person then sees."""
    data: dict[str, list[str]] = {}
    for name, value in form.fields:
        data.setdefault(name, []).append(pasted if value is None else value)
    answer = client.post(form.action, data=data)
    if answer.status_code in {301, 302, 303}:
        return answer.status_code, client.get(answer.location).data.decode(errors="replace")
    return answer.status_code, answer.data.decode(errors="replace")


def test_nothing_that_was_pasted_comes_back_as_markup_anywhere(walked):
    """After all of it the pages that list and show it still hold it as text."""
    for email in PEOPLE[:5]:
        client = walked.test_client()
        client.sign_in(email, DEMO_PASSWORD)
        for address in (
            "/",
            "/signals",
            "/cases",
            "/referrals",
            "/contacts",
            "/calls",
            "/needs",
            "/search?q=lang",
        ):
            shown = client.get(address, follow_redirects=True).data.decode(errors="replace")
            assert "<script>alert" not in shown, (email, address)
            assert "<img src=x" not in shown, (email, address)
