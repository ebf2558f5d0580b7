"""Referrals: the desk of the partner with one card and one decision, and the sender's side of it."""

import contextlib
import uuid
from types import SimpleNamespace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from core import audit, kept_filters
from core.access import Actor, requires
from core.acting import act, carry_out
from core.db import session, transaction
from core.i18n import _, short_date
from intake import acceptance, cases, copies, day, nudges, partner_view, policy, referrals
from intake.forms.cases import ActForm
from intake.forms.referrals import AnswerForm, AskForm, CompleteForm, DeclineForm, FailForm, WithdrawForm
from intake.models.referrals import DeclinedBy, DeclineReason, FailReason, Referral, ReferralStatus
from intake.views import bp
from intake.views.cases import page_of

PAGE = 25
OPEN = (ReferralStatus.SENT, ReferralStatus.SEEN, ReferralStatus.QUESTION_ASKED)
RUNNING = (ReferralStatus.ACCEPTED, ReferralStatus.WAITLISTED, ReferralStatus.IN_PROGRESS)
TABS: dict[str, tuple[ReferralStatus, ...]] = {"decide": OPEN, "running": RUNNING}


@bp.route("/referrals")
@requires(policy.is_desk)
def list_referrals(*, by: Actor) -> ResponseReturnValue:
    chosen = kept_filters.of_list("intake.list_referrals", tab=[*TABS, "ended"])
    tab = chosen["tab"]
    query = policy.referrals_received_by(by).options(*day.WITH_PACKAGE)
    if tab in TABS:
        query = query.where(Referral.status.in_(TABS[tab]))
    else:
        query = query.where(Referral.status.notin_([*OPEN, *RUNNING]))
    with contextlib.suppress(ValueError):
        query = query.where(Referral.id < uuid.UUID(request.args.get("after", "")))
    rows = list(session.scalars(query.order_by(Referral.id.desc()).limit(PAGE + 1)))
    after = str(rows[PAGE - 1].id) if len(rows) > PAGE else None
    texts = {"decide": _("To decide"), "running": _("Running"), "ended": _("Ended")}
    tabs = [
        SimpleNamespace(label=text, url=chosen.url(tab=code), current=code == tab)
        for code, text in texts.items()
    ]
    for referral in rows[:PAGE]:
        audit.read(referral, by=by, action="referral.listed")
    more = chosen.url(after=after) if after else None
    return render_template(
        "intake/list_referrals.html", rows=rows[:PAGE], chosen=chosen, tabs=tabs, more=more
    )


@bp.route("/referrals/<uuid:referral_id>")
@requires(policy.can_see_referral, referrals.get)
def show_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    return _page(looked_at(referral, by), by)


def looked_at(referral: Referral, by: Actor) -> Referral:
    """The referral after the first look of the receiving organization, which makes it `seen`."""
    if referral.status != ReferralStatus.SENT or referral.receiving_tenant_id != by.tenant_id:
        return referral
    with transaction():
        referrals.see(referral, by=by)
    fresh = referrals.get(referral.id)
    assert fresh is not None  # noqa: S101 - it was there a moment ago
    return fresh


def _page(referral: Referral, by: Actor, code: int = 200, **forms: Any) -> ResponseReturnValue:
    """The partner's card; the sender sees the same card, and what it may do itself."""
    audit.read(referral, by=by)
    is_sender = policy.can_see_case(by, referral.case)
    decides = policy.can_answer_referral(by, referral)
    view = partner_view.view_of(referral)
    given = {
        "ask": forms.get("ask") or AskForm(formdata=None),
        "decline": forms.get("decline") or DeclineForm(formdata=None),
        "complete": forms.get("complete") or CompleteForm(formdata=None),
        "fail": forms.get("fail") or FailForm(formdata=None),
        "withdraw": forms.get("withdraw") or WithdrawForm(formdata=None),
        "answer": forms.get("answer") or AnswerForm(formdata=None),
    }
    for form in given.values():
        form.version.data = form.version.data or str(referral.version)
    return render_template(
        "intake/show_referral.html",
        referral=referral,
        view=view,
        package=partner_view.package_of(referral) if is_sender else None,
        messages=partner_view.messages_of(referral, is_sender=is_sender),
        forms=given,
        form=next((f for f in given.values() if f.errors), given["ask"]),
        decides=decides,
        is_sender=is_sender,
        own_case=copies.case_of(referral, by=by),
        can_copy=policy.can_copy_referral(by, referral) and referral.partner_case_id is None,
        steps=_steps(referral),
        undo_until=acceptance.undo_until(referral) if decides else None,
        by=by,
    ), code


