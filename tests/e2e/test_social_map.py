"""A worker finds a service in seconds, by words and place, with the keyboard alone."""

import pytest
from playwright.sync_api import expect

WORKER = "onthaal@ocmw-evergem.example"


@pytest.mark.by_turns("postgresql")
def test_a_question_leads_to_the_service_and_its_telephone(page, sign_in, axe):
    sign_in(page, WORKER)
    page.goto("/social-map")
    axe(page)
    page.locator("main [data-testid=search-box]").fill("hulp bij schulden in Evergem")
    page.keyboard.press("Enter")
    hits = page.locator("[data-testid=search-hit]")
    expect(hits.first).to_contain_text("Evergem")
    axe(page)
    hits.filter(has_text="Budgetbegeleiding en schuldbemiddeling").locator("h3 a").click()
    expect(page.locator("main")).to_contain_text("9940 Evergem")
    expect(page.locator("main a[href^='tel:']").first).to_be_visible()
    axe(page)
    page.locator("nav.ds-crumb a").nth(1).click()
    expect(page.locator("h1")).to_have_text("OCMW Evergem")
    axe(page)


@pytest.mark.by_turns("sqlite")
def test_an_old_municipality_and_a_filter(page, sign_in, axe):
    sign_in(page, WORKER)
    page.goto("/social-map?q=OCMW+Merelbeke")
    expect(page.locator("main")).to_contain_text("Merelbeke-Melle")
    page.goto("/social-map?q=schulden+in+Evergem")
    page.locator(".ds-facets input[value='cat:B.2']").check()
    page.locator(".ds-facets button").click()
    expect(page.locator(".ds-facets input[value='cat:B.2']")).to_be_checked()
    axe(page)
