"""Journeys in a real browser on a real server: a silent console, axe, screenshots, several people.

A browser does not see which database is behind the server, and views and operations are tested on both: a
journey runs on one kind (both with --long, before a release), about half of them on each. The two that come
by most (I1 and P1 of the domain) always run on both.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect
from werkzeug.serving import make_server

from tests import browser as chromium
from tests.conftest import DEMO_PASSWORD, ROOT, MailSink
from tests.databases import Database, Databases, dispose, make_app

AXE, AXE_AT = ROOT / "node_modules" / "axe-core" / "axe.min.js", "/axe-of-the-tests.js"
SHOTS = ROOT / "var" / "screenshots"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATIENCE = 60_000  # milliseconds: a busy machine is slow, and only who fails waits that long
expect.set_options(timeout=PATIENCE)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


class Live:
    """A running server: its address, its application and the mails that it sent."""

    def __init__(self, app: Flask, database: Database, mails: MailSink) -> None:
        self.app, self.database, self.mails = app, database, mails
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _answer(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Axe from an address, beside the product: a browser keeps what it has compiled."""
        if environ["PATH_INFO"] != AXE_AT:
            return self.app(environ, start_response)
        start_response("200 OK", [("Content-Type", "text/javascript"), ("Cache-Control", "max-age=3600")])
        return [AXE.read_bytes()]

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


class Console:
    """What went wrong in the browsers of a test; a journey that provokes an answer says which one."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(f"{message.location.get('url', '')}: {message.text}")

    def expect(self, part: str) -> None:
        """Drop the errors that hold `part`, such as "409"; fails when there are none."""
        kept = [error for error in self.errors if part not in error]
        assert len(kept) < len(self.errors), f"no error with {part!r} in {self.errors}"
        self.errors[:] = kept


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser of this machine, instead of one that Playwright would fetch."""
    found = chromium.find()
    return {**browser_type_launch_args, "executable_path": found.executable, "args": found.args}


@pytest.fixture
def live(database: Database, databases: Databases, smtp: MailSink) -> Iterator[Live]:
    """A server of one's own on a fresh copy of the demo."""
    copy = databases.demo(database.kind).copy()
    app = make_app(copy.url, copy.folder, mail_url=smtp.url)
    server = Live(app, copy, smtp)
    yield server
    server.stop()
    dispose(app)


@pytest.fixture
def console() -> Iterator[Console]:
    """Fails the test when a browser of it met an error that was not expected."""
    watched = Console()
    yield watched
    assert watched.errors == []


@pytest.fixture
def new_page(browser: PlaywrightBrowser, live: Live, console: Console) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser of its own: one for each person of the journey."""
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": live.url, "locale": "nl-BE", "viewport": WIDE, **options}  # type: ignore[arg-type]
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        console.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page on the live server, signed out: `page.goto("/login")`."""
    return new_page()


COUNT = """(() => {
  let spent;
  try { spent = JSON.parse(sessionStorage.getItem("spent") || '{"pages": 0, "clicks": 0, "keys": 0}'); }
  catch { return; }
  const add = name => { spent[name] += 1; sessionStorage.setItem("spent", JSON.stringify(spent)); };
  add("pages");
  addEventListener("mousedown", event => event.isTrusted && add("clicks"), true);
  addEventListener("keydown", event => event.isTrusted && add("keys"), true);
})()"""


class Effort:
    """What a user spends on a page: documents loaded, presses of the mouse, keystrokes, by real events."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.add_init_script(COUNT)

    def spent(self) -> dict[str, int]:
        found = self._page.evaluate("sessionStorage.getItem('spent')")
        return json.loads(found) if found else {"pages": 0, "clicks": 0, "keys": 0}

    @contextmanager
    def within(self, **limits: int) -> Iterator[dict[str, int]]:
        """Fails when the block took more `pages`, `clicks` or `keys` than its budget; gives what it took."""
        before, took = self.spent(), {}
        yield took
        took |= {name: count - before[name] for name, count in self.spent().items()}
        over = {name: (took[name], most) for name, most in limits.items() if took[name] > most}
        assert over == {}, f"{self._page.url}: (took, at most) {over}"


@pytest.fixture
def effort() -> Callable[[Page], Effort]:
    """`effort(page)` before its first page; then `with counted.within(clicks=1): ...`."""
    return Effort


@pytest.fixture
def sign_in() -> Callable[..., Page]:
    """`sign_in(page, email)` signs in through the form and gives the page back."""

    def sign_in(page: Page, email: str, password: str = DEMO_PASSWORD) -> Page:
        page.goto("/login")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    return sign_in


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """`axe(page)` fails on any violation of WCAG 2.2 A or AA, and on two places of a page with one name."""

    def axe(page: Page) -> None:
        page.add_script_tag(url=AXE_AT)
        found = page.evaluate(
            """rules => axe.run(document, {
                 runOnly: {type: 'tag', values: rules}, rules: {'landmark-unique': {enabled: true}},
               }).then(result => result.violations.map(
                 violation => violation.id + ': ' + violation.help + ' ' +
                   violation.nodes.map(node => node.html + ' ' + node.failureSummary).join(' | ')))""",
            RULES,
        )
        assert found == [], f"{page.url}\n" + "\n".join(found)

    return axe


@pytest.fixture
def shoot() -> Callable[[Page, str], list[Path]]:
    """`shoot(page, name)` makes screenshots at 1280 and 390 pixels in var/screenshots."""

    def shoot(page: Page, name: str) -> list[Path]:
        SHOTS.mkdir(parents=True, exist_ok=True)
        made = []
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            made.append(SHOTS / f"{name}-{size['width']}.png")
            page.screenshot(path=made[-1], full_page=True)
        return made

    return shoot
