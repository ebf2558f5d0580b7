"""What may not be done with the money of a project is refused, in plain words."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core import clock, outbox
from projects import payments, reports
from projects import projects as projects_
from projects.models.payments import PaymentStatus
from projects.models.projects import Project, ProjectStatus
from projects.models.reports import Report, ReportStatus
from tests.factories.forms import refused
from tests.factories.projects import YEAR, People, make_people, make_running, pay
from workflows import instances


@pytest.fixture
def people(session: orm.Session) -> People:
    return make_people()


def test_a_payment_is_not_proposed_twice_nor_approved_by_its_proposer(people: People) -> None:
    project = make_running(people)
    advance = payments.of_project(project)[0]
    payments.propose_payment(advance, by=people.finance)
    refused(lambda: payments.propose_payment(advance, by=people.finance2), says="proposed already")
    refused(lambda: payments.approve_payment(advance, by=people.finance), says="Someone else has to approve")
    payments.approve_payment(advance, by=people.finance2)
    assert advance.status == PaymentStatus.APPROVED


def test_four_eyes_also_hold_in_the_database(people: People, session: orm.Session) -> None:
    advance = payments.of_project(make_running(people))[0]
    payments.propose_payment(advance, by=people.finance)
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.execute(sa.text("UPDATE payment SET approved_by = proposed_by WHERE proposed_by IS NOT NULL"))


def test_a_project_is_not_settled_or_stopped_with_money_on_its_way(people: People) -> None:
    project = make_running(people)
    advance = payments.of_project(project)[0]
    payments.propose_payment(advance, by=people.finance)
    payments.approve_payment(advance, by=people.finance2)
    payments.order_payments([advance], by=people.finance)
    refused(lambda: projects_.stop_project(project, reason="Failliet", by=people.officer), says="was ordered")


def test_no_money_while_a_report_is_late(people: People) -> None:
    project = make_running(people)
    late = reports.of_project(project)[-1]
    late.due_on = clock.today() - timedelta(days=1)
    advance = payments.of_project(project)[0]
    refused(lambda: payments.propose_payment(advance, by=people.finance), says="is late")


def handed_in(people: People, report: Report) -> Report:
    line = {"category": "staff", "description": "Loon", "spent_on": date(YEAR, 5, 1), "amount_cents": 100_00}
    reports.save_report(report, [line], text="Verslag", by=people.applicant)
    reports.submit_report(report, by=people.applicant)
    return report


def test_a_report_that_may_still_be_completed_is_not_late(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_running(people)
    advance = payments.of_project(project)[0]
    final = handed_in(people, reports.of_project(project)[-1])
    final.due_on = clock.today() - timedelta(days=1)
    reports.ask_completion(final, reason="Bewijs", by=people.officer)
    assert reports.late_of([final]) == set()
    refused(lambda: projects_.forgo_report(project, reason="Nooit", by=people.officer), says="may still")
    payments.propose_payment(advance, by=people.finance)
    over = clock.now() + timedelta(days=60)
    monkeypatch.setattr(clock, "now", lambda: over)
    assert reports.late_of([final]) == {final.id}
    refused(lambda: payments.approve_payment(advance, by=people.finance2), says="is late")
    projects_.forgo_report(project, reason="Nooit aangevuld", by=people.officer)


def in_settlement(people: People) -> tuple[Project, Report]:
    """A project with an advance and a rejected final report, and its interim report, handed in."""
    project = make_running(people, report_months=6)
    interim, final = reports.of_project(project)
    handed_in(people, interim)
    pay(people, payments.of_project(project)[0])
    handed_in(people, final)
    reports.reject_report(final, answer="Geen bewijs", by=people.officer)
    return project, interim


def settling(project: Project, session: orm.Session) -> Project:
    session.commit()
    outbox.drain()
    assert project.status == ProjectStatus.SETTLING
    return project


def test_costs_that_were_handed_in_are_judged_before_the_settlement(
    people: People, session: orm.Session
) -> None:
    project, interim = in_settlement(people)
    refused(lambda: projects_.forgo_report(project, reason="Nooit", by=people.officer), says="judge it first")
    settling(project, session)
    refused(lambda: projects_.settle(project, by=people.finance), says="judge it first")
    reports.judge_line(interim.lines[0], accepted_cents=100_00, reason="", by=people.officer)
    reports.accept_report(interim, by=people.officer)
    projects_.settle(project, by=people.finance)
    assert project.accepted_cents == 100_00


def test_the_settlement_waits_while_a_report_may_be_completed_and_ends_it_afterwards(
    people: People, session: orm.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, interim = in_settlement(people)
    reports.ask_completion(interim, reason="Bewijs", by=people.officer)
    settling(project, session)
    refused(lambda: projects_.settle(project, by=people.finance), says="may still complete")
    reports.submit_report(interim, by=people.applicant)
    reports.ask_completion(interim, reason="Nog een bewijs", by=people.officer)
    over = clock.now() + timedelta(days=60)
    monkeypatch.setattr(clock, "now", lambda: over)
    projects_.settle(project, by=people.finance)
    assert (project.accepted_cents, interim.status) == (0, ReportStatus.REJECTED)
    ended = instances.find(interim)
    assert ended is not None
    assert ended.ended_at is not None


def test_costs_lie_within_the_period_of_the_project(people: People) -> None:
    project = make_running(people)
    final = reports.of_project(project)[-1]
    for spent_on in (date(YEAR - 1, 12, 31), date(YEAR + 1, 1, 1)):
        line = {"category": "staff", "description": "Loon", "spent_on": spent_on, "amount_cents": 100_00}
        reports.save_report(final, [line], text="Verslag", by=people.applicant)
        refused(
            lambda: reports.submit_report(final, by=people.applicant),
            field="lines-0-spent_on",
            says="outside",
        )


def test_a_cost_is_accepted_up_to_its_amount_and_refused_with_a_reason(people: People) -> None:
    project = make_running(people)
    final = reports.of_project(project)[-1]
    line = {"category": "staff", "description": "Loon", "spent_on": date(YEAR, 5, 1), "amount_cents": 100_00}
    reports.save_report(final, [line], text="Verslag", by=people.applicant)
    reports.submit_report(final, by=people.applicant)
    cost = final.lines[0]
    refused(
        lambda: reports.judge_line(cost, accepted_cents=100_01, reason="", by=people.officer), field="line-1"
    )
    refused(
        lambda: reports.judge_line(cost, accepted_cents=1, reason="", by=people.officer), field="reason-1"
    )
    refused(lambda: reports.accept_report(final, by=people.officer), says="Judge every cost")
    refused(lambda: reports.exempt_report(final, reason="x", by=people.officer), says="another step")