def _steps(referral: Referral) -> list[Any]:
    status = referral.status
    decided = status.is_agreed or status == ReferralStatus.DECLINED
    marks = [
        (_("Sent"), True, referral.sent_at),
        (_("Opened"), referral.seen_at is not None or decided, referral.seen_at),
        (_("Decision"), decided, referral.decided_at),
        (_("First contact"), referral.started_at is not None, referral.started_at),
        (_("Result"), status in {ReferralStatus.COMPLETED, ReferralStatus.FAILED}, referral.closed_at),
    ]
    found_now = status.is_final
    steps = []
    for text, is_done, at in marks:
        state = "done" if is_done else "todo"
        if not is_done and not found_now:
            state, found_now = "now", True
        steps.append(SimpleNamespace(text=text, state=state, meta=short_date(at) if is_done and at else ""))
    return steps


# ---------------------------------------------------------------- the partner
def _after(referral: Referral) -> str:
    """Back to where the button was pressed."""
    if request.form.get("from") == "day":
        return "/my-day"
    return url_for("intake.show_referral", referral_id=referral.id)


@bp.route("/referrals/<uuid:referral_id>/accept", methods=["POST"])
@requires(policy.can_answer_referral, referrals.get)
def accept_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def do() -> str:
        referrals.accept(referral, by=by, version=form.sent_version)
        return url_for("intake.show_referral", referral_id=referral.id)

    return act(form, do, by=by, said=_("Accepted. You see what was agreed now."))


@bp.route("/referrals/<uuid:referral_id>/undo-accept", methods=["POST"])
@requires(policy.can_answer_referral, referrals.get)
def undo_accept_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def do() -> str:
        acceptance.undo_accept(referral, by=by, version=form.sent_version)
        return url_for("intake.show_referral", referral_id=referral.id)

    return act(form, do, by=by, said=_("Taken back. The sender knows; your answer is awaited again."))


@bp.route("/referrals/<uuid:referral_id>/waiting-list", methods=["POST"])
@requires(policy.can_answer_referral, referrals.get)
def waitlist_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def do() -> str:
        referrals.put_on_waiting_list(referral, by=by, version=form.sent_version)
        return _after(referral)

    return act(form, do, by=by, said=_("On the waiting list. The sender knows."))


@bp.route("/referrals/<uuid:referral_id>/decline", methods=["POST"])
@requires(policy.can_answer_referral, referrals.get)
def decline_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = DeclineForm()
    if form.validate_on_submit():

        def do() -> str:
            referrals.decline(
                referral,
                DeclineReason(form.reason.data),
                declined_by=DeclinedBy(form.who.data or "organization"),
                remark=form.remark.data or "",
                better_address=form.better.data or "",
                by=by,
                version=form.sent_version,
            )
            return _after(referral)

        to = carry_out(form, do, by=by, record=referral)
        if to:
            flash(_("Declined. The sender knows why."), "ok")
            return redirect(to)
    return _page(referral, by, 422, decline=form)


@bp.route("/referrals/<uuid:referral_id>/ask", methods=["POST"])
@requires(policy.can_answer_referral, referrals.get)
def ask_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = AskForm()
    if form.validate_on_submit():

        def do() -> str:
            referrals.ask(referral, form.question.data or "", by=by, version=form.sent_version)
            return _after(referral)

        to = carry_out(form, do, by=by, record=referral)
        if to:
            flash(_("Asked. Your clock stands still until the answer."), "ok")
            return redirect(to)
    return _page(referral, by, 422, ask=form)


