"""Every GET page that a demo account reaches: no dead link, one heading, a title, nothing untranslated."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from babel.messages.pofile import read_po
from flask import Flask, url_for
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core import asking
from core.db import session
from core.demo import ACCOUNTS
from socialmap.models.directory import LOCAL, Service
from tests.conftest import ROOT, Client
from tests.databases import Database, Databases, dispose, make_app

pytestmark = pytest.mark.database("sqlite")
PART = re.compile(r"/[0-9a-f-]{36}|/[a-z]+-[0-9a-f-]{36}|/\d+(?=/|$)")
FILES = re.compile(r"/static/|/api/|/health|/hsds|\w+:")
EACH = 2  # pages of one kind that are opened: files in other states are other pages
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Free text that a form puts in an address: none of these is about a person.
IN_ADDRESSES = {
    "/social-map": {"q"},  # what help, and where
    "/admin/parameters": {"q"},  # the name of a value
    "/applications/*/partners": {"q"},  # an organization
    "/aid-register": {"from", "until"},  # days
    "/routing-table": {"place"},  # a municipality
    "/trail": {"from", "until"},  # days
    "/components": {"email", "note", "request", "rooms", "visit_on"},  # examples that lead nowhere
}
LINES = {None, "text", "search", "tel", "email", "url", "number", "date"}
SILENT = {"script", "style", "svg", "template", "option"}


NOT_IN_THE_DEMO = {
    "projects.download_agreement",  # the agreements of the demo were signed without a file
    "projects.download_bank_file",  # no order was made yet
    "projects.download_order",
    "workflows.try_table",  # no process of the library brings a table along
}


class Page(HTMLParser):
    """What a reader meets: links, headings, and the texts between the tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.title, self.headings, self.inline = "", 0, [""]
        self.asked: set[str] = set()  # free text of forms that lead to an address
        self.searches: list[tuple[str, set[str]]] = []  # posted forms that only look up: where, free text
        self._is_asking = False
        self._form: tuple[str, set[str]] = ("", set())
        self._open: list[str] = []
        self.inline.clear()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self._open.append("foreign" if given.get("lang") and tag != "html" else tag)
        self.headings += tag == "h1"
        if tag == "form":
            self._is_asking = (given.get("method") or "get").lower() != "post"
            self._form = (given.get("action") or "", set())
        if given.get("name") == asking.MARK and not self._is_asking:
            self.searches.append(self._form)
        line = tag == "textarea" or (tag == "input" and given.get("type") in LINES)
        if line and "form" in self._open and given.get("name"):
            (self.asked if self._is_asking else self._form[1]).add(str(given["name"]))
        if tag == "a" and "download" not in given and given.get("href"):
            self.links.append(str(given["href"]))
        if (
            "style" in given
            or any(name.startswith("on") for name in given)
            or (tag == "script" and "src" not in given)
        ):
            self.inline.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag not in VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.title += data
        elif not SILENT.intersection(self._open) and "foreign" not in self._open and data.strip():
            self.texts.append(" ".join(data.split()))


@pytest.fixture(scope="module")
def demo(database: Database, databases: Databases) -> Iterator[Flask]:
    """The product on a copy of the demo; pages only read, but reading is noted."""
    copy = databases.demo(database.kind).copy()
    app = make_app(copy.url, copy.folder, WTF_CSRF_ENABLED=False)
    app.test_client_class = Client
    yield app
    dispose(app)


