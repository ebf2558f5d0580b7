"""Payments: planned from tranches, due by a condition, proposed and approved by two people, ordered, paid."""

import csv
import io
import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from core import audit, clock
from core.access import Actor, Role
from core.db import session, uuid7
from core.errors import DomainError
from core.i18n import _
from core.text import safe_cell
from projects import assessments, completions, ledger, money
from projects.accounts import clean_iban
from projects.models.payments import Payment, PaymentKind, PaymentStatus
from projects.models.projects import Project, ProjectStatus
from projects.models.reports import Report, ReportStatus
from projects.models.transitions import ProjectTransition
from projects.parties import lanes
from projects.transitions import hold, move, need_reason, require
from workflows import instances

OPEN = (
    PaymentStatus.PLANNED,
    PaymentStatus.DUE,
    PaymentStatus.PROPOSED,
    PaymentStatus.APPROVED,
    PaymentStatus.FAILED,
)
NOT_IN = (ReportStatus.PLANNED, ReportStatus.DRAFT, ReportStatus.COMPLETION_REQUESTED)
NO_PAYMENT_WHILE = (ProjectStatus.SUSPENDED, ProjectStatus.STOPPED, ProjectStatus.CLAWBACK)


def plan_payments(project: Project, tranches: list[dict[str, Any]], *, by: Actor) -> list[Payment]:
    """Plan the tranches of the call: parts that add up to the award exactly."""
    parts = money.split(project.awarded_cents, [tranche["share_bp"] for tranche in tranches])
    planned = []
    for position, (tranche, cents) in enumerate(zip(tranches, parts, strict=True), 1):
        payment = Payment(
            project_id=project.id,
            tenant_id=project.tenant_id,
            position=position,
            kind=PaymentKind(tranche["kind"]),
            condition=tranche["condition"],
            amount_cents=cents,
        )
        payment.project = project
        session.add(payment)
        session.flush()
        instances.start(
            "payment",
            subject=payment,
            data={},
            by=by,
            parties=lanes(payment.tenant_id, approver=Role.FINANCE),
        )
        planned.append(payment)
    audit.record("project.payments_planned", project, by=by, changes={"count": len(planned)})
    return planned


def of_project(project: Project) -> list[Payment]:
    query = sa.select(Payment).where(Payment.project_id == project.id)
    return list(session.scalars(query.order_by(Payment.position)))


def fall_due(project: Project, condition: str, *, by: Actor) -> None:
    """Make the payments due that waited for `condition` (signed, report_accepted, settled)."""
    for payment in of_project(project):
        if payment.condition == condition and payment.status == PaymentStatus.PLANNED:
            payment.due_on = clock.today()
            move(payment, PaymentStatus.DUE, by=by, event="due")


def propose_payment(payment: Payment, *, by: Actor) -> None:
    """Propose a due payment; the same person can never approve it."""
    hold(payment)
    if payment.status in (
        PaymentStatus.PROPOSED,
        PaymentStatus.APPROVED,
        PaymentStatus.ORDERED,
        PaymentStatus.PAID,
    ):
        raise DomainError(_("This payment was proposed already."))
    assessments.require_declaration(payment.project.application.call, by=by)
    require(payment, PaymentStatus.DUE, PaymentStatus.FAILED)
    _refuse_blocked_project(payment)
    if payment.amount_cents <= 0:
        raise DomainError(_("There is nothing to pay."))
    payment.proposed_by, payment.proposed_at = by.user_id, clock.now()
    payment.approved_by = payment.approved_at = None
    move(payment, PaymentStatus.PROPOSED, by=by, event="proposed")


def approve_payment(payment: Payment, *, by: Actor) -> None:
    """Approve as the second person."""
    hold(payment)
    require(payment, PaymentStatus.PROPOSED)
    if by.user_id == payment.proposed_by:
        raise DomainError(_("Someone else has to approve: you proposed this payment."))
    assessments.require_declaration(payment.project.application.call, by=by)
    _refuse_blocked_project(payment)
    payment.approved_by, payment.approved_at = by.user_id, clock.now()
    move(payment, PaymentStatus.APPROVED, by=by, event="approved")


