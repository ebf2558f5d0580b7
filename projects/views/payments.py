"""Payments: the list of finance, four eyes, the order for the finance system."""

import uuid
from contextlib import suppress
from datetime import date

import sqlalchemy as sa
from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from core import audit, clock
from core.access import Actor, requires
from core.acting import carry_out, perform
from core.db import session
from core.errors import DomainError
from core.i18n import _, euro
from projects import bank_files, payments, policy, standing
from projects.forms.acts import ActForm, DayForm, ReasonForm
from projects.labels import PAYMENT_KINDS, STATUS
from projects.models.applications import Application
from projects.models.payments import Payment, PaymentStatus
from projects.models.projects import Project
from projects.views import bp
from projects.views.showing import dated_keyset, organization_names

LISTED = (
    PaymentStatus.DUE,
    PaymentStatus.PROPOSED,
    PaymentStatus.APPROVED,
    PaymentStatus.ORDERED,
    PaymentStatus.FAILED,
)
BY_DUE_DAY = sa.func.coalesce(Payment.due_on, date.max)


def get_payment(payment_id: object) -> Payment | None:
    return session.get(Payment, payment_id)


@bp.route("/payments")
@requires(policy.is_finance)
def list_payments(*, by: Actor) -> ResponseReturnValue:
    """A page of what finance can act on, by due day."""
    query = _visible(by).where(Payment.status.in_(LISTED))
    found, after = dated_keyset(query, BY_DUE_DAY, Payment.id)
    rows = [payment for (payment,) in found]
    approved = [row for row in rows if row.status == PaymentStatus.APPROVED]
    return render_template(
        "projects/list_payments.html",
        rows=rows,
        after=after,
        kinds=PAYMENT_KINDS,
        words=STATUS["payment"],
        by=by,
        form=ActForm(),
        known=standing.of_organizations(row.project.organization_id for row in rows),
        approved=approved,
        others=_count_approved(by) - len(approved) if after or "after" in request.args else 0,
    )


def _about(payment: Payment) -> str:
    """Which payment an act is about: nobody approves a sum unseen."""
    project = payment.project
    kind, amount = PAYMENT_KINDS[payment.kind], euro(payment.amount_cents)
    return f"{project.number} {project.title}: {kind}, {amount}"


def _count_approved(by: Actor) -> int:
    rows = _visible(by).where(Payment.status == PaymentStatus.APPROVED).with_only_columns(Payment.id)
    return session.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0


def _visible(by: Actor) -> sa.Select[Payment]:
    return (
        sa.select(Payment)
        .join(Project, Project.id == Payment.project_id)
        .join(Application, Application.id == Project.application_id)
        .where(Payment.tenant_id == by.tenant_id, policy.applications_rule(by))
        .options(joinedload(Payment.project))
    )


@bp.route("/payments/<uuid:payment_id>/propose", methods=["GET", "POST"])
@requires(policy.can_handle_payment, get_payment)
def propose_payment(payment: Payment, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: payments.propose_payment(payment, by=by),
        by=by,
        title=_("Propose the payment"),
        lead=_about(payment) + ". " + _("Someone else has to approve it."),
        done=_("Proposed."),
        warnings=_warnings(payment),
        back=_after(payment, by),
    )


@bp.route("/payments/<uuid:payment_id>/approve", methods=["GET", "POST"])
@requires(policy.can_handle_payment, get_payment)
def approve_payment(payment: Payment, *, by: Actor) -> ResponseReturnValue:
    return perform(
        ActForm(),
        lambda: payments.approve_payment(payment, by=by),
        by=by,
        title=_("Approve the payment"),
        lead=_about(payment),
        done=_("Approved. It can be ordered."),
        warnings=_warnings(payment),
        back=_after(payment, by),
    )


@bp.route("/payments/<uuid:payment_id>/send-back", methods=["GET", "POST"])
@requires(policy.can_handle_payment, get_payment)
def send_back_payment(payment: Payment, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: payments.send_back_payment(payment, reason=form.reason.data or "", by=by),
        by=by,
        title=_("Send back"),
        lead=_about(payment),
        done=_("Sent back."),
        back=_after(payment, by),
        kind="second",
    )


@bp.route("/payments/<uuid:payment_id>/confirm", methods=["GET", "POST"])
@requires(policy.can_handle_payment, get_payment)
def confirm_payment(payment: Payment, *, by: Actor) -> ResponseReturnValue:
    form = DayForm(data={"day": clock.today()})
    return perform(
        form,
        lambda: payments.confirm_payment(payment, paid_on=form.day.data or clock.today(), by=by),
        by=by,
        title=_("Confirm that the bank paid"),
        lead=_about(payment),
        button=_("Paid"),
        done=_("Paid."),
        back=_after(payment, by),
    )


