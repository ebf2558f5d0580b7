"""Every page that a role reaches from its first one: axe, a silent console, no wider than a phone."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.database("sqlite")]
ROLES = {
    "teamlead@ocmw-evergem.example": 25,
    "partner@de-brug.example": 15,
    "coordinator@gbo-meetjesland.example": 5,
    "provincie@oost-vlaanderen.example": 20,
    "jury1@oost-vlaanderen.example": 5,
    "dpo@ocmw-evergem.example": 2,
    "beheer@draaischijf.example": 8,
}
PART = re.compile(r"/(?:[0-9a-f-]{36}|\d+)(?=/|$)")
LINKS = "as => as.filter(a => !a.hasAttribute('download')).map(a => a.href)"


def test_every_page_of_a_role_passes_axe_and_fits_a_phone(
    page: Page, sign_in: Callable[..., Page], axe: Callable[[Page], None], email: str, least: int
) -> None:
    sign_in(page, email)
    seen, waiting, wrong = set[str](), [page.url], list[str]()
    while waiting:
        url = waiting.pop(0)
        kind = PART.sub("/*", urlsplit(url).path)
        if kind in seen or not _shows_a_page(page, url):
            continue
        seen.add(kind)
        waiting += [link for link in page.eval_on_selector_all("a[href]", LINKS) if _ours(link, url)]
        wrong += [f"{kind}: {what}" for what in _faults(page, axe)]
    assert wrong == []
    assert len(seen) >= least, sorted(seen)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize(("email", "least"), ROLES.items())


def _ours(link: str, here: str) -> bool:
    there = urlsplit(link)
    return there.netloc == urlsplit(here).netloc and not there.path.startswith(("/static/", "/hsds"))


def _shows_a_page(page: Page, url: str) -> bool:
    """Whether the address gives a page of ours, and no file; the browser then stands on it."""
    answer = page.request.get(url)
    if "text/html" not in answer.headers.get("content-type", "") or not answer.ok:
        assert answer.status < 500, url
        return False
    page.goto(url)
    return True


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
