"""What every page has: blocks that anyone can read and use, keys, guards, and a light first load."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Response

from tests.e2e.conftest import NARROW, WIDE, Console

pytestmark = [pytest.mark.browser, pytest.mark.database("sqlite")]
WORKER = "onthaal@ocmw-evergem.example"
FIRST_LOAD_LIMIT = 60_000  # bytes of CSS and JavaScript, gzip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_building_block_passes_axe(
    new_page: Callable[..., Page], axe: Callable[[Page], None], scheme: str
) -> None:
    for size in (WIDE, NARROW):
        page = new_page(viewport=size, color_scheme=scheme)
        page.goto("/components")
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_building_block_speaks_four_languages(page: Page, axe: Callable[[Page], None]) -> None:
    for locale, heading in (
        ("nl", "Bouwstenen"),
        ("fr", "Composants"),
        ("de", "Bausteine"),
        ("en", "Building"),
    ):
        page.goto("/components")
        page.click(f".ds-languages button[value={locale}]")
        assert heading in page.inner_text("h1")
        assert page.get_attribute("html", "lang") == locale
        axe(page)


def test_the_statements_and_refusals_pass_axe(
    page: Page, axe: Callable[[Page], None], console: Console
) -> None:
    for path in ("/login", "/help", "/privacy", "/accessibility"):
        page.goto(path)
        axe(page)
    page.goto("/not-there")
    assert page.get_attribute("[data-testid=error-page] [data-state]", "data-state") == "nobody"
    axe(page)
    console.expect("404")


def test_letter_keys_move_search_explain_and_can_be_turned_off(
    page: Page, sign_in: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    sign_in(page, WORKER)
    page.goto("/components")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("k")
    assert first != second
    assert page.evaluate("document.activeElement.textContent") == first
    page.keyboard.press("/")
    page.keyboard.press("j")
    assert page.input_value("#omni") == "j"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    assert page.is_visible("#keys-help")
    axe(page)

    page.goto("/account")
    page.uncheck("[name=letter_keys]")
    page.click("[data-testid=account-form] button[type=submit]")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "omni"


def test_the_menu_of_the_user_opens_and_closes_with_keys(page: Page, sign_in: Callable[..., Page]) -> None:
    sign_in(page, WORKER)
    page.focus("[data-testid=user-menu] summary")
    page.keyboard.press("Enter")
    assert page.is_visible("[data-testid=sign-out]")
    page.keyboard.press("Escape")
    assert not page.is_visible("[data-testid=sign-out]")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_second_click_sends_nothing(page: Page, sign_in: Callable[..., Page]) -> None:
    sign_in(page, WORKER)
    page.goto("/account")
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.url)

    page.on("request", note)
    with page.expect_navigation():
        page.evaluate(
            "(button => { button.click(); button.click() })"
            "(document.querySelector('[data-testid=account-form] button[type=submit]'))"
        )
    page.wait_for_load_state()
    assert len(sent) == 1
    assert page.is_visible("[data-testid=flash]")


def test_without_a_connection_the_form_stays_and_says_so(page: Page, sign_in: Callable[..., Page]) -> None:
    sign_in(page, WORKER)
    page.goto("/account")
    page.context.set_offline(True)
    page.click("[data-testid=account-form] button[type=submit]")
    assert page.is_visible("[data-offline]")
    page.context.set_offline(False)
    page.click("[data-testid=account-form] button[type=submit]")
    page.wait_for_selector("[data-testid=flash]")


def test_the_product_works_without_javascript(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/login")
    page.fill("[name=email]", WORKER)
    page.fill("[name=password]", "draaischijf-demo")
    page.click("[data-testid=sign-in]")
    page.goto("/account")
    page.select_option("select[name=locale]", "fr")
    page.click("[data-testid=account-form] button[type=submit]")
    assert page.get_attribute("html", "lang") == "fr"
    page.click("[data-testid=user-menu] summary")
    page.click("[data-testid=sign-out]")
    assert page.is_visible("[name=password]")


def test_the_first_load_is_light(page: Page, sign_in: Callable[..., Page]) -> None:
    weights: dict[str, int] = {}

    def weigh(answer: Response) -> None:
        if answer.request.resource_type in {"stylesheet", "script"}:
            weights[answer.url] = len(gzip.compress(answer.body()))

    page.on("response", weigh)
    page.goto("/login")
    page.wait_for_load_state("networkidle")
    assert weights
    assert sum(weights.values()) <= FIRST_LOAD_LIMIT, weights