@bp.route("/payments/<uuid:payment_id>/fail", methods=["GET", "POST"])
@requires(policy.can_handle_payment, get_payment)
def fail_payment(payment: Payment, *, by: Actor) -> ResponseReturnValue:
    form = ReasonForm()
    return perform(
        form,
        lambda: payments.fail_payment(payment, reason=form.reason.data or "", by=by),
        by=by,
        kind="danger",
        title=_("The bank refused"),
        lead=_about(payment),
        done=_("Noted. It can be proposed again."),
        back=_after(payment, by),
    )


@bp.route("/payments/order", methods=["POST"])
@requires(policy.is_finance)
def order_payments(*, by: Actor) -> ResponseReturnValue:
    """Put the chosen approved payments in one order, with `others` those of the other pages too."""
    rows = _chosen(by)
    form = ActForm()
    if form.validate_on_submit():

        def order() -> str:
            number = payments.order_payments(rows, by=by)
            return url_for("projects.download_order", number=number)

        to = carry_out(form, order, by=by)
        if to is not None:
            return redirect(to)
    for message in form.form_errors:
        flash(message, "danger")
    return redirect(url_for("projects.list_payments"))


def _chosen(by: Actor) -> list[Payment]:
    """The payments that were ticked, by due day; what is no payment of this reader is left out."""
    ticked, shown = _ids("payment"), _ids("shown")
    rule: sa.ColumnElement[bool] = Payment.id.in_(ticked)
    if "others" in request.form:
        rule |= (Payment.status == PaymentStatus.APPROVED) & Payment.id.not_in(shown)
    return list(session.scalars(_visible(by).where(rule).order_by(BY_DUE_DAY, Payment.id)))


def _ids(name: str) -> set[uuid.UUID]:
    found = set()
    for text in request.form.getlist(name):
        with suppress(ValueError):
            found.add(uuid.UUID(text))
    return found


@bp.route("/payments/orders/<string:number>")
@requires(policy.is_finance)
def download_order(*, by: Actor, number: str) -> ResponseReturnValue:
    """The order as CSV; every download is in the trail."""
    rows = _ordered(number, by)
    if not rows:
        abort(404)
    text = payments.order_file(rows, _paid(rows))
    _note_download(rows, by)
    disposition = {"Content-Disposition": f'attachment; filename="{number}.csv"'}
    return Response(text, mimetype="text/csv; charset=utf-8", headers=disposition)


@bp.route("/payments/orders/<string:number>/bank-file")
@requires(policy.is_finance)
def download_bank_file(*, by: Actor, number: str) -> ResponseReturnValue:
    """The same order as a SEPA file; the payments and their references are those of the CSV."""
    rows = _ordered(number, by)
    if not rows:
        abort(404)
    try:
        payments.refuse_bank_file(number, rows, by.tenant_id)
        payer = bank_files.payer_of(by.tenant_id, by.tenant_name or "")
        at = payments.ordered_at(rows)
        made = bank_files.bank_file(number, rows, payer, _paid(rows), ordered_at=at)
    except DomainError as refusal:
        flash(refusal.message, "danger")
        return redirect(url_for("projects.list_payments"))
    _note_download(rows, by)
    disposition = {"Content-Disposition": f'attachment; filename="{number}.xml"'}
    return Response(made, mimetype="application/xml", headers=disposition)


def _ordered(number: str, by: Actor) -> list[Payment]:
    """The payments of an order that this reader may see, in the order of their numbers."""
    query = _visible(by).where(Payment.order_number.startswith(f"{number}-", autoescape=True))
    return payments.in_order(number, session.scalars(query))


def _paid(rows: list[Payment]) -> dict[uuid.UUID, tuple[str, str]]:
    """Name and account of who is paid, by project."""
    names = organization_names({row.project.organization_id for row in rows})
    return {
        row.project_id: (names[row.project.organization_id], row.project.application.iban or "")
        for row in rows
    }


def _note_download(rows: list[Payment], by: Actor) -> None:
    for row in rows:
        audit.read(row, by=by, action="payment.order_downloaded")


def _warnings(payment: Payment) -> list[str]:
    """What the social map says against who is paid."""
    return standing.warnings(standing.of_organizations([payment.project.organization_id]))


def _after(payment: Payment, by: Actor) -> str:
    if policy.is_finance(by):
        return url_for("projects.list_payments")
    return url_for("projects.show_project", project_id=payment.project_id)
