"""Rights and anonymity on the demo: a right that is blocked, and a person without a name."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

LEAD = "teamlead@ocmw-evergem.example"
CAW = "onthaal@caw-oost-vlaanderen.example"


def open_file(page, name, tab):
    page.goto("/cases")
    page.get_by_role("link", name=name).first.click()
    page.get_by_role("link", name=re.compile(f"^{tab}")).first.click()


def row(page, right):
    return page.get_by_test_id("right-row").filter(has=page.get_by_role("heading", name=right))


@pytest.mark.by_turns("sqlite")
def test_a_right_that_comes_by_itself_waits_for_its_payer(live, new_page, sign_in, axe, shoot):
    page = sign_in(new_page(), LEAD)
    open_file(page, "Petra Novak", "Rechten")
    supplement = row(page, "Sociale toeslag")
    expect(supplement).to_have_attribute("data-state", "probable")
    expect(supplement).to_contain_text("Zoek eerst de uitbetaler")
    expect(row(page, "Schooltoeslag")).to_have_attribute("data-state", "check")
    expect(row(page, "UiTPAS")).to_have_attribute("data-state", "probable")
    expect(row(page, "Verhoogde tegemoetkoming")).to_have_attribute("data-state", "has")
    axe(page)
    shoot(page, "rights-blocked")

    # Only what is still needed is asked; the answer changes the outcome at once.
    page.get_by_role("link", name=re.compile("Beantwoord")).first.click()
    groups = page.locator("form fieldset fieldset, form .ds-field")
    assert groups.count() <= 4
    axe(page)
    page.get_by_role("radio", name="Ja").first.check()
    page.get_by_role("button", name="Bewaar en kijk opnieuw").click()
    expect(row(page, "Schooltoeslag")).to_have_attribute("data-state", "probable")


def test_the_demo_shows_every_outcome_and_every_step(live):
    from core.db import session
    from intake.models.rights import RightOutcome, RightReview, RightStep

    with live.app.app_context():
        found = session.execute(sa.select(RightReview.outcome, RightReview.step)).all()
    assert {outcome for outcome, _step in found} == set(RightOutcome)
    assert {step for _outcome, step in found} == set(RightStep)


@pytest.mark.by_turns("postgresql")
def test_somebody_without_a_name_gets_information_and_no_data_leaves(new_page, sign_in, axe, shoot, console):
    """I3 of the scenarios: transfer is blocked, information and a letter to carry stay possible."""
    page = sign_in(new_page(), CAW)
    open_file(page, "Noor", "Verwijzingen")
    page.get_by_role("link", name=re.compile("^Verwijs")).first.click()
    form = page.get_by_test_id("refer-form")
    form.get_by_label("Wat vraag je aan de partner").fill("Waar kan ik veilig slapen?")
    hit = page.get_by_test_id("service-hit").first
    hit.get_by_role("radio").check()
    page.get_by_test_id("send-referral").click()
    expect(page.get_by_test_id("error-summary")).to_contain_text("van een bekende persoon")
    console.expect("422")
    expect(form.get_by_label("Wat vraag je aan de partner")).to_have_value("Waar kan ik veilig slapen?")
    axe(page)
    form.get_by_role("radio", name="De burger neemt zelf contact op").check()
    page.get_by_test_id("send-referral").click()
    expect(page.get_by_test_id("flash").first).to_contain_text("geen gegevens")
    page.get_by_role("link", name=re.compile("^Verwijzingen")).first.click()
    page.get_by_test_id("referral-row").first.get_by_role("link").first.click()
    letter = page.get_by_test_id("letter").get_by_role("link")
    answer = page.request.get(letter.get_attribute("href"))
    assert answer.status == 200
    assert answer.body().startswith(b"%PDF")
    shoot(page, "anonymous-letter")
