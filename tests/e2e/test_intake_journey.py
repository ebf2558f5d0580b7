"""The main job over three organizations in a real browser: melding, file, referral, answer, closing."""

import re

import pytest
from playwright.sync_api import Page, expect

from core import outbox

NELE = "onthaal@ocmw-evergem.example"
LOTTE = "onthaal@caw-oost-vlaanderen.example"
PARTNER = "partner@de-brug.example"


def drain(live) -> None:
    """What the worker does: send the mails that wait."""
    with live.app.app_context():
        while outbox.drain():
            pass


def look(page: Page, axe, shoot, name: str) -> None:
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    shoot(page, f"intake-journey-{name}")


def button(page: Page, text: str):
    return page.get_by_role("button", name=re.compile(f"^{re.escape(text)}")).first


def register(page: Page, axe, shoot, counted) -> None:
    """The CAW registers a melding about someone in Evergem; the routing table sends it to the OCMW."""
    page.goto("/signals/new")
    before = counted.spent()["pages"]
    form = page.get_by_test_id("signal-form")
    form.get_by_label("Partnerorganisatie").check()
    form.get_by_label("Naam van de persoon of het gezin").fill("Mia Verstappen")
    form.get_by_label("Telefoonnummer").fill("0400 00 09 99")
    form.get_by_label("Gemeente of postcode").fill("9940")
    form.get_by_label("Waarover gaat het").select_option("debts")
    form.get_by_label("Wat zag of hoorde je").fill("Aanmaningen liggen ongeopend op tafel.")
    form.get_by_label("Ja, en gaat akkoord").check()
    look(page, axe, shoot, "1-register")
    assert counted.spent()["pages"] == before  # one page holds it all
    button(page, "Bewaar melding").click()
    expect(page.get_by_test_id("routing-reason")).to_contain_text("OCMW Evergem")
    expect(page.locator("main")).not_to_contain_text("Aanmaningen")


def take(page: Page, axe, shoot, counted) -> str:
    """The OCMW takes it in one click, searches the person and makes a new one; the address of the file."""
    page.goto("/my-day")
    row = page.get_by_test_id("task-row").filter(has_text="Mia Verstappen")
    expect(row).to_be_visible()
    look(page, axe, shoot, "2-my-day")
    with counted.within(clicks=1, pages=1, keys=0):
        row.get_by_test_id("take-signal").click()
        expect(page.get_by_test_id("person-search")).to_be_visible()
    new = page.get_by_test_id("person-form")
    expect(new.get_by_label("Voornaam")).to_have_value("Mia")
    new.get_by_label("Geboortedatum").fill("1979")
    look(page, axe, shoot, "3-person")
    new.get_by_role("button", name="Bewaar deze persoon").click()
    expect(page.get_by_test_id("case-header")).to_contain_text("Mia Verstappen")
    expect(page.get_by_test_id("turn-holder").first).to_have_attribute("data-state", "me")
    return page.url


def question(page: Page, case: str, axe, shoot) -> None:
    form = page.get_by_test_id("attempt-form")
    form.get_by_label("Bereikt", exact=True).check()
    form.get_by_label("Wat is er gezegd").fill("Ze is blij dat iemand belt.")
    form.get_by_role("button", name="Bewaar het contact").click()
    page.goto(f"{case}/questions")
    page.get_by_label("De vraag, in de woorden van de burger").fill("Ik durf mijn post niet meer te openen.")
    page.get_by_label("Levensdomein").select_option("debts")
    page.get_by_role("button", name="Bewaar de vraag").click()
    expect(page.get_by_test_id("help-request")).to_contain_text("post niet meer te openen")
    look(page, axe, shoot, "4-questions")


def refer(page: Page, case: str, axe, shoot, counted) -> None:
    page.goto(f"{case}/refer")
    before = counted.spent()
    page.get_by_label("Wat vraag je aan de partner").fill("Ga samen de post door en maak een budgetplan.")
    page.get_by_label("Zoek op de sociale kaart").fill("budgethulp de brug")
    button(page, "Zoek").click()
    hit = page.get_by_test_id("service-hit").filter(has_text="Budgethulp De Brug").first
    hit.get_by_role("radio").check()
    preview = page.get_by_test_id("partner-preview")
    expect(preview).to_contain_text("vzw De Brug")
    expect(preview).to_contain_text("Ga samen de post door")
    expect(preview).to_contain_text("Ik durf mijn post niet meer te openen")
    look(page, axe, shoot, "5-refer")
    page.get_by_test_id("send-referral").click()
    page.wait_for_url(case)
    spent = counted.spent()
    assert spent["clicks"] - before["clicks"] <= 4  # search, choose, send
    expect(page.get_by_test_id("turn-holder").first).to_have_attribute("data-state", "partner")
    expect(page.get_by_test_id("case-timeline")).to_contain_text("Verwezen naar Budgethulp De Brug")


