"""Scenarios of the intake on the demo, whole: a walk-in (I1), somebody without a name (I3), a school (I4)."""

import re
import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from core import clock
from tests.pdf import text_of

NELE = "onthaal@ocmw-evergem.example"
CM = "onthaal@dmw-cm.example"
CAW = "onthaal@caw-oost-vlaanderen.example"
WIDOW = {
    "persons-0-birth_date": "17/03/1952", "persons-0-nationality": "be", "persons-0-civil_status": "widowed",
    "persons-0-activity": "none", "persons-0-statuses": ["none"], "persons-0-health_fund": "yes",
    "persons-0-gross_month": "1500", "persons-0-net_month": "1450", "persons-0-taxable_year": "40000",
    "persons-0-foreign_pension": "no", "persons-0-days_abroad_year": "0",
    "household-complete": "yes", "household-domiciled": "yes", "household-residence_since": "01/06/2012",
    "held-vt": "no", "held-social_energy_tariff": "no", "held-social_supplement": "no",
    "held-school_allowance": "no", "held-uitpas": "no",
    "income-capital": "0", "income-real_estate": "yes", "income-cadastral_other": "0",
    "income-months_below_limit": "0",
    "energy-contract_name_matches": "yes", "energy-contract_address_matches": "yes",
    "energy-collective_heating_social": "no", "child_benefit-payer_known": "yes",
}  # fmt: skip


def part(page: Page, name: str) -> None:
    """Open a part of the file."""
    page.get_by_role("link", name=re.compile(f"^{name}")).first.click()


def fill(page: Page, answers: dict) -> None:
    """Answer what this page asks; a radio, a list, boxes or a line."""
    for name, value in answers.items():
        asked = page.locator(f"[name='{name}']")
        if asked.count() == 0:
            continue
        if isinstance(value, list):
            for code in value:
                page.locator(f"[name='{name}'][value='{code}']").check()
        elif asked.first.get_attribute("type") == "radio":
            page.locator(f"[name='{name}'][value='{value}']").check()
        elif asked.first.evaluate("field => field.tagName") == "SELECT":
            asked.first.select_option(value)
        else:
            asked.first.fill(value)


def review(page: Page, case: str, answers: dict) -> None:
    """Answer until nothing that we know is asked any more: each thing once."""
    asked: set[str] = set()
    for _round in range(4):
        page.goto(f"{case}/rights/questions")
        names = set(page.eval_on_selector_all("form [name]", "fields => fields.map(field => field.name)"))
        now = names & set(answers)
        assert not now & asked, f"asked twice: {now & asked}"
        if not now:
            break
        asked |= now
        fill(page, {name: answers[name] for name in now})
        page.get_by_role("button", name="Bewaar en kijk opnieuw").click()
    page.goto(f"{case}/rights")


def right(page: Page, name: str):
    return page.get_by_test_id("right-row").filter(has=page.get_by_role("heading", name=name))


def act_on(page: Page, name: str, act: str, button: str = "Bewaar") -> None:
    """One step with a right: its page, and its button."""
    right(page, name).get_by_role("link", name=re.compile(f"^{act}")).click()
    page.get_by_role("button", name=re.compile(f"^{button}")).first.click()
    expect(right(page, name)).to_be_visible()


def note_realised(page: Page, case: str, name: str, euro: str) -> None:
    """The body granted it: what it brings per year."""
    page.goto(f"{case}/rights")
    right(page, name).get_by_role("link", name=re.compile("^Gerealiseerd")).click()
    page.locator("[name=euro]").fill(euro)
    page.locator("main form button[type=submit]").first.click()
    expect(right(page, name)).to_contain_text(f"€ {euro} per jaar")


