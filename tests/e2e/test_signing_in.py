"""The sign-in page in a real browser: labels, keyboard, a wrong password, every public page with axe."""

import pytest

PUBLIC = ["/login", "/help", "/privacy", "/accessibility"]


@pytest.mark.by_turns("sqlite")
@pytest.mark.parametrize("width", [1280, 390])
def test_public_pages_are_accessible_and_silent(new_page, axe, width):
    page = new_page(viewport={"width": width, "height": 900})
    for address in PUBLIC:
        page.goto(address)
        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), address


@pytest.mark.by_turns("sqlite")
def test_someone_signs_in_with_the_keyboard_alone(page, axe):
    page.goto("/login")
    page.get_by_label("E-mail").focus()
    page.keyboard.type("onthaal@ocmw-evergem.example")
    page.keyboard.press("Tab")
    page.keyboard.type("draaischijf-demo")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    axe(page)


@pytest.mark.by_turns("sqlite")
def test_a_wrong_password_is_said_where_the_user_looks(page, axe):
    page.goto("/login")
    page.fill("input[name=email]", "onthaal@ocmw-evergem.example")
    page.fill("input[name=password]", "wrong")
    page.press("input[name=password]", "Enter")
    page.wait_for_selector("[data-testid=error-summary]")
    assert page.input_value("input[name=email]") == "onthaal@ocmw-evergem.example"
    assert page.input_value("input[name=password]") == ""
    axe(page)
