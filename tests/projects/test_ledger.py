"""Money: whatever people do in whatever order, no sum exceeds its limit and every movement has its act."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from core import clock
from core.errors import DomainError
from projects import awards, ledger, payments
from projects import projects as projects_
from projects.models.applications import Application, ApplicationStatus, ApplicationVersion
from projects.models.awards import Award, Outcome
from projects.models.calls import Call, CallVersion
from projects.models.payments import EntryKind, LedgerEntry, Payment, Repayment
from projects.models.projects import Project, ProjectStatus
from projects.models.transitions import ProjectTransition
from tests.factories.projects import (
    YEAR,
    People,
    close_rounds,
    make_application,
    make_in_jury,
    make_open_call,
    make_people,
    score,
    submit,
)

ACTS = {"call": Call, "award": Award, "payment": Payment, "project": Project, "repayment": Repayment}


def check(session: orm.Session, call: Call) -> None:
    """The invariants of the ledger."""
    sums = ledger.totals(call.id)
    awarded = sums[EntryKind.AWARD] - sums[EntryKind.RELEASE]
    paid = sums[EntryKind.PAYMENT] - sums[EntryKind.REPAYMENT]
    assert awarded <= sums[EntryKind.CREDIT] == call.credit_cents
    assert 0 <= paid <= awarded
    for entry in session.scalars(sa.select(LedgerEntry).where(LedgerEntry.call_id == call.id)):
        assert entry.amount_cents > 0
        assert session.get(ACTS[entry.act_type], entry.act_id) is not None
    for project in session.scalars(sa.select(Project).where(Project.call_id == call.id)):
        ceiling = project.awarded_cents if project.settled_cents is None else project.settled_cents
        if project.status != ProjectStatus.CLAWBACK:
            assert ledger.paid(project.id) <= ceiling


class Desk:
    """People who try anything at any moment."""

    def __init__(self, session: orm.Session, people: People, call: Call, seed: int) -> None:
        self.session, self.people, self.call, self.dice = session, people, call, random.Random(seed)

    def step(self) -> None:
        act: Callable[[], object] = self.dice.choice(
            [*[self.decide] * 2, self.sign, *[self.pay] * 4, self.settle, self.stop, self.repay]
        )
        with suppress(DomainError), self.session.begin_nested():
            act()

    def project(self) -> Project:
        found = self.session.scalars(sa.select(Project).where(Project.call_id == self.call.id)).all()
        if not found:
            raise DomainError("nothing")
        return self.dice.choice(found)

    def decide(self) -> None:
        waiting = (ApplicationStatus.ON_AGENDA, ApplicationStatus.RESERVE)
        query = sa.select(Application).where(
            Application.call_id == self.call.id, Application.status.in_(waiting)
        )
        found = self.session.scalars(query).all()
        if found:
            application = self.dice.choice(found)
            outcome = self.dice.choice(list(Outcome))
            cents = self.dice.choice([application.asked_cents, 10_000_00, 1, 99_999_99])
            awards.decide(
                application,
                outcome,
                amount_cents=cents,
                motivation="Ja",
                deviation="x",
                by=self.people.decider,
            )

    def sign(self) -> None:
        project = self.project()
        if project.status == ProjectStatus.AWARDED:
            projects_.send_agreement(project, by=self.people.officer)
        elif project.status == ProjectStatus.AGREEMENT_SENT:
            projects_.record_signature(project, file_id=None, signed_on=clock.today(), by=self.people.officer)
        else:
            projects_.start_project(project, by=self.people.officer)

    def pay(self) -> None:
        payment = self.dice.choice(payments.of_project(self.project()))
        finance = self.dice.choice([self.people.finance, self.people.finance2])
        self.dice.choice([
            lambda: payments.propose_payment(payment, by=finance),
            lambda: payments.approve_payment(payment, by=finance),
            lambda: payments.order_payments([payment], by=finance),
            lambda: payments.confirm_payment(payment, paid_on=clock.today(), by=finance),
            lambda: payments.fail_payment(payment, reason="Rekening", by=finance),
        ])()  # fmt: skip

    def settle(self) -> None:
        """As after an accepted final report: a share of the costs was accepted."""
        from projects import reports
        from projects.models.reports import ReportStatus

        project = self.project()
        if project.status == ProjectStatus.RUNNING:
            final = reports.of_project(project)[-1]
            line = {
                "category": "staff", "description": "Loon", "spent_on": date(YEAR, 5, 1),
                "amount_cents": self.dice.randrange(1, 60_000_00),
            }  # fmt: skip
            reports.save_report(final, [line], text="Verslag", by=self.people.applicant)
            reports.submit_report(final, by=self.people.applicant)
            reports.judge_line(
                final.lines[0], accepted_cents=final.lines[0].amount_cents, reason="", by=self.people.officer
            )
            assert final.status == ReportStatus.SUBMITTED
            reports.accept_report(final, by=self.people.officer)
        elif project.status == ProjectStatus.REPORTING:
            from workflows import instances

            key = str(project.id)
            instances.deliver("final_report_accepted", {"project_id": key}, {})
        else:
            projects_.settle(project, by=self.people.finance)

    def stop(self) -> None:
        if self.dice.random() < 0.2:
            projects_.stop_project(self.project(), reason="Failliet", by=self.people.officer)

    def repay(self) -> None:
        projects_.record_repayment(
            self.project(), self.dice.choice([1_00, 5_000_00, 60_000_00]), by=self.people.finance
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_no_sum_ever_exceeds_its_limit(session: orm.Session, seed: int, is_long: bool) -> None:
    people = make_people()
    call = make_open_call(people, credit_cents=110_000_00, one_per_applicant=False)
    files = [make_in_jury(people, call) for _ in range(12 if is_long else 4)]
    for application in files:
        score(people, application)
    close_rounds(call)
    from projects import calls, ranking

    calls.start_assessment(call, by=people.officer)
    ranking.fix_ranking(files[0].round, by=people.officer)
    for application in files:
        awards.put_on_agenda(application, by=people.officer)
    desk = Desk(session, people, call, seed)
    for _number in range(5_000 if is_long else 150):
        desk.step()
        check(session, call)
    assert ledger.totals(call.id)[EntryKind.AWARD] > 0


def test_the_ledger_only_grows_by_positive_amounts(session: orm.Session) -> None:
    people = make_people()
    call = make_open_call(people)
    entry = session.scalars(sa.select(LedgerEntry).where(LedgerEntry.call_id == call.id)).one()
    assert (entry.kind, entry.amount_cents) == (EntryKind.CREDIT, call.credit_cents)
    values = {"kind": EntryKind.AWARD, "amount_cents": -1, "act_type": "call", "act_id": call.id}
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.add(LedgerEntry(call_id=call.id, at=clock.now(), **values))


@pytest.mark.parametrize(
    "change",
    [
        sa.update(LedgerEntry).values(amount_cents=1),
        sa.delete(LedgerEntry),
        sa.update(ProjectTransition).values(motivation="other"),
        sa.delete(ProjectTransition),
        sa.update(ApplicationVersion).values(number=9),
        sa.delete(ApplicationVersion),
        sa.update(CallVersion).values(reason="other"),
        sa.delete(CallVersion),
    ],
)
def test_the_database_refuses_to_change_what_happened(session: orm.Session, change: sa.UpdateBase) -> None:
    people = make_people()
    submit(people, make_application(people, make_open_call(people)))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), session.begin_nested():
        session.execute(change)