def walk_in(page: Page) -> str:
    """From the contact register to a file of a person who was known already; its address."""
    page.goto("/contacts")
    page.get_by_label("Gemeente").first.fill("Evergem")
    page.locator("[name=line]").fill("Komt binnen met haar gasfactuur")
    page.locator("[name=aid][value=no]").check()
    page.get_by_test_id("contact-intake").click()
    search = page.get_by_test_id("person-search")
    search.locator("[name=ssin]").fill("520317-000-21")
    search.get_by_role("button").click()
    match = page.get_by_test_id("person-match")
    expect(match).to_have_attribute("data-state", "certain")
    expect(match).to_contain_text("Lena Aerts")
    match.get_by_role("button", name=re.compile("^Dit is de persoon")).click()
    expect(page.get_by_test_id("case-header")).to_contain_text("Lena Aerts")
    return page.url


def ask_three(page: Page, case: str) -> None:
    page.goto(f"{case}/questions")
    for number, (domain, words) in enumerate(
        (
            ("energy", "Ik kan mijn gasfactuur niet betalen."),
            ("income", "Ik kom elke maand te kort."),
            ("health", "Ik stel de dokter uit."),
        ),
        1,
    ):
        page.get_by_label("De vraag, in de woorden van de burger").fill(words)
        page.get_by_label("Levensdomein").select_option(domain)
        page.get_by_role("button", name="Bewaar de vraag").click()
        expect(page.get_by_test_id("help-request")).to_have_count(number)


def refer_warmly(page: Page, case: str, search: str, service: str, items: list[str]) -> None:
    """One page: what, how, to whom, what may go along, and how the citizen agreed."""
    page.goto(f"{case}/refer?q={search}")
    form = page.get_by_test_id("refer-form")
    form.get_by_label("Wat vraag je aan de partner").fill("Vraag samen de verhoogde tegemoetkoming aan.")
    form.locator("[name=kind][value=warm]").check()
    page.get_by_test_id("service-hit").filter(has_text=service).first.get_by_role("radio").check()
    for box in page.locator("[name=items]").all():
        box.set_checked(box.get_attribute("value") in items)
    expect(page.get_by_test_id("partner-preview")).to_contain_text("Vraag samen")
    page.get_by_test_id("send-referral").click()
    page.wait_for_url(case)


def test_a_walk_in_ends_with_a_right_that_is_realised(live, new_page, sign_in, axe):
    """I1: search first, three questions, rights, a warm referral, a joint moment, euro per year."""
    page, partner = sign_in(new_page(), NELE), sign_in(new_page(), CM)
    case = walk_in(page)
    ask_three(page, case)
    review(page, case, WIDOW)
    expect(right(page, "Verhoogde tegemoetkoming")).to_have_attribute("data-state", "probable")
    expect(right(page, "Inkomensgarantie")).to_have_attribute("data-state", "check")
    energy = right(page, "Sociaal tarief")
    expect(energy).to_have_attribute("data-state", "no")
    expect(energy).to_contain_text("verhoogde tegemoetkoming alleen is niet genoeg")
    act_on(page, "Verhoogde tegemoetkoming", "Bevestig", "Bevestig")

    refer_warmly(page, case, "CM", "Dienst Maatschappelijk Werk", ["income", "health"])
    expect(page.get_by_test_id("turn-holder").first).to_have_attribute("data-state", "partner")
    partner.goto("/referrals")
    partner.get_by_test_id("task-row").filter(has_text="verhoogde tegemoetkoming aan").first.get_by_role(
        "link"
    ).first.click()
    partner.get_by_test_id("accept").click()
    agreed = partner.get_by_test_id("agreed-package")
    expect(agreed).to_contain_text("Lena Aerts")
    expect(agreed).to_contain_text("Ik stel de dokter uit")
    expect(agreed).not_to_contain_text("gasfactuur")  # energy was not ticked
    partner.get_by_role("link", name="Stel een gezamenlijke afspraak voor").click()
    moment = clock.today() + timedelta(days=3)
    partner.locator("[name=at]").fill(f"{moment:%d/%m/%Y} 10:00")
    partner.locator("[name=place]").fill("Telefonisch, samen met Nele")
    partner.locator("main form button[type=submit]").first.click()

    page.goto(partner.url.replace("/appointment", ""))
    page.get_by_test_id("confirm-appointment").click()
    expect(page.get_by_test_id("appointment")).to_have_attribute("data-state", "confirmed")
    partner.reload()
    partner.get_by_role("button", name=re.compile("^Contact gelegd")).click()
    partner.get_by_label("Wat is het resultaat").fill("Toegekend.")
    partner.get_by_role("button", name=re.compile("^Afgerond")).first.click()

    note_realised(page, case, "Verhoogde tegemoetkoming", "310")
    page.goto(f"{case}/close")
    page.locator("[name=reason]").select_option("right_realised")
    for field in page.locator("input[name^=outcome_][value=solved]").all():
        field.check()
    for field in page.locator("input[name^=right_][value=still_open]").all():
        field.check()
    axe(page)
    page.get_by_test_id("close-form").get_by_test_id("close-case").click()
    expect(page.get_by_test_id("current-task")).to_have_attribute("data-state", "closed")
    check_records(live, case)