def mail(live) -> str:
    """The partner's mail as the sink received it: no word about the citizen; the path of its link."""
    drain(live)
    found = [m for m, to in zip(live.mails.messages, live.mails.recipients, strict=True) if to == [PARTNER]]
    texts = [f"{message['Subject']} {message.get_payload(decode=True).decode()}" for message in found]
    links = [re.search(r"https?://[^/\s]+(/referrals/[0-9a-f-]+)", text) for text in texts]
    # the demo mails too, about other things
    text, link = [(text, link) for text, link in zip(texts, links, strict=True) if link][-1]
    for word in ("Mia", "Verstappen", "post", "schuld", "0400"):
        assert word not in text, text
    return link[1]


def accept(page: Page, path: str, axe, shoot, counted) -> None:
    page.goto(path)
    card = page.get_by_test_id("referral-card")
    expect(card).to_contain_text("Ga samen de post door")
    expect(page.locator("main")).not_to_contain_text("Verstappen")
    look(page, axe, shoot, "6-partner")
    with counted.within(clicks=1, pages=1, keys=0):
        page.get_by_test_id("accept").click()
        expect(page.get_by_test_id("agreed-package")).to_contain_text("Mia Verstappen")
    expect(page.get_by_test_id("agreed-package")).to_contain_text("0400 00 09 99")
    look(page, axe, shoot, "7-accepted")


def close_at_once(page: Page, axe, shoot, counted) -> None:
    """A file with a question that nobody was referred for: nothing is known, so the worker says it once."""
    page.get_by_test_id("search-box").fill("Jozef Lippens")
    page.get_by_test_id("search-box").press("Enter")
    page.get_by_test_id("search-hit").first.get_by_role("link").click()
    page.go_back()
    assert "Jozef" not in page.url
    expect(page.get_by_test_id("search-form").get_by_role("searchbox")).to_have_value("Jozef Lippens")
    page.get_by_test_id("search-hit").first.get_by_role("link").click()
    with counted.within(clicks=2, pages=2, keys=0):
        page.get_by_test_id("close-case").click()
        look(page, axe, shoot, "9-close-at-once")
        page.get_by_test_id("close-at-once").first.click()
        expect(page.get_by_test_id("current-task")).to_have_attribute("data-state", "closed")


def look_back(page: Page, axe, shoot, counted) -> None:
    """A file of the demo that closed two weeks ago: from My day to the answer of the citizen."""
    page.goto("/my-day")
    row = page.get_by_test_id("task-row").filter(has_text="Godelieve Claeys")
    with counted.within(clicks=2, pages=2, keys=0):
        row.get_by_test_id("look-back").click()
        expect(page.get_by_test_id("look-back-form")).to_be_visible()
        look(page, axe, shoot, "10-look-back")
        page.get_by_test_id("says-helped").click()
        expect(page.get_by_test_id("flash")).to_contain_text("wat de burger zegt")


@pytest.mark.by_turns("postgresql")
def test_a_melding_becomes_a_referral_that_a_partner_accepts_and_the_file_closes(
    live, new_page, sign_in, axe, shoot, effort
):
    caw, ocmw, brug = new_page(), new_page(), new_page()
    of_caw, of_ocmw, of_brug = effort(caw), effort(ocmw), effort(brug)
    register(sign_in(caw, LOTTE), axe, shoot, of_caw)
    case = take(sign_in(ocmw, NELE), axe, shoot, of_ocmw)
    question(ocmw, case, axe, shoot)
    refer(ocmw, case, axe, shoot, of_ocmw)
    path = mail(live)
    accept(sign_in(brug, PARTNER), path, axe, shoot, of_brug)

    ocmw.goto("/my-day")
    expect(ocmw.get_by_test_id("day-news")).to_contain_text("vzw De Brug aanvaardde")
    ocmw.goto(case)
    expect(ocmw.get_by_test_id("case-timeline")).to_contain_text("vzw De Brug aanvaardde")
    look(ocmw, axe, shoot, "8-case")
    ocmw.get_by_role("link", name="Toon schema").click()
    expect(ocmw.get_by_test_id("process-diagram")).to_be_visible()

    brug.goto(path)
    button(brug, "Contact gelegd").click()
    brug.get_by_label("Wat is het resultaat").fill("Het budgetplan loopt.")
    button(brug, "Afgerond").click()
    expect(brug.get_by_test_id("referral-card")).to_have_attribute("data-state", "completed")

    ocmw.goto(case)
    with of_ocmw.within(clicks=2, pages=2, keys=0):
        ocmw.get_by_test_id("close-case").click()
        expect(ocmw.get_by_label("Waarom sluit je af")).to_have_value("handed_over")
        look(ocmw, axe, shoot, "9-close")
        ocmw.get_by_test_id("close-form").get_by_test_id("close-case").click()
        expect(ocmw.get_by_test_id("current-task")).to_have_attribute("data-state", "closed")
    expect(ocmw.get_by_test_id("case-timeline")).to_contain_text("Dossier gesloten")
    close_at_once(ocmw, axe, shoot, of_ocmw)
    look_back(ocmw, axe, shoot, of_ocmw)