@pytest.fixture(scope="module")
def english() -> set[str]:
    """Message ids that Dutch says otherwise: none of them may stand on a Dutch page."""
    with (ROOT / "translations/nl/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="nl")
    dutch = {str(message.string) for message in catalogue}
    ids = {
        message.id for message in catalogue if isinstance(message.id, str) and message.id != message.string
    }
    return {text for text in ids - dutch if len(text) > 3}


def test_every_page_is_whole_for_whoever_may_open_it(demo: Flask, english: set[str]) -> None:
    walk = Walk(demo)
    for account in ACCOUNTS:
        walk.follow_links(account.email)
    walk.meet_entries_of_our_own()
    walk.open_the_rest()
    wrong = [
        f"{email} {url}: {fault}"
        for email, url, answer in walk.answers
        for fault in _all_faults(answer, english)
    ]
    wrong += walk.search()
    assert wrong == [], "\n".join(wrong)
    looked = {name for name, view in demo.view_functions.items() if hasattr(view, "asks")}
    assert looked == walk.searched, "a search without a form, or a form that was not met"
    unseen = {page for page in _pages(demo) - walk.endpoints if walk.has_records_for(page)}
    assert unseen - NOT_IN_THE_DEMO == set(), "give the demo a record for it, or say why it has none"


def test_a_fault_is_seen(english: set[str]) -> None:
    page = Page(
        "<form><input name='q'></form><form method=post><input name='who'></form>"
        "<form method=post action=/x><input type=hidden name=asking><input name=name>"
        "<textarea name=words></textarea></form>"
    )
    assert (page.asked, page.searches) == ({"q"}, [("/x", {"name", "words"})])
    html = "<title>Draaischijf - Draaischijf</title><h1>A</h1><h1>B</h1><p style='x'>Notices</p>signaal"
    assert [fault.split(":")[0] for fault in _faults(Page(html), english)] == [
        "has 2 headings of the first level",
        "has no title of its own",
        "has inline style or script at ['p']",
        "speaks English",
        "says signaal where a melding is meant",
    ]


class Walk:
    """Goes from link to link as each account; then opens by address what only files in some state link to."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.match = app.url_map.bind("").match
        self.answers: list[tuple[str, str, TestResponse]] = []
        self.endpoints: set[str] = set()
        self.searched: set[str] = set()
        self._clients: dict[str, Client] = {}
        self._opened: Counter[str] = Counter()
        self._values: dict[str, dict[Any, None]] = defaultdict(dict)

    def follow_links(self, email: str) -> None:
        waiting, here = ["/"], set[str]()
        while waiting:
            url = waiting.pop()
            parts = urlsplit(url)
            kind = PART.sub("/*", parts.path) + "?" + "&".join(sorted(re.findall(r"(\w+)=", parts.query)))
            is_hub = parts.path.count("/") == 1  # lists lead on: every account opens them
            if kind in here or (self._opened[kind] >= EACH and not is_hub):
                continue
            here.add(kind)
            self._opened[kind] += 1
            answer = self._open(email, url)
            if answer.mimetype == "text/html":
                links = [link.split("#")[0] for link in Page(answer.text).links if not FILES.match(link)]
                waiting += [urljoin(answer.request.path, link) for link in links if link]

    def meet_entries_of_our_own(self) -> None:
        """Only what no source delivers can be changed, and it stands deep in the lists of the map."""
        with self.app.app_context():
            service = session.scalars(sa.select(Service).where(Service.source == LOCAL).limit(1)).one()
            self._values["service_id"][service.id] = None
            self._values["organization_id"][service.organization_id] = None

    def open_the_rest(self) -> None:
        """Pages of acts: whoever may open one for a record that was met."""
        for rule in self.app.url_map.iter_rules():
            if rule.endpoint in _pages(self.app) - self.endpoints - NOT_IN_THE_DEMO:
                for email, url in product(self._clients, self._addresses(rule)):
                    answer = self._clients[email].get(url, follow_redirects=True)
                    if answer.status_code == 200:
                        self._keep(email, url, answer)
                        break

    def search(self) -> list[str]:
        """Faults of searches of all kinds of pages: each with another word in every field for free text."""
        faults, seen = [], set[str]()
        for email, _url, answer in self.answers:
            kind = PART.sub("/*", answer.request.path)
            if kind not in seen and answer.mimetype == "text/html":
                seen.add(kind)
                for action, names in Page(answer.text).searches:
                    faults += self._search(email, urljoin(answer.request.path, action), names)
        return faults

    def _search(self, email: str, address: str, names: set[str]) -> list[str]:
        endpoint, _values = self.match(address, method="POST")
        if endpoint in self.searched:
            return []
        self.searched.add(endpoint)
        words = {name: f"marked-{name}" for name in names}
        answer = self._clients[email].post(address, data={asking.MARK: "1", **words})
        if answer.status_code != 303:
            return [f"{email} {address}: answers {answer.status_code} to a search"]
        may = IN_ADDRESSES.get(PART.sub("/*", address), set())
        left = sorted(name for name in names - may if words[name] in answer.location)
        return [f"{email} {address}: puts {left} of a search in an address"] if left else []

    def has_records_for(self, endpoint: str) -> bool:
        """Whether the demo has what the page is about; nobody holds the link of a mail, for one."""
        rules = self.app.url_map.iter_rules(endpoint)
        return any(all(self._values[name] for name in rule.arguments) for rule in rules)

    def _addresses(self, rule: Rule) -> list[str]:
        names = sorted(rule.arguments)
        with self.app.test_request_context():
            chosen = product(*(list(self._values[name]) for name in names))
            return [url_for(rule.endpoint, **dict(zip(names, each, strict=True))) for each in chosen]

    def _open(self, email: str, url: str) -> TestResponse:
        if email not in self._clients:
            self._clients[email] = self.app.test_client().sign_in(email)  # type: ignore[attr-defined]
        answer = self._clients[email].get(url, follow_redirects=True)
        self._keep(email, url, answer)
        return answer

    def _keep(self, email: str, url: str, answer: TestResponse) -> None:
        self.answers.append((email, url, answer))
        endpoint, values = self.match(urlsplit(url).path)
        self.endpoints.add(endpoint)
        for name, value in values.items():
            self._values[name][value] = None


def _all_faults(answer: TestResponse, english: set[str]) -> list[str]:
    if answer.status_code != 200:
        return [f"answers {answer.status_code}"]
    if answer.mimetype != "text/html":
        return []
    page = Page(answer.text)
    path = PART.sub("/*", answer.request.path)
    faults = list(_faults(page, english))
    if names := page.asked - IN_ADDRESSES.get(path, set()):
        faults.append(f"puts free text in an address, where a person may be named: {sorted(names)}")
    return faults


def _faults(page: Page, english: set[str]) -> Iterator[str]:
    if page.headings != 1:
        yield f"has {page.headings} headings of the first level"
    if not page.title.removesuffix(" - Draaischijf").strip(" -") or page.title == "Draaischijf - Draaischijf":
        yield f"has no title of its own: {page.title!r}"
    if page.inline:
        yield f"has inline style or script at {page.inline}"
    if left := english.intersection(page.texts):
        yield f"speaks English: {sorted(left)}"
    if words := [text for text in page.texts if re.search(r"\b(?<!beleids)signa(?:al|len)\b", text, re.I)]:
        yield f"says signaal where a melding is meant: {words}"


def _pages(app: Flask) -> set[str]:
    """Every page that can be opened, the interface for programs and downloads left out."""
    rules = (rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    return {rule.endpoint for rule in rules if not FILES.match(rule.rule) and rule.endpoint != "static"}