def send_back_payment(payment: Payment, *, reason: str, by: Actor) -> None:
    """Return a proposal, with a reason."""
    hold(payment)
    require(payment, PaymentStatus.PROPOSED)
    need_reason(reason)
    payment.proposed_by = payment.proposed_at = None
    move(payment, PaymentStatus.DUE, by=by, event="sent_back", motivation=reason)


def order_payments(payments: list[Payment], *, by: Actor) -> str:
    """Put approved payments in one order for the finance system. Returns its number.

    The number is never given twice, and ends on how many payments were ordered: one that failed leaves.
    """
    if not payments:
        raise DomainError(_("Choose at least one approved payment."))
    number = f"BO-{clock.today():%Y%m%d}-{uuid7().hex[-8:]}-{len(payments)}"
    for position, payment in enumerate(payments, 1):
        hold(payment)
        require(payment, PaymentStatus.APPROVED)
        _refuse_blocked_project(payment)
        _refuse_without_account(payment)
        payment.order_number = f"{number}-{position}"
        payment.structured_reference = structured_reference(payment)
        move(payment, PaymentStatus.ORDERED, by=by, event="ordered")
    return number


def of_order(number: str, tenant_id: uuid.UUID | None) -> list[Payment]:
    """Whatever is still in an order, in the order of its numbers, whoever may see it."""
    query = sa.select(Payment).where(
        Payment.tenant_id == tenant_id, Payment.order_number.startswith(f"{number}-", autoescape=True)
    )
    return in_order(number, session.scalars(query))


def in_order(number: str, payments: Iterable[Payment]) -> list[Payment]:
    """Those of exactly this order, sorted by their place in it."""
    placed = [(payment, *(payment.order_number or "").rpartition("-")) for payment in payments]
    return [payment for payment, of, _dash, at in sorted(placed, key=_place) if of == number]


def _place(placed: tuple[Payment, str, str, str]) -> int:
    return int(placed[3])


def ordered_at(payments: Iterable[Payment]) -> datetime:
    """When these payments of one order were ordered: one act, of the last time for each."""
    query = sa.select(sa.func.max(ProjectTransition.at)).where(
        ProjectTransition.subject_type == "payment",
        ProjectTransition.subject_id.in_([payment.id for payment in payments]),
        ProjectTransition.to_status == PaymentStatus.ORDERED,
    )
    return session.scalars(query).one() or clock.now()


def refuse_bank_file(number: str, seen: list[Payment], tenant_id: uuid.UUID | None) -> None:
    """The bank gets an order whole, and not again once it answered about any payment of it."""
    whole = of_order(number, tenant_id)
    if len(seen) != len(whole):
        raise DomainError(_("You cannot make the bank file of this order. Ask a colleague."))
    ordered = number.split("-")[3:] or [str(len(whole))]  # older numbers do not end on a count
    if [str(len(whole))] != ordered or any(row.status != PaymentStatus.ORDERED for row in whole):
        raise DomainError(
            _("The bank already paid or refused a payment of this order, so there is no bank file any more.")
        )


def _refuse_without_account(payment: Payment) -> None:
    """The bank pays to a number that passed its check; without one the order would come back."""
    number = payment.project.number
    try:
        clean_iban(payment.project.application.iban or "")
    except DomainError:
        text = _("%(number)s has no account number that is right. Ask the applicant.", number=number)
        raise DomainError(text) from None


def structured_reference(payment: Payment) -> str:
    """A Belgian structured communication: ten digits and their remainder modulo 97 (97 for 0)."""
    digits = payment.id.int % 10**10
    check = digits % 97 or 97
    text = f"{digits:010d}{check:02d}"
    return f"+++{text[:3]}/{text[3:7]}/{text[7:]}+++"