def accept_in_the_row(page: Page, counted) -> None:
    """One click and a confirmation, without opening the card first."""
    page.goto("/my-day")
    row = page.get_by_test_id("task-row").filter(has_text="Maak samen een budgetplan")
    with counted.within(clicks=2, pages=1, keys=0):
        row.get_by_role("button", name=re.compile("^Aanvaard")).first.click()
        row.get_by_test_id("accept").click()
        expect(page.get_by_test_id("agreed-package")).to_contain_text("Mehmet")


@pytest.mark.by_turns("postgresql")
def test_withdrawing_the_consent_closes_the_door_at_once(live, new_page, sign_in, axe, shoot, effort):
    ocmw, brug = new_page(), new_page()
    counted = effort(brug)
    sign_in(brug, PARTNER)
    accept_in_the_row(brug, counted)
    brug.goto("/referrals?tab=running")
    brug.get_by_test_id("task-row").filter(has_text="Help met de post").get_by_role("link").click()
    expect(brug.get_by_test_id("agreed-package")).to_contain_text("Dirk Standaert")
    path = brug.url

    sign_in(ocmw, "teamlead@ocmw-evergem.example")
    ocmw.goto("/cases")
    ocmw.get_by_role("link", name="Dirk Standaert").click()
    ocmw.get_by_role("link", name=re.compile("^Verwijzingen")).first.click()
    ocmw.get_by_test_id("withdraw-basis").click()
    look(ocmw, axe, shoot, "10-withdraw")
    ocmw.get_by_test_id("withdraw-basis").click()
    expect(ocmw.get_by_test_id("flash").first).to_contain_text("ziet niets meer")

    brug.goto(path)
    expect(brug.locator("main")).not_to_contain_text("Standaert")
    expect(brug.get_by_test_id("referral-card")).to_contain_text("ingetrokken")
    look(brug, axe, shoot, "11-closed")


@pytest.mark.by_turns("sqlite")
def test_the_pages_of_the_intake_are_accessible_and_silent(new_page, sign_in, axe, shoot):
    page = sign_in(new_page(), NELE)
    for name, address in (
        ("signals", "/signals"),
        ("signals-ended", "/signals?tab=ended"),
        ("cases", "/cases?tab=all"),
        ("cases-closed", "/cases?tab=closed"),
        ("open-case", "/cases/new"),
        ("referrals", "/referrals"),
    ):
        page.goto(address)
        look(page, axe, shoot, name)
    page.goto("/signals")
    page.get_by_test_id("signal-row").first.get_by_role("link").first.click()
    look(page, axe, shoot, "signal")
    page.goto("/my-day")
    page.get_by_test_id("day-decide").get_by_role("link", name="Lena Aerts").first.click()
    case = page.url
    look(page, axe, shoot, "case-question")
    for part in ("questions", "referrals", "person", "person/change", "plan", "phase", "allocate", "refer"):
        page.goto(f"{case}/{part}")
        look(page, axe, shoot, part.replace("/", "-"))


@pytest.mark.by_turns("sqlite")
def test_wrong_answers_are_said_where_the_user_looks(new_page, sign_in, axe, shoot, console):
    page = sign_in(new_page(), NELE)
    page.goto("/signals/new")
    page.get_by_label("Gemeente of postcode").fill("Waarschoot")
    page.get_by_label("Naam van de persoon of het gezin").fill("Willy")
    button(page, "Bewaar melding").click()
    summary = page.get_by_test_id("error-summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Kies Lievegem")
    assert page.input_value("[name=subject_name]") == "Willy"
    look(page, axe, shoot, "errors")
    console.expect("422")