def check_records(live, case: str) -> None:
    """The record of consent is complete, and the trail tells who was shown what."""
    from core.db import session
    from intake import cases
    from intake.models.bases import Basis
    from intake.models.rights import Right, RightReview, RightStep

    with live.app.app_context():
        file = cases.get(uuid.UUID(case.rsplit("/", 1)[1]))
        assert (str(file.status), str(file.closing_reason)) == ("closed", "right_realised")
        vt = session.scalars(
            sa.select(RightReview).where(RightReview.case_id == file.id, RightReview.right == Right.VT)
        ).one()
        assert (vt.step, vt.realised_euro) == (RightStep.REALISED, 310)
        basis = session.scalars(sa.select(Basis).where(Basis.case_id == file.id)).one()
        assert set(basis.items) == {"contact", "income", "health"}
        assert (basis.kind, basis.channel, basis.purpose) == ("consent", "oral", "referral")
        assert None not in (basis.given_on, basis.ends_on, basis.recorded_by_id, basis.text_version)
        assert "Dienst Maatschappelijk Werk" in basis.recipient


MOTHER = {
    "persons-0-birth_date": "12/05/1991", "persons-0-nationality": "eu", "persons-0-civil_status": "single",
    "persons-0-activity": "employed", "persons-0-statuses": ["none"], "persons-0-health_fund": "yes",
    "persons-0-gross_month": "2050", "persons-0-net_month": "1780", "persons-0-taxable_year": "24300",
    "persons-0-foreign_pension": "no", "persons-0-days_abroad_year": "0",
    "persons-1-statuses": ["none"], "persons-1-gross_month": "0", "persons-1-net_month": "0",
    "persons-1-taxable_year": "0", "persons-1-school_level": "primary", "persons-1-school_flemish": "yes",
    "household-complete": "yes", "household-domiciled": "yes", "household-residence_since": "01/06/2015",
    "held-vt": "yes", "held-social_energy_tariff": "no", "held-social_supplement": "no",
    "held-school_allowance": "no", "held-uitpas": "no",
    "income-capital": "0", "income-real_estate": "no", "income-cadastral_other": "0",
    "income-months_below_limit": "0",
    "energy-contract_name_matches": "yes", "energy-contract_address_matches": "yes",
    "energy-collective_heating_social": "no", "child_benefit-payer_known": "no",
}  # fmt: skip


