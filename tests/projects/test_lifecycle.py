"""One impulse project from an open call to its settlement (scenario P1)."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core import clock, outbox
from core.db import session as db
from core.errors import DomainError
from core.models.outbox import OutboxMessage
from projects import evaluations, ledger, payments, reports
from projects import projects as projects_
from projects.models.evaluations import Conclusion
from projects.models.payments import EntryKind, PaymentStatus
from projects.models.projects import ProjectStatus
from projects.models.reports import ReportStatus
from tests.factories.projects import YEAR, make_people, make_running, pay


def test_a_project_is_paid_reported_settled_and_evaluated(session: orm.Session) -> None:
    people = make_people()
    project = make_running(people)
    advance, balance = payments.of_project(project)
    assert advance.amount_cents == 36_000_00
    assert advance.status == PaymentStatus.DUE
    pay(people, advance)

    final = reports.of_project(project)[-1]
    line = {
        "category": "staff",
        "description": "Lonen",
        "spent_on": date(YEAR, 6, 30),
        "amount_cents": 58_000_00,
    }
    reports.save_report(final, [line], text="Wij bereikten 80 mensen.", by=people.applicant)
    reports.submit_report(final, by=people.applicant)
    assert project.status == ProjectStatus.REPORTING
    reports.judge_line(final.lines[0], accepted_cents=56_000_00, reason="Dubbel ingediend", by=people.officer)
    reports.accept_report(final, by=people.officer)
    assert final.status == ReportStatus.ACCEPTED
    drain()
    assert project.status == ProjectStatus.SETTLING

    rest = projects_.settle(project, by=people.finance)
    assert rest == 6_000_00
    assert project.settled_cents == 42_000_00
    pay(people, balance)
    assert project.status == ProjectStatus.SETTLED
    assert ledger.paid(project.id) == 42_000_00
    assert ledger.totals(project.call_id)[EntryKind.RELEASE] == 3_000_00

    card = evaluations.evaluate(
        project, outcome="Meer aanvragen", lessons="Ga naar het erf", conclusion=Conclusion.EMBED,
        people_reached=80, by=people.officer,
    )  # fmt: skip
    evaluations.publish_evaluation(card, by=people.officer)
    assert card.published_at is not None


def test_who_stops_halfway_accounts_or_pays_back(session: orm.Session) -> None:
    people = make_people()
    project = make_running(people)
    advance, balance = payments.of_project(project)
    pay(people, advance)
    projects_.stop_project(project, reason="Geen werker gevonden", by=people.officer)
    final = reports.of_project(project)[-1]
    assert (project.status, project.ends_on) == (ProjectStatus.REPORTING, clock.today())
    assert balance.status == PaymentStatus.PLANNED
    with pytest.raises(DomainError, match="not late yet"):
        projects_.forgo_report(project, reason="Nooit gekomen", by=people.officer)
    final.due_on = clock.today() - timedelta(days=1)
    projects_.forgo_report(project, reason="Nooit gekomen", by=people.officer)
    assert projects_.settle(project, by=people.finance) == -36_000_00
    assert (project.status, final.status) == (ProjectStatus.CLAWBACK, ReportStatus.EXEMPTED)
    kinds = session.scalars(sa.select(OutboxMessage.kind)).all()
    assert {"mail.project_stopped", "mail.project_news"} <= set(kinds)
    credit, held = project.application.call.credit_cents, 36_000_00
    assert ledger.free_credit(project.call_id) == credit - held  # nobody awards what has yet to come back
    projects_.record_repayment(project, 6_000_00, by=people.finance)
    assert ledger.free_credit(project.call_id) == credit - held + 6_000_00
    with pytest.raises(DomainError, match="has to come back"):
        projects_.record_repayment(project, 30_000_01, by=people.finance)
    projects_.record_repayment(project, 30_000_00, by=people.finance)
    assert project.status == ProjectStatus.SETTLED
    assert ledger.free_credit(project.call_id) == credit


def drain() -> None:
    """Deliver the messages between processes, as the worker does after the commit."""
    db.commit()
    outbox.drain(only_local=True)
