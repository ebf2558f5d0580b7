"""Every page that a role reaches from its first one: axe, a silent console, no wider than a phone."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.database("sqlite")]
ROLES = {
    "teamlead@ocmw-evergem.example": 25,
    "onthaal@caw-oost-vlaanderen.example": 20,
    "partner@de-brug.example": 15,
    "coordinator@gbo-meetjesland.example": 5,
    "stuurgroep@gbo-meetjesland.example": 5,
    "provincie@oost-vlaanderen.example": 20,
    "zorgraad@meetjesland.example": 10,
    "jury1@oost-vlaanderen.example": 5,
    "deputatie@oost-vlaanderen.example": 10,
    "financien@oost-vlaanderen.example": 10,
    "dpo@ocmw-evergem.example": 2,
    "beheer@draaischijf.example": 8,
}
PART = re.compile(r"/(?:[a-z]+-)?(?:[0-9a-f-]{36}|\d+)(?=/|$)")
LINK = re.compile(r'<a\b(?![^>]*\bdownload\b)[^>]*\bhref="([^"#]+)')
SHOWN: set[str] = (
    set()
)  # kinds of pages that this process has looked at: another role opens them, and no more


def test_every_page_of_a_role_passes_axe_and_fits_a_phone(
    page: Page, sign_in: Callable[..., Page], axe: Callable[[Page], None], email: str, least: int
) -> None:
    sign_in(page, email)
    seen, waiting, wrong = set[str](), [page.url], list[str]()
    while waiting:
        url = waiting.pop(0)
        kind = PART.sub("/*", urlsplit(url).path)
        html = None if kind in seen else _page_at(page, url)
        if html is None:
            continue
        seen.add(kind)
        links = (urljoin(url, unescape(link)) for link in LINK.findall(html))
        waiting += [link for link in links if _ours(link, url)]
        if kind not in SHOWN:
            SHOWN.add(kind)
            page.goto(url)
            wrong += [f"{kind}: {what}" for what in _faults(page, axe)]
    assert wrong == []
    assert len(seen) >= least, sorted(seen)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize(("email", "least"), ROLES.items())


def _ours(link: str, here: str) -> bool:
    there = urlsplit(link)
    return there.netloc == urlsplit(here).netloc and not there.path.startswith(("/static/", "/hsds"))


def _page_at(page: Page, url: str) -> str | None:
    """The text of a page of ours; None for a file."""
    answer = page.request.get(url)
    if "text/html" not in answer.headers.get("content-type", "") or not answer.ok:
        assert answer.status < 500, url
        return None
    return answer.text()


def _faults(page: Page, axe: Callable[[Page], None]) -> list[str]:
    found = []
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"wider than {size['width']} px")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    try:
        axe(page)
    except AssertionError as error:
        found.append(str(error)[:600])
    return found