def open_for_nobody(page: Page) -> tuple[str, str]:
    """A file for who gives no name: a word to speak of her, one question. Its address and number."""
    page.goto("/cases/new")
    page.get_by_label("Gemeente of postcode").fill("Evergem")
    page.locator("main form button[type=submit]").first.click()
    search = page.get_by_test_id("person-search")
    search.locator("[name=first_name]").fill("Vlinder")
    search.get_by_role("button").click()
    form = page.get_by_test_id("person-form")
    form.locator("[name=first_name]").fill("")
    form.locator("[name=alias]").fill("Vlinder")
    form.get_by_role("button", name="Bewaar deze persoon").click()
    expect(page.get_by_test_id("case-header")).to_contain_text("Vlinder")
    case = page.url.split("?")[0]
    page.goto(f"{case}/questions")
    page.get_by_label("De vraag, in de woorden van de burger").fill("Niemand mag weten dat ik hier ben.")
    page.get_by_label("Levensdomein").select_option("safety")
    page.get_by_role("button", name="Bewaar de vraag").click()
    expect(page.get_by_test_id("help-request")).to_have_count(1)
    number = re.search(r"D-\w{4}-\w{3}", page.get_by_test_id("case-header").inner_text())
    assert number is not None
    return case, number[0]


def refer_without_name(page: Page, case: str) -> None:
    """Passing on data is refused with what is possible; a letter to carry is, and names nobody."""
    page.goto(f"{case}/refer?q=OCMW")
    form = page.get_by_test_id("refer-form")
    form.get_by_label("Wat vraag je aan de partner").fill("Waar vraag je een leefloon?")
    page.get_by_test_id("service-hit").first.get_by_role("radio").check()
    page.get_by_test_id("send-referral").click()
    expect(page.get_by_test_id("error-summary")).to_contain_text("bekende persoon")
    expect(form.get_by_label("Wat vraag je aan de partner")).to_have_value("Waar vraag je een leefloon?")
    form.locator("[name=kind][value=own_contact]").check()
    page.get_by_test_id("send-referral").click()
    page.wait_for_url(case)
    page.goto(f"{case}/referrals")
    page.get_by_test_id("referral-row").first.get_by_role("link").first.click()
    letter = page.request.get(page.url + "/letter")
    text = text_of(letter.body())
    assert "Je naam staat er niet op" in text
    assert "Vlinder" not in text


@pytest.mark.by_turns("sqlite")
def test_somebody_without_a_name_is_helped_and_leaves_counts_only(live, new_page, sign_in, console, axe):
    """I3: no data leaves, a letter does; no emergency without ground; what remains is a number."""
    caw, nele = sign_in(new_page(), CAW), sign_in(new_page(), NELE)
    case, number = open_for_nobody(caw)
    refer_without_name(caw, case)

    nele.goto(case)
    expect(nele.locator("main")).not_to_contain_text("Vlinder")
    nele.goto("/emergency-access/new")
    nele.locator("[name=number]").fill(number)
    nele.locator("[name=reason]").fill("Haar man staat hier aan het loket.")
    axe(nele)
    nele.get_by_test_id("emergency-form").locator("button[type=submit]").click()
    expect(nele.get_by_test_id("error-summary")).to_contain_text("Kies de grond")
    expect(nele.locator("[name=reason]")).to_have_value("Haar man staat hier aan het loket.")
    assert "Vlinder" not in nele.content()

    caw.goto(f"{case}/close")
    caw.locator("[name=reason]").select_option("answered")
    for field in caw.locator("input[name^=outcome_][value=solved]").all():
        field.check()
    caw.get_by_test_id("close-form").get_by_test_id("close-case").click()
    expect(caw.get_by_test_id("current-task")).to_have_attribute("data-state", "closed")
    coordinator = sign_in(new_page(), "coordinator@gbo-meetjesland.example")
    for path in ("/signals/distribution", "/bundles", case):
        coordinator.goto(path)
        for text in ("Vlinder", number, "Niemand mag weten"):
            assert text not in coordinator.content(), path
    check_nothing_left(live, case)
    console.expect("404")  # the file, for whom it is not
    console.expect("422")  # the two refusals