@bp.route("/referrals/<uuid:referral_id>/start", methods=["POST"])
@requires(policy.can_answer_referral, referrals.get)
def start_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = ActForm()

    def do() -> str:
        referrals.start(referral, by=by, version=form.sent_version)
        return _after(referral)

    return act(form, do, by=by, said=_("Noted. The sender sees that help has started."))


@bp.route("/referrals/<uuid:referral_id>/complete", methods=["POST"])
@requires(policy.can_answer_referral, referrals.get)
def complete_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = CompleteForm()
    if form.validate_on_submit():

        def do() -> str:
            referrals.complete(referral, remark=form.result.data or "", by=by, version=form.sent_version)
            return _after(referral)

        to = carry_out(form, do, by=by, record=referral)
        if to:
            flash(_("Finished. The sender sees the result."), "ok")
            return redirect(to)
    return _page(referral, by, 422, complete=form)


@bp.route("/referrals/<uuid:referral_id>/fail", methods=["POST"])
@requires(policy.can_answer_referral, referrals.get)
def fail_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = FailForm()
    if form.validate_on_submit():

        def do() -> str:
            reason = FailReason(form.fail_reason.data)
            referrals.fail(
                referral, reason, remark=form.fail_remark.data or "", by=by, version=form.sent_version
            )
            return _after(referral)

        to = carry_out(form, do, by=by, record=referral)
        if to:
            flash(_("Noted. The sender goes on with it."), "ok")
            return redirect(to)
    return _page(referral, by, 422, fail=form)


@bp.route("/referrals/<uuid:referral_id>/copy", methods=["POST"])
@requires(policy.can_copy_referral, referrals.get)
def copy_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        case = copies.open_copy(referral, None, by=by)
        return url_for("intake.choose_person", case_id=case.id)

    return act(ActForm(), do, by=by, said=_("Your own file is open. Say who it is about."))


# ---------------------------------------------------------------- the sender
@bp.route("/referrals/<uuid:referral_id>/answer", methods=["POST"])
@requires(policy.can_steer_referral, referrals.get)
def answer_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = AnswerForm()
    if form.validate_on_submit():

        def do() -> str:
            referrals.answer_question(referral, form.answer.data or "", by=by, version=form.sent_version)
            return url_for("intake.show_case", case_id=referral.case_id)

        to = carry_out(form, do, by=by, record=referral)
        if to:
            flash(_("Answered. The partner is at turn again."), "ok")
            return redirect(to)
    case = cases.get(referral.case_id)
    assert case is not None  # noqa: S101 - a referral has a file
    return page_of(case, by, 422, answer=form)


@bp.route("/referrals/<uuid:referral_id>/nudge", methods=["POST"])
@requires(policy.can_steer_referral, referrals.get)
def nudge_partner(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    def do() -> str:
        nudges.nudge(referral, by=by)
        return _after(referral)

    said = _("%(name)s gets a friendly reminder by mail.", name=referral.organization_name)
    return act(ActForm(), do, by=by, said=said)


@bp.route("/referrals/<uuid:referral_id>/withdraw", methods=["POST"])
@requires(policy.can_steer_referral, referrals.get)
def withdraw_referral(referral: Referral, *, by: Actor) -> ResponseReturnValue:
    form = WithdrawForm()
    if form.validate_on_submit():

        def do() -> str:
            reason = form.withdraw_reason.data or ""
            referrals.withdraw(referral, reason=reason, by=by, version=form.sent_version)
            return url_for("intake.list_case_referrals", case_id=referral.case_id)

        to = carry_out(form, do, by=by, record=referral)
        if to:
            flash(_("Withdrawn. The partner sees nothing any more."), "ok")
            return redirect(to)
    return _page(referral, by, 422, withdraw=form)
