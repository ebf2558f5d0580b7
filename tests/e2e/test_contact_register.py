"""The desk by keyboard: a contact in one page, notices walked by letter keys, pages without barriers."""

import pytest
from playwright.sync_api import expect

DESK = "onthaal@ocmw-evergem.example"


# Seconds per keystroke of who types now and then, and to think before a field (keystroke-level model).
KEY, THOUGHT = 0.28, 1.35


@pytest.mark.by_turns("postgresql")
def test_a_contact_is_registered_by_keyboard_on_one_page(page, sign_in, axe, shoot, effort):
    counted = effort(page)
    sign_in(page, DESK)
    page.goto("/contacts")
    assert page.evaluate("document.activeElement.name") == "channel"
    axe(page)
    with counted.within(clicks=0, pages=1) as took:  # the same page again, with the new line
        page.keyboard.press("Tab")
        page.keyboard.type("Evergem")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("Vroeg de openingsuren")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-testid=contact-row]")
    assert took["keys"] <= 34  # the municipality and the line, and seven keys to go from field to field
    assert KEY * took["keys"] + THOUGHT * 5 < 30
    assert page.url.endswith("/contacts")
    row = page.locator("[data-testid=contact-row]").first
    assert row.get_attribute("data-state") == "answered"
    shoot(page, "contacts")


@pytest.mark.by_turns("sqlite")
def test_a_contact_becomes_a_file_in_one_click(page, sign_in, effort):
    counted = effort(page)
    sign_in(page, DESK)
    page.goto("/contacts")
    page.fill("[name=place]", "Evergem")
    page.fill("[name=line]", "Kan de gasfactuur niet betalen")
    page.check("[name=aid][value=no]")
    with counted.within(clicks=1, pages=1, keys=0):
        page.click("[data-testid=contact-intake]")
        page.wait_for_url("**/person/choose")
    page.goto(page.url.replace("/person/choose", ""))
    expect(page.locator("main")).to_contain_text("Kan de gasfactuur niet betalen")


@pytest.mark.by_turns("postgresql")
def test_notices_are_walked_read_and_taken_by_letter_keys(page, sign_in, effort):
    counted = effort(page)
    sign_in(page, DESK)
    page.goto("/signals")
    links = page.locator("[data-testid=signal-row] a")
    first, second = (links.nth(number).get_attribute("href") for number in (0, 1))
    shown = page.locator("#voorbeeld [data-testid=signal-card]")
    with counted.within(clicks=0, keys=5, pages=1):
        page.keyboard.press("j")
        page.wait_for_url(f"**{first}")  # the card beside the list followed; the list kept the focus
        assert page.evaluate("document.activeElement.getAttribute('href')") == first
        page.keyboard.press("j")
        page.keyboard.press("t")  # too soon: the card still shows the one before
        page.wait_for_url(f"**{second}")
        expect(shown).to_have_count(1)
        page.keyboard.press("k")
        page.wait_for_url(f"**{first}")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-testid=triage-reason]")
    with counted.within(clicks=0, keys=2, pages=0):
        page.keyboard.press("u")
        assert page.evaluate("document.activeElement.name") == "urgency"
        page.keyboard.press("ArrowDown")
    page.locator("summary[data-key=u]").focus()
    page.keyboard.press("p")
    assert page.evaluate("document.activeElement.name") == "to"
    page.goto("/signals")
    page.keyboard.press("j")
    page.wait_for_url(f"**{first}")
    with counted.within(clicks=0, keys=1, pages=1):
        page.keyboard.press("t")
        page.wait_for_url("**/cases/*/person/choose")


@pytest.mark.by_turns("sqlite")
def test_the_public_form_is_accessible(page, axe, shoot):
    page.goto("/notice")
    axe(page)
    shoot(page, "public-notice")


@pytest.mark.by_turns("sqlite")
def test_the_spread_of_notices_is_accessible(page, sign_in, axe, shoot):
    sign_in(page, DESK)
    page.goto("/signals/distribution")
    axe(page)
    shoot(page, "distribution")


@pytest.mark.by_turns("postgresql")
def test_a_click_opens_a_notice_beside_its_list(page, sign_in, axe, console):
    sign_in(page, DESK)
    page.goto("/signals")
    row = page.get_by_test_id("signal-row").nth(1)
    row.get_by_role("link").click()
    chosen = page.locator("#voorbeeld")
    expect(chosen.get_by_test_id("signal-card")).to_be_visible()
    expect(row).to_have_attribute("aria-current", "true")
    assert page.url.endswith(row.get_by_role("link").get_attribute("href"))
    axe(page)
    page.go_back()
    expect(page.get_by_test_id("signal-row").first).to_be_visible()
    page.get_by_test_id("signal-row").first.get_by_role("link").click()
    chosen.get_by_test_id("take-signal").click()
    page.wait_for_url("**/cases/*/person/choose")
