"""Each parameter of a regulation does what it says: who, where, own means, wages, phases, reports."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import orm

from core.errors import DomainError
from core.forms import Form
from projects import (
    applications,
    calls,
    completeness,
    payments,
    reports,
)
from projects import projects as projects_
from projects.forms.calls import CallForm
from projects.forms.fields import ShareField
from projects.models.applications import FundingKind
from projects.models.reports import CostLine, ReportKind
from socialmap.models.directory import Sector
from tests.factories.projects import (
    YEAR,
    People,
    make_application,
    make_draft_call,
    make_open_call,
    make_organization,
    make_people,
    make_running,
)

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def test_only_the_named_kinds_of_organization_apply(people: People) -> None:
    call = make_open_call(people, applicant_kinds=["ocmw"])
    with pytest.raises(DomainError) as refusal:
        applications.start_application(
            call, make_organization(sector=Sector.ASSOCIATION), by=people.applicant
        )
    assert refusal.value.field == "organization"
    assert applications.start_application(
        call, make_organization(sector=Sector.OCMW), by=people.applicant
    ).number


def test_municipalities_outside_the_territory_are_not_submitted(people: People) -> None:
    application = make_application(people, make_open_call(people, municipalities=["44019"]))
    assert "municipalities" in [problem.field for problem in completeness.missing(application)]
    application.municipalities = ["44019"]
    assert completeness.missing(application) == []


def test_a_part_comes_out_of_ones_own_means(people: People) -> None:
    application = make_application(people, make_open_call(people, min_own_bp=1_000))
    for line in application.funding:
        line.kind = FundingKind.PARTNER
    assert "own contribution" in completeness.budget_problems(application)[-1].message
    application.funding[0].kind = FundingKind.OWN
    assert completeness.budget_problems(application) == []


def test_an_interim_report_comes_after_the_months_of_the_regulation_and_pays(people: People) -> None:
    project = make_running(
        people,
        report_months=4,
        tranches=[
            {"kind": "advance", "share_bp": 5_000, "condition": "signed"},
            {"kind": "interim", "share_bp": 3_000, "condition": "report_accepted"},
            {"kind": "balance", "share_bp": 2_000, "condition": "settled"},
        ],
    )
    planned = reports.of_project(project)
    assert [report.kind for report in planned] == [ReportKind.INTERIM, ReportKind.INTERIM, ReportKind.FINAL]
    assert [report.period_to for report in planned][:2] == [date(YEAR, 5, 1), date(YEAR, 9, 1)]
    reports.save_report(planned[0], [], by=people.applicant, text="Halfweg.")
    reports.submit_report(planned[0], by=people.applicant)
    reports.accept_report(planned[0], by=people.officer)
    assert [str(payment.status) for payment in payments.of_project(project)] == ["due", "due", "planned"]


def test_reports_follow_a_project_that_lasts_longer(people: People) -> None:
    project = make_running(people, report_months=4, final_report_days=60)
    amendment = projects_.ask_amendment(
        project, reason="Ziekte", new_ends_on=date(YEAR + 1, 6, 30), by=people.applicant
    )
    projects_.answer_amendment(amendment, approved=True, answer="Goed", by=people.officer)
    *interim, final = reports.of_project(project)
    assert [report.period_to.month for report in interim] == [5, 9, 1, 5]
    assert (final.kind, final.period_to) == (ReportKind.FINAL, date(YEAR + 1, 6, 30))
    assert final.due_on == date(YEAR + 1, 8, 29)
    assert {(report.due_on - report.period_to).days for report in interim} == {30}


def test_hours_cap_what_is_accepted_of_wages(people: People) -> None:
    project = make_running(people)
    staff = next(c for c in project.application.call.cost_categories if c.code == "staff")
    staff.max_hour_cents = 50_00
    report = reports.of_project(project)[-1]
    line = {
        "category": "staff", "description": "Werker", "spent_on": date(YEAR, 3, 1), "amount_cents": 600_00,
    }  # fmt: skip
    reports.save_report(report, [line], by=people.applicant, text="Gedaan.")
    with pytest.raises(DomainError, match="hours") as refusal:
        reports.submit_report(report, by=people.applicant)
    assert refusal.value.field == "lines-0-hours"
    reports.save_report(report, [{**line, "hours": 10}], by=people.applicant)
    reports.submit_report(report, by=people.applicant)
    kept: CostLine = report.lines[0]
    with pytest.raises(DomainError) as refusal:
        reports.judge_line(kept, accepted_cents=500_01, reason="Deels", by=people.officer)
    assert refusal.value.field == "line-1"
    reports.judge_line(kept, accepted_cents=500_00, reason="Boven het uurtarief", by=people.officer)


@pytest.mark.parametrize(
    ("vat_accepted", "recoverable", "most", "words"),
    [
        (False, False, 100_000, "does not count"),
        (True, True, 100_000, "gets .* back"),
        (False, True, 100_000, "gets .* back"),
        (True, False, 121_000, None),
    ],
)
def test_vat_counts_only_as_the_category_says(
    people: People, vat_accepted: bool, recoverable: bool, most: int, words: str | None
) -> None:
    project = make_running(people)
    work = next(c for c in project.application.call.cost_categories if c.code == "work")
    work.vat_accepted = vat_accepted
    report = reports.of_project(project)[-1]
    line = {
        "category": "work", "description": "Druk", "spent_on": date(YEAR, 3, 1), "amount_cents": 121_000,
        "vat_cents": 21_000, "vat_recoverable": recoverable,
    }  # fmt: skip
    reports.save_report(report, [line], by=people.applicant, text="Gedaan.")
    reports.submit_report(report, by=people.applicant)
    cost: CostLine = report.lines[0]
    assert reports.acceptable(cost) == most
    if words:
        with pytest.raises(DomainError, match=words) as refusal:
            reports.judge_line(cost, accepted_cents=most + 1, reason="Deels", by=people.officer)
        assert refusal.value.field == "line-1"
        assert cost.accepted_cents is None
    reports.judge_line(cost, accepted_cents=most, reason="Zonder btw", by=people.officer)
    assert report.accepted_cents == most


def test_vat_is_a_part_of_the_amount(people: People) -> None:
    report = reports.of_project(make_running(people))[-1]
    line = {"category": "work", "description": "Druk", "spent_on": date(YEAR, 3, 1), "amount_cents": 100}
    for wrong in ({"vat_cents": 100}, {"vat_cents": -1}, {"vat_recoverable": True}):
        reports.save_report(report, [{**line, **wrong}], by=people.applicant, text="Gedaan.")
        with pytest.raises(DomainError, match="VAT of") as refusal:
            reports.submit_report(report, by=people.applicant)
        assert refusal.value.field == "lines-0-vat"


def test_the_form_of_a_call_holds_every_parameter(app: Any, people: People) -> None:
    call = make_draft_call(
        people, phases=["idea", "full"], min_own_bp=525, max_share_bp=3_350, applicant_kinds=["ocmw"]
    )
    with app.test_request_context():
        values = CallForm.of(call).values()
    same = {name for name, value in values.items() if getattr(call, name) == value}
    assert set(values) - same == set()


@pytest.mark.parametrize(
    ("typed", "share"),
    [
        ("33,5", 3_350),
        ("7.05 %", 705),
        ("100", 10_000),
        ("0", 0),
        ("", None),
        ("100,01", None),
        ("half", None),
    ],
)
def test_a_share_keeps_its_decimals(app: Any, typed: str, share: int | None) -> None:
    class Sample(Form):
        part = ShareField()

    with app.test_request_context(method="POST", data={"part": typed}):
        form = Sample(meta={"csrf": False})
        assert form.validate() == (share is not None or not typed)
        assert form.part.data == share
    with app.test_request_context():
        assert 'value="33,5"' in Sample(meta={"csrf": False}, data={"part": 3_350}).part()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"phases": ["idea"]}, "phases"),
        ({"phases": []}, "phases"),
        ({"phases": ["pitch", "full"]}, "questions"),
        ({"min_own_bp": 3_000}, "min_own"),
        (
            {
                "max_months": 12,
                "tranches": [
                    {"kind": "advance", "share_bp": 5_000, "condition": "signed"},
                    {"kind": "interim", "share_bp": 3_000, "condition": "report_accepted"},
                    {"kind": "balance", "share_bp": 2_000, "condition": "settled"},
                ],
            },
            "interim_share",
        ),
    ],
)
def test_a_parameter_that_leads_nowhere_is_a_dead_end(
    people: People, values: dict[str, Any], field: str
) -> None:
    assert field in [problem.field for problem in calls.dead_ends(make_draft_call(people, **values))]
