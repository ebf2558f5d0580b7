"""Impulse projects lived through in the browser by everyone (scenarios P1, P2 and P3 of the domain)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from core import clock
from projects.models.applications import Application
from projects.models.calls import Call, Round
from projects.models.changes import CallChange
from projects.models.needs import Need
from projects.models.projects import Project
from projects.models.reports import Report

PDF = {
    "name": "overeenkomst.pdf",
    "mimeType": "application/pdf",
    "buffer": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
}
FIRST, SECOND = "provincie@oost-vlaanderen.example", "provincie2@oost-vlaanderen.example"
JURY = [f"jury{number}@oost-vlaanderen.example" for number in (1, 2, 3)]
BODY, MONEY, MONEY2 = (f"{name}@oost-vlaanderen.example" for name in ("deputatie", "financien", "financien2"))
BRUG = "partner@de-brug.example"


class Cast:
    """One browser for each person, opened when they first act."""

    def __init__(
        self, live: Any, new_page: Callable[..., Page], sign_in: Callable[..., Page], axe: Any
    ) -> None:
        self.live, self.new_page, self.sign_in, self.axe = live, new_page, sign_in, axe
        self.pages: dict[str, Page] = {}

    def page(self, email: str) -> Page:
        if email not in self.pages:
            self.pages[email] = self.sign_in(self.new_page(), email)
        return self.pages[email]

    def act(
        self, email: str, path: str, fields: dict[str, str] | None = None, *, button: str = "", wait: str = ""
    ) -> Page:
        """Open a page, fill it in, send it; fails when it comes back with errors."""
        page = self.page(email)
        page.goto(path)
        for name, value in (fields or {}).items():
            self.fill(page, name, value)
        selector = button or "main form[method=post] button[type=submit]"
        page.locator(selector).first.click()
        page.wait_for_load_state()
        summary = page.get_by_test_id("error-summary")
        assert summary.count() == 0, f"{path}: {summary.first.inner_text()}"
        return page

    def fill(self, page: Page, name: str, value: str) -> None:
        field = page.locator(f"main form[method=post] [name='{name}']")
        kind = field.first.evaluate("node => node.tagName + ':' + node.type")
        if kind.startswith("SELECT"):
            field.first.select_option(value)
        elif kind == "INPUT:radio":
            page.locator(f"main [name='{name}'][value='{value}']").check()
        elif kind == "INPUT:checkbox":
            if value:
                page.locator(f"main [name='{name}'][value='{value}']").check()
            else:
                field.first.check()
        elif kind == "INPUT:file":
            field.first.set_input_files(PDF)  # type: ignore[arg-type]
        else:
            field.first.fill(value)

    def look(self, email: str, path: str) -> Page:
        """Open a page and have it checked for accessibility."""
        page = self.page(email)
        page.goto(path)
        self.axe(page)
        return page

    def find(self, query: Any) -> Any:
        """The id that a query gives, newest first."""
        with self.live.app.app_context():
            from core.db import session

            return session.scalars(query).first()

    def close_round(self, call_id: Any) -> None:
        with self.live.app.app_context():
            from core.db import session, transaction

            with transaction():
                moment = clock.now() - timedelta(seconds=1)
                session.execute(sa.update(Round).where(Round.call_id == call_id).values(closes_at=moment))

    def drain(self) -> None:
        with self.live.app.app_context():
            from core import outbox

            outbox.drain()


@pytest.fixture
def cast(live: Any, new_page: Any, sign_in: Any, axe: Any) -> Cast:
    return Cast(live, new_page, sign_in, axe)


def newest(model: Any, *where: Any) -> Any:
    return sa.select(model.id).where(*where).order_by(model.id.desc()).limit(1)


# ---------------------------------------------------------------- steps that the journeys share
def day(from_today: int, time: str = "") -> str:
    """A day as somebody types it."""
    return f"{clock.today() + timedelta(days=from_today):%d/%m/%Y} {time}".strip()


def publish_call(cast: Cast, title: str) -> Any:
    """Officer drafts with everything that a call needs, a second person approves."""
    cast.act(FIRST, "/calls/new", {"title": title, "theme": "farmers"})
    call_id = cast.find(newest(Call))
    at = f"/calls/{call_id}"
    cast.act(FIRST, f"{at}/edit", {
        "summary": "Oudere landbouwers krijgen hun rechten.", "text": "We steunen bezoeken.",
        "remedies": "Raad van State, 60 dagen.",
        "credit_cents": "120.000", "max_share": "75", "max_grant_cents": "45.000", "advance_share": "80",
        "budget_line": "0530/64910", "action_code": "AP-1", "min_score": "60", "legal_basis": "Reglement",
        "deciding_body": "Deputatie", "min_municipalities": "2",
    })  # fmt: skip
    cast.act(FIRST, f"{at}/criteria", {
        "rows-0-title": "Volledig", "rows-0-kind": "admissibility", "rows-1-title": "Nood",
        "rows-1-weight": "60",
        "rows-2-title": "Aanpak", "rows-2-weight": "40",
    })  # fmt: skip
    cast.act(FIRST, f"{at}/costs", {"rows-0-title": "Personeel", "rows-1-title": "Werking"})
    cast.act(FIRST, f"{at}/questions", {"rows-0-title": "Wat ga je doen?", "rows-0-section": "aanpak"})
    cast.act(
        FIRST,
        f"{at}/rounds",
        {"name": "Ronde 1", "opens_at": day(-330, "0:00"), "closes_at": day(32, "23:59")},
    )
    cast.act(FIRST, f"{at}/review")
    cast.act(SECOND, f"{at}/approve", {"visum": "V-2026-9"})
    cast.act(FIRST, f"{at}/publish")
    return call_id


def apply(cast: Cast, call_id: Any, *, email: str = BRUG, title: str = "Rechten op het erf") -> Any:
    cast.act(email, f"/calls/{call_id}/apply")
    application_id = cast.find(newest(Application))
    cast.act(email, f"/applications/{application_id}/edit", {
        "title": title, "answer_q1": "Wij gaan naar de boerderijen.", "municipalities": "Evergem, Maldegem",
        "starts_on": day(-330), "ends_on": day(32), "asked": "45.000", "costs-0-category": "k1",
        "costs-0-description": "Werker", "costs-0-amount": "60.000", "funding-0-source": "Eigen",
        "funding-0-amount": "15.000", "iban": "BE71 0961 2345 6769", "signatory_name": "Fatma",
        "signatory_role": "Directeur",
    })  # fmt: skip
    return application_id


def declare(cast: Cast, call_id: Any, *people: str) -> None:
    for email in people:
        cast.act(email, f"/calls/{call_id}/interests", {"truthful": ""})


def judge(cast: Cast, application_id: Any, points: dict[str, tuple[int, int]]) -> None:
    at = f"/applications/{application_id}"
    cast.act(FIRST, f"{at}/check", {"c1": "yes"})
    cast.act(FIRST, f"{at}/admit")
    cast.act(FIRST, f"{at}/jurors")
    for email, (need, plan) in points.items():
        cast.act(email, f"{at}/score", {
            "points-c2": str(need), "motivation-c2": "Aangetoond.", "points-c3": str(plan),
            "motivation-c3": "Haalbaar.",
            "advice": "Steunen.",
        }, button="button[name=submit]")  # fmt: skip


# ---------------------------------------------------------------- P1
def test_an_impulse_project_from_a_bundle_to_a_practice_card(cast: Cast, console: Any) -> None:
    coordinator, steering = "coordinator@gbo-meetjesland.example", "stuurgroep@gbo-meetjesland.example"
    page = cast.look(coordinator, "/bundles")
    path = page.get_by_test_id("candidate-row").first.locator("a").get_attribute("href")
    cast.act(coordinator, str(path), {"summary": "Oudere landbouwers zonder IGO"})
    page = cast.look(steering, "/bundles")
    path = page.locator("[data-testid=bundle-row][data-state=proposed] a").first.get_attribute("href")
    cast.act(steering, str(path))

    page = cast.look(FIRST, "/needs")
    path = page.get_by_test_id("bundle-row").first.locator("a").get_attribute("href")
    cast.act(FIRST, str(path))
    need = f"/needs/{cast.find(newest(Need))}"
    cast.act(FIRST, f"{need}/facts", {"text": "1 op 5 is arm", "source": "Provincies in cijfers"})
    cast.act(FIRST, f"{need}/substantiate")
    cast.act(FIRST, f"{need}/decide", {"decision": "linked", "reason": "Een oproep kan helpen"})

    call_id = publish_call(cast, "Rechten op het land")
    application_id = apply(cast, call_id)
    cast.look(BRUG, f"/applications/{application_id}/edit")
    page = cast.act(BRUG, f"/applications/{application_id}/submit")
    expect(page.get_by_test_id("receipt")).to_have_attribute("data-state", "in_time")
    declare(cast, call_id, FIRST, SECOND, *JURY, BODY, MONEY, MONEY2)
    cast.close_round(call_id)
    cast.act(FIRST, f"/calls/{call_id}/assess")
    judge(cast, application_id, dict.fromkeys(JURY, (8, 7)))
    round_id = cast.find(newest(Round, Round.call_id == call_id))
    cast.act(FIRST, f"/calls/rounds/{round_id}/rank")
    page = cast.look(FIRST, f"/calls/{call_id}/ranking")
    expect(page.get_by_test_id("ranking-row")).to_have_attribute("data-state", "granted")
    cast.act(FIRST, f"/applications/{application_id}/agenda")
    cast.act(BODY, f"/applications/{application_id}/decide", {"motivation": "Sterk en nodig."})
    cast.act(FIRST, f"/calls/{call_id}/close-decisions")

    project_id = cast.find(newest(Project))
    at = f"/projects/{project_id}"
    cast.act(FIRST, f"{at}/agreement")
    cast.act(BRUG, f"{at}/signature", {"agreement": ""})
    cast.act(FIRST, f"{at}/start")
    pay(cast, project_id)
    report = f"/reports/{cast.find(newest(Report, Report.project_id == project_id))}"
    cast.act(BRUG, f"{report}/edit", {
        "text": "Wij bereikten 83 mensen.", "lines-0-category": "k1", "lines-0-description": "Lonen",
        "lines-0-spent_on": day(-150), "lines-0-amount": "58.000",
    }, button="button[name=submit]")  # fmt: skip
    cast.act(FIRST, f"{report}/judge", {"line-1": "56.000", "reason-1": "Dubbele factuur"})
    cast.drain()
    page = cast.act(MONEY, f"{at}/settle")
    expect(page.get_by_text("6.000,00").first).to_be_visible()
    pay(cast, project_id)
    page = cast.look(FIRST, at)
    expect(page.get_by_test_id("case-header")).to_have_attribute("data-state", "settled")
    cast.act(FIRST, f"{at}/evaluation", {
        "outcome": "24 gezinnen met meer inkomen", "lessons": "Ga twee keer langs", "conclusion": "embed",
    })  # fmt: skip
    cast.act(FIRST, f"/calls/{call_id}/close")
    page = cast.new_page()
    page.goto("/practice")
    cast.axe(page)
    expect(page.get_by_text("24 gezinnen met meer inkomen")).to_be_visible()
    page.goto("/register")
    cast.axe(page)
    expect(page.get_by_text("Rechten op het erf").first).to_be_visible()


def pay(cast: Cast, project_id: Any) -> None:
    """Proposed, approved by a second person, ordered, paid; the proposer sees no way to approve."""
    from projects.models.payments import Payment, PaymentStatus

    payment = cast.find(
        newest(Payment, Payment.project_id == project_id, Payment.status == PaymentStatus.DUE)
    )
    cast.act(MONEY, f"/payments/{payment}/propose")
    page = cast.page(MONEY)
    page.goto("/payments")
    assert page.locator(f"a[href$='/payments/{payment}/approve']").count() == 0
    cast.act(MONEY2, f"/payments/{payment}/approve")
    page = cast.look(MONEY, "/payments")
    with page.expect_download() as download:
        page.locator("main form[method=post] button[type=submit]").first.click()
    assert download.value.suggested_filename.endswith(".csv")
    cast.act(MONEY, f"/payments/{payment}/confirm")


# ---------------------------------------------------------------- P2
@pytest.mark.by_turns("postgresql")
def test_an_incomplete_file_is_completed_and_a_late_one_moves_on(cast: Cast, console: Any) -> None:
    call_id = publish_call(cast, "Twee deadlines")
    cast.act(FIRST, f"/calls/{call_id}/rounds", {
        "name": "Ronde 2", "opens_at": day(33, "0:00"), "closes_at": day(300, "23:59"),
    })  # fmt: skip
    cast.act(SECOND, f"/calls/changes/{cast.find(newest(CallChange))}/make")
    application_id = apply(cast, call_id)
    at = f"/applications/{application_id}"
    page = cast.page(BRUG)
    page.goto(f"{at}/partners?q=OCMW Evergem")
    page.locator("main form[method=post] button[type=submit]").click()
    cast.act(BRUG, f"{at}/submit")
    declare(cast, call_id, FIRST)
    cast.act(
        FIRST, f"{at}/completion", {"sections": "partners", "reason": "De brief van de partner ontbreekt"}
    )
    page = cast.look(BRUG, at)
    expect(page.get_by_test_id("turn-holder").first).to_have_attribute("data-state", "us")
    page.goto(f"{at}/documents")
    page.locator("select[name=kind]").select_option(index=1)
    page.locator("input[type=file]").set_input_files(PDF)  # type: ignore[arg-type]
    page.locator("main form[method=post] button[type=submit]").click()
    cast.act(BRUG, f"{at}/submit")
    cast.act(FIRST, f"{at}/check", {"c1": "yes"})
    cast.act(FIRST, f"{at}/admit")
    page = cast.look(FIRST, at)
    expect(page.get_by_test_id("case-header")).to_have_attribute("data-state", "admissible")

    late = "aanvraag@ocmw-lievegem.example"
    with cast.live.app.app_context():
        from core import demo
        from core.db import session, transaction
        from socialmap.models.directory import Organization

        with transaction():  # the desk of this applicant answers for its entry of the map
            entry = session.scalars(
                sa.select(Organization).where(Organization.name == "OCMW Lievegem")
            ).first()
            assert entry is not None
            entry.tenant_id = demo.identifier("applicant:ocmw-lievegem")
    second = apply(cast, call_id, email=late, title="Een minuut te laat")
    first_round = cast.find(newest(Round, Round.call_id == call_id, Round.name == "Ronde 1"))
    with cast.live.app.app_context():
        from core.db import session, transaction

        with transaction():
            session.get_one(Round, first_round).closes_at = clock.now() - timedelta(minutes=1)
    page = cast.act(late, f"/applications/{second}/submit")
    expect(page.get_by_test_id("receipt")).to_have_attribute("data-state", "late")
    cast.act(late, f"/applications/{second}/next-round")
    moved = cast.find(newest(Application))
    page = cast.look(late, f"/applications/{moved}")
    expect(page.get_by_text("Ronde 2").first).to_be_visible()
    expect(page.get_by_text("Een minuut te laat").first).to_be_visible()


# ---------------------------------------------------------------- P3
@pytest.mark.by_turns("sqlite")
def test_a_tied_juror_is_left_out_and_a_refusal_names_reasons_and_remedies(cast: Cast, console: Any) -> None:
    call_id = publish_call(cast, "Met belangen")
    application_id = apply(cast, call_id, title="Te vaag plan")
    cast.act(BRUG, f"/applications/{application_id}/submit")
    tied = JURY[2]
    page = cast.look(tied, f"/calls/{call_id}/interests")
    page.get_by_label("vzw De Brug").check()
    page.locator("main input[name=truthful]").check()
    page.locator("main form[method=post] button[type=submit]").click()
    declare(cast, call_id, FIRST, *JURY[:2], BODY)
    cast.close_round(call_id)
    cast.act(FIRST, f"/calls/{call_id}/assess")
    judge(cast, application_id, dict.fromkeys(JURY[:2], (5, 4)))
    page = cast.page(tied)
    for path in ("/applications", f"/calls/{call_id}/applications", "/my-work", "/search?q=vaag"):
        page.goto(path)
        expect(page.get_by_text("Te vaag plan")).to_have_count(0)
    page.goto(f"/applications/{application_id}")
    console.expect("403") if "403" in str(console.errors) else console.expect("404")
    round_id = cast.find(newest(Round, Round.call_id == call_id))
    cast.act(FIRST, f"/calls/rounds/{round_id}/rank")
    page = cast.look(FIRST, f"/calls/{call_id}/ranking")
    expect(page.get_by_test_id("ranking-row")).to_have_attribute("data-state", "refused")
    cast.act(FIRST, f"/applications/{application_id}/agenda")
    cast.act(
        BODY,
        f"/applications/{application_id}/decide",
        {"outcome": "refused", "motivation": "Nood en aanpak halen 60 niet."},
    )
    page = cast.look(BRUG, f"/applications/{application_id}")
    expect(page.get_by_text("Nood en aanpak halen 60 niet.").first).to_be_visible()
    expect(page.get_by_text("Raad van State").first).to_be_visible()