def confirm_payment(payment: Payment, *, paid_on: date, by: Actor) -> None:
    """Note that the bank paid; the ledger grows, and the last payment settles the project."""
    hold(payment)
    require(payment, PaymentStatus.ORDERED)
    if paid_on > clock.today():
        raise DomainError(_("The day of payment cannot lie in the future."), field="day")
    if paid_on < clock.brussels(ordered_at([payment])).date():
        raise DomainError(_("The bank cannot have paid before it got the order."), field="day")
    ledger.pay(payment, by=by)
    payment.paid_on = paid_on
    move(payment, PaymentStatus.PAID, by=by, event="paid")
    project = payment.project
    if project.status == ProjectStatus.SETTLING and ledger.paid(project.id) == project.settled_cents:
        move(project, ProjectStatus.SETTLED, by=by, event="settled")


def fail_payment(payment: Payment, *, reason: str, by: Actor) -> None:
    """Note that the bank refused; it can be proposed again."""
    hold(payment)
    require(payment, PaymentStatus.ORDERED)
    need_reason(reason)
    payment.order_number = None
    move(payment, PaymentStatus.FAILED, by=by, event="failed", motivation=reason)


def set_balance(project: Project, cents: int, *, by: Actor) -> None:
    """Give the last tranche the amount of the settlement and make it due; nothing to pay blocks it."""
    balance = of_project(project)[-1]
    require(balance, PaymentStatus.PLANNED)
    balance.amount_cents, balance.due_on = cents, clock.today()
    if cents:
        move(balance, PaymentStatus.DUE, by=by, event="due")
    else:
        balance.block_reason = _("Nothing is left to pay.")
        move(balance, PaymentStatus.BLOCKED, by=by, event="blocked", motivation=balance.block_reason)


def refuse_in_flight(project: Project) -> None:
    """Refuse to settle or stop while an order lies at the bank: nobody knows yet what was paid."""
    if any(payment.status == PaymentStatus.ORDERED for payment in of_project(project)):
        raise DomainError(_("A payment was ordered. Note first whether the bank paid or refused."))


def block_open(project: Project, reason: str, *, by: Actor, but_last: bool = False) -> None:
    """Block whatever has not been ordered yet, with `but_last` except the balance."""
    found = of_project(project)
    for payment in found[:-1] if but_last else found:
        if payment.status in OPEN:
            payment.block_reason = reason
            move(payment, PaymentStatus.BLOCKED, by=by, event="blocked", motivation=reason)


def order_file(payments: list[Payment], beneficiaries: dict[Any, tuple[str, str]]) -> str:
    """The order as CSV for the finance system; `beneficiaries` maps project id to (name, IBAN)."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["order", "project", "beneficiary", "iban", "amount", "currency", "reference"])
    for payment in payments:
        name, iban = beneficiaries[payment.project_id]
        amount = f"{payment.amount_cents // 100},{payment.amount_cents % 100:02d}"
        writer.writerow(
            [
                payment.order_number,
                payment.project.number,
                safe_cell(name),
                iban,
                amount,
                "EUR",
                payment.structured_reference,
            ]
        )
    return out.getvalue()


def _refuse_blocked_project(payment: Payment) -> None:
    """No new money for a suspended project, nor while the account of an earlier part is due (law of 1983)."""
    project = payment.project
    if project.status in NO_PAYMENT_WHILE:
        raise DomainError(_("Payments of this project are stopped."))
    if project.status == ProjectStatus.SETTLING:
        return
    due_on = session.scalar(
        sa.select(sa.func.min(Report.due_on)).where(
            Report.project_id == project.id,
            Report.status.in_(NOT_IN),
            Report.due_on < clock.today(),
            ~completions.in_term(clock.now()),
        )
    )
    if due_on is not None:
        raise DomainError(
            _(
                "A report of %(number)s is late, it was due on %(day)s: no payment before it is in.",
                number=project.number,
                day=f"{due_on:%d/%m/%Y}",
            )
        )