def check_nothing_left(live, case: str) -> None:
    """Nobody of another organization read it, no basis and no package were made; only its facts count."""
    from core.db import session
    from core.models.trail import AuditEntry
    from intake import cases
    from intake.models.bases import Basis
    from intake.models.emergencies import EmergencyAccess
    from intake.models.referrals import Referral

    with live.app.app_context():
        file = cases.get(uuid.UUID(case.rsplit("/", 1)[1]))
        assert session.scalars(sa.select(Basis).where(Basis.case_id == file.id)).all() == []
        assert (
            session.scalars(sa.select(EmergencyAccess).where(EmergencyAccess.case_id == file.id)).all() == []
        )
        sent = session.scalars(sa.select(Referral).where(Referral.case_id == file.id)).one()
        assert (sent.receiving_tenant_id, '"agreed": []' in sent.package) == (None, True)
        read = sa.select(AuditEntry.user_id).where(
            AuditEntry.subject_id == str(file.id), AuditEntry.action.endswith(".read")
        )
        assert set(session.scalars(read)) == {file.holder_id}


def take_notice(page: Page) -> str:
    """The notice of the school becomes a file of the mother, found by her BIS number; she is told."""
    page.goto("/signals")
    page.get_by_test_id("signal-row").filter(has_text="Peeters-Novak").get_by_role("link").first.click()
    page.get_by_test_id("take-signal").first.click()
    search = page.get_by_test_id("person-search")
    search.locator("[name=ssin]").fill("914512-000-23")
    search.get_by_role("button").click()
    match = page.get_by_test_id("person-match").filter(has_text="Petra Novak")
    match.get_by_role("button", name=re.compile("^Dit is de persoon")).click()
    expect(page.get_by_test_id("case-header")).to_contain_text("Petra Novak")
    form = page.get_by_test_id("attempt-form")
    form.locator("[name=result][value=reached]").check()
    form.locator("[name=told_how][value=orally]").check()
    form.get_by_role("button", name="Bewaar het contact").click()
    expect(page.get_by_test_id("case-timeline")).to_contain_text("Telefoon: bereikt")
    return page.url.split("?")[0]


def refer_to_caw(page: Page, case: str, request: str) -> None:
    page.goto(f"{case}/refer?q=Begeleid+wonen+CAW")
    page.get_by_test_id("refer-form").get_by_label("Wat vraag je aan de partner").fill(request)
    page.get_by_test_id("service-hit").filter(has_text="CAW Oost-Vlaanderen").first.get_by_role(
        "radio"
    ).check()
    expect(page.get_by_test_id("partner-preview")).to_contain_text(request)
    page.get_by_test_id("send-referral").click()
    page.wait_for_url(case)


def open_referral(page: Page, request: str) -> None:
    page.goto("/referrals")
    page.get_by_test_id("task-row").filter(has_text=request).first.get_by_role("link").first.click()
    expect(page.get_by_test_id("referral-card")).to_contain_text(request)


def screen_three_rights(page: Page, case: str) -> None:
    """Mother and child: the supplement comes by itself but for its payer, one to check, one probable."""
    page.goto(f"{case}/rights/persons")
    page.locator("[name=relation]").select_option("child")
    page.locator("[name=birth_date]").fill("09/02/2018")
    page.locator("main form button[type=submit]").first.click()
    review(page, case, MOTHER)
    supplement = right(page, "Sociale toeslag")
    expect(supplement).to_have_attribute("data-state", "probable")
    expect(supplement).to_contain_text("Zoek eerst de uitbetaler")
    expect(supplement).to_contain_text("Komt vanzelf")
    expect(right(page, "Schooltoeslag")).to_have_attribute("data-state", "check")
    expect(right(page, "UiTPAS")).to_have_attribute("data-state", "probable")


def decline_as_not_competent(caw: Page, request: str) -> None:
    """One decision on one card: a coded reason, and who can help instead."""
    open_referral(caw, request)
    caw.locator("#decline summary").click()
    caw.locator("#decline [name=reason][value=not_competent]").check()
    caw.locator("#decline [name=better]").fill("OCMW Evergem, Sociale dienst")
    caw.get_by_test_id("decline").click()
    expect(caw.get_by_test_id("referral-card")).to_have_attribute("data-state", "declined")


