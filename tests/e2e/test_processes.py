"""The process manager puts a new version in use, moves what runs to it, and brings one file back."""

from pathlib import Path

import pytest

from tests.e2e.conftest import NARROW, WIDE
from workflows import incidents
from workflows.incidents import Fault

pytestmark = [pytest.mark.browser, pytest.mark.database("sqlite")]
LIBRARY = Path(__file__).resolve().parents[2] / "workflows" / "library"


def press(page, selector):
    """By keyboard alone: Tab until the focus is there, then Enter."""
    for _step in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")


def steer(page, axe, console):
    """On a phone and by keyboard: stop a file, refused without a reason, and let it go on."""
    press(page, "[value=suspend]")
    assert page.evaluate("document.activeElement.dataset.testid") == "error-summary"
    console.expect("422")
    for act in ("suspend", "resume"):
        page.fill("[name=reason]", "Even nakijken")
        press(page, f"[value={act}]")
        assert page.get_by_test_id("error-summary").count() == 0
    axe(page)


def test_a_new_version_is_checked_put_in_use_and_running_files_move_to_it(
    page, live, sign_in, axe, console, tmp_path
):
    diagram = tmp_path / "signal.bpmn"
    text = (LIBRARY / "signal" / "signal.bpmn").read_text()
    assert 'name="Neem de melding op"' in text
    sign_in(page, "beheer@draaischijf.example")
    page.goto("/processes/deploy")
    diagram.write_text(text.replace("bpmn:userTask", "bpmn:serviceTask"))
    page.set_input_files("[name=diagram]", diagram)
    page.click("[value=check]")
    report = page.get_by_test_id("process-report")
    assert report.get_attribute("data-state") == "refused"
    axe(page)
    diagram.write_text(text.replace('name="Neem de melding op"', 'name="Neem deze melding op"'))
    page.set_input_files("[name=diagram]", diagram)
    page.set_input_files("[name=tests]", LIBRARY / "signal" / "tests.yaml")
    page.click("[value=deploy]")
    page.get_by_test_id("move-instances").click()
    rows = page.get_by_test_id("move-row")
    running = rows.count()
    assert running > 0
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        axe(page)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.click("[value=chosen]")
    assert rows.count() == 0
    axe(page)
    page.get_by_test_id("return-form").get_by_role("checkbox").first.check()
    page.click("[value=back]")
    assert rows.count() == 1
    page.goto("/processes/instances?key=case&status=running")
    page.get_by_test_id("instance-row").first.get_by_role("link").click()
    steer(page, axe, console)
    with live.app.app_context():
        incidents.write(Fault("case", "message", "not-waiting", "NotWaiting", source={"name": "x"}))
    page.goto("/processes/incidents")
    page.get_by_test_id("incident-row").get_by_role("link").first.click()
    press(page, "[data-testid=retry]")
    assert page.get_by_test_id("incident-row").count() == 0