def send_on_to_the_ocmw(page: Page, case: str, request: str) -> None:
    """Back with the holder, with the better address chosen already: one look and one click."""
    page.goto(case)
    expect(page.get_by_test_id("turn-holder").first).to_have_attribute("data-state", "me")
    page.goto(f"{case}/referrals")
    declined = page.get_by_test_id("referral-row").first
    expect(declined).to_contain_text("niet voor bevoegd")
    declined.get_by_role("link", name=re.compile("^Verwijs opnieuw")).click()
    expect(page.locator("[name=request]")).to_have_value(request)
    chosen = page.locator("[data-testid=service-hit]:has(input:checked)")
    expect(chosen).to_contain_text("OCMW Evergem")
    page.get_by_test_id("send-referral").click()
    page.wait_for_url(case)


def withdraw_and_lock_out(page: Page, caw: Page, case: str, request: str) -> None:
    """The CAW reads what was agreed; the mother withdraws; the very next look shows nothing."""
    refer_to_caw(page, case, request)
    open_referral(caw, request)
    caw.get_by_test_id("accept").click()
    expect(caw.get_by_test_id("agreed-package")).to_contain_text("Petra Novak")
    page.goto(f"{case}/referrals")
    page.get_by_test_id("referral-row").first.get_by_test_id("withdraw-basis").click()
    page.get_by_test_id("withdraw-basis").click()
    caw.reload()
    expect(caw.get_by_test_id("referral-card")).to_contain_text("ingetrokken")
    expect(caw.locator("main")).not_to_contain_text("Novak")


@pytest.mark.by_turns("postgresql")
def test_a_notice_of_a_school_realises_two_rights_and_leaves_one_open(live, new_page, sign_in, axe):
    """I4: told the mother, three rights, the CAW is not competent, a consent ends the same second."""
    page, caw = sign_in(new_page(), NELE), sign_in(new_page(), CAW)
    case = take_notice(page)
    screen_three_rights(page, case)
    refer_to_caw(page, case, "Kunnen jullie de uitbetaler zoeken?")
    decline_as_not_competent(caw, "Kunnen jullie de uitbetaler zoeken?")
    send_on_to_the_ocmw(page, case, "Kunnen jullie de uitbetaler zoeken?")
    withdraw_and_lock_out(page, caw, case, "Een gesprek over de zorgen thuis.")
    for name, euro in (("Sociale toeslag", "780"), ("UiTPAS", "60")):
        page.goto(f"{case}/rights")
        act_on(page, name, "Bevestig", "Bevestig")
        note_realised(page, case, name, euro)
    axe(page)
    expect(right(page, "Schooltoeslag")).to_have_attribute("data-state", "check")
    check_trail(live, case)


def check_trail(live, case: str) -> None:
    """Two rights realised, one open; the withdrawal and each look of the CAW stand in the trail."""
    from core.db import session
    from core.models.trail import AuditEntry
    from intake import cases, rights
    from intake.models.bases import Basis

    with live.app.app_context():
        file = cases.get(uuid.UUID(case.rsplit("/", 1)[1]))
        steps = {str(review.right): str(review.step) for review in rights.of_case(file)}
        realised = {right for right, step in steps.items() if step == "realised"}
        assert realised == {"social_supplement", "uitpas"}
        assert [str(review.right) for review in rights.unsettled(file)] == ["school_allowance"]
        ended = session.scalars(
            sa.select(Basis).where(Basis.case_id == file.id, Basis.withdrawn_at.is_not(None))
        ).one()
        noted = sa.select(AuditEntry).where(AuditEntry.action == "basis.withdrawn")
        assert str(ended.id) in {entry.subject_id for entry in session.scalars(noted)}
